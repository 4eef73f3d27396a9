"""What pages cost in a browser: `python -m tests.bench.browser [--pages N] [--plain N] [--csv FILE]`.

Compares the fetcher, one browser for many pages, with the script that one would write first: a driver a page, with
Selenium's defaults. Both load the same page from a server of another process, side by side in one run. CPU is that of
this process and of all processes that came of it and have ended.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.console import Console
from rich.table import Table
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located
from selenium.webdriver.support.wait import WebDriverWait

from hawker_core import Browser, Outcome, Page, Refusal, Request, Site
from hawker_core.fetch import Budget
from hawker_core.fetch.browser import BrowserFetcher
from hawker_core.fetch.chromium import find
from hawker_core.fetch.guard import PR_SET_CHILD_SUBREAPER, descendants
from hawker_core.settings import Settings
from hawker_core.stats import Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).with_name("browser_server.py")
TILE = ".tile:nth-child(60)"
SAMPLE_SECONDS = 0.5
MOST_LINGERING = 10.0  # seconds that parts of a browser outlive it
BARS = "▁▂▃▄▅▆▇█"
COLUMNS = 72
MB = 1 << 20


class Shop(Site):
    """The bench's server."""

    hosts: ClassVar[frozenset[str]]

    def refusal(self, page: Page) -> Refusal | None:
        """Never."""
        return Refusal(Outcome.HTTP, "no page") if not page.body else None


class Sample(NamedTuple):
    """Memory of a process and all that came of it, in bytes, after so many seconds and pages."""

    seconds: float
    pages: int
    own: int
    proportional: int


class Cost(NamedTuple):
    """What a number of pages took, in seconds."""

    pages: int
    cpu: float
    wall: float

    @property
    def per_cpu_second(self) -> float:
        return self.pages / self.cpu


def memory(root: int) -> tuple[int, int]:
    """A process tree's memory: what each process has to itself, and that with shared pages divided by their sharers."""
    own = proportional = 0
    for pid in (root, *descendants(root)):
        with suppress(OSError, IndexError):  # it has ended
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
            status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
            proportional += int(rollup.partition("Pss:")[2].split(None, 1)[0]) * 1024
            own += int(status.partition("RssAnon:")[2].split(None, 1)[0]) * 1024
    return own, proportional


def cpu_seconds(but: int) -> float:
    """Of this process and its ended children, which are waited for: all, except one that goes on."""
    until = time.monotonic() + MOST_LINGERING
    while (left := set(children()) - {but}) and time.monotonic() < until:
        for pid in left:
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.05)
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def children() -> list[int]:
    """This process's own children, and those that lost their parent."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()]


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """The origin and the process of a server that lives as long as this."""
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()


def plain(url: str, pages: int, serving: int) -> Cost:
    """A driver a page, as Selenium's own examples do."""
    programs = find(Settings())
    cpu, started = cpu_seconds(serving), time.monotonic()
    for _ in range(pages):
        options = ChromeOptions()
        options.binary_location = programs.browser
        options.add_argument("--headless=new")
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        driver = Chrome(options=options, service=ChromeService(programs.driver))
        try:
            driver.get(url)
            WebDriverWait(driver, 30).until(presence_of_element_located((By.CSS_SELECTOR, TILE)))
            assert "tile" in driver.page_source
        finally:
            driver.quit()
    return Cost(pages, cpu_seconds(serving) - cpu, time.monotonic() - started)


async def fetched(url: str, pages: int, serving: int, samples: list[Sample]) -> tuple[Cost, int]:
    """One fetcher for all pages; also tells how many browsers it took."""
    site = Shop()
    site.hosts = frozenset({url.split("/")[2]})  # type: ignore[misc]  # the server's port is known only now
    cpu, started = cpu_seconds(serving), time.monotonic()
    loaded, browsers = 0, set[int]()

    async def watch(fetcher: BrowserFetcher) -> None:
        while True:
            if chromium := fetcher._chromium:
                browsers.add(chromium._guard.pid)
                sizes = await asyncio.to_thread(memory, chromium._guard.pid)
                samples.append(Sample(time.monotonic() - started, loaded, *sizes))
            await asyncio.sleep(SAMPLE_SECONDS)

    policy = Browser(per_second=0.0, wait_for=TILE)
    async with BrowserFetcher(site, policy, Settings(), Statistics()) as fetcher:
        watching = asyncio.create_task(watch(fetcher))
        for _ in range(pages):
            page = await fetcher.page(Request(url), Budget(0))
            assert page.root.has(TILE)
            loaded += 1
        watching.cancel()
    return Cost(pages, cpu_seconds(serving) - cpu, time.monotonic() - started), len(browsers)


def bars(values: list[float]) -> str:
    """Values over time, as the means of equal stretches, in characters of a height from zero to the largest."""
    stretch = max(1, -(-len(values) // COLUMNS))
    means = [statistics.fmean(values[at : at + stretch]) for at in range(0, len(values), stretch)]
    return "".join(BARS[min(len(BARS) - 1, int(mean / max(means) * len(BARS)))] for mean in means)


def draw(console: Console, samples: list[Sample]) -> None:
    """Show memory over time."""
    for name in ("own", "proportional"):
        values = [getattr(sample, name) / MB for sample in samples]
        first, second = (statistics.median(half) for half in (values[: len(values) // 2], values[len(values) // 2 :]))
        console.print(
            f"{name} memory: most {max(values):.0f} MB, medians of the halves {first:.0f} and {second:.0f} MB"
        )
        console.print(bars(values))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.browser")
    parser.add_argument("--pages", type=int, default=300, help="pages of the fetcher")
    parser.add_argument("--plain", type=int, default=20, help="pages of the plain script")
    parser.add_argument("--csv", type=Path, help="write the memory samples to this file")
    given = parser.parse_args()
    samples: list[Sample] = []
    # What a browser leaves running for a moment becomes a child of ours: else its CPU would be nobody's.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with server() as (origin, serving):
        url = f"{origin}/page"
        before = plain(url, given.plain - given.plain // 2, serving)
        ours, browsers = asyncio.run(fetched(url, given.pages, serving, samples))
        after = plain(url, given.plain // 2, serving)
    theirs = Cost(before.pages + after.pages, before.cpu + after.cpu, before.wall + after.wall)
    console = Console(width=100)
    table = Table(
        "way", "pages", "browsers", "s per page", "CPU-s per page", "pages per CPU-s", title="Pages in a browser"
    )
    for name, cost, count in (("plain Selenium", theirs, theirs.pages), ("BrowserFetcher", ours, browsers)):
        figures = (f"{cost.wall / cost.pages:.2f}", f"{cost.cpu / cost.pages:.2f}", f"{cost.per_cpu_second:.2f}")
        table.add_row(name, str(cost.pages), str(count), *figures)
    console.print(table)
    console.print(f"{ours.per_cpu_second / theirs.per_cpu_second:.1f} times the pages per CPU-second")
    draw(console, samples)
    if given.csv:
        with given.csv.open("w", newline="") as file:
            csv.writer(file).writerows([Sample._fields, *samples])


if __name__ == "__main__":
    main()
