"""Memory of one browser task over many pages: `python -m tests.bench.task [--targets N] [--csv FILE]`.

A run of `ebay_seller_feedback` through the Fargate workflow of a local cloud, in one chunk: one task, as AWS would
start it. Its processes are watched from outside.
"""

from __future__ import annotations

import argparse
import csv
import time
from contextlib import suppress
from pathlib import Path

import psutil
from rich.console import Console

from hawker_storefront.targets import targets
from tests.bench.browser import MB, Sample, draw, memory
from tests.pipeline.lab import Lab, storefront

SCRAPER = "ebay_seller_feedback"
MOST_PAGES = 3  # of a target; they have 1.6 on average
SAMPLE_SECONDS = 0.5
SETTINGS = {"per_second": "0", "task_chunk_seconds": "3000", "concurrency": "1"}


def watched(lab: Lab, count: int) -> tuple[str, list[Sample], set[psutil.Process]]:
    """Run the scraper; its run, the memory over time, and all processes that were seen."""
    lab.only(SCRAPER, [{**target, "pages": MOST_PAGES} for target in targets(SCRAPER, count)])
    samples: list[Sample] = []
    seen: set[psutil.Process] = set()
    execution = lab.engine.start(SCRAPER)
    started = time.monotonic()
    for progress in lab.engine.watch(execution, every=SAMPLE_SECONDS):
        for task in lab.tasks()["tasks"]:
            with suppress(psutil.NoSuchProcess):  # it has ended
                seen |= {psutil.Process(task["pid"]), *psutil.Process(task["pid"]).children(recursive=True)}
                samples.append(Sample(time.monotonic() - started, progress.settled, *memory(task["pid"])))
    return execution.run, samples, seen


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.task")
    parser.add_argument("--targets", type=int, default=200)
    parser.add_argument("--csv", type=Path, help="write the memory samples to this file")
    given = parser.parse_args()
    lab = Lab()
    try:
        lab.up()
        with storefront() as origin:
            lab.deploy({**SETTINGS, "gateway": origin})
            run, samples, seen = watched(lab, given.targets)
        summary, tasks = lab.summary(run), lab.tasks()["families"]["hawker-ebay-worker"]
        left = [process for process in seen if process.is_running()]
        objects = lab.objects(run)
        ((settled, rows),) = lab.query("SELECT count(outcome), sum(rows) FROM hawker.outcome WHERE run_id = %s", run)
    finally:
        lab.close()
    console = Console(width=100)
    pages = summary["statistics"]["pages"]
    console.print(
        f"{SCRAPER}: {summary['targets']} targets, {pages} pages, {summary['outcomes']}, "
        f"{tasks['started']} task, {summary['seconds']:.0f} s, {summary['seconds'] / max(1, pages):.2f} s per page"
    )
    draw(console, samples)
    console.print(f"largest resident memory of the task: {tasks['peak_memory_bytes'] / MB:.0f} MB")
    measured = summary["statistics"]
    console.print(f"statistics: {measured['settled']} targets, {measured['rows']} rows; outcomes: {settled}, {rows}")
    console.print(f"objects left under runs/{run}/: {len(objects)}")
    console.print(f"processes seen: {len(seen)}, left at the end: {len(left)}")
    if given.csv:
        with given.csv.open("w", newline="") as file:
            csv.writer(file).writerows([Sample._fields, *samples])


if __name__ == "__main__":
    main()
