"""Scrapers with a browser through the whole of Hawker: Chromium in tasks, on Fargate by their own choice."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from hawker_storefront.targets import targets

from .lab import Lab, get_json

if TYPE_CHECKING:
    from collections.abc import Callable

COUNTS = {"walmart_offers": 6, "ebay_seller_feedback": 8, "amazon_bestsellers": 4}
SETTINGS = {"per_second": "0", "statistics_seconds": "0.5", "flush_seconds": "0.2"}

pytestmark = pytest.mark.usefixtures("browser")


@pytest.mark.parametrize("scraper", COUNTS)
def test_every_target_ends_as_the_shop_says(
    lab: Lab, calm_shop: str, scraper: str, figure: Callable[[str], None]
) -> None:
    lab.deploy({**SETTINGS, "gateway": calm_shop})
    lab.only(scraper, list(targets(scraper, COUNTS[scraper])))
    run, progress = lab.run(scraper)
    assert progress.execution == "SUCCEEDED", progress
    assert "-fargate:" in lab.engine.execution(run).arn
    lab.check_accounts(run, COUNTS[scraper])
    served = get_json(f"{calm_shop}/__ledger__")
    assert lab.outcomes(run) == {one["key"]: one["expected"] for one in served if one["scraper"] == scraper}
    summary = lab.summary(run)
    assert (summary["status"], summary["statistics"]["settled"]) == ("complete", COUNTS[scraper])
    gauge = lab.tasks()["families"][f"hawker-{scraper.partition('_')[0]}-worker"]
    assert (gauge["started"], gauge["failed"], gauge["out_of_memory"]) == (1, 0, 0)
    assert 100 << 20 < gauge["peak_memory_bytes"] < 1 << 30  # the browser is in it
    assert not lab.objects(run)
    figure(f"{scraper}: {summary['seconds']:.1f} s, peak memory of the task {gauge['peak_memory_bytes'] >> 20} MiB")


def test_no_browser_outlives_its_task_nor_the_cloud(lab: Lab, calm_shop: str) -> None:
    """One task is interrupted, one killed, and then the whole cloud; the run is resumed and complete."""
    settings = {**SETTINGS, "task_chunk_seconds": "10", "gateway": calm_shop}
    lab.deploy(settings)
    lab.only("walmart_offers", list(targets("walmart_offers", 15)))
    execution = lab.engine.start("walmart_offers", concurrency=3)
    task, interrupted = with_browser(lab, set())
    get_json(f"{lab.endpoint}/_hawker/tasks/interrupt?task={task}", "POST")
    other, killed = with_browser(lab, {task})
    killed[1].kill()  # the task's command, which its container started
    assert not psutil.wait_procs([*interrupted, *killed], timeout=60)[1]
    with_browser(lab, {task, other})
    lab.kill()  # asserts that nothing outlives it
    lab.up()
    lab.deploy(settings)
    progress = lab.finish(lab.engine.resume(execution.run, concurrency=3))
    assert progress.execution == "SUCCEEDED", progress
    lab.check_accounts(execution.run, 15)
    assert lab.summary(execution.run)["status"] == "complete"
    assert not lab.objects(execution.run)


def with_browser(lab: Lab, spared: set[str]) -> tuple[str, list[psutil.Process]]:
    """Some other running task and its processes, its container's first, once it has opened its browser."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        for task in lab.tasks()["tasks"]:
            if task["status"] != "RUNNING" or task["task"] in spared:
                continue
            with suppress(psutil.NoSuchProcess):  # it ends in this moment
                container = psutil.Process(task["pid"])
                processes = [container, *container.children(recursive=True)]
                if sum("chrom" in process.name() for process in processes) > 4:
                    return task["task"], processes
        time.sleep(0.05)
    raise AssertionError("no task opens a browser")
