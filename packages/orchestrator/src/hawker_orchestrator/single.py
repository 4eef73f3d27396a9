"""Scrapes one target in this process, as a worker would, and keeps the pages it saw."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from hawker_core import registry, run
from hawker_core.db import Pending
from hawker_core.fetch import open_fetcher
from hawker_core.settings import settings
from hawker_core.stats import Statistics

if TYPE_CHECKING:
    from hawker_core.db import Settled
    from hawker_core.fetch import Budget, PoliteFetcher
    from hawker_core.model import Request
    from hawker_core.page import Page


class Scraped(NamedTuple):
    """How a target ended, its rows within, the content pages that reached the parser, and what it took."""

    key: str
    settled: Settled
    pages: list[Page]
    statistics: Statistics


def scrape(scraper: str, key: str) -> Scraped:
    """Fetch and parse a target.

    Raises:
        UnknownScraperError, BadTargetError, BadSettingError: nothing is fetched.
    """
    loaded = registry.load(scraper)
    target = loaded.target.from_key(key)
    statistics, pages = Statistics(), list["Page"]()

    async def work() -> Settled:
        async with open_fetcher(loaded, settings(), statistics) as fetcher:
            return await run.scrape(loaded, _Recorder(fetcher, pages), Pending(0, target.key), statistics)

    return Scraped(target.key, asyncio.run(work()), pages, statistics)


def as_json(scraped: Scraped) -> dict[str, Any]:
    """What became of the target, for programs; numbers that must be exact are texts."""
    settled = scraped.settled
    return {
        "target": scraped.key,
        "outcome": str(settled.outcome),
        "detail": settled.detail,
        "requests": settled.requests,
        "seconds": round(settled.seconds, 3),
        "rows": [{"url": url, **msgspec.to_builtins(row)} for url, row in settled.rows],
    }


class _Recorder:
    """Passes pages on and keeps them."""

    def __init__(self, fetcher: PoliteFetcher, pages: list[Page]) -> None:
        self._fetcher, self._pages = fetcher, pages

    async def page(self, request: Request, budget: Budget) -> Page:
        page = await self._fetcher.page(request, budget)
        self._pages.append(page)
        return page
