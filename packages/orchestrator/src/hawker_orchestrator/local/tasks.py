"""moto's ECS API with real processes behind `run_task`.

The seam is `moto.ecs.models.ecs_backends.backend`. Tasks are Fargate's, of one container each, and share this machine's
network: no network interface is made up for them. Like ECS this forgets a task an hour after its end. Left out: CPU
limits, and ECS's own limit of 20 calls of RunTask a second.
"""

from __future__ import annotations

import shlex
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from moto.ecs.exceptions import EcsClientException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Task, TaskDefinition

from .endpoint import ACCESS_KEY, SECRET_KEY
from .image import repository
from .task_fleet import STOPPED_BY_USER, Order, Run, TaskFleet

if TYPE_CHECKING:
    from .image import Image

_REMEMBERED_S: Final = 3600.0
_STOP_TIMEOUT_S: Final = 30  # AWS's default
_MOST_STOP_TIMEOUT_S: Final = 120  # of a Fargate task


class ProcessEcsBackend(EC2ContainerServiceBackend):
    """ECS's control plane by moto, its data plane by `fleet` (one per process, as moto's backends are)."""

    __module__ = EC2ContainerServiceBackend.__module__  # by which moto finds a backend's routes
    fleet: ClassVar[TaskFleet]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = threading.RLock()  # moto walks its tables while other requests change them

    def register_task_definition(
        self, family: str, container_definitions: list[dict[str, Any]], *more: Any, **fields: Any
    ) -> TaskDefinition:
        """Register a definition of one container."""
        if len(container_definitions) != 1:
            raise EcsClientException("The local cloud runs tasks of one container.")
        with self._lock:
            definition = super().register_task_definition(family, container_definitions, *more, **fields)
        definition.network_mode = None  # moto would make up a network interface for each task
        return definition

    def run_task(  # noqa: PLR0913, PLR0917  # moto's signature
        self,
        cluster_str: str,
        task_definition_str: str,
        count: int,
        overrides: dict[str, Any] | None,
        started_by: str,
        tags: list[dict[str, str]] | None,
        launch_type: str | None,
        networking_configuration: dict[str, Any] | None = None,
        group: str | None = None,
        platform_version: str | None = None,
        capacity_provider_strategy: list[dict[str, Any]] | None = None,
    ) -> list[Task]:
        """Start tasks; each begins when the fleet has a slot for it.

        Raises:
            InvalidParameterException: the parameters do not go together.
        """
        with self._lock:
            self._forget()
            definition = self.describe_task_definition(task_definition_str)
            container, override = _container(definition, overrides or {})
            self._check_capacity(cluster_str, capacity_provider_strategy)
            if not ((networking_configuration or {}).get("awsvpcConfiguration") or {}).get("subnets"):
                raise InvalidParameterException(
                    "Network Configuration must be provided when networkMode 'awsvpc' is specified."
                )
            tasks = super().run_task(
                cluster_str,
                task_definition_str,
                count,
                overrides,
                started_by,
                tags,
                launch_type,
                networking_configuration,
                group,
                platform_version,
                capacity_provider_strategy,
            )
            for task in tasks:
                task.containers[0].task_arn = task.task_arn
                vars(task).update(
                    launch_type="FARGATE",
                    cpu=definition.cpu,
                    memory=definition.memory,
                    created_at=time.time(),
                    run=self._start(task, definition, container, override),
                )
                _tell(task)
        return tasks

    def describe_tasks(self, cluster_str: str, tasks: list[str]) -> list[Task]:
        """Tell how tasks are, now."""
        if not tasks:
            raise InvalidParameterException("Tasks cannot be empty.")
        wanted = {task.rsplit("/", 1)[-1] for task in tasks}
        with self._lock:
            known = self.tasks.get(self._get_cluster(cluster_str).name, {})
            return [_tell(task) for task in known.values() if task.id in wanted]

    def list_tasks(self, *filters: Any, **more_filters: Any) -> list[Task]:
        """List tasks, by their status now."""
        with self._lock:
            for known in self.tasks.values():
                for task in known.values():
                    _tell(task)
            return super().list_tasks(*filters, **more_filters)

    def stop_task(self, cluster_str: str, task_str: str, reason: str) -> Task:
        """SIGTERM, and SIGKILL after the container's stop timeout.

        Raises:
            InvalidParameterException: there is no such task.
        """
        found = self.describe_tasks(cluster_str, [task_str])
        if not found:
            raise InvalidParameterException("The referenced task was not found.")
        self.fleet.stop(vars(found[0])["run"], STOPPED_BY_USER, reason or "Task stopped by user")
        return _tell(found[0])

    def _check_capacity(self, cluster: str, strategy: list[dict[str, Any]] | None) -> None:
        associated = self._get_cluster(cluster).capacity_providers or []
        if any(item["capacityProvider"] not in associated for item in strategy or []):
            raise InvalidParameterException(
                "The specified capacity provider strategy cannot contain a capacity provider that is not associated "
                "with the cluster. Associate the capacity provider with the cluster and try again."
            )

    def _start(
        self, task: Task, definition: TaskDefinition, container: dict[str, Any], override: dict[str, Any]
    ) -> Run:
        image = self.fleet.images.get(repository(container["image"]))
        order = Order(
            family=definition.family,
            argv=_argv(image, container, override),
            cwd=image.host_cwd if image else Path(),
            env=self._environment(image, container, override) if image else {},
            memory_mb=_memory(definition, container, override),
            stop_timeout_s=min(int(container.get("stopTimeout") or _STOP_TIMEOUT_S), _MOST_STOP_TIMEOUT_S),
            spot=task.capacity_provider_name == "FARGATE_SPOT",
        )
        if image is None:
            known = ", ".join(sorted(self.fleet.images)) or "none"
            reason = f"CannotPullContainerError: {container['image']}: not found. The local cloud knows these: {known}."
            return self.fleet.refuse(task.id, order, reason)
        return self.fleet.start(task.id, order)

    def _environment(self, image: Image, container: dict[str, Any], override: dict[str, Any]) -> dict[str, str]:
        """Return a task's whole environment: nothing of this process's own gets in."""
        return {
            "PATH": f"{Path(image.python).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": self.fleet.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self.region_name,
            "AWS_DEFAULT_REGION": self.region_name,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            **image.env,
            **_pairs(container.get("environment")),
            **_pairs(override.get("environment")),
        }

    def _forget(self) -> None:
        before = time.time() - _REMEMBERED_S
        for known in self.tasks.values():
            for arn in [arn for arn, task in known.items() if (vars(task)["run"].stopped_at or before) < before]:
                del known[arn]

    @staticmethod
    def _calculate_task_resource_requirements(task_definition: TaskDefinition) -> dict[str, Any]:
        """Require nothing: moto asks for each container's memory, which a Fargate task may leave to the task."""
        del task_definition
        return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def _tell(task: Task) -> Task:
    """Bring what moto answers up to date; what is not known yet (None) is left out, as on AWS."""
    run: Run = vars(task)["run"]
    task.last_status = run.status
    vars(task).update(
        desired_status="RUNNING" if run.stop_code is None else "STOPPED",
        started_at=run.started_at,
        stopping_at=run.stopping_at,
        stopped_at=run.stopped_at,
        stop_code=run.stop_code,
        stopped_reason=run.stopped_reason,
    )
    vars(task.containers[0]).update(
        last_status="PENDING" if run.status == "PROVISIONING" else run.status,
        exitCode=run.exit_code,
        reason=run.container_reason,
    )
    return task


def _container(definition: TaskDefinition, overrides: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the definition's container and what overrides it."""
    container: dict[str, Any] = definition.container_definitions[0]
    override: dict[str, Any] = {"taskMemory": overrides.get("memory")}
    for given in overrides.get("containerOverrides") or []:
        if given.get("name") != container["name"]:
            raise InvalidParameterException(
                f"Override for container named {given.get('name')} is not a container in the TaskDefinition."
            )
        override |= given
    return container, override


def _argv(image: Image | None, container: dict[str, Any], override: dict[str, Any]) -> tuple[str, ...]:
    if image is None:
        return ()
    command: list[str] = override.get("command") or container.get("command") or shlex.split(image.command)
    words: list[str] = [*(container.get("entryPoint") or image.entry_point), *command]
    return image.start([image.python if words[0] == "python" else words[0], *words[1:]])


def _memory(definition: TaskDefinition, container: dict[str, Any], override: dict[str, Any]) -> int:
    """Return the smaller of the task's and the container's limits, in MiB."""
    limits = (
        override["taskMemory"] or definition.memory,
        override.get("memory") or container.get("memory"),
    )
    return min(int(limit) for limit in limits if limit)


def _pairs(items: list[dict[str, str]] | None) -> dict[str, str]:
    return {item["name"]: item["value"] for item in items or []}
