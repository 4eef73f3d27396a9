"""Deploys every marketplace's functions and state machine to the local cloud, as AWS CDK does to AWS."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from hawker_core import registry
from hawker_core.settings import PREFIX, settings
from hawker_orchestrator import stack
from hawker_orchestrator.local.deploy import FunctionSpec, StateMachineSpec, deploy
from hawker_orchestrator.local.endpoint import client
from hawker_orchestrator.local.image import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hawker_orchestrator.stack import FunctionSize

MARK = "HAWKER_DEPLOYMENT"  # a function's variable that tells what was deployed


def images() -> dict[str, Image]:
    """What stands in for each marketplace's container image: this very environment."""
    return {
        f"hawker-{name}": Image(python=sys.executable, cwd=Path(sys.prefix), env={}, command=stack.HANDLERS["worker"])
        for name in registry.marketplaces()
    }


def deploy_all(endpoint: str, database_url: str, sizes: Mapping[str, FunctionSize] = stack.SIZES) -> bool:
    """Create what is missing and update what has changed; returns whether anything had.

    The functions get this process's `HAWKER_` settings, as a deployment gives a stack's. What is deployed already is
    left alone, warm sandboxes and all, unless settings, sizes, workflow or code differ.
    """
    environment = {name: value for name, value in sorted(os.environ.items()) if name.startswith(PREFIX)}
    environment |= {"HAWKER_DATABASE_URL": database_url, "HAWKER_BUCKET": settings().bucket}
    functions = [
        FunctionSpec(
            name=stack.function(marketplace, role),
            image=f"hawker-{marketplace}",
            handler=handler,
            timeout_s=sizes[role].timeout,
            memory_mb=sizes[role].memory,
            environment=environment,
        )
        for marketplace in registry.marketplaces()
        for role, handler in stack.HANDLERS.items()
    ]
    machines = [
        StateMachineSpec(
            name=stack.state_machine(marketplace),
            definition=stack.definition({r: stack.function(marketplace, r) for r in stack.HANDLERS}, settings().bucket),
        )
        for marketplace in registry.marketplaces()
    ]
    mark = hashlib.sha256(repr((functions, machines, sorted(_code()))).encode()).hexdigest()[:16]
    if _deployed(endpoint, functions, machines, mark):
        return False
    functions = [replace(spec, environment={**environment, MARK: mark}) for spec in functions]
    deploy(endpoint, functions, machines, bucket=settings().bucket)
    return True


def _code() -> Iterator[tuple[str, int, int]]:
    """Every source file that a function may import from Hawker, as a marker of its state: path, time, size."""
    for package in ("hawker_core", "hawker_orchestrator", *registry.marketplaces().values()):
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in Path(folder).rglob("*.py"):
                found = path.stat()
                yield str(path), found.st_mtime_ns, found.st_size


def _deployed(endpoint: str, functions: list[FunctionSpec], machines: list[StateMachineSpec], mark: str) -> bool:
    """Whether all of this is there already."""
    lambdas, states = client("lambda", endpoint), client("stepfunctions", endpoint)
    marks = {
        found["FunctionName"]: found.get("Environment", {}).get("Variables", {}).get(MARK)
        for page in lambdas.get_paginator("list_functions").paginate()
        for found in page["Functions"]
    }
    if any(marks.get(spec.name) != mark for spec in functions):
        return False
    # Deployed after the functions: an interrupted deployment has marked those alone.
    definitions = {
        found["name"]: states.describe_state_machine(stateMachineArn=found["stateMachineArn"])["definition"]
        for page in states.get_paginator("list_state_machines").paginate()
        for found in page["stateMachines"]
    }
    return all(definitions.get(spec.name) == spec.definition for spec in machines)
