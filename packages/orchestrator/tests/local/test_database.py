"""The embedded PostgreSQL, through restarts and kills."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
import sqlalchemy

from hawker_orchestrator.local import database
from hawker_orchestrator.local.errors import LocalCloudError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a cluster in it, for the whole module: initdb takes half a second."""
    path = tmp_path_factory.mktemp("data")
    yield path
    database.stop(path)


@pytest.fixture
def url(folder: Path) -> str:
    """The URL of a running server with one row in its table."""
    url = database.start(folder)
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists kept (word text)")
        connection.execute("truncate kept")
        connection.execute("insert into kept values ('kept')")
    return url


def words(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [word for (word,) in connection.execute("select word from kept")]


def test_the_url_serves_psycopg_and_sqlalchemy(url: str) -> None:
    assert words(url) == ["kept"]
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("select current_database()")).scalar() == "hawker"
    engine.dispose()


def test_the_settings_suit_a_fleet(url: str) -> None:
    with psycopg.connect(url) as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()
            for name in ("max_connections", "fsync", "server_encoding", "listen_addresses", "server_version")
        }
    assert str(shown["server_version"]).startswith("('18")
    assert [shown[name] for name in ("max_connections", "fsync", "server_encoding", "listen_addresses")] == [
        ("200",), ("on",), ("UTF8",), ("",),
    ]  # fmt: skip


def test_starting_again_takes_the_running_server(folder: Path, url: str) -> None:
    pid = database.pid(folder)
    assert database.start(folder) == url
    assert database.pid(folder) == pid


def test_a_stop_is_complete_and_a_start_finds_the_data(folder: Path, url: str) -> None:
    pid = database.pid(folder)
    assert pid is not None
    database.stop(folder)
    assert database.pid(folder) is None
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    database.stop(folder)
    assert words(database.start(folder)) == ["kept"]
    assert database.start(folder) == url


def test_a_restart_breaks_connections_and_keeps_the_data(folder: Path, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        assert database.restart(folder) == url
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert words(url) == ["kept"]


@pytest.mark.usefixtures("url")
def test_a_killed_server_recovers_its_data(folder: Path) -> None:
    pid = database.pid(folder)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert words(database.start(folder)) == ["kept"]
    assert database.pid(folder) not in {None, pid}


def test_a_server_outlives_its_killed_owner_and_is_taken_over(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib\n"
        "from hawker_orchestrator.local import database\n"
        "print(database.start(pathlib.Path(sys.argv[1])), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        owner.kill()
    pid = database.pid(tmp_path)
    assert pid is not None
    assert database.start(tmp_path) == url
    assert database.pid(tmp_path) == pid
    database.stop(tmp_path)
    assert database.pid(tmp_path) is None


def test_a_hanging_server_is_replaced(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_ANSWER_S", 1)
    monkeypatch.setattr(database, "_SHUTDOWN_S", 1)
    pid = database.pid(folder)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert database.start(folder) == url
    assert database.pid(folder) not in {None, pid}
    assert words(url) == ["kept"]


@pytest.mark.parametrize("pid", [1, 2**22 - 3], ids=["a stranger's process", "no process"])
def test_a_stale_pid_file_is_no_hindrance(folder: Path, url: str, pid: int) -> None:
    database.stop(folder)
    stale = f"{pid}\n{folder}/postgres\n1700000000\n5432\n{folder}/postgres\n\n  123  456\nready\n"
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (folder / "postgres" / name).write_text(stale)
    assert words(database.start(folder)) == ["kept"]
    assert database.start(folder) == url


def test_an_interrupted_initialisation_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir(mode=0o700)
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18")
    url = database.start(tmp_path)
    try:
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        database.stop(tmp_path)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "thesis.txt").write_text("mine")
    with pytest.raises(LocalCloudError, match="holds no PostgreSQL cluster"):
        database.start(tmp_path)
    assert (tmp_path / "postgres" / "thesis.txt").read_text() == "mine"


def test_a_long_path_with_spaces_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder" / ("long" * 25)
    url = database.start(folder)
    sockets = Path(url.rsplit("host=", 1)[1])
    try:
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert sockets.stat().st_mode & 0o777 == 0o700
        pid = database.pid(folder)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    finally:
        database.stop(folder)
    assert not sockets.exists()


def test_a_cluster_that_cannot_start_says_why(tmp_path: Path) -> None:
    database.start(tmp_path)
    database.stop(tmp_path)
    with (tmp_path / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = nonsense\n")
    began = time.monotonic()
    with pytest.raises(LocalCloudError, match=r"FATAL: .* contains errors .*server\.log") as caught:
        database.start(tmp_path)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - began < 20
    assert database.pid(tmp_path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_a_private_home_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    entry = namedtuple("Entry", ["pw_dir"])(str(home))  # noqa: PYI024  # a stand-in of one field
    monkeypatch.setattr(pwd, "getpwall", lambda: [entry])
    with pytest.raises(LocalCloudError, match=r"may not pass .*/home to .*: set HAWKER_DATA_DIR"):
        database.start(home / "data")
    assert home.stat().st_mode & 0o777 == 0o700
