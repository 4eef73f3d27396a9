"""What a marketplace consists of on AWS and on the local cloud: names, functions, task definition, state machines."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hawker_core.scraper import Browser

if TYPE_CHECKING:
    from hawker_core.scraper import Scraper

# The Lambda that goes by each role, of every marketplace: the handler in its image.
HANDLERS = {
    "plan": "hawker_orchestrator.plan.handle",
    "worker": "hawker_core.handler.handle",
    "close": "hawker_orchestrator.close.handle",
    "migrate": "hawker_orchestrator.migrate_handler.handle",
}
TASK_COMMAND: Final = ("python", "-m", "hawker_core.task")
CONTAINER: Final = "worker"  # as the Fargate workflow names it in its overrides
LAMBDA: Final = "lambda"
FARGATE: Final = "fargate"


class FunctionSize(NamedTuple):
    """What a function is given: seconds until it is killed, and memory in MB."""

    timeout: int
    memory: int


class TaskSize(NamedTuple):
    """What a task is given: CPU in 1/1024 of a core, memory in MB, seconds from SIGTERM to SIGKILL (120 at most)."""

    cpu: int
    memory: int
    stop_timeout: int


# Plan and close handle whole runs, migrate whole tables: they get Lambda's full time. A worker stops before its own; it
# waits more than it works, and is paid by the memory that it waits with: it uses about 85 MB.
SIZES = {**dict.fromkeys(HANDLERS, FunctionSize(timeout=900, memory=1024)), "worker": FunctionSize(900, 512)}
TASK_SIZE = TaskSize(cpu=1024, memory=4096, stop_timeout=120)


def function(marketplace: str, role: str) -> str:
    """The name of a marketplace's function."""
    return f"hawker-{marketplace}-{role}"


def task(marketplace: str) -> str:
    """The name (family) of a marketplace's task definition."""
    return f"hawker-{marketplace}-worker"


def workflow(scraper: Scraper[Any, Any]) -> str:
    """Which workflow runs a scraper, by its way of fetching: FARGATE for a browser, LAMBDA else."""
    return FARGATE if isinstance(scraper.fetch, Browser) else LAMBDA


def state_machine(marketplace: str, workflow: str) -> str:
    """The name of one of a marketplace's two state machines."""
    return f"hawker-{marketplace}-{workflow}"


def parameter(*path: str) -> str:
    """The name of the SSM parameter by which the command line finds a part of a deployment.

    There are `bucket`; `database-secret` (the ARN of role hawker_orchestrator's); `bastion` (the ID of the machine for
    tunnels to the database); and by marketplace `close` (the function's name), `state-machine`/LAMBDA and
    `state-machine`/FARGATE (ARNs): `parameter("amazon", "close")`.
    """
    return "/".join(("/hawker", *path))


def asl(workflow: str) -> str:
    """A workflow in Amazon States Language, with its placeholders: ${Name}, as CloudFormation substitutes them."""
    return (files("hawker_orchestrator") / "state_machines" / f"{workflow}_workflow.asl.json").read_text("utf-8")


def definition(workflow: str, **values: str) -> str:
    """A workflow in Amazon States Language.

    Args:
        workflow: LAMBDA or FARGATE.
        values: what its placeholders stand for: PlanFunction and CloseFunction (names or ARNs), Bucket; LAMBDA also
            WorkerFunction; FARGATE also Cluster, TaskDefinition, Subnets (joined by commas), SecurityGroup and
            AssignPublicIp (ENABLED or DISABLED).

    Raises:
        KeyError: one of them is missing.
    """
    # JSONPath's own $ signs are followed by no brace.
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], asl(workflow))
