"""A task's container: a process that starts the task's command, and that nothing of the task outlives.

A browser's processes leave their parent's group and session, so ending the command would leave them behind. Inside, the
container adopts orphans (Linux) and ends all its descendants when the command has ended, or when the cloud has gone.

The container's standard input is its line to the cloud: first the order as a line of JSON, then a byte for each SIGTERM
to pass on. Its end, which comes when the cloud closes it or dies, means SIGKILL for all.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PR_SET_CHILD_SUBREAPER: Final = 36  # prctl(2)


class Container:
    """A container as the cloud sees it; every method may be called from any thread."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log_fd: int) -> None:
        """Start `argv` with exactly `env`, but for HOME and TMPDIR, which are a folder that goes with the container.

        Both outputs go to `log_fd`.
        """
        self._process = subprocess.Popen(  # noqa: S603  # this very module
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=log_fd,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._line = threading.Lock()
        self._send(json.dumps({"argv": list(argv), "cwd": str(cwd), "env": dict(env)}).encode() + b"\n")

    @property
    def pid(self) -> int:
        """The container's own process; all of the task's are its descendants."""
        return self._process.pid

    def terminate(self) -> None:
        """Send SIGTERM to the command."""
        self._send(b".")

    def kill(self) -> None:
        """SIGKILL everything in the container."""
        with self._line, suppress(BrokenPipeError):
            self._pipe.close()

    def wait(self) -> int:
        """Wait for the end and return the command's exit code: 128 and the signal's number where one ended it."""
        code = self._process.wait()
        self.kill()  # close the pipe
        return code if code >= 0 else 128 - code

    @property
    def _pipe(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise ValueError("the container was started without a pipe")
        return self._process.stdin

    def _send(self, message: bytes) -> None:
        with self._line, suppress(BrokenPipeError):
            if not self._pipe.closed:
                self._pipe.write(message)
                self._pipe.flush()


def main() -> int:
    """Be the container's first process; returns its exit code."""
    with open(0, "rb", buffering=0, closefd=False) as line:  # a file descriptor
        order = json.loads(line.readline())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Should the container itself be killed, its command at least goes with it.
    setpriv = shutil.which("setpriv")
    death = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    with TemporaryDirectory(prefix="hawker-task-", ignore_cleanup_errors=True) as scratch:
        command = subprocess.Popen(  # noqa: S603  # what the task definition says
            [*death, *order["argv"]],
            cwd=order["cwd"],
            env={"HOME": scratch, "TMPDIR": scratch, **order["env"]},
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        threading.Thread(target=_obey, args=(command.pid,), daemon=True).start()
        code = _wait(command.pid)
        _end_all(command.pid)
    return code if code >= 0 else 128 - code


def _obey(command: int) -> None:
    while os.read(0, 1):
        with suppress(ProcessLookupError):
            os.kill(command, signal.SIGTERM)
    _end_all(command)


def _wait(command: int) -> int:
    """Return the command's exit code, negative for a signal; orphans that end meanwhile are laid to rest."""
    while True:
        pid, status = os.wait()
        if pid == command:
            return os.waitstatus_to_exitcode(status)


def _end_all(command: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(command, signal.SIGKILL)  # elsewhere than on Linux an orphan is no descendant any more
    while living := [process for process in psutil.Process().children(recursive=True) if _lives(process)]:
        for process in living:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.02)


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


if __name__ == "__main__":
    sys.exit(main())
