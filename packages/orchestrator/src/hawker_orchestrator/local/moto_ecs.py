"""Corrections to the ECS integration of moto 5.2.5's Step Functions: `ecs:runTask` shall behave here as it does on AWS.

moto takes any end of a task for a success, drops the capacity providers, makes an error that nobody can catch of every
error of ECS, and forgets the task of an execution that is stopped or times out.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_ecs as moto_service
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from .tasks import ProcessEcsBackend

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_S: Final = 0.5  # between two looks at whether the execution goes on; a task's end is seen at once


class EcsService(moto_service.StateTaskServiceEcs):
    """A state of `ecs:runTask` or `ecs:runTask.sync`."""

    def _get_supported_parameters(self) -> set[str] | None:
        supported = super()._get_supported_parameters()
        return supported and {*supported, "CapacityProviderStrategy"}

    def _from_error(self, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            details = ex.response["Error"]
            return self._failure(env, _name(details["Code"]), f"{details['Message']} (Service: AmazonECS)")
        return super()._from_error(env=env, ex=ex)

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> None:
        del state_credentials
        answer = _client(resource_runtime_part.region).run_task(**normalised_parameters)
        answer.pop("ResponseMetadata", None)
        self._normalise_response(answer, service_action_name="run_task")
        if answer["Failures"] and self.resource.condition is not None:
            raise FailureEventException(self._failure(env, "AmazonECS.Unknown", to_json_str(answer)))
        env.stack.append(answer)

    def _build_sync_resolver(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> Callable[[], Any]:
        del normalised_parameters, state_credentials
        (task,) = env.stack.pop()["Tasks"]
        return partial(self._outcome, env, _client(resource_runtime_part.region), task)

    def _eval_sync(
        self, env: Any, sync_resolver: Any, timeout_seconds: Any, callback_endpoint: Any, heartbeat_endpoint: Any
    ) -> Any:
        del env, timeout_seconds, callback_endpoint, heartbeat_endpoint
        return sync_resolver()

    def _outcome(self, env: Any, ecs: Any, task: dict[str, Any]) -> dict[str, Any] | None:
        """Wait for the task's end and return its description; stop it when the execution does not wait any more."""
        cluster, arn = task["ClusterArn"], task["TaskArn"]
        while env.is_running():
            if ProcessEcsBackend.fleet.wait(arn, _POLL_S):
                answer = ecs.describe_tasks(cluster=cluster, tasks=[arn])
                self._normalise_response(answer, service_action_name="describe_tasks")
                return self._judged(env, answer["Tasks"][0])
        ecs.stop_task(cluster=cluster, task=arn, reason="The execution was stopped or timed out")
        return None

    def _judged(self, env: Any, task: dict[str, Any]) -> dict[str, Any]:
        if any(container.get("ExitCode") != 0 for container in task["Containers"]):
            raise FailureEventException(self._failure(env, "States.TaskFailed", to_json_str(task)))
        return task

    def _failure(self, env: Any, error: str, cause: str) -> FailureEvent:
        known = error == StatesErrorNameType.StatesTaskFailed.to_name()
        details: Any = {
            "taskFailedEventDetails": {
                "resource": self._get_sfn_resource(),
                "resourceType": self._get_sfn_resource_type(),
                "error": error,
                "cause": cause,
            }
        }
        return FailureEvent(
            env=env,
            error_name=StatesErrorName(StatesErrorNameType.StatesTaskFailed) if known else CustomErrorName(error),
            event_type=HistoryEventType.TaskFailed,
            event_details=details,
        )


def _client(region: str) -> Any:
    return vars(moto_service)["boto_client_for"](region=region, service="ecs")  # the cached one: see moto_fixes


@cache
def _modelled() -> frozenset[str]:
    model = botocore.session.get_session().get_service_model("ecs")
    return frozenset(shape.name for shape in model.operation_model("RunTask").error_shapes)


def _name(code: str) -> str:
    """Return Step Functions' name of an error of RunTask: that of its exception in AWS's SDK for Java."""
    return f"ECS.{code}" if code in _modelled() else "ECS.AmazonECSException"
