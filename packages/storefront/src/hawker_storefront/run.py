"""Running the server: in the foreground for the command line, in a thread of its own for tests."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from aiohttp import web

from hawker_storefront.config import Config
from hawker_storefront.server import Storefront

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"


async def serve(store: Storefront, port: int, ready: Callable[[str], None]) -> None:
    """Serve until cancelled.

    Args:
        store: what to serve.
        port: the port on 127.0.0.1; 0 takes a free one.
        ready: called with the origin once requests are taken.

    Raises:
        OSError: the port is taken.
    """
    # A client that hangs up cancels its handler, so that an answer that never comes is not waited with for ever.
    runner = web.AppRunner(store.application(), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port, backlog=1024, reuse_address=True)
        await site.start()
        ready(f"http://{HOST}:{runner.addresses[0][1]}")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def serve_until_told(store: Storefront, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        OSError: the port is taken.
    """
    task = asyncio.ensure_future(serve(store, port, ready))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


class Running:
    """A server in a thread of its own.

    Attributes:
        origin: where it listens, such as `http://127.0.0.1:40123`.
        store: what it serves; its ledger may be read while it runs.
    """

    def __init__(self, config: Config | None = None, port: int = 0) -> None:
        """Start the server.

        Raises:
            ConfigError: the configuration is wrong.
            OSError: the port is taken.
        """
        self.store = Storefront(config or Config())
        self.origin = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(port,), name="storefront", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop the server and wait until it is gone. Stopping twice is harmless."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()

    def _run(self, port: int) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(serve(self.store, port, self._tell))
        self._loop.run_until_complete(asyncio.wait([self._task]))
        self._failure = None if self._task.cancelled() else self._task.exception()
        self._loop.close()
        self._ready.set()

    def _tell(self, origin: str) -> None:
        self.origin = origin
        self._ready.set()


def start(config: Config | None = None, port: int = 0) -> Running:
    """Start a server in a thread; `stop()` ends it."""
    return Running(config, port)


@contextmanager
def running(config: Config | None = None, port: int = 0) -> Iterator[str]:
    """A server for the length of a `with` block; gives its origin."""
    server = start(config, port)
    try:
        yield server.origin
    finally:
        server.stop()
