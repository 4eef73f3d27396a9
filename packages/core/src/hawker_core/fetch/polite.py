"""The manners that every way of fetching shares: robots.txt, rates, retries, hosts, and what counts as a refusal."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from hawker_core.fetch.limits import HostLimits
from hawker_core.fetch.retry import Budget, RefusedError
from hawker_core.fetch.robots import RobotsTxt
from hawker_core.model import Outcome, Refusal, Request
from hawker_core.scraper import Fetch, Robots, Site

if TYPE_CHECKING:
    from hawker_core.page import Page
    from hawker_core.settings import Settings
    from hawker_core.stats import Statistics

_OK, _GONE, _REFUSING, _TOO_SOON = 200, {404, 410}, {401, 403, 407, 429, 451}, {408, 425}


class PoliteFetcher(ABC):
    """Fetches one scraper's pages for one worker; an async context manager. `workers` share the run's rate."""

    def __init__(self, site: Site, policy: Fetch, settings: Settings, statistics: Statistics, workers: int = 1) -> None:
        self._site, self._policy, self._settings, self._statistics = site, policy, settings, statistics
        self._workers = workers
        rate = policy.per_second if settings.per_second is None else settings.per_second
        self._limits = HostLimits(workers / rate if rate else 0.0)
        self._robots = RobotsTxt(self.robots_txt, settings.user_agent)

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Open what fetching needs."""

    @abstractmethod
    async def __aexit__(self, *error: object) -> None:
        """Close it, whatever is still under way."""

    @abstractmethod
    async def robots_txt(self, url: str) -> bytes:
        """The text of a host's robots.txt.

        Raises:
            RefusedError: it cannot be had.
        """

    @abstractmethod
    async def _once(self, request: Request, budget: Budget) -> Page:
        """One try at a content page.

        Raises:
            RefusedError: it failed; unless that is final, another try may help.
        """

    async def page(self, request: Request, budget: Budget) -> Page:
        """The content page that a request asks for, tried as often as the budget allows.

        Raises:
            RefusedError: it cannot be had; says how its target ends.
        """
        # Asked for this URL alone: where a shop redirects to tells how it refuses.
        await self._ask_robots(request.url)
        budget.last = await self._retried(request, budget)
        return budget.last

    async def _ask_robots(self, url: str) -> None:
        rules = await self._robots.rules(url)
        host = urlsplit(url).netloc
        if delay := self._robots.delay(rules):
            # The delay is meant for one crawler: all workers of the run together are that one.
            no_limit = self._settings.per_second == 0
            self._limits.slow_down(host, 0.0 if no_limit else delay * self._workers)
        if not self._robots.allowed(rules, url):
            self._statistics.disallowed += 1
            if self._policy.robots is Robots.OBEY:
                raise RefusedError(Outcome.SKIPPED, f"robots.txt of {host} disallows {urlsplit(url).path}")

    async def _retried(self, request: Request, budget: Budget) -> Page:
        while True:
            try:
                return await self._once(request, budget)
            except RefusedError as refused:
                budget.last = refused.page
                wait = budget.wait(refused)
                self._statistics.retries += 1
                await asyncio.sleep(wait)

    async def _turn(self, url: str, budget: Budget) -> None:
        """Wait until a request for this URL may go out; raises as `HostLimits.turn`."""
        started = time.monotonic()
        try:
            await self._limits.turn(urlsplit(url).netloc)
        finally:
            budget.waited += time.monotonic() - started
        budget.requests += 1

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.netloc.lower() not in self._site.hosts:
            raise RefusedError(Outcome.HTTP, f"leads off the shop, to {parts.scheme}://{parts.netloc}", final=True)

    async def _judge(self, page: Page, retry_after: float | None) -> None:
        """Raise RefusedError, with the page, unless this is a content page; let the host alone where it asks for it."""
        # In a thread, as parsing: some shops' signs are looked for in the page's tree.
        refusal = await asyncio.to_thread(self._site.refusal, page)
        if no := _refused(page.status, refusal, retry_after):
            if no.retry_after:
                self._limits.pause(urlsplit(page.url).netloc, no.retry_after)
            no.page = page
            raise no


def _refused(status: int, refusal: Refusal | None, wait: float | None) -> RefusedError | None:
    """Why this is no content page, or None; the shop's own signs come before the status."""
    if refusal:
        return RefusedError(refusal.outcome, refusal.detail, status=status, retry_after=wait)
    if status == _OK:
        return None
    outcome = Outcome.GONE if status in _GONE else Outcome.BLOCKED if status in _REFUSING else Outcome.HTTP
    final = outcome is Outcome.HTTP and 400 <= status < 500 and status not in _TOO_SOON  # noqa: PLR2004
    return RefusedError(outcome, f"status {status}", status=status, retry_after=wait, final=final)
