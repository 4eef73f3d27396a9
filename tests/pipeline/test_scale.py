"""5,000 targets in one run at concurrency 40."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_storefront.targets import targets

from .lab import get_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from .lab import Lab

TARGETS = 5000


def test_five_thousand_targets_at_concurrency_forty(lab: Lab, calm_shop: str, figure: Callable[[str], None]) -> None:
    lab.deploy({"per_second": "0", "worker_seconds": "20", "gateway": calm_shop})
    lab.only("walmart_product", list(targets("walmart_product", TARGETS)))
    get_json(f"{lab.endpoint}/_hawker/lambdas", "DELETE")
    run, progress = lab.run("walmart_product", concurrency=40)
    assert progress.execution == "SUCCEEDED", progress
    lab.check_accounts(run, TARGETS)
    summary = lab.summary(run)
    assert summary["status"] == "complete"
    worker = lab.in_flight()
    figure(f"{TARGETS} targets in {summary['seconds']:.1f} s: {worker}")
    figure(f"peak memory of one worker {summary['statistics']['peak_memory'] >> 20} MiB")
    assert worker["functions"]["hawker-walmart-worker"]["peak_in_flight"] == 40


def test_what_waits_for_the_rate_gets_no_more_workers(lab: Lab, calm_shop: str) -> None:
    """Plan measures the work of a target, not its waiting: else each run would get more workers than the last."""
    lab.deploy({"per_second": "4", "gateway": calm_shop})
    lab.only("ebay_search", list(targets("ebay_search", 80)))
    runs = [lab.run("ebay_search")[0] for _ in range(3)]
    first, *later = [lab.engine.run(run)["workers"] for run in runs]
    assert all(workers <= first for workers in later), (first, later)
