"""The background process: up, down, status, and what is left when it is killed."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from hawker_orchestrator.local import daemon, database
from hawker_orchestrator.local.deploy import FunctionSpec, deploy
from hawker_orchestrator.local.errors import LocalCloudError
from hawker_orchestrator.local.image import Image

from .support import APP, Aws

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_DATABASE = "postgresql://nobody@127.0.0.1:1/nothing"


IMAGE = Image(sys.executable, APP, {}, "functions.handle")


@pytest.fixture
def options(tmp_path: Path) -> Iterator[daemon.Options]:
    """Options of a cloud without a database of its own, which is stopped after the test."""
    yield daemon.Options({"app": IMAGE}, data_dir=tmp_path / "data", database_url=NO_DATABASE)
    daemon.down(tmp_path / "data")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[daemon.Options, daemon.State]]:
    """A cloud for the tests that leave it as it is, started from a shell that is set up for AWS."""
    options = daemon.Options({"app": IMAGE}, data_dir=tmp_path_factory.mktemp("running"), database_url=NO_DATABASE)
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("AWS_PROFILE", "of-another-machine")
        shell.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        yield options, daemon.up(options)
        daemon.down(options.data_dir)


def ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def within(seconds: float, pid: int) -> bool:
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + seconds
    while not ended(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def sandbox(state: daemon.State) -> int:
    """Deploy a function, invoke it and return its sandbox's process id."""
    deploy(state.endpoint, [FunctionSpec("probe", "app", "functions.handle", 30, 256)], [])
    return int(Aws(state.endpoint, state.logs).invoke()[1]["pid"])


def test_up_status_down_with_the_embedded_database(options: daemon.Options) -> None:
    options = replace(options, database_url=None)
    assert daemon.status(options.data_dir) is None
    state = daemon.up(options)
    assert daemon.status(options.data_dir) == state
    with psycopg.connect(state.database_url) as connection:
        connection.execute("create table kept (word text)")
    warm = sandbox(state)
    assert (state.logs / "lambda-probe.log").exists()
    assert daemon.up(options) == state
    assert daemon.down(options.data_dir)
    assert daemon.status(options.data_dir) is None
    assert ended(state.pid)
    assert within(5, warm)
    assert database.pid(options.data_dir) is None
    assert not daemon.down(options.data_dir)


def test_a_killed_cloud_leaves_no_sandbox_and_comes_up_again_with_its_data(options: daemon.Options) -> None:
    options = replace(options, database_url=None)
    first = daemon.up(options)
    with psycopg.connect(first.database_url) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('kept')")
    frozen = sandbox(first)
    os.kill(first.pid, signal.SIGKILL)
    assert within(5, first.pid)
    assert within(5, frozen)
    assert daemon.status(options.data_dir) is None
    assert not (options.data_dir / "local-cloud.json").exists()
    second = daemon.up(options)
    assert second.pid != first.pid
    with psycopg.connect(second.database_url) as connection:
        assert connection.execute("select word from kept").fetchone() == ("kept",)
    sandbox(second)


def test_a_given_database_is_used_and_none_is_started(running: tuple[daemon.Options, daemon.State]) -> None:
    options, state = running
    assert state.database_url == NO_DATABASE
    assert database.pid(options.data_dir) is None


def test_the_state_file_is_its_owners_alone(running: tuple[daemon.Options, daemon.State]) -> None:
    options, _ = running
    assert (options.data_dir / "local-cloud.json").stat().st_mode & 0o777 == 0o600


def test_the_users_aws_settings_do_not_reach_it(running: tuple[daemon.Options, daemon.State]) -> None:
    _, state = running
    assert sandbox(state) > 0


def test_other_options_are_refused_while_it_runs(running: tuple[daemon.Options, daemon.State]) -> None:
    options, state = running
    for other in (replace(options, region="us-east-1"), replace(options, port=1)):
        with pytest.raises(LocalCloudError, match="with other options runs at http://127"):
            daemon.up(other)
    assert daemon.up(replace(options, port=int(state.endpoint.rsplit(":", 1)[1]))) == state
    assert daemon.status(options.data_dir) == state


def test_the_images_of_a_running_cloud_are_replaced(running: tuple[daemon.Options, daemon.State]) -> None:
    options, state = running
    old = sandbox(state)
    assert daemon.up(replace(options, images={"app": replace(IMAGE, env={"SHAPE": "square"})})) == state
    _, answer = Aws(state.endpoint, state.logs).invoke(do="environment")
    assert answer["env"]["SHAPE"] == "square"
    assert within(5, old)


def test_two_at_once_get_the_same_cloud(options: daemon.Options) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(daemon.up, [options, options])
    assert first == second


def test_a_taken_port_is_told_and_nothing_is_left_running(options: daemon.Options) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalCloudError) as caught:
            daemon.up(replace(options, database_url=None, port=port))
    assert str(caught.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another port"
    assert daemon.status(options.data_dir) is None
    assert database.pid(options.data_dir) is None


def test_a_process_that_dies_at_its_start_is_told(options: daemon.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(LocalCloudError, match=r"the local cloud does not start: .*local-cloud\.log") as caught:
        daemon.up(options)
    assert "\n" not in str(caught.value)


def test_a_hanging_cloud_is_not_running_and_is_replaced(
    options: daemon.Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "_ANSWER_S", 0.5)
    monkeypatch.setattr(daemon, "_STOP_S", 0.5)
    hanging = daemon.up(options)
    os.kill(hanging.pid, signal.SIGSTOP)
    assert daemon.status(options.data_dir) is None
    assert daemon.up(options).pid != hanging.pid
    assert ended(hanging.pid)


def test_a_strangers_process_of_the_same_id_is_not_ours(options: daemon.Options) -> None:
    state = daemon.up(options)
    os.kill(state.pid, signal.SIGKILL)
    replace(state, pid=os.getpid()).save(options.data_dir)
    assert daemon.status(options.data_dir) is None
    assert not daemon.down(options.data_dir)


def test_a_broken_state_file_is_no_hindrance(options: daemon.Options) -> None:
    options.data_dir.mkdir()
    (options.data_dir / "local-cloud.json").write_text("{")
    assert daemon.status(options.data_dir) is None
    assert not daemon.down(options.data_dir)


def test_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAWKER_DATA_DIR", "~/elsewhere")
    assert daemon.default_data_dir() == Path("~/elsewhere").expanduser()
    monkeypatch.delenv("HAWKER_DATA_DIR")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert daemon.default_data_dir() == Path("/var/lib/hawker")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert daemon.default_data_dir().name == "hawker"
