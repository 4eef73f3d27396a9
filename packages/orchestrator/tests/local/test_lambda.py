"""Lambda: `awslambdaric` in processes, as the functions and their callers see it."""

from __future__ import annotations

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from botocore.exceptions import ClientError

from hawker_orchestrator.local.deploy import FunctionSpec, deploy
from hawker_orchestrator.local.endpoint import LAMBDAS_PATH, ask

from .support import APP, FUNCTION, Aws

if TYPE_CHECKING:
    from pathlib import Path

    from hawker_orchestrator.local.cloud import LocalCloud


def gone(pid: int) -> bool:
    """Whether a process has ended; nobody may have reaped it."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_function_gets_its_event_and_a_context(aws: Aws) -> None:
    error, answer = aws.invoke(do="echo", word="süß")
    assert error is None
    assert answer["event"]["word"] == "süß"
    assert answer["arn"] == "arn:aws:lambda:eu-central-1:123456789012:function:probe"
    assert 25_000 < answer["remaining_ms"] <= 30_000
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["request"])


def test_a_warm_sandbox_is_used_again_with_a_new_request_id(aws: Aws) -> None:
    (_, first), (_, second) = aws.invoke(), aws.invoke()
    assert first["pid"] == second["pid"]
    assert first["request"] != second["request"]


def test_large_payloads_pass_both_ways(aws: Aws) -> None:
    text = "x" * 3_000_000
    began = time.monotonic()
    assert aws.invoke(text=text)[1]["event"]["text"] == text
    assert time.monotonic() - began < 5


def test_the_environment_is_the_functions_alone(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAWKER_LEAK", "1")
    deploy(aws.endpoint, [FunctionSpec("lookout", "app", "functions.handle", 7, 192, {"COLOUR": "red"})], [])
    _, answer = aws.invoke("lookout", do="environment")
    env = answer["env"]
    assert "HAWKER_LEAK" not in env
    assert (env["COLOUR"], env["SHAPE"]) == ("red", "round")
    assert env["AWS_ENDPOINT_URL"] == aws.endpoint
    assert answer["cwd"] == env["LAMBDA_TASK_ROOT"] == str(APP)
    assert env["_HANDLER"] == "functions.handle"
    assert env["AWS_REGION"] == env["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert env["AWS_LAMBDA_FUNCTION_NAME"] == "lookout"
    assert env["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "192"
    assert env["AWS_LAMBDA_FUNCTION_TIMEOUT"] == "7"
    expected = {"PATH", "HOME", "LANG", "TZ", "LC_CTYPE", "COLOUR", "SHAPE", "_HANDLER", "LAMBDA_TASK_ROOT"}
    assert {name for name in env if not name.startswith("AWS_")} <= expected


def test_an_exception_is_an_unhandled_error_with_its_type_and_message(aws: Aws) -> None:
    error, document = aws.invoke(do="raise", message="captcha")
    assert error == "Unhandled"
    assert (document["errorType"], document["errorMessage"]) == ("BlockedError", "captcha")
    assert "do_raise" in document["stackTrace"][-1]


def test_an_answer_that_looks_like_an_error_is_an_answer(aws: Aws) -> None:
    error, document = aws.invoke(do="error_document")
    assert error is None
    assert document["errorType"] == "T"


def test_a_timeout_kills_the_whole_sandbox_and_the_next_event_meets_another(aws: Aws, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    error, document = aws.invoke("hasty", do="hang_with_child", pid_file=str(pid_file))
    assert error == "Unhandled"
    assert document["errorType"] == "Sandbox.Timedout"
    told = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f-]{36} Task timed out after 1\.00 seconds"
    assert re.fullmatch(told, document["errorMessage"])
    assert gone(int(pid_file.read_text()))
    assert aws.invoke("hasty")[0] is None


def test_memory_beyond_the_limit_ends_the_runtime(aws: Aws) -> None:
    assert aws.invoke("small", do="allocate", mib=40) == (None, 40)
    error, document = aws.invoke("small", do="allocate", mib=400)
    assert error == "Unhandled"
    assert document["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(r"RequestId: \S+ Error: Runtime exited with error: signal: killed", document["errorMessage"])
    assert aws.invoke("small")[0] is None


@pytest.mark.parametrize(("code", "told"), [(7, "with error: exit status 7"), (0, "without providing a reason")])
def test_an_exit_ends_the_runtime(aws: Aws, code: int, told: str) -> None:
    error, document = aws.invoke(do="exit", code=code)
    assert error == "Unhandled"
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith(f"Error: Runtime exited {told}")
    assert aws.invoke()[0] is None


def test_a_module_that_cannot_be_loaded_is_an_import_error(aws: Aws) -> None:
    error, document = aws.invoke("broken")
    assert error == "Unhandled"
    assert document["errorType"] == "Runtime.ImportModuleError"
    assert "nothing_of_this_name" in document["errorMessage"]


def test_a_sandbox_killed_while_idle_costs_no_invocation(aws: Aws) -> None:
    pid = aws.invoke()[1]["pid"]
    os.kill(pid, 9)
    error, answer = aws.invoke()
    assert error is None
    assert answer["pid"] != pid


def test_a_sandbox_is_frozen_between_events(aws: Aws, tmp_path: Path) -> None:
    growing = tmp_path / "growing"
    growing.touch()
    aws.invoke(do="work_on", growing=str(growing))
    frozen = growing.stat().st_size
    time.sleep(0.2)
    assert growing.stat().st_size == frozen
    aws.invoke(do="sleep", seconds=0.2)  # thawed, it works on
    assert growing.stat().st_size > frozen


def test_the_log_keeps_output_and_reports(aws: Aws) -> None:
    aws.invoke(do="print", line="a line of its own")
    aws.invoke(do="raise", message="told in the log")
    log = (aws.logs / f"lambda-{FUNCTION}.log").read_text()
    assert "a line of its own\n" in log
    assert "[ERROR] BlockedError: told in the log" in log
    assert re.search(
        r"^REPORT RequestId: \S+\tDuration: [\d.]+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB$", log, re.MULTILINE
    )
    assert re.search(r"^REPORT .*\tStatus: error$", log, re.MULTILINE)


def test_an_asynchronous_call_returns_at_once_and_runs(aws: Aws, mark: Path) -> None:
    event = json.dumps({"do": "sleep", "seconds": 0.5, "mark": str(mark)})
    began = time.monotonic()
    answer = aws.functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=event)
    assert answer["StatusCode"] == 202
    assert time.monotonic() - began < 0.5
    while not list(mark.iterdir()):
        assert time.monotonic() - began < 20
        time.sleep(0.05)


def test_forty_run_at_once_and_the_gauges_tell(aws: Aws, mark: Path) -> None:
    deploy(aws.endpoint, [FunctionSpec("crowd", "app", "functions.handle", 30, 256)], [])
    with ThreadPoolExecutor(40) as pool:
        calls = [pool.submit(aws.invoke, "crowd", do="meet", mark=str(mark), count=40) for _ in range(40)]
    answers = [call.result() for call in calls]
    assert {error for error, _ in answers} == {None}
    assert len({pid for _, pid in answers}) == 40
    gauge = aws.gauges()["functions"]["crowd"]
    assert gauge["peak_in_flight"] == 40
    assert gauge["in_flight"] == 0
    assert 5 << 20 < gauge["peak_rss_bytes"] < 256 << 20


def test_beyond_the_reserved_concurrency_a_call_is_throttled(aws: Aws, mark: Path) -> None:
    deploy(aws.endpoint, [FunctionSpec("narrow", "app", "functions.handle", 30, 256)], [])
    aws.functions.put_function_concurrency(FunctionName="narrow", ReservedConcurrentExecutions=2)
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(aws.invoke, "narrow", do="meet", mark=str(mark), count=3) for _ in range(2)]
        while len(list(mark.iterdir())) < 2:
            time.sleep(0.02)
        with pytest.raises(ClientError) as caught:
            aws.functions.invoke(FunctionName="narrow", Payload="{}")
        (mark / "released").touch()
        assert {call.result()[0] for call in calls} == {None}
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert aws.gauges()["functions"]["narrow"]["throttles"] >= 1
    assert aws.invoke("narrow")[0] is None


def test_an_update_retires_warm_sandboxes(aws: Aws) -> None:
    spec = FunctionSpec("changing", "app", "functions.handle", 30, 256, {"COLOUR": "red"})
    deploy(aws.endpoint, [spec], [])
    old = aws.invoke("changing")[1]["pid"]
    deploy(aws.endpoint, [FunctionSpec("changing", "app", "functions.do_environment", 9, 256, {"COLOUR": "blue"})], [])
    _, answer = aws.invoke("changing")
    assert answer["env"]["COLOUR"] == "blue"
    assert answer["env"]["AWS_LAMBDA_FUNCTION_TIMEOUT"] == "9"
    assert gone(old)


def test_an_unknown_image_is_refused(aws: Aws) -> None:
    with pytest.raises(ClientError, match=r"Source image \S+/nothing:local does not exist.*: app"):
        deploy(aws.endpoint, [FunctionSpec("f", "nothing", "functions.handle", 5, 128)], [])


def test_the_gauges_can_be_reset(aws: Aws, cloud: LocalCloud) -> None:
    aws.invoke()
    fresh: dict[str, Any] = ask(aws.endpoint, LAMBDAS_PATH, method="DELETE")
    assert fresh["functions"][FUNCTION]["invocations"] == 0
    aws.invoke()
    assert cloud.stats()["functions"][FUNCTION]["invocations"] == 1
