"""A browser at work on a server of ours."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awkward import Server, Shop, answer

from hawker_core import Browser, Request
from hawker_core.fetch import Budget, RefusedError
from hawker_core.fetch.browser import BrowserFetcher
from hawker_core.settings import Settings
from hawker_core.stats import Statistics

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from awkward import Answer, Asked

    from hawker_core import Page

    Answers = dict[str, list[Answer]]

WAIT = 20.0  # seconds that processes may take to end


def html(body: str, **headers: Any) -> bytes:
    return answer(body=body.encode(), content_type="text/html; charset=utf-8", **headers)


def text(body: str, kind: str = "text/plain") -> bytes:
    return answer(body=body.encode(), content_type=kind)


class Shopper:
    """A browser fetcher, and the server that it asks."""

    def __init__(self, fetcher: BrowserFetcher, server: Server) -> None:
        self.fetcher, self.server = fetcher, server

    @property
    def statistics(self) -> Statistics:
        return self.fetcher._statistics

    @property
    def folder(self) -> Path:
        """Of the present browser."""
        assert self.fetcher._chromium
        return self.fetcher._chromium._folder

    async def page(self, path: str = "/x", retries: int = 0, **request: Any) -> Page:
        url = path if "//" in path else self.server.origin + path
        return await self.fetcher.page(Request(url, **request), Budget(retries))

    async def refusal(self, path: str = "/x") -> RefusedError:
        try:
            page = await self.page(path)
        except RefusedError as refused:
            return refused
        raise AssertionError(f"not refused: {page.status} {page.body[:100]!r}")


@asynccontextmanager
async def shopper(
    answers: Answers, *, settings: dict[str, Any] | None = None, hosts: tuple[str, ...] = (), **policy: Any
) -> AsyncIterator[Shopper]:
    """A browser of its own; ORIGIN in a setting stands for the server's."""
    async with Server(answers) as server:
        site = Shop()
        site.hosts = frozenset({server.host, *hosts})  # type: ignore[misc]  # one shop a test
        given: dict[str, Any] = {name: value.replace("ORIGIN", server.origin) if isinstance(value, str) else value
                 for name, value in (settings or {}).items()}  # fmt: skip
        async with BrowserFetcher(site, browse(policy), Settings(**given), Statistics()) as fetcher:
            yield Shopper(fetcher, server)


def browse(policy: dict[str, Any]) -> Browser:
    return Browser(**{"per_second": 0.0, "total": 20.0, **policy})


class Lab:
    """One browser and one server for all tests that need no browser of their own."""

    def __init__(self, runner: asyncio.Runner, inside: Shopper) -> None:
        self._runner, self._inside = runner, inside

    def page(self, answers: Answers, path: str = "/x", *, request: dict[str, Any] | None = None, **policy: Any) -> Page:
        self._prepare(answers, policy)
        return self._runner.run(self._inside.page(path, **(request or {})))

    def refusal(self, answers: Answers, path: str = "/x", **policy: Any) -> RefusedError:
        self._prepare(answers, policy)
        return self._runner.run(self._inside.refusal(path))

    def _prepare(self, answers: Answers, policy: dict[str, Any]) -> None:
        self._inside.server.asked.clear()
        self._inside.server._answers = {path: list(script) for path, script in answers.items()}
        fetcher = self._inside.fetcher
        fetcher._browse = browse(policy)
        fetcher._total = fetcher._browse.total
        fetcher._statistics = Statistics()
        fetcher._limits._paused.clear()

    @property
    def origin(self) -> str:
        return self._inside.server.origin

    @property
    def statistics(self) -> Statistics:
        return self._inside.statistics

    @property
    def shopper(self) -> Shopper:
        return self._inside

    def asked(self, path: str = "/x") -> list[Asked]:
        """The browser's requests for a path."""
        return [asked for asked in self._inside.server.asked if asked.target == path]


def processes(folder: Path) -> list[str]:
    """What runs in a folder, or names it in its arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            inside = (process / "cwd").readlink().is_relative_to(folder)
        except OSError:  # it has ended
            continue
        if command and (inside or str(folder) in command):
            found.append(command)
    return found


def gone(folder: Path, within: float = WAIT) -> bool:
    """Whether a browser's processes and its folder are gone, soon."""
    until = time.monotonic() + within
    while folder.exists() or processes(folder):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
