"""A server whose answers are scripts: raw bytes, or what a test does with the connection. And a shop that it plays."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from hawker_core import Http, Outcome, Page, Refusal, Request, Site
from hawker_core.fetch import Budget, HttpFetcher, RefusedError
from hawker_core.settings import Settings
from hawker_core.stats import Statistics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Answer = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

REASONABLE = 20.0  # seconds that no test of a fetch may take


class Asked(NamedTuple):
    """A request as it arrived: its target as written, and its headers with names in lower case."""

    target: str
    headers: dict[str, str]


def answer(status: int = 200, body: bytes = b"<p>hello", length: int | None = None, **headers: str) -> bytes:
    """An HTTP/1.1 answer; `length` lies about the body's, header names are given with underscores."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(to: str, status: int = 302) -> bytes:
    return answer(status, b"elsewhere", location=to)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with RST."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def partly(start: bytes, *, then_close: bool = True) -> Answer:
    """Send some bytes, then close the connection or say no more."""

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        if not then_close:
            await hang(reader, writer)
        writer.close()

    return send


def drip(pieces: list[bytes], pause: float) -> Answer:
    """Send a chunked body piece by piece."""

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            await asyncio.sleep(pause)
        writer.write(b"0\r\n\r\n")

    return send


class Server:
    """Answers each path by its script in turn, the last answer again and again; 404 for any other path."""

    def __init__(self, answers: dict[str, list[Answer]]) -> None:
        self._answers = {path: list(script) for path, script in answers.items()}
        self._connections: set[asyncio.Task[Any]] = set()
        self.asked: list[Asked] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def times(self, path: str) -> int:
        return sum(asked.target == path for asked in self.asked)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                await self._respond(reader, writer)
        writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        target = head[0].split(" ")[1]
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        self.asked.append(Asked(target, {name.lower(): value for name, value in headers.items()}))
        script = self._answers.get(target, [answer(404)])
        told = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(told, bytes):
            writer.write(told)
            await writer.drain()
        else:
            await told(reader, writer)


class Shop(Site):
    """Refuses by a captcha, and delists by a sentence."""

    hosts: ClassVar[frozenset[str]] = frozenset({"www.shop.example", "m.shop.example"})

    def refusal(self, page: Page) -> Refusal | None:
        if b"captcha" in page.body:
            return Refusal(Outcome.BLOCKED, "captcha")
        return Refusal(Outcome.GONE, "delisted") if b"no longer sold" in page.body else None


class Client:
    """A fetcher at work on one server."""

    def __init__(self, fetcher: HttpFetcher, statistics: Statistics, server: Server) -> None:
        self.fetcher, self.statistics, self.server = fetcher, statistics, server

    async def get(self, path: str, budget: Budget | None = None, *, retries: int = 0, **request: Any) -> Page:
        url = path if "//" in path else self.server.origin + path
        page = self.fetcher.page(Request(url, **request), budget or Budget(retries))
        return await asyncio.wait_for(page, REASONABLE)

    async def refusal(self, path: str, budget: Budget | None = None, *, retries: int = 0) -> RefusedError:
        try:
            page = await self.get(path, budget, retries=retries)
        except RefusedError as refused:
            return refused
        raise AssertionError(f"not refused: {page.status} {page.body[:100]!r}")


@asynccontextmanager
async def shop(
    answers: dict[str, list[Answer]],
    *,
    policy: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    workers: int = 1,
) -> AsyncIterator[Client]:
    """A shop played by a server, and a client of it; no rate limit unless the policy sets one."""
    async with Server(answers) as server:
        site = Shop()
        site.hosts = Shop.hosts | {server.host}  # type: ignore[misc]  # one shop a test
        statistics = Statistics()
        given = {k: v.replace("ORIGIN", server.origin) if k == "gateway" else v for k, v in (settings or {}).items()}
        fetch = Http(**{"per_second": 0.0, **(policy or {})})
        async with HttpFetcher(site, fetch, Settings(**given), statistics, workers) as fetcher:
            yield Client(fetcher, statistics, server)
