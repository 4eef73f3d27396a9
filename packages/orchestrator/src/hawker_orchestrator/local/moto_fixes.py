"""Corrections to the Step Functions interpreter of moto 5.2.5: a state machine shall behave here as it does on AWS.

They reach into private names, so they are for this one release (`apply` checks it), and the contract tests pin them.
What stays different from AWS, because nothing of ours rests on it:

- a child that failed within a Distributed Map's tolerance leaves `null` in the Map's result; the threshold is judged
  when all children have ended, not as soon as it is passed;
- `StopExecution` ends the execution at once and nothing further is invoked; an invocation in flight runs to its end, on
  AWS too;
- the 25,000-event history and the 40 of an inline Map are not enforced; JSONata, ItemBatcher, JSON Lines and redrive
  are missing; `ToleratedFailurePercentage` must be written with a decimal point.
"""

from __future__ import annotations

import functools
import json
import re
import threading
import time
import uuid
from datetime import datetime
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import botocore.session
from botocore import xform_name
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval import (
    resource_eval_s3 as reader_s3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.item_reader_decl import ItemReader
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker as distributed,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    inline_item_processor_worker as inline,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_ecs,
    state_task_service_factory,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.parser.utils import TMP_THREADS
from moto.stepfunctions.responses import StepFunctionResponse

from .endpoint import client
from .errors import LocalCloudError
from .moto_ecs import EcsService

MOTO: Final = "5.2.5"
_START_WAIT_S: Final = 10.0
_MANY_PLACES: Final = re.compile(r"[*?:,]|\.\.")
# A bare cache lets the first forty workers of a Map compute the same thing forty times.
_cache_lock: Final = threading.Lock()


def apply(endpoint: str) -> None:
    """Mend the interpreter and point its service calls at `endpoint`.

    Raises:
        LocalCloudError: another release of moto is installed.
    """
    if (found := version("moto")) != MOTO:
        raise LocalCloudError(f"the local cloud needs moto {MOTO}, found {found}: pip install 'moto[server]=={MOTO}'")
    _use_cached_clients(endpoint)
    _replace(StateTaskService, "_normalise_parameters", _normalise_parameters)
    _replace(StateTaskService, "_normalise_response", _normalise_response)
    _replace(state_task_service_factory, "StateTaskServiceEcs", EcsService)
    # An uncaught States.* error of an iteration (States.Timeout, ...) is no legal name to moto: it says States.Runtime.
    _replace(custom_error_name, "ILLEGAL_CUSTOM_ERROR_PREFIX", "\0")
    _replace(ErrorEqualsDecl, "_eval_body", _error_equals)
    # A retrier counts its attempts under this key. moto makes it up on first use, without a lock: two children that
    # fail at the same moment get two, one of them forgets its count, and its chunk is tried once too often.
    _replace(EvalComponent, "heap_key", property(id))
    _replace(json_path, "parse", _parse_path)
    _replace(StepFunctionsParserBackend, "start_execution", _start_execution)
    _replace(Execution, "stop", _stop)
    _replace(Execution, "get_start_execution_details", _start_details)
    _replace(BaseExecutionWorkerCommunication, "terminated", _terminated)
    _replace(StepFunctionResponse, "describe_execution", _describe_execution)
    _replace(StepFunctionResponse, "get_execution_history", _get_execution_history)
    _replace(ItemReader, "_eval_body", _read_items)
    _replace(DistributedIterationComponent, "_map_run", _map_run)
    _replace(distributed.DistributedItemProcessorWorker, "_eval_input", _child_input)
    _replace(distributed.DistributedItemProcessorWorker, "_eval_pool", _distributed_pool)
    _replace(IterationWorker, "_eval_pool", _inline_pool)


_ORIGINALS: Final[dict[tuple[int, str], Any]] = {}


def _replace(owner: object, name: str, value: object) -> None:
    """Set `owner.name`, keeping moto's own for `_original`; a second call changes nothing more."""
    _ORIGINALS.setdefault((id(owner), name), getattr(owner, name))
    setattr(owner, name, value)


def _original(owner: object, name: str) -> Any:
    return _ORIGINALS[id(owner), name]


# --- Service calls --------------------------------------------------------------------------------


def _use_cached_clients(endpoint: str) -> None:
    """Share one client per service: moto builds one per task, some 30 ms each, for a name that may be IPv6 first."""

    @functools.cache
    def build(region: str, service: str) -> Any:
        return client(
            service,
            endpoint,
            region,
            parameter_validation=False,
            retries={"total_max_attempts": 1},  # retrying is the state machine's business
            max_pool_connections=256,
            connect_timeout=10,
            read_timeout=24 * 3600,
        )

    def client_for(region: str, service: str, state_credentials: object = None) -> Any:
        del state_credentials  # one account
        with _cache_lock:
            return build(region, service)

    callers = (
        lambda_eval_utils,
        state_task_service_aws_sdk,
        state_task_service_ecs,
        state_task_service_sfn,
        reader_s3,
    )
    for module in callers:
        _replace(module, "boto_client_for", client_for)


@functools.cache
def _locked_operation(service: str, action: str) -> Any:
    model = botocore.session.get_session().get_service_model(service)
    wanted = xform_name(action)
    return next((model.operation_model(name) for name in model.operation_names if xform_name(name) == wanted), None)


def _operation(service: str, action: str) -> Any:
    """Return botocore's model of an operation by its Step Functions name, or None."""
    with _cache_lock:
        return _locked_operation(service, action)


class _DefinitePath(NamedTuple):
    """A path to one place, e.g. `$.a[0].b`, whose value AWS gives as it is: moto makes a list of it."""

    expression: Any

    def find(self, data: Any) -> list[Any]:
        return [SimpleNamespace(value=found.value, path=None, context=None) for found in self.expression.find(data)]


@functools.cache
def _parse_once(path: str) -> Any:
    expression = _original(json_path, "parse")(path)
    return expression if _MANY_PLACES.search(path) else _DefinitePath(expression)


def _parse_path(path: str) -> Any:
    """Parse a JSONPath once: moto does it, for some milliseconds, each time that a path is read."""
    with _cache_lock:
        return _parse_once(path)


def _normalise_parameters(
    self: Any, parameters: dict[str, Any], boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    """Give a service call's parameters the casing of its API; moto has the code but never calls it."""
    operation = _operation(
        self._get_boto_service_name(boto_service_name), self._get_boto_service_action(service_action_name)
    )
    if operation is not None and operation.input_shape is not None:
        self._to_boto_request(parameters, operation.input_shape)


def _normalise_response(
    self: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    """Give a service call's answer the casing of Step Functions, and its dates a form that JSON knows."""
    operation = _operation(
        self._get_boto_service_name(boto_service_name), self._get_boto_service_action(service_action_name)
    )
    if operation is not None and operation.output_shape is not None:
        self._from_boto_response(response, operation.output_shape)
        for key in list(response):
            response[key] = _plain(response[key])


def _plain(value: Any) -> Any:
    """Turn dates into epoch milliseconds as Step Functions does: moto cannot describe an execution that has one."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else value


# --- Executions -----------------------------------------------------------------------------------


def _start_execution(
    self: Any, state_machine_arn: str, name: str | None = None, execution_input: Any = None, trace_header: Any = None
) -> Any:
    """Name an unnamed execution: moto gives them all the ARN `...:None`."""
    TMP_THREADS.clear()  # every thread moto ever started, kept for its own tests: a leak in a cloud that runs for days
    start = _original(StepFunctionsParserBackend, "start_execution")
    return start(self, state_machine_arn, name or str(uuid.uuid4()), execution_input, trace_header)


def _start_details(self: Any) -> Any:
    """Give `$$.Execution.StartTime` as text: moto's datetime fails whoever passes it on."""
    details = _original(Execution, "get_start_execution_details")(self)
    details.start_time = self.start_date.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return details


def _stop(self: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
    """Abort at once, as AWS does: moto reports RUNNING until all invocations in flight have ended, hours maybe."""
    deadline = time.monotonic() + _START_WAIT_S
    while self.exec_status == ExecutionStatus.RUNNING and time.monotonic() < deadline:
        env = self.exec_worker.env  # None until the definition is parsed
        if env is not None and env.is_running():
            env.set_stop(stop_date=stop_date, cause=cause, error=error)
            env.event_manager.add_event(
                context=env.event_history_context,
                event_type=HistoryEventType.ExecutionAborted,
                event_details=_details("executionAbortedEventDetails", error=error, cause=cause),
            )
            # The history ends here, whatever the threads that are still winding down have to say.
            env.event_manager.add_event = lambda *_, **__: 0
            self.exec_status = ExecutionStatus.ABORTED
            self.stop_date = stop_date
            return
        time.sleep(0.01)


def _terminated(self: Any) -> None:
    """Keep the status and the date of an execution that was stopped before its threads came to their end."""
    if self.execution.exec_status != ExecutionStatus.ABORTED:
        _original(BaseExecutionWorkerCommunication, "terminated")(self)


def _describe_execution(self: Any) -> Any:
    """Give every output as JSON text: moto leaves a string without its quotes and leaves `null` out."""
    told = _original(StepFunctionResponse, "describe_execution")(self)
    if told.result["status"] == ExecutionStatus.SUCCEEDED.value:
        execution = self.stepfunction_backend.describe_execution(told.result["executionArn"])
        told.result["output"] = json.dumps(execution.output)
    return told


def _get_execution_history(self: Any) -> ActionResult:
    """Honour `reverseOrder` and `maxResults` (one page: no token follows); moto returns all, oldest first."""
    events = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))["events"]
    if self._get_param("reverseOrder"):
        events = events[::-1]
    return ActionResult({"events": events[: self._get_param("maxResults") or None]})


def _error_equals(self: Any, env: Any) -> None:
    """Keep States.ALL from matching States.Runtime and States.DataLimitExceeded, which on AWS nothing catches by it."""
    terminal = {"States.Runtime", "States.DataLimitExceeded"}
    error_name = env.stack[-1]
    everything = self._STATE_ALL_ERROR in self.error_names
    _original(ErrorEqualsDecl, "_eval_body")(self, env)
    if everything and error_name is not None and error_name.error_name in terminal:
        env.stack[-1] = False


# --- Maps -----------------------------------------------------------------------------------------


def _read_items(self: Any, env: Any) -> None:
    """Report an unreadable manifest as States.ItemReaderFailed, not as States.Runtime, which nobody could catch."""
    try:
        _original(ItemReader, "_eval_body")(self, env)
    except FailureEventException:
        raise
    except Exception as error:  # whatever the reader met: no object, no JSON, no array
        raise _map_failure(env, StatesErrorNameType.StatesItemReaderFailed, str(error)) from error


def _map_run(self: Any, env: Any, eval_input: Any) -> None:
    """Apply the tolerated failures of a Distributed Map: moto reads the fields and lets every failure pass."""
    _original(DistributedIterationComponent, "_map_run")(self, env, eval_input)
    counter = eval_input.map_run_record.item_counter
    failed, total = counter.failed.get() + counter.timed_out.get(), counter.total.get()
    # Unset reads as 0; where both are set, passing either one fails the Map.
    limits = [
        limit
        for limit in (eval_input.tolerated_failure_count, eval_input.tolerated_failure_percentage * total / 100)
        if limit
    ]
    if failed > min(limits, default=0):
        raise _map_failure(
            env,
            StatesErrorNameType.StatesExceedToleratedFailureThreshold,
            "The specified tolerated failure threshold was exceeded",
        )


def _map_failure(env: Any, kind: StatesErrorNameType, cause: str) -> FailureEventException:
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=kind),
            event_type=HistoryEventType.MapRunFailed,
            event_details=_details("mapRunFailedEventDetails", error=kind.to_name(), cause=cause),
        )
    )


def _details(kind: str, **fields: str | None) -> Any:
    """Return an event's details; moto types the record as if every kind were always there."""
    return {kind: fields}


def _child_input(self: Any, env_frame: Any) -> None:
    """Give a Distributed Map's child a context of its own, once its input is selected.

    On AWS a child is an execution: in it `$$.Execution` is the child, and `$$.Map` is known to the ItemSelector alone.
    """
    inline.InlineItemProcessorWorker._eval_input(self, env_frame)  # noqa: SLF001  # what this one overrides
    context = env_frame.states.context_object.context_object_data
    parent, name = context["Execution"], str(uuid.uuid4())
    label = self._map_run_record.map_run_arn.rsplit("/", 1)[1].split(":")[0]
    context["Execution"] = {
        **parent,
        "Id": f"{parent['Id'].rsplit(':', 1)[0]}/{label}:{name}",
        "Name": name,
        "Input": env_frame.states.get_input(),
    }
    context.pop("Map", None)


def _distributed_pool(self: Any, job: Any, worker_frame: Any) -> None:
    """Take items in a loop: moto recurses once per item, which ends a worker silently, and hangs the Map, near 985."""
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.delete_frame(frame)
        if not worker_frame.is_running():
            # The execution was stopped: an exception is what makes the pool hand out no further item.
            job.job_output = RuntimeError("the execution was stopped")
        following = self._job_pool.next_job() if worker_frame.is_running() else None
        self._job_pool.close_job(job)
        job = following


def _inline_pool(self: Any, job: Any, worker_frame: Any) -> None:
    """Do the same for an inline Map. The frames are closed before the last job, whose end is what the Map waits for."""
    if job is None:
        self._env.close_frame(worker_frame)
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.close_frame(frame)
        ended = isinstance(job.job_output, Exception) or self.stopped()
        following = None if ended else self._job_pool.next_job()
        if following is None:
            if not ended:
                worker_frame.event_history_context.source_event_id = frame.event_history_context.last_published_event_id
            self._env.close_frame(worker_frame)
        self._job_pool.close_job(job)
        job = following
