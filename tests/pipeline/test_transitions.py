"""How many states one run and one chunk really enter, against what `hawker cost` counts."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from hawker_orchestrator import cost, stack
from hawker_orchestrator.local.endpoint import client
from hawker_storefront.targets import targets

if TYPE_CHECKING:
    from .lab import Lab


@pytest.fixture(scope="module")
def run(lab: Lab, calm_shop: str) -> str:
    lab.deploy({"per_second": "0", "gateway": calm_shop})
    lab.only("walmart_product", list(targets("walmart_product", 3)))
    name, progress = lab.run("walmart_product")
    assert progress.execution == "SUCCEEDED", progress
    return name


def entered(states: Any, execution: str) -> list[str]:
    """The states that an execution entered, in their order."""
    events = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]


def test_a_run_enters_as_many_states_as_are_counted(lab: Lab, run: str) -> None:
    names = entered(client("stepfunctions", lab.endpoint), lab.engine.execution(run).arn)
    assert len(names) == cost.TRANSITIONS_A_RUN, names


@pytest.mark.parametrize("workflow", [stack.LAMBDA, stack.FARGATE])
def test_a_chunk_enters_as_many_states_as_are_counted(lab: Lab, run: str, workflow: str) -> None:
    # The local cloud keeps no history of a Map's children: the child's states run as a machine of their own.
    states = client("stepfunctions", lab.endpoint)
    machines = {one["name"]: one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"]}
    whole = states.describe_state_machine(stateMachineArn=machines[stack.state_machine("walmart", workflow)])
    child = json.loads(whole["definition"])["States"]["Scrape"]["ItemProcessor"]
    definition = {name: child[name] for name in ("StartAt", "States")}
    made = states.create_state_machine(
        name=f"child-{workflow}", definition=json.dumps(definition), roleArn=whole["roleArn"]
    )
    item = {"run": run, "scraper": "walmart_product", "chunk": 1, "workers": 1}
    started = states.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps(item))["executionArn"]
    give_up = time.monotonic() + 60
    while (told := states.describe_execution(executionArn=started))["status"] == "RUNNING":
        assert time.monotonic() < give_up, "the chunk hangs"
        time.sleep(0.1)
    assert told["status"] == "SUCCEEDED", told
    names = entered(states, started)
    assert len(names) + 1 == cost.TRANSITIONS_A_CHUNK[workflow], names  # and the child's start
