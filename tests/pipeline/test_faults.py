"""Faults injected into a run: what is killed, restarted or delivered twice loses nothing and doubles nothing."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from hawker_orchestrator import stack
from hawker_orchestrator.local.endpoint import client
from hawker_orchestrator.plan import Input, plan
from hawker_orchestrator.stack import FunctionSize
from hawker_storefront.targets import targets

from .lab import Lab, get_json, storefront

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SETTINGS = {"per_second": "0", "timeout_seconds": "5", "statistics_seconds": "0.5", "flush_seconds": "0.2"}
TARGETS = 200


@pytest.fixture(scope="module")
def slow_shop() -> Iterator[str]:
    """Every page takes about a quarter of a second."""
    with storefront("--slow", "250") as origin:
        yield origin


def settled(lab: Lab, run: str) -> int:
    return int(lab.query("SELECT count(outcome) FROM hawker.outcome WHERE run_id = %s", run)[0][0])


def wait_until_settled(lab: Lab, run: str, at_least: int) -> None:
    give_up = time.monotonic() + 60
    while settled(lab, run) < at_least:
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_killed_ten_times_and_resumed(lab: Lab, slow_shop: str) -> None:
    """SIGKILL to engine and workers at a random moment of each of ten runs."""
    random.seed(7)
    for _ in range(10):
        lab.up()
        lab.deploy({**SETTINGS, "gateway": slow_shop})
        lab.only("walmart_product", list(targets("walmart_product", TARGETS)))
        run = lab.engine.start("walmart_product", concurrency=4).run
        wait_until_settled(lab, run, random.randrange(1, TARGETS - 30))  # noqa: S311  no secret
        lab.kill()
        before = settled(lab, run)
        assert before < TARGETS
        lab.up()
        lab.deploy({**SETTINGS, "gateway": slow_shop})
        progress = lab.finish(lab.engine.resume(run))
        assert progress.execution == "SUCCEEDED", progress
        lab.check_accounts(run, TARGETS)
        assert lab.summary(run)["status"] == "complete"


def test_database_restarts_during_a_run(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", TARGETS)))
    execution = lab.engine.start("walmart_product", concurrency=4)
    for part in (30, 100):
        wait_until_settled(lab, execution.run, part)
        lab.restart_database()
    assert lab.finish(execution).execution == "SUCCEEDED"
    lab.check_accounts(execution.run, TARGETS)
    assert lab.summary(execution.run)["status"] == "complete"


def test_workers_that_live_five_seconds(lab: Lab, slow_shop: str) -> None:
    """Chunks far too large for the worker's life end complete by themselves."""
    sizes = {**stack.SIZES, "worker": FunctionSize(timeout=5, memory=1024)}
    lab.deploy({**SETTINGS, "gateway": slow_shop}, sizes)
    lab.only("walmart_product", list(targets("walmart_product", 1000)))
    run, progress = lab.run("walmart_product", concurrency=2)
    assert progress.execution == "SUCCEEDED", progress
    assert lab.query("SELECT targets FROM hawker.chunk WHERE run_id = %s", run) == [(500,), (500,)]
    lab.check_accounts(run, 1000)
    summary = lab.summary(run)
    assert summary["status"] == "complete"
    assert summary["statistics"]["invocations"] > 2


def test_target_that_outlives_every_worker(lab: Lab) -> None:
    with storefront("--slow", "8000") as origin:
        sizes = {**stack.SIZES, "worker": FunctionSize(timeout=3, memory=1024)}
        lab.deploy({"per_second": "0", "statistics_seconds": "0.5", "gateway": origin}, sizes)
        lab.only("walmart_product", list(targets("walmart_product", 2)))
        run, progress = lab.run("walmart_product")
    assert progress.execution == "SUCCEEDED", progress
    assert set(lab.outcomes(run).values()) == {"timeout"}
    lab.check_accounts(run, 2)


def test_chunk_invoked_twice_at_once(lab: Lab, slow_shop: str) -> None:
    """Step Functions delivers at least once: the second invocation fetches nothing and stores nothing."""
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 60)))
    planned = invoke(lab, "plan", {"execution": f"twice-{time.time_ns()}", "input": {"scraper": "walmart_product"}})
    get_json(f"{slow_shop}/__reset__", "POST")
    item = {"run": planned["run"], "scraper": "walmart_product", "chunk": 1, "workers": 1}
    reports: list[dict[str, object]] = []
    both = [threading.Thread(target=lambda: reports.append(invoke(lab, "worker", item))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(bool(report["taken"]) for report in reports) == [False, True]
    counts = lab.query("SELECT targets FROM hawker.chunk WHERE run_id = %s AND number = 1", planned["run"])
    pages = sum(entry["requests"] for entry in get_json(f"{slow_shop}/__ledger__"))
    assert [(pages,)] == counts


def test_invoked_again_after_the_end(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 20)))
    run, _ = lab.run("walmart_product")
    requests = get_json(f"{slow_shop}/__stats__")["requests"]
    again = invoke(lab, "worker", {"run": run, "scraper": "walmart_product", "chunk": 1, "workers": 1})
    assert again == {"settled": 0, "unfinished": 0, "taken": False}
    assert get_json(f"{slow_shop}/__stats__")["requests"] == requests
    lab.check_accounts(run, 20)


def test_closed_twice_is_one_summary(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 20)))
    run, _ = lab.run("walmart_product")
    first = lab.summary(run)
    lab.engine.close(run, "walmart_product")
    assert lab.summary(run) == first
    assert lab.query("SELECT count(*) FROM hawker.run_summary WHERE run_id = %s", run) == [(1,)]


def test_planned_twice_by_one_execution_is_one_plan(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 20)))
    event = {"execution": f"again-{time.time_ns()}", "input": {"scraper": "walmart_product"}}
    assert invoke(lab, "plan", event) == invoke(lab, "plan", event)


def test_two_runs_of_one_scraper_at_once(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 100)))
    executions = [lab.engine.start("walmart_product", concurrency=3) for _ in range(2)]
    for execution in executions:
        assert lab.finish(execution).execution == "SUCCEEDED"
        lab.check_accounts(execution.run, 100)


def test_targets_listed_twice(lab: Lab, calm_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": calm_shop})
    some = list(targets("walmart_product", 15))
    lab.only("walmart_product", [*some, *some])
    run, progress = lab.run("walmart_product")
    assert progress.execution == "SUCCEEDED"
    lab.check_accounts(run, 15)


def test_stopped_run_keeps_what_it_has_and_resumes(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 300)))
    execution = lab.engine.start("walmart_product", concurrency=2)
    wait_until_settled(lab, execution.run, 20)
    summary = lab.engine.stop(execution.run)
    assert summary["status"] == "stopped"
    assert summary["outcomes"]["pending"] > 0
    assert lab.finish(execution).execution == "ABORTED"
    time.sleep(3)  # workers in flight take notice at their next batch
    after = settled(lab, execution.run)
    time.sleep(2)
    assert settled(lab, execution.run) == after < 300
    assert lab.finish(lab.engine.resume(execution.run)).execution == "SUCCEEDED"
    lab.check_accounts(execution.run, 300)
    assert lab.summary(execution.run)["status"] == "complete"


def test_chunk_that_fails_does_not_fail_the_run(lab: Lab, calm_shop: str) -> None:
    """A worker that cannot even start: its chunks fail, are recorded with the reason, and the run ends partial."""
    with mock.patch.dict(stack.HANDLERS, worker="hawker_core.lost.handle"):
        lab.deploy({**SETTINGS, "gateway": calm_shop})
    lab.only("walmart_product", list(targets("walmart_product", 10)))
    run, progress = lab.run("walmart_product", concurrency=2)
    assert progress.execution == "SUCCEEDED", progress
    summary = lab.summary(run)
    assert summary["status"] == "partial"
    assert summary["verdict"] == "bad"
    assert summary["outcomes"] == {"pending": 10}
    errors = [error for (error,) in lab.query("SELECT error FROM hawker.chunk WHERE run_id = %s", run)]
    assert summary["failed_chunks"] == len(errors) > 0
    assert all("ImportModuleError" in error for error in errors), errors
    lab.deploy({**SETTINGS, "gateway": calm_shop})
    assert lab.finish(lab.engine.resume(run)).execution == "SUCCEEDED"
    lab.check_accounts(run, 10)
    assert lab.summary(run)["status"] == "complete"


def test_manifest_that_cannot_be_written_plans_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk: the plan's transaction covers the manifest."""
    lab.only("walmart_product", list(targets("walmart_product", 10)))
    runs = lab.query("SELECT count(*) FROM hawker.run")

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hawker_orchestrator.plan.database_url", lambda: lab.database_url)
    monkeypatch.setattr("hawker_orchestrator.plan.s3", lambda: type("S3", (), {"put_object": staticmethod(full)}))
    with pytest.raises(OSError, match="No space"):
        plan(Input(scraper="walmart_product"), "disk-full")
    assert lab.query("SELECT count(*) FROM hawker.run") == runs


def invoke(lab: Lab, role: str, event: Mapping[str, object]) -> dict[str, object]:
    answer = client("lambda", lab.endpoint, "eu-central-1", read_timeout=120).invoke(
        FunctionName=stack.function("walmart", role), Payload=json.dumps(event).encode()
    )
    payload: dict[str, object] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload
