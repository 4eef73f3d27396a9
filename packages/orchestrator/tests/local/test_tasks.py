"""ECS on Fargate: tasks as processes, as their callers and Step Functions see them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import psutil
import pytest
from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from hawker_orchestrator.local.deploy import CLUSTER, TaskSpec, deploy
from hawker_orchestrator.local.endpoint import INTERRUPT_PATH, TASKS_PATH, ask, client
from hawker_orchestrator.local.tasks import ProcessEcsBackend

from .support import APP, Aws, distributed, machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_orchestrator.local.cloud import LocalCloud

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-local"], "securityGroups": ["sg-local"]}}
SPECS = [
    TaskSpec("plain", "app", ("python", "-c", "print('hello')"), 256, 512, {"COLOUR": "teal", "SIZE": "small"}),
    TaskSpec("hasty", "app", ("python", "-c", "print('hello')"), 256, 512, stop_timeout=2),
    TaskSpec("lost", "app", ("no-such-program",), 256, 512),
]
SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
print('polite', flush=True)
time.sleep(60)
"""


class Ecs:
    """What the tests ask of ECS."""

    def __init__(self, endpoint: str, logs: Path) -> None:
        self.endpoint = endpoint
        self.logs = logs
        self.api = client("ecs", endpoint, retries={"total_max_attempts": 1})

    def run(self, *code: str, family: str = "plain", spot: bool = False, **container: Any) -> str:
        """Start a task of Python code, or else of the family's own command; returns its ARN."""
        override = {"name": "worker", **({"command": ["python", "-c", *code]} if code else {}), **container}
        started = self.api.run_task(
            cluster=CLUSTER,
            taskDefinition=family,
            capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT" if spot else "FARGATE", "weight": 1}],
            networkConfiguration=NETWORK,
            overrides={"containerOverrides": [override]},
        )
        assert not started["failures"]
        return str(started["tasks"][0]["taskArn"])

    def describe(self, task: str) -> dict[str, Any]:
        (found,) = self.api.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"]
        return dict(found)

    def until(self, task: str, status: str) -> dict[str, Any]:
        give_up = time.monotonic() + 60
        while (found := self.describe(task))["lastStatus"] != status:
            assert time.monotonic() < give_up, found
            time.sleep(0.05)
        return found

    def end(self, task: str) -> dict[str, Any]:
        return self.until(task, "STOPPED")

    def stop(self, task: str, reason: str = "enough") -> dict[str, Any]:
        return dict(self.api.stop_task(cluster=CLUSTER, task=task, reason=reason)["task"])

    def log(self, family: str = "plain") -> str:
        path = self.logs / f"task-{family}.log"  # which the family's first task makes
        return path.read_text("utf-8") if path.exists() else ""

    def until_logged(self, text: str, family: str = "plain") -> None:
        give_up = time.monotonic() + 60
        while text not in self.log(family):
            assert time.monotonic() < give_up
            time.sleep(0.05)

    def gauges(self) -> dict[str, Any]:
        return dict(ask(self.endpoint, TASKS_PATH))

    def processes(self, task: str) -> list[psutil.Process]:
        """All processes of a running task, its container's first, the command's second."""
        self.until(task, "RUNNING")
        (pid,) = [one["pid"] for one in self.gauges()["tasks"] if one["task"] == task.rsplit("/", 1)[-1]]
        container = psutil.Process(pid)
        return [container, *container.children(recursive=True)]


@pytest.fixture(scope="module")
def ecs(cloud: LocalCloud) -> Ecs:
    deploy(cloud.endpoint, [], [], tasks=SPECS)
    return Ecs(cloud.endpoint, cloud.logs)


@pytest.mark.parametrize("code", [0, 75, 1])
def test_an_exit_code_is_told(ecs: Ecs, code: int) -> None:
    found = ecs.end(ecs.run(f"import sys; sys.exit({code})"))
    assert found["containers"][0]["exitCode"] == code
    assert (found["stopCode"], found["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert found["createdAt"] <= found["startedAt"] <= found["stoppedAt"]
    assert (found["desiredStatus"], found["launchType"], found["capacityProviderName"]) == (
        "STOPPED",
        "FARGATE",
        "FARGATE",
    )


def test_a_running_task_has_neither_end_nor_exit_code(ecs: Ecs) -> None:
    task = ecs.run(SLEEP)
    found = ecs.until(task, "RUNNING")
    assert not {"stoppedAt", "stopCode", "stoppedReason"} & {name for name, value in found.items() if value}
    assert "exitCode" not in found["containers"][0]
    assert found["desiredStatus"] == "RUNNING"
    assert task in ecs.api.list_tasks(cluster=CLUSTER, desiredStatus="RUNNING")["taskArns"]
    ecs.stop(task)
    ecs.end(task)


def test_environment_and_overrides(ecs: Ecs) -> None:
    code = "import json, os; print('ENV', json.dumps(dict(os.environ) | {'cwd': os.getcwd()}))"
    ecs.end(ecs.run(code, environment=[{"name": "COLOUR", "value": "red"}, {"name": "EXTRA", "value": "ü"}]))
    (line,) = [line for line in ecs.log().splitlines() if line.startswith("ENV ")]
    told = json.loads(line.removeprefix("ENV "))
    assert (told["COLOUR"], told["SIZE"], told["EXTRA"], told["SHAPE"]) == ("red", "small", "ü", "round")
    assert (told["AWS_ENDPOINT_URL"], told["AWS_REGION"]) == (ecs.endpoint, "eu-central-1")
    assert told["cwd"] == str(APP)
    assert told["HOME"] == told["TMPDIR"] != os.environ["HOME"]
    assert not Path(told["HOME"]).exists()  # gone with the container
    assert "PYTEST_CURRENT_TEST" not in told


def test_the_definitions_own_command_and_its_log(ecs: Ecs) -> None:
    task = ecs.run()
    assert ecs.end(task)["containers"][0]["exitCode"] == 0
    assert "hello\n" in ecs.log()
    assert f"START Task: {task.rsplit('/', 1)[1]}" in ecs.log()


def test_a_killed_command_is_137(ecs: Ecs) -> None:
    found = ecs.end(ecs.run("import os; os.kill(os.getpid(), 9)"))
    assert found["containers"][0]["exitCode"] == 128 + signal.SIGKILL
    assert found["stopCode"] == "EssentialContainerExited"
    assert "reason" not in found["containers"][0]


def test_a_killed_container_takes_its_command_along(ecs: Ecs) -> None:
    task = ecs.run(SLEEP)
    while len(processes := ecs.processes(task)) < 2:
        time.sleep(0.02)
    processes[0].kill()
    assert ecs.end(task)["containers"][0]["exitCode"] == 137
    assert not psutil.wait_procs(processes, timeout=10)[1]


def test_memory_is_bounded_over_all_processes_of_a_task(ecs: Ecs) -> None:
    """Three processes of 200 MiB each pass 512 together; none of them passes it alone."""
    child = "import time; block = b'1' * (200 << 20); time.sleep(60)"
    code = (
        f"import subprocess, sys, time; [subprocess.Popen([sys.executable, '-c', {child!r}]) for _ in '123']; {SLEEP}"
    )
    before = ecs.gauges()["families"]["plain"]["out_of_memory"]
    found = ecs.end(ecs.run(code))
    assert found["containers"][0]["exitCode"] == 137
    told = "OutOfMemoryError: Container killed due to memory usage"
    assert (found["stoppedReason"], found["containers"][0]["reason"]) == (told, told)
    gauge = ecs.gauges()["families"]["plain"]
    assert gauge["out_of_memory"] == before + 1
    assert 512 << 20 < gauge["peak_memory_bytes"] < 1024 << 20


def test_pages_that_processes_share_count_once(ecs: Ecs) -> None:
    """Eight processes with the same 200 MiB are far from 512."""
    code = "import os, time; block = b'1' * (200 << 20); [os.fork() for _ in '123']; time.sleep(2)"
    assert ecs.end(ecs.run(code))["containers"][0]["exitCode"] == 0


def test_the_container_override_of_memory_holds(ecs: Ecs) -> None:
    found = ecs.end(ecs.run(f"block = b'1' * (200 << 20); {SLEEP}", memory=128))
    assert found["containers"][0]["exitCode"] == 137


def test_stop_task_lets_the_command_finish(ecs: Ecs) -> None:
    task = ecs.run(POLITE)
    ecs.until_logged("polite")
    assert ecs.stop(task)["lastStatus"] == "STOPPING"
    found = ecs.end(task)
    assert (found["stopCode"], found["stoppedReason"]) == ("UserInitiated", "enough")
    assert found["containers"][0]["exitCode"] == 75


def test_stop_task_kills_after_the_stop_timeout(ecs: Ecs) -> None:
    task = ecs.run(STUBBORN, family="hasty")
    ecs.until_logged("deaf", "hasty")
    began = time.monotonic()
    ecs.stop(task)
    assert ecs.end(task)["containers"][0]["exitCode"] == 137
    assert 1.9 < time.monotonic() - began < 8


def test_a_browsers_way_of_leaving_its_session_does_not_outlive_the_task(ecs: Ecs) -> None:
    orphan = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)"
    task = ecs.run(f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {orphan!r}]); time.sleep(3)")
    while len(processes := ecs.processes(task)) < 3 or processes[2].ppid() != processes[0].pid:
        time.sleep(0.05)
    assert ecs.end(task)["containers"][0]["exitCode"] == 0
    assert not psutil.wait_procs(processes, timeout=10)[1]


def test_a_spot_interruption(ecs: Ecs) -> None:
    task = ecs.run(POLITE, spot=True, environment=[{"name": "COLOUR", "value": "spot"}])
    while len(ecs.processes(task)) < 2:
        time.sleep(0.02)
    time.sleep(0.5)  # until its handler is set
    assert ask(ecs.endpoint, f"{INTERRUPT_PATH}?task={task}", method="POST") == {"task": task.rsplit("/", 1)[1]}
    found = ecs.end(task)
    assert (found["stopCode"], found["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")
    assert (found["containers"][0]["exitCode"], found["capacityProviderName"]) == (75, "FARGATE_SPOT")
    with pytest.raises(HTTPError, match="404"):
        ask(ecs.endpoint, f"{INTERRUPT_PATH}?task={task}", method="POST")


def test_only_tasks_on_spot_are_interrupted(ecs: Ecs) -> None:
    paid, spot = ecs.run(SLEEP), ecs.run(SLEEP, family="hasty", spot=True)
    for task in (paid, spot):
        ecs.until(task, "RUNNING")
    with pytest.raises(HTTPError, match="404"):
        ask(ecs.endpoint, f"{INTERRUPT_PATH}?task={paid}", method="POST")
    ask(ecs.endpoint, f"{INTERRUPT_PATH}?task=random", method="POST")
    assert ecs.end(spot)["stopCode"] == "SpotInterruption"
    assert ecs.describe(paid)["lastStatus"] == "RUNNING"
    ecs.stop(paid)
    ecs.end(paid)


def test_what_cannot_start_says_why(ecs: Ecs) -> None:
    found = ecs.end(ecs.run(family="lost"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith('CannotStartContainerError: exec: "no-such-program"')
    assert "exitCode" not in found["containers"][0]
    assert "startedAt" not in found
    deploy(ecs.endpoint, [], [], tasks=[TaskSpec("unpulled", "nowhere", ("true",), 256, 512)])
    found = ecs.end(ecs.run(family="unpulled"))
    assert found["stopCode"] == "TaskFailedToStart"
    assert "CannotPullContainerError: " in found["stoppedReason"]
    assert "The local cloud knows these: app." in found["stoppedReason"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"taskDefinition": "nobody"}, "ClientException.*Unable to describe task definition"),
        ({"cluster": "nowhere"}, "ClusterNotFoundException"),
        ({"networkConfiguration": {}}, "InvalidParameterException.*Network Configuration must be provided"),
        ({"capacityProviderStrategy": [{"capacityProvider": "EC2"}]}, "InvalidParameterException.*not associated"),
        (
            {"overrides": {"containerOverrides": [{"name": "other"}]}},
            "InvalidParameterException.*container named other is not",
        ),
    ],
)
def test_what_run_task_refuses(ecs: Ecs, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError, match=told):
        ecs.api.run_task(**{"cluster": CLUSTER, "taskDefinition": "plain", "networkConfiguration": NETWORK, **change})


def test_tasks_beyond_the_slots_wait(ecs: Ecs) -> None:
    ask(ecs.endpoint, TASKS_PATH, method="DELETE")
    tasks = [ecs.run(SLEEP) for _ in range(10)]
    for task in tasks[:8]:
        ecs.until(task, "RUNNING")
    waiting = [ecs.describe(task) for task in tasks[8:]]
    assert [task["lastStatus"] for task in waiting] == ["PROVISIONING"] * 2
    gauges = ecs.gauges()
    assert (gauges["slots"], gauges["running"], gauges["waiting"]) == (8, 8, 2)
    ecs.stop(tasks[9])
    stopped = ecs.end(tasks[9])
    assert stopped["stopCode"] == "UserInitiated"
    assert "exitCode" not in stopped["containers"][0]
    ecs.stop(tasks[0])
    ecs.until(tasks[8], "RUNNING")
    for task in tasks:
        ecs.stop(task)
    for task in tasks:
        ecs.end(task)
    gauge = ecs.gauges()["families"]["plain"]
    assert (gauge["started"], gauge["peak_running"], gauge["running"]) == (9, 8, 0)


@pytest.mark.parametrize("end", ["killed", "closed"])
def test_no_task_outlives_the_cloud(tmp_path: Path, end: str) -> None:
    """The cloud ends while a task runs whose child has left its session, and another waits."""
    code = f"""
import sys
from pathlib import Path
from hawker_orchestrator.local import cloud
from hawker_orchestrator.local.deploy import TaskSpec, deploy
from hawker_orchestrator.local.image import Image
image = Image(sys.executable, Path({str(APP)!r}), {{}}, "true")
running = cloud.start({{"app": image}}, Path({str(tmp_path)!r}), task_slots=1)
child = "import subprocess, sys; subprocess.run(['sleep', '60'], start_new_session=True)"
deploy(running.endpoint, [], [], tasks=[TaskSpec("doomed", "app", ("python", "-c", child), 256, 512)])
print(running.endpoint, flush=True)
sys.stdin.read()
running.close()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ecs = Ecs(process.stdout.readline().strip(), tmp_path)
    task = ecs.run(family="doomed")
    while len(processes := ecs.processes(task)) < 3:
        time.sleep(0.05)
    assert ecs.describe(ecs.run(family="doomed"))["lastStatus"] == "PROVISIONING"
    if end == "killed":
        process.kill()
    process.communicate(timeout=60)
    assert process.returncode == (-9 if end == "killed" else 0)
    assert not psutil.wait_procs(processes, timeout=20)[1]


# --- Step Functions -------------------------------------------------------------------------------


def run_task(*code: str, spot: str = "FARGATE_SPOT", **fields: Any) -> dict[str, Any]:
    """A state that runs a task and waits for it."""
    override = {"Name": "worker", "Command": ["python", "-c", *code]}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": CLUSTER,
            "TaskDefinition": "hasty",
            "CapacityProviderStrategy": [{"CapacityProvider": spot, "Weight": 1}],
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {"Subnets.$": "States.StringSplit('a,b', ',')", "AssignPublicIp": "DISABLED"}
            },
            "Overrides": {"ContainerOverrides": [override]},
        },
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


CAUGHT = {"Type": "Pass", "End": True}


def catch(error: str) -> list[dict[str, Any]]:
    return [{"ErrorEquals": [error], "ResultPath": "$.error", "Next": "Caught"}]


def running(ecs: Ecs) -> list[str]:
    return list(ecs.api.list_tasks(cluster=CLUSTER, desiredStatus="RUNNING")["taskArns"])


@pytest.mark.usefixtures("ecs")
def test_a_state_waits_for_its_task_and_gets_its_description(aws: Aws) -> None:
    output = aws.run(machine(Work=run_task("pass")))["output"]
    assert output["Containers"][0]["ExitCode"] == 0
    assert (output["LastStatus"], output["CapacityProviderName"]) == ("STOPPED", "FARGATE_SPOT")
    assert output["StartedBy"] == "AWS Step Functions"
    assert isinstance(output["StoppedAt"], int)


@pytest.mark.usefixtures("ecs")
def test_another_exit_code_than_0_is_a_failed_task_with_its_description(aws: Aws) -> None:
    told = aws.run(machine(Work=run_task("import sys; sys.exit(75)", Catch=catch("States.TaskFailed")), Caught=CAUGHT))
    assert told["output"]["error"]["Error"] == "States.TaskFailed"
    task = json.loads(told["output"]["error"]["Cause"])
    assert task["Containers"][0]["ExitCode"] == 75
    assert task["StopCode"] == "EssentialContainerExited"


@pytest.mark.usefixtures("ecs")
def test_a_task_that_never_started_fails_without_an_exit_code(aws: Aws) -> None:
    state = run_task(Catch=catch("States.TaskFailed"))
    state["Parameters"] |= {"TaskDefinition": "lost", "Overrides": {}}
    read = {"Type": "Pass", "Parameters": {"task.$": "States.StringToJson($.error.Cause)"}, "Next": "Ask"}
    ask_for_it = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.task.Containers[0].ExitCode", "IsPresent": True, "Next": "Wrong"}],
        "Default": "Done",
    }
    definition = machine(Work=state, Caught=read, Ask=ask_for_it, Wrong={"Type": "Fail"}, Done=CAUGHT)
    told = aws.run(definition)
    assert told["status"] == "SUCCEEDED", told
    assert told["output"]["task"]["StopCode"] == "TaskFailedToStart"


@pytest.mark.usefixtures("ecs")
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"TaskDefinition": "nobody"}, "ECS.ClientException"),
        ({"Cluster": "nowhere"}, "ECS.ClusterNotFoundException"),
        ({"NetworkConfiguration": {}}, "ECS.InvalidParameterException"),
    ],
)
def test_a_refused_call_is_an_error_of_ecs(aws: Aws, change: dict[str, Any], error: str) -> None:
    state = run_task("pass", Catch=catch("States.ALL"))
    state["Parameters"] |= change
    assert aws.run(machine(Work=state, Caught=CAUGHT))["output"]["error"]["Error"] == error


@pytest.mark.usefixtures("ecs")
def test_a_throttled_call_is_retried(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(*_: Any, **__: Any) -> None:
        monkeypatch.undo()
        raise ServiceException("ThrottlingException", "Rate exceeded")

    monkeypatch.setattr(ProcessEcsBackend, "run_task", throttled)
    retry = [{"ErrorEquals": ["ECS.AmazonECSException"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    assert aws.run(machine(Work=run_task("pass", Retry=retry)))["status"] == "SUCCEEDED"


@pytest.mark.usefixtures("ecs")
def test_no_capacity_is_caught(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}
    monkeypatch.setattr(EC2ContainerServiceResponse, "run_task", lambda _: ActionResult(told))
    output = aws.run(machine(Work=run_task("pass", Catch=catch("States.ALL")), Caught=CAUGHT))["output"]
    assert output["error"]["Error"] == "AmazonECS.Unknown"
    assert json.loads(output["error"]["Cause"])["Failures"][0]["Reason"] == "Capacity is unavailable at this time."


def test_a_timed_out_state_stops_its_task(aws: Aws, ecs: Ecs) -> None:
    state = run_task(STUBBORN, TimeoutSeconds=2, Catch=catch("States.Timeout"))
    execution = aws.start(machine(Work=state, Caught=CAUGHT))
    while not (tasks := running(ecs)):
        time.sleep(0.05)
    assert aws.finish(execution)["output"]["error"]["Error"] == "States.Timeout"
    found = ecs.end(tasks[0])
    assert (found["stopCode"], found["containers"][0]["exitCode"]) == ("UserInitiated", 137)


def test_a_stopped_execution_stops_the_tasks_of_its_map(aws: Aws, ecs: Ecs) -> None:
    definition = machine(Map=distributed(machine(Work=run_task(SLEEP)), MaxConcurrency=3))
    execution = aws.start(definition, aws.manifest([1, 2, 3, 4, 5]))
    while len(tasks := running(ecs)) < 3:
        time.sleep(0.05)
    for task in tasks:
        ecs.until(task, "RUNNING")
    aws.states.stop_execution(executionArn=execution)
    for task in tasks:
        assert ecs.end(task)["stopCode"] == "UserInitiated"
    time.sleep(1)
    assert not running(ecs)


def test_a_map_of_tasks_keeps_to_its_concurrency(aws: Aws, ecs: Ecs) -> None:
    ask(ecs.endpoint, TASKS_PATH, method="DELETE")
    work = run_task("import time; time.sleep(0.3)", ResultSelector={"code.$": "$.Containers[0].ExitCode"})
    told = aws.run(machine(Map=distributed(machine(Work=work), MaxConcurrency=4)), aws.manifest(list(range(12))))
    assert told["output"] == [{"code": 0}] * 12
    gauge = ecs.gauges()["families"]["hasty"]
    assert (gauge["started"], gauge["peak_running"], gauge["failed"]) == (12, 4, 0)


@pytest.fixture(autouse=True)
def _nothing_is_left(ecs: Ecs) -> Iterator[None]:
    yield
    assert not running(ecs)
