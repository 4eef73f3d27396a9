"""Deploys every marketplace's functions, tasks and state machines to the local cloud, as AWS CDK does to AWS."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from hawker_core import registry
from hawker_core.settings import PREFIX, settings
from hawker_orchestrator import stack
from hawker_orchestrator.deployment import find
from hawker_orchestrator.local.deploy import CLUSTER, FunctionSpec, StateMachineSpec, TaskSpec, deploy
from hawker_orchestrator.local.endpoint import client
from hawker_orchestrator.local.image import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hawker_orchestrator.local.deploy import Deployment
    from hawker_orchestrator.stack import FunctionSize, TaskSize

MARK = stack.parameter("mark")  # tells what was deployed last, on this machine alone


def images() -> dict[str, Image]:
    """What stands in for each marketplace's two container images: this very environment, and the user's browser."""
    # A task's own home is gone after it: what Selenium downloads where no browser is installed must outlive it.
    browser = {"SE_CACHE_PATH": str(Path.home() / ".cache" / "selenium")}
    found: dict[str, Image] = {}
    for name in registry.marketplaces():
        found[f"hawker-{name}"] = _image({}, stack.HANDLERS["worker"])
        found[f"hawker-{name}-browser"] = _image(browser, " ".join(stack.TASK_COMMAND))
    return found


def _image(env: Mapping[str, str], command: str) -> Image:
    return Image(python=sys.executable, cwd=Path(sys.prefix), env=env, command=command)


def deploy_all(
    endpoint: str,
    database_url: str,
    sizes: Mapping[str, FunctionSize] = stack.SIZES,
    task_size: TaskSize = stack.TASK_SIZE,
    by_role: Mapping[str, Mapping[str, str]] | None = None,
) -> bool:
    """Create what is missing and update what has changed; returns whether anything had.

    Functions and tasks get this process's `HAWKER_` settings, as a deployment gives a stack's. What is deployed already
    is left alone, warm sandboxes and all, unless settings, sizes, workflows or code differ.

    Args:
        endpoint: the local cloud's.
        database_url: the database, for all roles.
        sizes: what functions are given, by role.
        task_size: what tasks are given.
        by_role: environment variables that one role's functions, or tasks as role `worker`, get instead of the others'.
    """
    environment = {name: value for name, value in sorted(os.environ.items()) if name.startswith(PREFIX)}
    environment |= {"HAWKER_DATABASE_URL": database_url, "HAWKER_BUCKET": settings().bucket}
    environments = {role: {**environment, **(by_role or {}).get(role, {})} for role in stack.HANDLERS}
    functions = [
        FunctionSpec(
            name=stack.function(marketplace, role),
            image=f"hawker-{marketplace}",
            handler=handler,
            timeout_s=sizes[role].timeout,
            memory_mb=sizes[role].memory,
            environment=environments[role],
        )
        for marketplace in registry.marketplaces()
        for role, handler in stack.HANDLERS.items()
    ]
    tasks = [
        TaskSpec(
            name=stack.task(marketplace),
            image=f"hawker-{marketplace}-browser",
            command=stack.TASK_COMMAND,
            cpu=task_size.cpu,
            memory_mb=task_size.memory,
            environment={**environments["worker"], "HAWKER_TASK_MEMORY": str(task_size.memory)},
            stop_timeout=task_size.stop_timeout,
            container=stack.CONTAINER,
        )
        for marketplace in registry.marketplaces()
    ]
    machines = [
        StateMachineSpec(
            name=stack.state_machine(marketplace, workflow),
            definition=stack.definition(workflow, **_values(marketplace)),
        )
        for marketplace in registry.marketplaces()
        for workflow in (stack.LAMBDA, stack.FARGATE)
    ]
    mark = hashlib.sha256(repr((functions, tasks, machines, sorted(_code()))).encode()).hexdigest()[:16]
    ssm = client("ssm", endpoint)
    if find(ssm).parameters.get(MARK) == mark:
        return False
    tell = partial(ssm.put_parameter, Type="String", Overwrite=True)
    tell(Name=MARK, Value="begun")  # an interrupted deployment is neither the last one nor this
    made = deploy(endpoint, functions, machines, tasks=tasks, bucket=settings().bucket)
    for name, value in _parts(made):
        tell(Name=name, Value=value)
    tell(Name=MARK, Value=mark)
    return True


def _parts(made: Deployment) -> Iterator[tuple[str, str]]:
    """What the stacks on AWS tell in SSM of what they made."""
    yield stack.parameter("bucket"), made.bucket
    for marketplace in registry.marketplaces():
        yield stack.parameter(marketplace, "close"), stack.function(marketplace, "close")
        for workflow in (stack.LAMBDA, stack.FARGATE):
            machine = made.state_machines[stack.state_machine(marketplace, workflow)]
            yield stack.parameter(marketplace, "state-machine", workflow), machine


def _values(marketplace: str) -> dict[str, str]:
    """What the placeholders of a marketplace's workflows stand for; the network's are names of nothing here."""
    return {
        "PlanFunction": stack.function(marketplace, "plan"),
        "WorkerFunction": stack.function(marketplace, "worker"),
        "CloseFunction": stack.function(marketplace, "close"),
        "Bucket": settings().bucket,
        "Cluster": CLUSTER,
        "TaskDefinition": stack.task(marketplace),
        "Subnets": "subnet-local",
        "SecurityGroup": "sg-local",
        "AssignPublicIp": "DISABLED",
    }


def _code() -> Iterator[tuple[str, int, int]]:
    """Every source file that a function may import from Hawker, as a marker of its state: path, time, size."""
    for package in ("hawker_core", "hawker_orchestrator", *registry.marketplaces().values()):
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in Path(folder).rglob("*.py"):
                found = path.stat()
                yield str(path), found.st_mtime_ns, found.st_size
