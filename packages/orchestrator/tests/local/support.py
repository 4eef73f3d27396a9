"""What the tests of the local cloud share: its user, and short ways to write state machines."""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

from hawker_orchestrator.local.deploy import FunctionSpec
from hawker_orchestrator.local.endpoint import LAMBDAS_PATH, ask, client
from hawker_orchestrator.local.image import Image

APP = Path(__file__).parent / "app"
IMAGES = {"app": Image(sys.executable, APP, {"SHAPE": "round"}, "functions.handle")}
FUNCTION = "probe"
FUNCTIONS = [
    FunctionSpec(FUNCTION, "app", "functions.handle", timeout_s=30, memory_mb=256, environment={"COLOUR": "teal"}),
    FunctionSpec("hasty", "app", "functions.handle", timeout_s=1, memory_mb=256),
    FunctionSpec("small", "app", "functions.handle", timeout_s=30, memory_mb=128),
    FunctionSpec("broken", "app", "broken.handle", timeout_s=5, memory_mb=128),
]


class Aws:
    """The local cloud as its users see it: boto3 and nothing else."""

    def __init__(self, endpoint: str, logs: Path) -> None:
        self.endpoint = endpoint
        self.logs = logs
        self.s3, self.states, self.functions = (
            client(name, endpoint, max_pool_connections=64, retries={"total_max_attempts": 1})
            for name in ("s3", "stepfunctions", "lambda")
        )
        self._names = (f"machine-{number}" for number in itertools.count())

    def invoke(self, function: str = FUNCTION, **event: Any) -> tuple[str | None, Any]:
        """Invoke and return the kind of function error (None: none) and the decoded payload."""
        answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.load(answer["Payload"])

    def start(self, definition: dict[str, Any], data: Any = None, name: str | None = None) -> str:
        created = self.states.create_state_machine(
            name=next(self._names), definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/hawker"
        )
        return self.start_again(created["stateMachineArn"], data, name)

    def start_again(self, machine_arn: str, data: Any = None, name: str | None = None) -> str:
        named = {"name": name} if name else {}
        started = self.states.start_execution(stateMachineArn=machine_arn, input=json.dumps(data or {}), **named)
        return str(started["executionArn"])

    def finish(self, execution: str, timeout_s: float = 60) -> dict[str, Any]:
        """Wait for the end and return the description, `output` decoded."""
        deadline = time.monotonic() + timeout_s
        while (told := self.states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, "the execution hangs"
            time.sleep(0.03)
        return {**told, "output": json.loads(told["output"])} if "output" in told else dict(told)

    def run(self, definition: dict[str, Any], data: Any = None, timeout_s: float = 60) -> dict[str, Any]:
        return self.finish(self.start(definition, data), timeout_s)

    def manifest(self, items: list[Any]) -> dict[str, str]:
        """Store items as the JSON array that a Map reads, and return the input that points at it."""
        key = f"manifests/{next(self._names)}.json"
        self.s3.put_object(Bucket="hawker", Key=key, Body=json.dumps(items))
        return {"bucket": "hawker", "manifest": key}

    def gauges(self) -> dict[str, Any]:
        return dict(ask(self.endpoint, LAMBDAS_PATH))


def machine(**states: dict[str, Any]) -> dict[str, Any]:
    """A definition that begins with the first of its states."""
    return {"StartAt": next(iter(states)), "States": states}


def task(payload: Any = "$", function: str = FUNCTION, **fields: Any) -> dict[str, Any]:
    """A state that invokes a function with a path or a template."""
    wanted = {"Payload.$": payload} if isinstance(payload, str) else {"Payload": payload}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, **wanted},
        "OutputPath": "$.Payload",
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def distributed(child: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Distributed Map over a manifest in S3."""
    return {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.manifest"},
        },
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **child},
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }
