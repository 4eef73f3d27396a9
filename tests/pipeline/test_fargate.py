"""The Fargate workflow: chunks in tasks that are killed, interrupted and starved, and nothing lost, nothing doubled.

An HTTP scraper stands in for those with a browser: workflow and task are the same, and its pages come quicker.
"""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING, Any
from unittest import mock

import psutil
import pytest

from hawker_orchestrator import stack
from hawker_storefront.targets import targets

from .lab import Lab, get_json, storefront

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = {"per_second": "0", "timeout_seconds": "5", "statistics_seconds": "0.5", "flush_seconds": "0.2"}
SMALL = stack.TASK_SIZE._replace(memory=512)
# The task itself, but for a signal that makes it take more memory than it is granted.
HOARDER = """
import runpy, signal
hoard = []
signal.signal(signal.SIGUSR1, lambda *_: hoard.append(b"1" * (700 << 20)))
runpy.run_module("hawker_core.task", run_name="__main__")
"""


@pytest.fixture(autouse=True)
def _all_on_fargate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "workflow", lambda _: stack.FARGATE)


@pytest.fixture(scope="module")
def slow_shop() -> Iterator[str]:
    """Every page takes about a quarter of a second."""
    with storefront("--slow", "250") as origin:
        yield origin


def gauge(lab: Lab) -> dict[str, int]:
    found: dict[str, int] = lab.tasks()["families"]["hawker-walmart-worker"]
    return found


def victim(lab: Lab, spared: set[str], *, spot: bool) -> dict[str, Any]:
    """Some task that runs and was not struck yet, maybe on Spot."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        found = [task for task in lab.tasks()["tasks"] if task["status"] == "RUNNING" and task["task"] not in spared]
        if chosen := [task for task in found if task["spot"] >= spot]:
            return random.choice(chosen)  # noqa: S311  no secret
        time.sleep(0.05)
    raise AssertionError("no task runs any more")


def send(task: dict[str, Any], number: signal.Signals, *, grown_to: int = 0) -> None:
    """Send a signal to a task's command, which its container starts first, once it has grown to so many MiB."""
    container = psutil.Process(task["pid"])
    while not (commands := container.children()) or commands[0].memory_info().rss < grown_to << 20:
        time.sleep(0.01)
    commands[0].send_signal(number)


STRIKES: dict[str, Callable[[Lab, dict[str, Any]], object]] = {
    "killed": lambda _, task: send(task, signal.SIGKILL),
    "interrupted": lambda lab, task: get_json(f"{lab.endpoint}/_hawker/tasks/interrupt?task={task['task']}", "POST"),
    "out_of_memory": lambda _, task: send(task, signal.SIGUSR1, grown_to=30),
}


@pytest.mark.parametrize("how", STRIKES)
def test_struck_seven_times_at_random_moments(lab: Lab, slow_shop: str, how: str) -> None:
    random.seed(how)
    with mock.patch.object(stack, "TASK_COMMAND", ("python", "-c", HOARDER)):
        lab.deploy({**SETTINGS, "gateway": slow_shop}, task_size=SMALL)
    lab.only("walmart_product", list(targets("walmart_product", 640)))
    get_json(f"{lab.endpoint}/_hawker/tasks", "DELETE")
    execution = lab.engine.start("walmart_product", concurrency=8)
    struck: set[str] = set()
    while len(struck) < 7:
        victim(lab, struck, spot=how == "interrupted")
        time.sleep(random.uniform(0, 0.5))  # noqa: S311  no secret
        task = victim(lab, struck, spot=how == "interrupted")
        STRIKES[how](lab, task)
        struck.add(task["task"])
    progress = lab.finish(execution)
    while lab.summary(execution.run)["status"] == "partial":  # four strikes hit one chunk
        progress = lab.finish(lab.engine.resume(execution.run))
    assert progress.execution == "SUCCEEDED", progress
    told = gauge(lab)
    assert told["failed"] >= 7
    assert told.get(how, 7) == 7
    lab.check_accounts(execution.run, 640)
    summary = lab.summary(execution.run)
    assert (summary["status"], sum(summary["outcomes"].values())) == ("complete", 640)
    # What SIGKILL cuts off is what a worker settled after its last upload.
    counted = summary["statistics"]["settled"]
    assert counted == 640 if how == "interrupted" else 0 < counted <= 640
    assert not lab.objects(execution.run)


def test_a_task_that_runs_out_of_time_is_sent_again(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "task_seconds": "5", "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 300)))
    run, progress = lab.run("walmart_product", concurrency=2)
    assert progress.execution == "SUCCEEDED", progress
    lab.check_accounts(run, 300)
    summary = lab.summary(run)
    assert (summary["status"], summary["failed_chunks"]) == ("complete", 0)
    statistics = summary["statistics"]
    assert statistics["invocations"] > summary["chunks"]
    assert (statistics["settled"], statistics["rows"], statistics["complete"]) == (300, summary["rows"], True)
    # What was granted is what is paid for: 4 GB while a task lived.
    assert statistics["gb_seconds"] == pytest.approx(4 * statistics["wall"])
    assert not lab.objects(run)


def test_a_stopped_run_stops_its_tasks_and_resumes(lab: Lab, slow_shop: str) -> None:
    lab.deploy({**SETTINGS, "gateway": slow_shop})
    lab.only("walmart_product", list(targets("walmart_product", 400)))
    get_json(f"{lab.endpoint}/_hawker/tasks", "DELETE")
    execution = lab.engine.start("walmart_product", concurrency=2)
    while lab.engine.progress(execution).settled < 20:
        time.sleep(0.05)
    assert lab.engine.stop(execution.run)["status"] == "stopped"
    assert lab.finish(execution).execution == "ABORTED"
    give_up = time.monotonic() + 20
    while lab.tasks()["tasks"]:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    assert gauge(lab)["stopped"] == 2
    settled = lab.engine.progress(execution).settled
    assert 20 <= settled < 400
    progress = lab.finish(lab.engine.resume(execution.run))
    assert progress.execution == "SUCCEEDED", progress
    lab.check_accounts(execution.run, 400)
    assert lab.summary(execution.run)["status"] == "complete"
    assert not lab.objects(execution.run)


def test_a_task_that_always_fails_is_told_of(lab: Lab, calm_shop: str) -> None:
    """Its chunk fails with the reason, the run ends partial, and is completed by what is mended."""
    get_json(f"{lab.endpoint}/_hawker/tasks", "DELETE")
    with mock.patch.object(stack, "TASK_COMMAND", ("python", "-c", "import sys; sys.exit(3)")):
        lab.deploy({**SETTINGS, "gateway": calm_shop})
    lab.only("walmart_product", list(targets("walmart_product", 10)))
    run, progress = lab.run("walmart_product")
    assert progress.execution == "SUCCEEDED", progress
    summary = lab.summary(run)
    assert (summary["status"], summary["verdict"], summary["failed_chunks"]) == ("partial", "bad", 1)
    assert summary["outcomes"] == {"pending": 10}
    assert gauge(lab)["started"] == 4
    ((error,),) = lab.query("SELECT error FROM hawker.chunk WHERE run_id = %s", run)
    assert error.startswith("States.TaskFailed: Essential container in task exited, exit code 3, task "), error
    lab.deploy({**SETTINGS, "gateway": calm_shop})
    assert lab.finish(lab.engine.resume(run)).execution == "SUCCEEDED"
    lab.check_accounts(run, 10)
    assert lab.summary(run)["status"] == "complete"
