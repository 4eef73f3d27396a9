"""Pages over HTTP, by httpx2."""

from __future__ import annotations

import asyncio
import ssl
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

import httpx2

from hawker_core.fetch import body
from hawker_core.fetch.polite import PoliteFetcher
from hawker_core.fetch.retry import Budget, RefusedError, retry_after
from hawker_core.model import Outcome, Request
from hawker_core.page import Page

if TYPE_CHECKING:
    from hawker_core.scraper import Http, Site
    from hawker_core.settings import Settings
    from hawker_core.stats import Statistics

MOST_REDIRECTS = 5
BASE_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.9",
    "Accept-Encoding": body.ACCEPTED,
}


class HttpFetcher(PoliteFetcher):
    """Fetches by HTTP/1.1 and HTTP/2."""

    def __init__(self, site: Site, policy: Http, settings: Settings, statistics: Statistics, workers: int = 1) -> None:
        super().__init__(site, policy, settings, statistics, workers)
        self._gateway = httpx2.URL(settings.gateway) if settings.gateway else None
        connect, read, self._total = (
            min(seconds, settings.timeout_seconds or seconds) for seconds in (policy.connect, policy.read, policy.total)
        )
        self._client = httpx2.AsyncClient(
            http2=True,
            verify=False if self._gateway and self._gateway.scheme == "http" else ssl.create_default_context(),
            proxy=settings.proxy or None,
            headers={**BASE_HEADERS, "User-Agent": settings.user_agent, **policy.headers, **settings.headers},
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

    async def robots_txt(self, url: str) -> bytes:
        """The text of a host's robots.txt; raises as `PoliteFetcher` says."""
        # A redirect of robots.txt to another host is followed by RFC 9309, but not by us: hosts are allowed one by one.
        return (await self._retried(Request(url), Budget(self._policy.retries))).body

    async def _once(self, request: Request, budget: Budget) -> Page:
        url = request.url
        for _ in range(MOST_REDIRECTS + 1):
            self._check_host(url)
            await self._turn(url, budget)
            page, location = await self._get(url, request)
            if location is None:
                return page
            try:
                url = urljoin(url, location)
            except ValueError:
                raise RefusedError(Outcome.HTTP, "redirects to a malformed URL", final=True) from None
        raise RefusedError(Outcome.HTTP, f"more than {MOST_REDIRECTS} redirects", final=True)

    async def _get(self, url: str, request: Request) -> tuple[Page, str | None]:
        """One exchange: the page, and where it redirects to, if it does."""
        started = time.monotonic()
        self._statistics.requests += 1
        try:
            target, headers = self._route(url, request)
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
        await self._judge(page, retry_after(answer.headers.get("retry-after")))
        return page, None

    def _route(self, url: str, request: Request) -> tuple[httpx2.URL, dict[str, str]]:
        parsed, headers = httpx2.URL(url), request.headers
        if request.cookies:
            headers = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in request.cookies.items())}
        if self._gateway is None:
            return parsed, headers
        through = self._gateway.copy_with(raw_path=parsed.raw_path)
        return through, {**headers, "Host": parsed.netloc.decode("ascii")}
