"""Runs a program for as long as its owner lives; then kills all that came of it and removes their folder.

`python guard.py FOLDER PROGRAM [ARGUMENT]...`. The owner holds the other end of the standard input: however it ends,
SIGKILL included, the kernel closes that end. A script of its own, which knows the standard library alone.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_MOST_SECONDS = 30  # of the cleaning up


def descendants(root: int) -> list[int]:
    """The process ids of a process's children, theirs, and so on."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_bytes().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = list(children.get(root, ()))
    for pid in found:
        found += children.get(pid, ())  # read on as it grows
    return found


def main(folder: str, *command: str) -> None:
    """Run the command until it or our input ends."""
    # What leaves its session and its parent, as Chromium's crash handlers do, becomes a child of ours.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core of a browser fills a disk
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=folder)  # noqa: S603  the owner's command
        select.select([sys.stdin, os.pidfd_open(program.pid)], [], [])
    finally:
        signal.alarm(_MOST_SECONDS)
        with suppress(ChildProcessError):  # until there are none
            while True:
                for pid in descendants(os.getpid()):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                os.waitpid(-1, 0)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
