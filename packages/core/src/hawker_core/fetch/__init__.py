"""Fetching with manners: rate limits, retries, robots.txt, size caps and hosts that may be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hawker_core.fetch.http import HttpFetcher
from hawker_core.fetch.polite import PoliteFetcher
from hawker_core.fetch.retry import Budget, RefusedError
from hawker_core.scraper import Browser, Http, Scraper

if TYPE_CHECKING:
    from hawker_core.settings import Settings
    from hawker_core.stats import Statistics

__all__ = ["Budget", "HttpFetcher", "PoliteFetcher", "RefusedError", "open_fetcher"]


def open_fetcher(
    scraper: Scraper[Any, Any], settings: Settings, statistics: Statistics, workers: int = 1
) -> PoliteFetcher:
    """The fetcher that a scraper declares, to be entered. `workers` share the run's rate."""
    policy = scraper.fetch
    if isinstance(policy, Browser):
        # Selenium costs 150 ms of CPU to import: for tasks with a browser alone.
        from hawker_core.fetch.browser import BrowserFetcher  # noqa: PLC0415

        return BrowserFetcher(scraper.site, policy, settings, statistics, workers)
    if isinstance(policy, Http):
        return HttpFetcher(scraper.site, policy, settings, statistics, workers)
    raise TypeError(f"{scraper.name}: fetch must be Http(...) or Browser(...), not {type(policy).__name__}")
