"""Pages as a browser shows them, by Selenium and Chromium."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from hawker_core.fetch.chromium import BROKEN, Chromium, find
from hawker_core.fetch.http import BASE_HEADERS, HttpFetcher
from hawker_core.fetch.polite import PoliteFetcher
from hawker_core.fetch.retry import Budget, RefusedError, retry_after
from hawker_core.fetch.visit import Visit
from hawker_core.model import Outcome, Request
from hawker_core.scraper import Http
from hawker_core.settings import BadSettingError

if TYPE_CHECKING:
    from hawker_core.page import Page
    from hawker_core.scraper import Browser, Site
    from hawker_core.settings import Settings
    from hawker_core.stats import Statistics

START_SECONDS = 60.0  # that a browser may take to start
_READING = 0.25  # share of a page's time that is kept for reading out what is there
_WATCH = 1.0  # seconds between two looks at a page's memory
_OFFLINE = ".localhost"  # ends the names of shops behind a gateway: Chromium insists on https for some of them


class BrowserFetcher(PoliteFetcher):
    """Fetches one page at a time by one browser, which is replaced when it is worn, stuck or broken."""

    def __init__(
        self, site: Site, policy: Browser, settings: Settings, statistics: Statistics, workers: int = 1
    ) -> None:
        super().__init__(site, policy, settings, statistics, workers)
        self._browse = policy
        self._total = min(policy.total, settings.timeout_seconds or policy.total)
        http = Http(per_second=policy.per_second, headers=policy.headers, retries=policy.retries)
        self._http = HttpFetcher(site, http, settings, statistics, workers)
        basic = {"Accept-Language": BASE_HEADERS["Accept-Language"], "User-Agent": settings.user_agent}
        self._headers = _merged(basic, policy.headers, settings.headers)
        self._chromium: Chromium | None = None
        self._alone = asyncio.Lock()
        self._unready: set[str] = set()  # pages that did not show what they should, and were asked for once more

    async def __aenter__(self) -> Self:
        """Start the first browser.

        Raises:
            BadSettingError: there is none, or it does not start.
        """
        self._arguments = self._chromium_arguments()
        self._programs = await asyncio.to_thread(find, self._settings)
        try:
            await self._ready()
        except RefusedError as refused:
            raise BadSettingError(f"{self._programs.browser} does not start: {refused.detail}") from None
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        """End the browser."""
        await self._http.__aexit__(*error)
        if self._chromium:
            self._chromium.kill()
            await asyncio.to_thread(self._chromium.wait)

    async def robots_txt(self, url: str) -> bytes:
        """The text of a host's robots.txt, by HTTP; raises as `PoliteFetcher` says."""
        return await self._http.robots_txt(url)

    def _chromium_arguments(self) -> list[str]:
        languages = ",".join(part.partition(";")[0].strip() for part in self._headers["accept-language"].split(","))
        arguments = [f"--user-agent={self._headers['user-agent']}", f"--accept-lang={languages}"]
        if not self._settings.chromium_sandbox:
            arguments.append("--no-sandbox")
        if not self._browse.images:
            arguments += ["--blink-settings=imagesEnabled=false", "--disable-remote-fonts"]
        if proxy := self._settings.gateway or self._settings.proxy:
            if "@" in proxy:
                raise BadSettingError(
                    "HAWKER_PROXY: Chromium sends no password; let the proxy know the worker by its address"
                )
            arguments += [f"--proxy-server={proxy}", "--proxy-bypass-list=<-loopback>"]
        return arguments

    async def _ready(self) -> Chromium:
        """A browser that is good for one more page.

        Raises:
            RefusedError: it does not start.
        """
        running, policy = self._chromium, self._browse
        if running:
            worn = running.pages >= policy.recycle_pages or running.memory() > policy.recycle_bytes
            if not (running.dead or worn):
                return running
            running.kill()
            await asyncio.to_thread(running.wait)
        for again in (True, False):  # a driver ends at once where another program takes its port before it does
            chromium = self._chromium = Chromium(self._programs, self._arguments)
            try:
                async with asyncio.timeout(START_SECONDS):
                    await asyncio.to_thread(chromium.start)
            except BROKEN as error:  # the time-out among them
                chromium.kill()
                if not again:
                    raise _broken(error) from None
                await asyncio.to_thread(chromium.wait)
            except asyncio.CancelledError:
                chromium.kill()
                raise
            else:
                break
        return chromium

    async def _once(self, request: Request, budget: Budget) -> Page:
        self._check_host(request.url)
        async with self._alone:
            chromium = await self._ready()
            await self._turn(request.url, budget)
            self._statistics.requests += 1
            started = time.monotonic()
            visit = Visit(
                chromium,
                self._browse,
                started + self._total * (1 - _READING),
                check=self._check_host,
                refuses=lambda page: self._site.refusal(page) is not None,
                real=self._real,
                pictures=self._settings.evidence > 0,
            )
            try:
                page = await self._watched(chromium, visit, request)
            finally:
                self._statistics.latency.add(time.monotonic() - started)
                self._statistics.received += visit.received
        self._statistics.count_status(page.status)
        await self._judge(page, retry_after(visit.retry_after))
        if not visit.ready and budget.left and request.url not in self._unready:
            # Browsers draw what is left of a damaged answer as if it were all: once more, before a parser sees it.
            self._unready.add(request.url)
            raise RefusedError(Outcome.TIMEOUT, f"shows no {self._browse.wait_for}")
        return page

    async def _watched(self, chromium: Chromium, visit: Visit, request: Request) -> Page:
        """What a visit gives; when it takes too long or too much, or is given up, the browser is ended under it."""
        until = time.monotonic() + self._total
        most = 2 * self._browse.recycle_bytes
        url, headers = self._shown(request.url), _merged(self._headers, request.headers)
        loading = asyncio.ensure_future(asyncio.to_thread(visit.page, request, url, headers, self._cookies(request)))
        loading.add_done_callback(lambda done: done.cancelled() or done.exception())  # once given up, nobody asks
        try:
            while not loading.done():
                if (left := until - time.monotonic()) <= 0:
                    raise RefusedError(Outcome.TIMEOUT, f"not ready after {self._total:g} s")
                if chromium.memory() > most:
                    raise RefusedError(Outcome.HTTP, f"takes more than {most >> 20} MB of memory")
                await asyncio.wait({loading}, timeout=min(left, _WATCH))
            return loading.result()
        except BROKEN as error:
            chromium.kill()
            raise _broken(error) from None
        finally:
            if not loading.done():
                chromium.kill()

    def _cookies(self, request: Request) -> list[dict[str, str]]:
        hosts = [self._shown(f"https://{host}/") for host in self._site.hosts] if request.cookies else []
        return [{"url": url, "name": name, "value": value} for url in hosts for name, value in request.cookies.items()]

    def _shown(self, url: str) -> str:
        """Where the browser finds a page."""
        parts = urlsplit(url)
        host, colon, port = parts.netloc.partition(":")
        at_gateway = parts._replace(scheme="http", netloc=f"{host}{_OFFLINE}{colon}{port}")
        return at_gateway.geturl() if self._settings.gateway else url

    def _real(self, url: str) -> str:
        """The URL of a page that the browser shows."""
        parts = urlsplit(url)
        host, colon, port = parts.netloc.partition(":")
        if not host.endswith(_OFFLINE) or not self._settings.gateway:
            return url
        return parts._replace(scheme="https", netloc=f"{host.removesuffix(_OFFLINE)}{colon}{port}").geturl()


def _merged(*headers: dict[str, str]) -> dict[str, str]:
    """Headers by their names in lower case, with the last one's values."""
    return {name.lower(): value for each in headers for name, value in each.items()}


def _broken(error: BaseException) -> RefusedError:
    text = str(error).removeprefix("Message: ").strip()
    return RefusedError(Outcome.HTTP, f"browser: {text.partition(chr(10))[0] or type(error).__name__}")
