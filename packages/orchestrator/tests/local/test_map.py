"""Step Functions: the Distributed Map over a manifest, as the workflows use it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from .support import FUNCTION, Aws, distributed, machine, task

if TYPE_CHECKING:
    from pathlib import Path

PASS = {"Type": "Pass", "End": True}


def test_every_item_of_the_manifest_becomes_a_child(aws: Aws) -> None:
    child = machine(Work=task("$", OutputPath="$.Payload.event"))
    items = [{"chunk": number} for number in range(5)]
    told = aws.run(machine(Map=distributed(child, MaxConcurrency=2)), aws.manifest(items))
    assert told["output"] == items


def test_an_empty_manifest_is_done_at_once(aws: Aws) -> None:
    told = aws.run(machine(Map=distributed(machine(Work=task()), MaxConcurrency=40)), aws.manifest([]))
    assert (told["status"], told["output"]) == ("SUCCEEDED", [])


def test_the_selector_sees_the_runs_context_and_the_child_has_its_own(aws: Aws) -> None:
    template = {
        "selected.$": "$",
        "name.$": "$$.Execution.Name",
        "id.$": "$$.Execution.Id",
        "input.$": "$$.Execution.Input",
    }
    child = machine(Work=task(template, OutputPath="$.Payload.event"))
    selector = {
        "chunk.$": "$$.Map.Item.Value",
        "index.$": "$$.Map.Item.Index",
        "run.$": "$$.Execution.Name",
        "of.$": "$.of",
    }
    definition = machine(Map=distributed(child, ItemSelector=selector, Label="Scrape"))
    execution = aws.start(definition, {**aws.manifest(["a", "b"]), "of": 2}, name="run-8")
    first, second = aws.finish(execution)["output"]
    assert first["selected"] == {"chunk": "a", "index": 0, "run": "run-8", "of": 2}
    assert first["input"] == first["selected"]
    assert len({first["name"], second["name"], "run-8"}) == 3
    assert first["id"].endswith(f"/Scrape:{first['name']}")


def test_a_child_cannot_see_the_map(aws: Aws) -> None:
    child = machine(Work={"Type": "Pass", "Parameters": {"value.$": "$$.Map.Item.Value"}, "End": True})
    told = aws.run(machine(Map=distributed(child)), aws.manifest(["a"]))
    assert (told["status"], told["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")


def test_forty_children_run_at_once(aws: Aws, mark: Path) -> None:
    event = {"do": "meet", "count": 40, "mark": str(mark)}
    fields = {"MaxConcurrencyPath": "$.workers", "ToleratedFailurePercentage": 100.0}
    definition = machine(Map=distributed(machine(Work=task()), **fields))
    told = aws.run(definition, {**aws.manifest([event] * 40), "workers": 40})
    assert len(set(told["output"])) == 40
    assert aws.gauges()["functions"][FUNCTION]["peak_in_flight"] >= 40


@pytest.mark.parametrize(("items", "concurrency"), [(1200, 1), (2000, 40)])
def test_a_long_manifest_is_worked_off(aws: Aws, items: int, concurrency: int) -> None:
    definition = machine(Map=distributed(machine(Work=PASS), MaxConcurrency=concurrency))
    told = aws.run(definition, aws.manifest(list(range(items))), timeout_s=120)
    assert told["output"] == list(range(items))


def test_a_long_manifest_of_invocations_is_worked_off(aws: Aws, mark: Path) -> None:
    child = machine(Work=task(OutputPath="$.Payload.pid"))
    definition = machine(Map=distributed(child, MaxConcurrency=8))
    told = aws.run(definition, aws.manifest([{"mark": str(mark)}] * 300))
    assert len(told["output"]) == len(list(mark.iterdir())) == 300
    assert len(set(told["output"])) <= 40  # warm sandboxes are used again


def test_a_failed_child_is_tolerated_and_the_others_are_done(aws: Aws) -> None:
    items: list[dict[str, Any]] = [{"do": "raise"}, {"do": "exit", "code": 1}, {"do": "echo"}]
    fields = {"ToleratedFailurePercentage": 100.0, "ResultPath": None, "Next": "Close"}
    definition = machine(Map=distributed(machine(Work=task()), **fields), Close=PASS)
    data = aws.manifest(items)
    told = aws.run(definition, data)
    assert (told["status"], told["output"]) == ("SUCCEEDED", data)


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [
        ({}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "FAILED"),
        ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49.9}, "FAILED"),
        ({"ToleratedFailurePercentage": 50.0}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50.0, "ToleratedFailureCount": 1}, "FAILED"),
    ],
)
def test_beyond_the_tolerance_the_map_fails(aws: Aws, tolerance: dict[str, Any], status: str) -> None:
    child = machine(
        Which={
            "Type": "Choice",
            "Choices": [{"Variable": "$.bad", "BooleanEquals": True, "Next": "Bad"}],
            "Default": "Good",
        },
        Bad={"Type": "Fail", "Error": "E", "Cause": "c"},
        Good={"Type": "Succeed"},
    )
    told = aws.run(machine(Map=distributed(child, **tolerance)), aws.manifest([{"bad": n % 2 == 0} for n in range(4)]))
    assert told["status"] == status
    if status == "FAILED":
        assert told["error"] == "States.ExceedToleratedFailureThreshold"


def test_the_map_itself_can_be_caught(aws: Aws) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Close"}]
    definition = machine(Map=distributed(machine(Work=task()), Catch=catch), Close=PASS)
    told = aws.run(definition, aws.manifest([{"do": "raise"}]))
    assert told["output"]["error"]["Error"] == "States.ExceedToleratedFailureThreshold"
    unreadable = aws.run(definition, {"bucket": "hawker", "manifest": "absent"})
    assert unreadable["output"]["error"]["Error"] == "States.ItemReaderFailed"


def test_a_child_catches_retries_and_records_its_failure(aws: Aws, mark: Path) -> None:
    child = machine(
        Work=task(
            "$",
            Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1, "JitterStrategy": "FULL"}],
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Record"}],
        ),
        Record={
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
            "Parameters": {"Bucket": "hawker", "Key.$": "States.Format('failures/{}.json', $.n)", "Body.$": "$.error"},
            "ResultPath": None,
            "End": True,
        },
    )
    items = [{"do": "raise", "n": n, "mark": str(mark)} for n in range(20)]
    told = aws.run(machine(Map=distributed(child, MaxConcurrency=20)), aws.manifest(items))
    assert told["status"] == "SUCCEEDED"
    assert len(list(mark.iterdir())) == 40  # each twice: those that fail at the same moment keep count apart
    recorded = json.load(aws.s3.get_object(Bucket="hawker", Key="failures/2.json")["Body"])
    assert recorded["Error"] == "BlockedError"


def test_an_inline_maps_uncaught_timeout_keeps_its_name(aws: Aws) -> None:
    inline = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": machine(Work=task(TimeoutSeconds=1)),
        "Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Close"}],
        "End": True,
    }
    told = aws.run(machine(Map=inline, Close=PASS), {"items": [{"do": "sleep", "seconds": 2}]})
    assert told["output"]["error"]["Error"] == "States.Timeout"


def test_an_inline_map_of_many_items_is_worked_off(aws: Aws) -> None:
    inline = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 1,
        "ItemProcessor": machine(Work=PASS),
        "End": True,
    }
    told = aws.run(machine(Map=inline), {"items": list(range(1000))})
    assert told["output"] == list(range(1000))


def test_stopping_ends_the_execution_and_invokes_nothing_more(aws: Aws, mark: Path) -> None:
    items = [{"do": "sleep", "seconds": 0.3, "mark": str(mark)}] * 200
    after = task({"mark": str(mark)})
    fields = {"MaxConcurrency": 4, "ToleratedFailurePercentage": 100.0, "ResultPath": None, "Next": "After"}
    execution = aws.start(machine(Map=distributed(machine(Work=task()), **fields), After=after), aws.manifest(items))
    while len(list(mark.iterdir())) < 6:
        time.sleep(0.02)
    aws.states.stop_execution(executionArn=execution)
    assert aws.states.describe_execution(executionArn=execution)["status"] == "ABORTED"
    time.sleep(0.2)  # for those that were on their way
    taken = len(list(mark.iterdir()))
    time.sleep(1)
    assert len(list(mark.iterdir())) == taken < 16
    history = aws.states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in history].count("ExecutionAborted") == 1
    assert history[-1]["type"] == "ExecutionAborted"
    assert aws.states.describe_execution(executionArn=execution)["status"] == "ABORTED"


def test_a_map_run_can_be_watched(aws: Aws, mark: Path) -> None:
    items = [{"do": "sleep", "seconds": 0.5, "mark": str(mark)}] * 4
    execution = aws.start(machine(Map=distributed(machine(Work=task()), MaxConcurrency=2)), aws.manifest(items))
    while not list(mark.iterdir()):
        time.sleep(0.02)
    (run,) = aws.states.list_map_runs(executionArn=execution)["mapRuns"]
    assert aws.states.describe_map_run(mapRunArn=run["mapRunArn"])["status"] == "RUNNING"
    kinds = [event["type"] for event in aws.states.get_execution_history(executionArn=execution)["events"]]
    assert kinds[-1] == "MapRunStarted"
    aws.finish(execution)
    told = aws.states.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (told["status"], told["itemCounts"]["succeeded"]) == ("SUCCEEDED", 4)
