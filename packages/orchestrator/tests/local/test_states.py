"""Step Functions: what the state machines rely on outside of Maps."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .support import Aws, machine, task

if TYPE_CHECKING:
    from pathlib import Path

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
CAUGHT = {"Type": "Pass", "End": True}


def test_a_task_hands_on_the_functions_answer(aws: Aws) -> None:
    told = aws.run(machine(Work=task({"word.$": "$.word", "fixed": 1})), {"word": "hello"})
    assert told["status"] == "SUCCEEDED"
    assert told["output"]["event"] == {"word": "hello", "fixed": 1}


def test_result_selector_and_result_path_build_on_the_input(aws: Aws) -> None:
    work = task("$", ResultSelector={"word.$": "$.Payload.event.word"}, ResultPath="$.report", OutputPath="$")
    assert aws.run(machine(Work=work), {"word": "a"})["output"] == {"word": "a", "report": {"word": "a"}}


def test_a_null_result_path_keeps_the_input(aws: Aws) -> None:
    assert aws.run(machine(Work=task("$", ResultPath=None, OutputPath="$")), {"word": "a"})["output"] == {"word": "a"}


def test_the_context_object_names_the_execution(aws: Aws) -> None:
    template = {
        "name.$": "$$.Execution.Name",
        "id.$": "$$.Execution.Id",
        "input.$": "$$.Execution.Input",
        "started.$": "$$.Execution.StartTime",
        "state.$": "$$.State.Name",
        "entered.$": "$$.State.EnteredTime",
        "machine.$": "$$.StateMachine.Id",
        "attempt.$": "$$.State.RetryCount",
    }
    execution = aws.start(machine(Work=task(template)), {"word": "a"}, name="run-7")
    event = aws.finish(execution)["output"]["event"]
    assert (event["name"], event["id"], event["input"]) == ("run-7", execution, {"word": "a"})
    assert (event["state"], event["attempt"]) == ("Work", 0)
    assert ":stateMachine:" in event["machine"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["started"])


def test_unnamed_executions_are_distinct(aws: Aws) -> None:
    first = aws.start(machine(Done={"Type": "Succeed"}))
    machine_arn = aws.states.describe_execution(executionArn=first)["stateMachineArn"]
    assert aws.start_again(machine_arn, {"n": 2}) != aws.start_again(machine_arn, {"n": 3}) != first


@pytest.mark.parametrize(
    ("function", "event", "error", "cause"),
    [
        ("probe", {"do": "raise", "message": "captcha"}, "BlockedError", "captcha"),
        ("hasty", {"do": "sleep", "seconds": 30}, "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("small", {"do": "allocate", "mib": 400}, "Runtime.ExitError", "signal: killed"),
        ("probe", {"do": "exit", "code": 7}, "Runtime.ExitError", "exit status 7"),
        ("broken", {}, "Runtime.ImportModuleError", "nothing_of_this_name"),
    ],
)
def test_a_functions_error_is_caught_by_name_with_its_document(
    aws: Aws, function: str, event: dict[str, Any], error: str, cause: str
) -> None:
    definition = machine(
        Work=task(function=function, Catch=[{"ErrorEquals": [error], "ResultPath": "$.error", "Next": "Caught"}]),
        Caught=CAUGHT,
    )
    told = aws.run(definition, event)
    assert told["status"] == "SUCCEEDED"
    assert told["output"]["error"]["Error"] == error
    document = json.loads(told["output"]["error"]["Cause"])
    assert document["errorType"] == error
    assert cause in document["errorMessage"]


def test_an_uncaught_error_fails_the_execution(aws: Aws) -> None:
    told = aws.run(machine(Work=task()), {"do": "raise", "message": "no"})
    assert (told["status"], told["error"]) == ("FAILED", "BlockedError")
    assert json.loads(told["cause"])["errorMessage"] == "no"


def test_a_missing_function_is_an_error_of_lambdas(aws: Aws) -> None:
    told = aws.run(machine(Work=task(function="nobody", Catch=CATCH_ALL), Caught=CAUGHT))
    assert told["output"]["error"]["Error"] == "Lambda.ResourceNotFoundException"


def test_a_throttled_call_is_brought_back_by_its_retry(aws: Aws, mark: Path) -> None:
    retry = [
        {"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}
    ]
    aws.functions.put_function_concurrency(FunctionName="small", ReservedConcurrentExecutions=0)
    execution = aws.start(machine(Work=task(function="small", Retry=retry)), {"mark": str(mark)})
    time.sleep(0.5)
    aws.functions.delete_function_concurrency(FunctionName="small")
    assert aws.finish(execution)["status"] == "SUCCEEDED"
    assert len(list(mark.iterdir())) == 1


def test_a_retry_backs_off_with_jitter_and_a_longest_delay(aws: Aws, mark: Path) -> None:
    retry = [
        {
            "ErrorEquals": ["BlockedError"],
            "IntervalSeconds": 1,
            "BackoffRate": 10,
            "MaxAttempts": 2,
            "MaxDelaySeconds": 1,
            "JitterStrategy": "FULL",
        }
    ]
    began = time.monotonic()
    told = aws.run(machine(Work=task(Retry=retry)), {"do": "fail_times", "times": 2, "mark": str(mark)})
    assert told["output"] == "at last"
    assert len(list(mark.iterdir())) == 3
    assert time.monotonic() - began < 4  # without the longest delay up to 11 s


def test_a_retry_gives_up_and_the_error_named_with_no_attempts_is_not_retried(aws: Aws, mark: Path) -> None:
    retry = [
        {"ErrorEquals": ["ValueError"], "MaxAttempts": 0},
        {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1},
    ]
    definition = machine(Work=task(Retry=retry, Catch=CATCH_ALL), Caught=CAUGHT)
    told = aws.run(definition, {"do": "fail_times", "times": 9, "mark": str(mark)})
    assert told["output"]["error"]["Error"] == "BlockedError"
    assert len(list(mark.iterdir())) == 2


def test_a_states_own_timeout_is_caught(aws: Aws) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Caught"}]
    definition = machine(Work=task(TimeoutSeconds=1, Catch=catch), Caught=CAUGHT)
    assert aws.run(definition, {"do": "sleep", "seconds": 2})["output"]["error"]["Error"] == "States.Timeout"


def test_states_all_leaves_a_runtime_error_uncaught(aws: Aws) -> None:
    definition = machine(Work=task({"absent.$": "$.absent"}, Catch=CATCH_ALL), Caught=CAUGHT)
    told = aws.run(definition, {"present": 1})
    assert (told["status"], told["error"]) == ("FAILED", "States.Runtime")


def test_a_choice_goes_round_until_nothing_is_left(aws: Aws, mark: Path) -> None:
    definition = machine(
        Work=task(
            "$", ResultSelector={"word.$": "$.Payload.event.word"}, ResultPath="$.report", OutputPath="$", Next="Count"
        ),
        Count={
            "Type": "Pass",
            "Parameters": {"left.$": "States.MathAdd($.left, -1)", "word.$": "$.word", "mark.$": "$.mark"},
            "Next": "Finished",
        },
        Finished={
            "Type": "Choice",
            "Choices": [{"Variable": "$.left", "NumericGreaterThan": 0, "Next": "Work"}],
            "Default": "Done",
        },
        Done={"Type": "Pass", "Result": "done", "ResultPath": "$.end", "End": True},
    )
    told = aws.run(definition, {"left": 4, "word": "a", "mark": str(mark)})
    assert (told["output"]["left"], told["output"]["end"]) == (0, "done")
    assert len(list(mark.iterdir())) == 4


def test_a_state_puts_an_object_and_formats_its_key(aws: Aws) -> None:
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Parameters": {
            "Bucket": "hawker",
            "Key.$": "States.Format('runs/{}/failures/{}.json', $.run, $.chunk)",
            "Body.$": "$.error",
        },
        "ResultPath": None,
        "End": True,
    }
    data = {"run": "r-1", "chunk": 7, "error": {"Error": "E", "Cause": "ü"}}
    assert aws.run(machine(Put=put), data)["output"] == data
    assert json.load(aws.s3.get_object(Bucket="hawker", Key="runs/r-1/failures/7.json")["Body"]) == data["error"]


def test_a_service_calls_dates_become_numbers(aws: Aws) -> None:
    aws.s3.put_object(Bucket="hawker", Key="dated", Body=b"text")
    head = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Parameters": {"Bucket": "hawker", "Key": "dated"},
        "End": True,
    }
    output = aws.run(machine(Head=head))["output"]
    assert output["Body"] == "text"
    assert abs(output["LastModified"] / 1000 - time.time()) < 60


def test_a_definition_with_a_mistake_is_refused_by_name(aws: Aws) -> None:
    with pytest.raises(ClientError, match="Bogus"):
        aws.start(machine(Done={"Type": "Succeed", "Bogus": 1}))


def test_a_running_execution_can_be_read(aws: Aws, mark: Path) -> None:
    execution = aws.start(machine(Work=task()), {"do": "sleep", "seconds": 1.5, "mark": str(mark)})
    while not list(mark.iterdir()):
        time.sleep(0.02)
    told = aws.states.describe_execution(executionArn=execution)
    assert told["status"] == "RUNNING"
    listed = aws.states.list_executions(stateMachineArn=told["stateMachineArn"], statusFilter="RUNNING")["executions"]
    assert [each["executionArn"] for each in listed] == [execution]
    kinds = [event["type"] for event in aws.states.get_execution_history(executionArn=execution)["events"]]
    assert kinds == ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted"]
    aws.finish(execution)
    last = aws.states.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=1)["events"]
    assert [event["type"] for event in last] == ["ExecutionSucceeded"]


def test_two_executions_run_side_by_side(aws: Aws, mark: Path) -> None:
    definition = machine(Work=task())
    event = {"do": "meet", "count": 2, "mark": str(mark)}
    first, second = aws.start(definition, event), aws.start(definition, event)
    assert aws.finish(first)["output"] != aws.finish(second)["output"]


def test_stopping_right_after_the_start_stops(aws: Aws) -> None:
    execution = aws.start(machine(Wait={"Type": "Wait", "Seconds": 60, "End": True}))
    aws.states.stop_execution(executionArn=execution)
    told = aws.states.describe_execution(executionArn=execution)
    assert told["status"] == "ABORTED"
    assert told["stopDate"] >= told["startDate"]


@pytest.mark.parametrize(
    ("path", "value"),
    [("$.a[0].b", 1), ("$.a[1]", {"b": 2}), ("$.a[*].b", [1, 2]), ("$.one[*].b", [3]), ("$.a[0:1].b", [1])],
)
def test_a_path_to_one_place_gives_its_value_and_one_to_many_a_list(aws: Aws, path: str, value: Any) -> None:
    data = {"a": [{"b": 1}, {"b": 2}], "one": [{"b": 3}]}
    definition = machine(Pick={"Type": "Pass", "Parameters": {"picked.$": path}, "End": True})
    assert aws.run(definition, data)["output"] == {"picked": value}
