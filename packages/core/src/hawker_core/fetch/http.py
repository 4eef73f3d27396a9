"""Pages over HTTP, by httpx2."""

from __future__ import annotations

import asyncio
import ssl
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

import httpx2

from hawker_core.fetch import body
from hawker_core.fetch.limits import HostLimits
from hawker_core.fetch.retry import Budget, RefusedError, retry_after
from hawker_core.fetch.robots import RobotsTxt
from hawker_core.model import Outcome, Refusal, Request
from hawker_core.page import Page
from hawker_core.scraper import Http, Robots, Site

if TYPE_CHECKING:
    from hawker_core.settings import Settings
    from hawker_core.stats import Statistics

MOST_REDIRECTS = 5
_OK, _GONE, _REFUSING, _TOO_SOON = 200, {404, 410}, {401, 403, 407, 429, 451}, {408, 425}
_BASE_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.9",
    "Accept-Encoding": body.ACCEPTED,
}


class HttpFetcher:
    """Fetches one scraper's pages for one worker; an async context manager. `workers` share the run's rate."""

    def __init__(self, site: Site, policy: Http, settings: Settings, statistics: Statistics, workers: int = 1) -> None:
        self._site, self._policy, self._settings, self._statistics = site, policy, settings, statistics
        self._workers = workers
        rate = policy.per_second if settings.per_second is None else settings.per_second
        self._limits = HostLimits(workers / rate if rate else 0.0)
        self._robots = RobotsTxt(self._robots_txt, settings.user_agent)
        self._gateway = httpx2.URL(settings.gateway) if settings.gateway else None
        connect, read, self._total = (
            min(seconds, settings.timeout_seconds or seconds) for seconds in (policy.connect, policy.read, policy.total)
        )
        self._client = httpx2.AsyncClient(
            http2=True,
            verify=False if self._gateway and self._gateway.scheme == "http" else ssl.create_default_context(),
            proxy=settings.proxy or None,
            headers={**_BASE_HEADERS, "User-Agent": settings.user_agent, **policy.headers, **settings.headers},
            timeout=httpx2.Timeout(read, connect=connect, pool=None),
            limits=httpx2.Limits(max_connections=policy.concurrency * 2, max_keepalive_connections=policy.concurrency),
            # A cookie of one target must not change what the next one sees.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def page(self, request: Request, budget: Budget) -> Page:
        """The content page that a request asks for, tried as often as the budget allows.

        Raises:
            RefusedError: it cannot be had; says how its target ends.
        """
        # Asked for this URL alone: where a shop redirects to tells how it refuses.
        await self._ask_robots(request.url)
        return await self._retried(request, budget)

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

    async def _robots_txt(self, url: str) -> bytes:
        # A redirect of robots.txt to another host is followed by RFC 9309, but not by us: hosts are allowed one by one.
        return (await self._retried(Request(url), Budget(self._policy.retries))).body

    async def _retried(self, request: Request, budget: Budget) -> Page:
        while True:
            try:
                return await self._once(request, budget)
            except RefusedError as refused:
                wait = budget.wait(refused)
                self._statistics.retries += 1
                await asyncio.sleep(wait)

    async def _once(self, request: Request, budget: Budget) -> Page:
        url = request.url
        for _ in range(MOST_REDIRECTS + 1):
            self._check_host(url)
            await self._limits.turn(urlsplit(url).netloc)
            budget.requests += 1
            page, location = await self._get(url, request)
            if location is None:
                return page
            try:
                url = urljoin(url, location)
            except ValueError:
                raise RefusedError(Outcome.HTTP, "redirects to a malformed URL", final=True) from None
        raise RefusedError(Outcome.HTTP, f"more than {MOST_REDIRECTS} redirects", final=True)

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.netloc.lower() not in self._site.hosts:
            raise RefusedError(Outcome.HTTP, f"leads off the shop, to {parts.scheme}://{parts.netloc}", final=True)

    async def _get(self, url: str, request: Request) -> tuple[Page, str | None]:
        """One exchange: the page, and where it redirects to, if it does."""
        started = time.monotonic()
        self._statistics.requests += 1
        try:
            target, headers = self._route(url, request.headers)
            async with (
                asyncio.timeout(self._total),
                self._client.stream("GET", target, headers=headers) as answer,
            ):
                self._statistics.count_status(answer.status_code)
                if answer.has_redirect_location:
                    return Page(url, b""), answer.headers["location"]
                content = await body.read(answer, self._policy.max_bytes)
                self._statistics.received += answer.num_bytes_downloaded
        except (TimeoutError, httpx2.TimeoutException) as error:
            phase = type(error).__name__.removesuffix("Error").removesuffix("Timeout").lower() or "total"
            raise RefusedError(Outcome.TIMEOUT, f"{phase} time-out after {time.monotonic() - started:.1f} s") from None
        except httpx2.InvalidURL as error:
            raise RefusedError(Outcome.HTTP, f"malformed URL: {error}", final=True) from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise RefusedError(Outcome.HTTP, f"{type(error).__name__}: {error}") from None
        finally:
            self._statistics.latency.add(time.monotonic() - started)
        page = Page(
            url,
            content,
            status=answer.status_code,
            content_type=answer.headers.get("content-type"),
            number=request.page,
        )
        # In a thread, as parsing: some shops' signs are looked for in the page's tree.
        refusal = await asyncio.to_thread(self._site.refusal, page)
        if refused := _refused(page.status, refusal, retry_after(answer.headers.get("retry-after"))):
            if refused.retry_after:
                self._limits.pause(urlsplit(url).netloc, refused.retry_after)
            raise refused
        return page, None

    def _route(self, url: str, headers: dict[str, str]) -> tuple[httpx2.URL, dict[str, str]]:
        parsed = httpx2.URL(url)
        if self._gateway is None:
            return parsed, headers
        through = self._gateway.copy_with(raw_path=parsed.raw_path)
        return through, {**headers, "Host": parsed.netloc.decode("ascii")}


def _refused(status: int, refusal: Refusal | None, wait: float | None) -> RefusedError | None:
    """Why this is no content page, or None; the shop's own signs come before the status."""
    if refusal:
        return RefusedError(refusal.outcome, refusal.detail, status=status, retry_after=wait)
    if status == _OK:
        return None
    outcome = Outcome.GONE if status in _GONE else Outcome.BLOCKED if status in _REFUSING else Outcome.HTTP
    final = outcome is Outcome.HTTP and 400 <= status < 500 and status not in _TOO_SOON  # noqa: PLR2004
    return RefusedError(outcome, f"status {status}", status=status, retry_after=wait, final=final)
