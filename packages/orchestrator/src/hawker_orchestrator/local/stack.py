"""Deploys every marketplace's functions and state machine to the local cloud, as AWS CDK does to AWS."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hawker_core import registry
from hawker_core.settings import PREFIX, settings

from hawker_orchestrator import stack
from hawker_orchestrator.local.cloud import Image
from hawker_orchestrator.local.deploy import FunctionSpec, StateMachineSpec, deploy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_orchestrator.stack import FunctionSize


def images() -> dict[str, Image]:
    """What stands in for each marketplace's container image: this very environment."""
    return {
        f"hawker-{name}": Image(python=sys.executable, cwd=Path.cwd(), env={}, command=stack.HANDLERS["worker"])
        for name in registry.marketplaces()
    }


def deploy_all(endpoint: str, database_url: str, sizes: Mapping[str, FunctionSize] = stack.SIZES) -> None:
    """Create what is missing and update what has changed.

    The functions get this process's `HAWKER_` settings, as a deployment gives a stack's.
    """
    environment = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
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
    mark = hashlib.sha256(repr(functions).encode()).hexdigest()[:16]
    functions = [replace(spec, environment={**environment, "HAWKER_DEPLOYMENT": mark}) for spec in functions]
    machines = [
        StateMachineSpec(
            name=stack.state_machine(marketplace),
            definition=stack.definition({r: stack.function(marketplace, r) for r in stack.HANDLERS}, settings().bucket),
        )
        for marketplace in registry.marketplaces()
    ]
    deploy(endpoint, functions, machines, bucket=settings().bucket)
