"""How fast the storefront is: distinct pages per second, each drawn once. Run: `python tests/benchmark.py [PAGES]`."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from hawker_storefront import Config, targets, url
from hawker_storefront.run import serve
from hawker_storefront.server import Storefront
from hawker_storefront.targets import COLUMNS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CONNECTIONS = 32


def child(pipe: Connection) -> None:
    """The server, in a process of its own, as in a load test."""
    asyncio.run(serve(Storefront(Config()), 0, pipe.send))


async def load(origin: str, addresses: list[str]) -> tuple[float, int]:
    """Ask for every address once; gives the seconds that it took and the bytes that came."""
    waiting = iter(addresses)
    size = 0

    async def ask(session: aiohttp.ClientSession) -> None:
        nonlocal size
        for address in waiting:
            target = URL(address)
            async with session.get(
                URL(origin + target.raw_path_qs, encoded=True),
                headers={"Host": target.raw_host or "", "Accept-Encoding": "gzip"},
            ) as response:
                response.raise_for_status()
                size += len(await response.read())

    began = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        await asyncio.gather(*(ask(session) for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, size


def main(pages: int) -> None:
    """Measure each scraper's pages in turn and print a line for each."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=child, args=(theirs,), daemon=True)
    server.start()
    origin = ours.recv()
    for scraper in COLUMNS:
        addresses = [url(scraper, target) for target in targets(scraper, pages)]
        seconds, size = asyncio.run(load(origin, addresses))
        each = size / pages / 1000
        sys.stdout.write(f"{scraper}: {pages / seconds:.0f} pages/s, {each:.0f} kB each on the wire\n")
    server.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
