"""Benchmarks: `hatch run bench`. Figures, never verdicts: a machine's speed is no test.

Ratios are taken side by side in one run, medians over several rounds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from hawker_core import registry
from hawker_core.model import Signal
from hawker_core.page import Page
from hawker_core.run import read

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
PAGES = Path(__file__).parents[3] / "shared" / "pages"
_CPU = "import resource; r = resource.getrusage(resource.RUSAGE_SELF); print(r.ru_utime + r.ru_stime)"


def import_cpu(code: str) -> float:
    """CPU milliseconds of a fresh interpreter that runs some code; with compiled modules, as images ship them."""
    answer = subprocess.run([sys.executable, "-c", f"{code}\n{_CPU}"], check=True, capture_output=True, text=True)
    return float(answer.stdout) * 1000


def imports() -> Table:
    """What a worker's start costs over bare Python."""
    table = Table("import", "CPU ms", "over bare Python", title="A worker's import")
    what = {"bare Python": "pass", "handler": "import hawker_core.handler"}
    for name in registry.names():
        what[f"handler + {name}"] = (
            f"import hawker_core.handler; from hawker_core import registry; registry.load({name!r})"
        )
    rounds = [{label: import_cpu(code) for label, code in what.items()} for _ in range(ROUNDS)]
    for label in what:
        cpu = statistics.median(one[label] for one in rounds)
        over = statistics.median(one[label] - one["bare Python"] for one in rounds)
        table.add_row(label, f"{cpu:.0f}", f"{over:.0f}")
    return table


def parsing() -> Table:
    """Captured pages per CPU-second, from bytes to rows."""
    table = Table("scraper", "pages", "MB", "pages per CPU-second", "MB per CPU-second", title="Parsing captured pages")
    folders = {
        "amazon_product": ("amazon/dp", "https://www.amazon.com/dp/B000000000", {"asin": "B000000000"}),
        "amazon_offers": ("amazon/olp", "https://www.amazon.com/gp/offer-listing/B000000000", {"asin": "B000000000"}),
        "walmart_product": ("walmart/product", "https://www.walmart.com/ip/1", {"item_id": "1000000000"}),
        "ebay_search": ("ebay/search", "https://www.ebay.com/sch/i.html?_nkw=x", {"keyword": "x"}),
    }
    for name, (folder, url, fields) in folders.items():
        scraper = registry.load(name)
        target = scraper.target.from_fields(fields)
        bodies = [path.read_bytes() for path in sorted((PAGES / folder).glob("*.html"))]

        def once(bodies: list[bytes] = bodies, url: str = url) -> None:
            for body in bodies:
                page = Page(url, body)
                scraper.site.refusal(page)  # noqa: B023  called at once
                try:
                    read(scraper, page, target)  # noqa: B023  the same
                except Signal:
                    continue

        seconds = statistics.median(cpu_seconds(once) for _ in range(ROUNDS))
        size = sum(map(len, bodies)) / 1e6
        table.add_row(name, str(len(bodies)), f"{size:.1f}", f"{len(bodies) / seconds:.0f}", f"{size / seconds:.0f}")
    return table


def cpu_seconds(work: Callable[[], None]) -> float:
    """CPU seconds of this process for some work."""
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    argparse.ArgumentParser(prog="hatch run bench", description=__doc__).parse_args()
    console = Console()
    console.print(imports())
    console.print(parsing())
