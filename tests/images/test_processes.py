"""The local cloud's promises about its processes hold for those in a built image: limits, signals, logs, no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from hawker_orchestrator.local.container import Container
from hawker_orchestrator.local.spawn import Spawner

from .lab import as_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hawker_orchestrator.local.image import Image
    from infra.images.buildah import Root

# Says so once it runs, and ends with 75 on SIGTERM; a child of its own session would outlive it.
OBEDIENT = """
import signal, subprocess, sys
child = subprocess.Popen(["sleep", "300"], start_new_session=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
print("child", child.pid, flush=True)
signal.pause()
"""


@pytest.fixture(scope="module")
def image(roots: dict[str, Root]) -> Image:
    return as_image(roots["lambda"])


@pytest.fixture
def spawner() -> Iterator[Spawner]:
    made = Spawner()
    yield made
    made.close()


def test_memory_is_limited(image: Image, spawner: Spawner, tmp_path: Path) -> None:
    code = "b = bytearray(64 << 20); print('small'); b = bytearray(512 << 20); print('large')"
    log = tmp_path / "log"
    assert spawned(spawner, image, ("python", "-c", code), log, memory_mb=256).wait(60) == 1
    said = log.read_text().splitlines()
    assert "small" in said
    assert "MemoryError" in said
    assert "large" not in said


def test_exit_codes_and_signals_are_the_programs_own(image: Image, spawner: Spawner, tmp_path: Path) -> None:
    for code, expected in (("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", -9)):
        assert spawned(spawner, image, ("python", "-c", code), tmp_path / "log").wait(60) == expected


def test_nothing_of_this_machines_environment_gets_in(image: Image, spawner: Spawner, tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"import os; print(*os.environ); print(os.path.exists({__file__!r}))"
    spawned(spawner, image, ("python", "-c", code), log).wait(60)
    names, exists = log.read_text().splitlines()
    assert set(image.env) <= set(names.split()) <= {*image.env, "PWD", "OLDPWD", "SHLVL", "_"}
    assert exists == "False"


def test_a_tasks_container_passes_on_sigterm_and_leaves_nothing(image: Image, tmp_path: Path) -> None:
    container, log = contained(image, tmp_path)
    child = reported(log)
    container.terminate()
    assert container.wait() == 75
    assert gone(child)


def test_a_killed_container_takes_all_with_it(image: Image, tmp_path: Path) -> None:
    container, log = contained(image, tmp_path)
    child = reported(log)
    container.kill()
    assert container.wait() == 128 + signal.SIGKILL
    assert gone(child)


def test_no_process_outlives_a_killed_cloud(image: Image, tmp_path: Path) -> None:
    """The parent-death signal survives the change of user."""
    argv = image.start(("sleep", "301"))
    code = (
        "import os, sys, time; from pathlib import Path; from hawker_orchestrator.local.spawn import Spawner\n"
        "spawner = Spawner()\n"  # whose end is that of all it has started
        "process = spawner.start(sys.argv[2:], cwd=Path('/'), env=dict(os.environ), log_fd=1, memory_mb=64)\n"
        "Path(sys.argv[1]).write_text(str(process.pid)); time.sleep(300)"
    )
    note = tmp_path / "pid"
    cloud = subprocess.Popen([sys.executable, "-c", code, str(note), *argv], env={**os.environ, **image.env})
    try:
        until(lambda: note.exists() and note.read_text())
        sandbox = psutil.Process(int(note.read_text()))
        until(lambda: sandbox.name() == "sleep")
        assert sandbox.uids().effective == 10001
    finally:
        cloud.kill()
        cloud.wait()
    until(lambda: not sandbox.is_running())


def spawned(
    spawner: Spawner, image: Image, argv: tuple[str, ...], log: Path, memory_mb: int = 512
) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        command, there = image.start(argv), image.host_cwd
        return spawner.start(command, cwd=there, env=image.env, log_fd=file.fileno(), memory_mb=memory_mb)


def contained(image: Image, folder: Path) -> tuple[Container, Path]:
    log = folder / "log"
    with log.open("ab") as file:
        argv = image.start(("python", "-c", OBEDIENT))
        return Container(argv, cwd=image.host_cwd, env=image.env, log_fd=file.fileno()), log


def reported(log: Path) -> int:
    until(lambda: "child" in log.read_text())
    return int(log.read_text().split()[1])


def gone(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked for its exit code yet."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def until(true: Callable[[], object]) -> None:
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)
