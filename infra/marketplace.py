"""All of one marketplace: what its team releases by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

from hawker_orchestrator import schedules, stack
from infra.alarms import Alarms
from infra.functions import Functions
from infra.image_assets import image
from infra.migration import migration
from infra.timetable import Timetable
from infra.workflows import Workflows, task_definition

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from infra.config import Config
    from infra.data import DataStack
    from infra.network import NetworkStack
    from infra.orchestrator import OrchestratorStack


class MarketplaceStack(cdk.Stack):
    """Functions, task, state machines, schedules and alarms, from one package's images."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        marketplace: str,
        root: Path,
        config: Config,
        network: NetworkStack,
        data: DataStack,
        orchestrator: OrchestratorStack,
    ) -> None:
        super().__init__(scope, id_, description=f"Hawker: {marketplace}")
        for_functions = image(self, marketplace, "lambda", config, root)
        functions = Functions(self, marketplace, for_functions, config, network, data)
        migrate = functions.by_role["migrate"]
        migrated = migration(self, marketplace, migrate, for_functions.asset_hash, config, data)
        task = task_definition(self, marketplace, image(self, marketplace, "fargate", config, root), config, data)
        for part in (task, *(function for function in functions.by_role.values() if function is not migrate)):
            part.node.add_dependency(migrated)  # no code of a release meets the schema of the one before
        workflows = Workflows(self, marketplace, functions, task, config, network, data, orchestrator)
        timetable = Timetable(
            self,
            marketplace,
            schedules.read(root / "packages" / marketplace / "schedules.toml", marketplace),
            workflows,
            config,
        )
        Alarms(self, marketplace, functions.logs["close"], timetable.missed, orchestrator.alarms)
        self._parameter(functions.by_role["close"].function_name, marketplace, "close")
        for workflow, machine in workflows.by_workflow.items():
            self._parameter(machine.state_machine_arn, marketplace, "state-machine", workflow)

    def _parameter(self, value: str, *path: str) -> None:
        ssm.StringParameter(
            self, "Parameter-" + "-".join(path), parameter_name=stack.parameter(*path), string_value=value
        )
