"""What a marketplace consists of on AWS and on the local cloud: names, functions and state machines."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

# The Lambda that goes by each role, of every marketplace: the handler in its image.
HANDLERS = {
    "plan": "hawker_orchestrator.plan.handle",
    "worker": "hawker_core.handler.handle",
    "close": "hawker_orchestrator.close.handle",
}


class FunctionSize(NamedTuple):
    """What a function is given: seconds until it is killed, and memory in MB."""

    timeout: int
    memory: int


# Plan and close handle whole runs: they get Lambda's full time. A worker stops by itself before its own.
SIZES = {"plan": FunctionSize(900, 1024), "worker": FunctionSize(900, 1024), "close": FunctionSize(900, 1024)}


def function(marketplace: str, role: str) -> str:
    """The name of a marketplace's function."""
    return f"hawker-{marketplace}-{role}"


def state_machine(marketplace: str) -> str:
    """The name of a marketplace's Lambda workflow."""
    return f"hawker-{marketplace}-lambda"


def definition(functions: Mapping[str, str], bucket: str) -> str:
    """The Lambda workflow in Amazon States Language.

    Args:
        functions: name or ARN of the plan, worker and close functions, by role.
        bucket: of manifests, statistics and failures.
    """
    asl = (files("hawker_orchestrator") / "state_machines" / "lambda_workflow.asl.json").read_text("utf-8")
    values = {
        "PlanFunction": functions["plan"],
        "WorkerFunction": functions["worker"],
        "CloseFunction": functions["close"],
        "Bucket": bucket,
    }
    # As CloudFormation's DefinitionSubstitutions: ${Name} alone; JSONPath's own $ signs are followed by no brace.
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], asl)
