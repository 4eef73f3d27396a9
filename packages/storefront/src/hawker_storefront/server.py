"""The server: one handler for every shop, and the endpoints that tell what it did."""

from __future__ import annotations

import asyncio
import math
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from hawker_storefront import failing, faults, parts, routes, seed, wire
from hawker_storefront.captured import Captured
from hawker_storefront.config import folder
from hawker_storefront.ledger import Entry, Ledger
from hawker_storefront.pages import amazon_offers, blocks
from hawker_storefront.pages.render import Page
from hawker_storefront.pages.robots import robots
from hawker_storefront.pages.spoilt import STUCK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_storefront.captured import CapturedPage
    from hawker_storefront.config import Config
    from hawker_storefront.faults import Fault
    from hawker_storefront.routes import Ask

SHOPS = ("amazon", "walmart", "ebay")
_P95 = 1.6448536269514722  # the standard normal distribution's 95th percentile
_KEPT_BODIES = 512
_NOTHING = wire.Body(200, {"Content-Type": "text/html"}, b"")


def _host(request: web.BaseRequest) -> str:
    """The host that is asked for; browsers ask for `www.amazon.com.localhost`, since `.com` would have to be HTTPS."""
    return request.host.partition(":")[0].lower().removesuffix(".localhost")


class Storefront:
    """The shops, their faults and their ledger.

    Args:
        config: what to serve.

    Raises:
        ConfigError: the folder of captured pages holds none.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ledger = Ledger()
        path = folder(config, SHOPS)
        self.captured = Captured(path, config.seed) if path else None
        self._body = lru_cache(maxsize=_KEPT_BODIES)(self._encode)

    def application(self) -> web.Application:
        """The server as an aiohttp application."""
        app = web.Application()
        app.router.add_get("/__ledger__", self._ledger)
        app.router.add_get("/__stats__", self._stats)
        app.router.add_get("/__truth__", self._truth)
        app.router.add_post("/__reset__", self._reset)
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_route("*", "/{path:.*}", self._shop)
        return app

    async def _shop(self, request: web.Request) -> web.StreamResponse:
        host = _host(request)
        if request.method == "CONNECT" or not routes.is_shop(host):
            # A browser asks other hosts too, unbidden; that is no part of what is measured.
            return web.Response(status=404)
        self.ledger.arrive(host)
        try:
            if request.path.startswith(STUCK):
                return await wire.never(request, _NOTHING, halfway=False)
            return await self._answer(request, host)
        finally:
            self.ledger.leave()

    async def _answer(self, request: web.Request, host: str) -> web.StreamResponse:
        gzip = wire.accepts_gzip(request)
        if request.method not in {"GET", "HEAD"}:
            return self._plain(None, web.Response(status=405, headers={"Allow": "GET, HEAD"}))
        if self.captured is not None:
            return await self._replay(request, host, self.captured)
        if part := parts.find(self.config.seed, host, request.path, request.query):
            return self._part(*part, gzip=gzip)
        ask = routes.find(self.config.seed, host, request.path, request.query)
        if ask is None:
            return self._not_found(host, gzip=gzip)
        entry = self._entry(ask, f"https://{host}{request.path_qs}")
        await self._wait(entry, ask.page)
        fault = faults.persistent(self.config, ask.scraper, ask.key) or self._transient(entry, ask)
        if fault is None:
            return self._plain(entry, wire.send(self._judged(entry, ask, self._body(ask, gzip))), ask.page)
        return await self._fail(request, ask, entry, fault)

    def _judged(self, entry: Entry, ask: Ask, body: wire.Body) -> wire.Body:
        """Take down that a target whose first page holds nothing must end empty."""
        if body.rows == 0 and ask.page == 1:
            entry.expected = "empty"
        return body

    def _part(self, ask: Ask, markup: str, *, gzip: bool) -> web.Response:
        """What a page's script asks for."""
        if entry := self.ledger.entries.get((ask.scraper, ask.key)):
            entry.parts += 1
        return self._plain(None, wire.send(wire.encode(Page(markup), gzip=gzip)))

    async def _fail(self, request: web.Request, ask: Ask, entry: Entry, fault: Fault) -> web.StreamResponse:
        """The answer of a page that a fault is on."""
        gzip = wire.accepts_gzip(request)
        page = failing.page_instead(self.config, ask, fault)
        if page is None:
            self.ledger.answer(entry, ask.page, fault.kind)
            return await failing.send_broken(self.config, request, fault, self._body(ask, gzip), self._body(ask, False))
        body = wire.encode(page, gzip=gzip)
        response = wire.send(self._judged(entry, ask, body) if fault.harmless else body)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = str(self.config.transient.retry_after_s)
        return self._plain(entry, response, ask.page)

    def _encode(self, ask: Ask, gzip: bool) -> wire.Body:
        return wire.encode(routes.draw(self.config.seed, ask), gzip=gzip)

    def _entry(self, ask: Ask, url: str) -> Entry:
        name = (ask.scraper, ask.key)
        entry = self.ledger.entries.get(name)
        if entry is None:
            fault = faults.persistent(self.config, ask.scraper, ask.key)
            expected = faults.expected(self.config, ask.scraper, ask.key)
            entry = Entry(ask.shop, ask.scraper, ask.key, url, fault.kind if fault else None, expected)
            self.ledger.entries[name] = entry
        return entry

    def _transient(self, entry: Entry, ask: Ask) -> Fault | None:
        """The page's transient fault while it lasts."""
        fault = faults.transient(self.config, ask.scraper, ask.key, ask.page)
        if fault is None or fault.lasts is None:
            return None
        entry.transient[ask.page] = fault.kind
        return fault if len(entry.pages.get(ask.page, ())) < fault.lasts else None

    async def _wait(self, entry: Entry, page: int) -> None:
        """The added latency: log-normal around its median, the same for the same request of the same page."""
        latency = self.config.latency
        if not latency.median_ms:
            return
        spread = math.log(latency.p95_ms / latency.median_ms) / _P95 if latency.p95_ms else 0.0
        turn = len(entry.pages.get(page, ()))
        draw = seed.stream(self.config.seed, "latency", entry.scraper, entry.key, page, turn)
        await asyncio.sleep(latency.median_ms * math.exp(draw.gauss(0, spread)) / 1000)

    def _plain(self, entry: Entry | None, response: web.Response, page: int = 1) -> web.Response:
        """Count an answer and pass it on."""
        body = response.body
        self.ledger.answer(entry, page, response.status, len(body) if isinstance(body, bytes) else 0)
        return response

    async def _replay(self, request: web.Request, host: str, captured: Captured) -> web.Response:
        """A captured page, its bytes untouched; past the one captured page of an offer list comes an empty one."""
        gzip = wire.accepts_gzip(request)
        found = captured.find(host, request.path, request.query)
        if found is None:
            return self._not_found(host, gzip=gzip)
        page, number = found
        if number > 1 and page.scraper == "amazon_bestsellers":
            return self._not_found(host, gzip=gzip)
        entry = self._captured_entry(page)
        await self._wait(entry, number)
        if number > 1 and page.scraper == "amazon_offers":
            body = wire.encode(amazon_offers.no_more(dict(page.target)["domain"]), gzip=gzip)
        else:
            content = page.path.read_bytes()
            body = wire.pack(content, page.status, page.content_type(content), gzip=gzip)
        return self._plain(entry, wire.send(body), number)

    def _captured_entry(self, page: CapturedPage) -> Entry:
        entry = Entry(page.shop, page.scraper, page.key, page.url, None, page.expected, page.file)
        return self.ledger.entries.setdefault((page.scraper, page.key), entry)

    def _not_found(self, host: str, *, gzip: bool) -> web.Response:
        shop, _, domain = host.removeprefix("www.").partition(".")
        return self._plain(None, wire.send(wire.encode(blocks.not_found(shop, domain), gzip=gzip)))

    async def _robots(self, request: web.Request) -> web.Response:
        host = _host(request)
        if not routes.is_shop(host):
            return web.Response(status=404)
        self.ledger.arrive(host)
        self.ledger.leave()
        setting = self.config.robots
        text = robots(host, setting.disallow) if setting.status == HTTPStatus.OK else ""
        return self._plain(None, web.Response(status=setting.status, text=text))

    async def _ledger(self, request: web.Request) -> web.Response:
        if self.captured is not None:
            for page in self.captured.pages:
                self._captured_entry(page)
        return web.json_response(self.ledger.as_json(request.query.get("scraper")))

    async def _stats(self, _: web.Request) -> web.Response:
        return web.json_response(self.ledger.stats())

    async def _reset(self, _: web.Request) -> web.Response:
        self.ledger.reset()
        return web.json_response({"reset": True})

    async def _truth(self, request: web.Request) -> web.Response:
        url = request.query.get("url", "")
        if self.captured is not None:
            return web.json_response({"error": "nobody knows the truth of captured pages"}, status=404)
        truth = self.truth(url)
        if truth is None:
            error = f"no page of a shop under {url!r}: pass ?url=https://www.amazon.com/dp/B00LAYVPOU or the like"
            return web.json_response({"error": error}, status=404)
        return web.json_response(truth)

    def truth(self, url: str) -> dict[str, Any] | None:
        """What a right parser reads from the page under a URL, and the outcome its target must end in."""
        pieces = urlsplit(url)
        query: Mapping[str, str] = dict(parse_qsl(pieces.query))
        ask = routes.find(self.config.seed, pieces.hostname or "", pieces.path, query)
        if ask is None:
            return None
        fault = faults.persistent(self.config, ask.scraper, ask.key)
        page = routes.draw(self.config.seed, ask)
        expected = faults.expected(self.config, ask.scraper, ask.key)
        return {
            "scraper": ask.scraper,
            "key": ask.key,
            "page": ask.page,
            "fault": fault.kind if fault else None,
            "expected": "empty" if expected == "ok" and not page.rows and ask.page == 1 else expected,
            "rows": [] if fault and not fault.harmless else page.rows,
            "next_page": page.next_page,
        }


def _shop_of(host: str) -> str:
    """The shop that a Host header names; a browser behind a gateway adds `.localhost`, insisting on https else."""
    return host.partition(":")[0].lower().removesuffix(".localhost")
