"""The fleet of sandboxes on its own: limits, evictions, machines that lack a tool."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from hawker_orchestrator.local import fleet as fleet_module
from hawker_orchestrator.local.fleet import Fleet, Function, ThrottledError
from hawker_orchestrator.local.image import Image
from hawker_orchestrator.local.spawn import Spawner

from .support import APP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    MakeFleet = Callable[..., Fleet]


def function(name: str, **changes: Any) -> Function:
    fields: dict[str, Any] = {
        "version": "$LATEST",
        "arn": f"arn:aws:lambda:eu-central-1:123456789012:function:{name}",
        "repository": "app",
        "handler": "",
        "environment": {},
        "memory_mb": 256,
        "timeout_s": 20.0,
    }
    return Function(name=name, **{**fields, **changes})


@pytest.fixture
def make_fleet(tmp_path: Path) -> Iterator[MakeFleet]:
    made: list[Fleet] = []

    def make(concurrency: int) -> Fleet:
        image = Image(sys.executable, APP, {}, "functions.handle")
        made.append(Fleet({"app": image}, tmp_path, "eu-central-1", "http://127.0.0.1:1", concurrency))
        return made[-1]

    yield make
    for fleet in made:
        fleet.close()


def event(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_beyond_the_limit_a_call_is_throttled_or_waits(make_fleet: MakeFleet, mark: Path) -> None:
    fleet = make_fleet(1)
    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(fleet.invoke, function("a"), event(do="meet", count=2, mark=str(mark)))
        while not list(mark.iterdir()):
            time.sleep(0.02)
        with pytest.raises(ThrottledError):
            fleet.invoke(function("b"), event())
        patient = pool.submit(fleet.invoke, function("b"), event(), wait=True)
        time.sleep(0.1)
        assert not patient.done()
        (mark / "released").touch()
        assert not busy.result().error
        assert not patient.result(20).error
    assert fleet.stats()["peak_in_flight"] == 1
    assert fleet.stats()["functions"]["b"]["throttles"] == 1


def test_an_idle_sandbox_makes_room_for_another_functions(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(2)
    for name in ("a", "b", "c", "a"):
        assert not fleet.invoke(function(name), event()).error
        assert fleet.stats()["sandboxes"] <= 2
    assert fleet.stats()["functions"]["a"]["cold_starts"] == 2


def test_a_changed_configuration_meets_a_new_sandbox(make_fleet: MakeFleet) -> None:
    fleet = make_fleet(2)
    fleet.invoke(function("a"), event())
    fleet.invoke(function("a", memory_mb=320), event())
    assert fleet.stats()["functions"]["a"]["cold_starts"] == 2
    assert fleet.stats()["sandboxes"] == 1


def test_sandboxes_that_idle_too_long_are_ended(make_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "_IDLE_S", 0.2)
    monkeypatch.setattr(fleet_module, "_SWEEP_S", 0.1)
    fleet = make_fleet(2)
    fleet.invoke(function("a"), event())
    deadline = time.monotonic() + 10
    while fleet.stats()["sandboxes"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not fleet.invoke(function("a"), event()).error


def test_closing_ends_calls_in_flight_as_a_runtime_that_exited(make_fleet: MakeFleet, mark: Path) -> None:
    fleet = make_fleet(2)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(fleet.invoke, function("a"), event(do="sleep", seconds=15, mark=str(mark)))
        while not list(mark.iterdir()):
            time.sleep(0.02)
        fleet.close()
        outcome = call.result(5)
    assert outcome.error
    assert b"Runtime.ExitError" in outcome.body


def test_without_its_tools_a_machine_says_what_it_cannot_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with caplog.at_level(logging.WARNING):
        spawner = Spawner()
    assert [record.message.split(":")[0] for record in caplog.records] == ["prlimit is missing", "setpriv is missing"]
    assert not spawner.orphans_die
    with (tmp_path / "log").open("wb") as log:
        process = spawner.start(
            [sys.executable, "-c", "import os; print(sorted(os.environ))"],
            cwd=tmp_path,
            env={"ONLY": "this"},
            log_fd=log.fileno(),
            memory_mb=64,
        )
        assert process.wait(10) == 0
    assert "'ONLY'" in (tmp_path / "log").read_text()
    spawner.close()
