"""What the functions of the local cloud's tests do: one handler, told by its event."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any


class BlockedError(Exception):
    pass


def handle(event: dict[str, Any], context: Any) -> Any:
    """Do `event["do"]`; `event["mark"]`, a folder, gets a file per invocation."""
    if "mark" in event:
        Path(event["mark"], context.aws_request_id).touch()
    return globals()[f"do_{event.get('do', 'echo')}"](event, context)


def do_echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "event": event,
        "pid": os.getpid(),
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "remaining_ms": context.get_remaining_time_in_millis(),
    }


def do_environment(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"env": dict(os.environ), "cwd": str(Path.cwd())}


def do_raise(event: dict[str, Any], _context: Any) -> None:
    raise BlockedError(event.get("message", "403"))


def do_fail_times(event: dict[str, Any], _context: Any) -> str:
    """Raise until the folder `mark` holds more than `times` files."""
    if len(list(Path(event["mark"]).iterdir())) <= event["times"]:
        raise BlockedError("429")
    return "at last"


def do_error_document(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer what looks like an error."""
    return {"errorMessage": "m", "errorType": "T", "requestId": "r", "stackTrace": []}


def do_sleep(event: dict[str, Any], _context: Any) -> int:
    time.sleep(event["seconds"])
    return os.getpid()


def do_hang_with_child(event: dict[str, Any], _context: Any) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(event["pid_file"]).write_text(str(child.pid), encoding="ascii")
    time.sleep(60)


def do_allocate(event: dict[str, Any], _context: Any) -> int:
    blocks = [b"\1" * (1 << 20) for _ in range(event["mib"])]
    return len(blocks)


def do_exit(event: dict[str, Any], _context: Any) -> None:
    os._exit(event["code"])


def do_meet(event: dict[str, Any], _context: Any) -> int:
    """Wait until `count` invocations are here at once: fails where they cannot be."""
    deadline = time.monotonic() + 60
    while len(list(Path(event["mark"]).iterdir())) < event["count"]:
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)
    return os.getpid()


def do_work_on(event: dict[str, Any], _context: Any) -> None:
    """Leave a thread behind that makes a file grow."""

    def count() -> None:
        with Path(event["growing"]).open("ab", buffering=0) as growing:
            for _ in range(1000):
                growing.write(b".")
                time.sleep(0.01)

    threading.Thread(target=count, daemon=True).start()


def do_print(event: dict[str, Any], _context: Any) -> None:
    sys.stdout.write(f"{event['line']}\n")
