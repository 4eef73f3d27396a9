"""One Lambda execution environment: a process of `awslambdaric` that takes one event at a time.

Between events the process is stopped (SIGSTOP) as Lambda freezes it, so a handler's threads cannot work on after the
answer. It costs two signals per invocation, and is left out where a stopped process could outlive a killed cloud.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

import psutil

from .runtime_api import Answered, Event, Exited, Failed, Invocation, RuntimeApi, Started

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .spawn import Spawner

# AWS gives a cold start 10 s with a processor of its own; here forty may start at once on two.
INIT_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """What to run, under which limits. `env` is the whole environment but for the Runtime API's address."""

    argv: tuple[str, ...]  # a runtime that has been told its handler
    cwd: Path
    env: Mapping[str, str]
    memory_mb: int
    timeout_s: float
    function_arn: str
    version: str
    log: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """An invocation's end: the handler's answer, or Lambda's error document, as JSON."""

    body: bytes
    error: bool = False


class SandboxGoneError(Exception):
    """A warm sandbox died before it took the event: another one must take it."""


class Sandbox:
    """A running environment. Not thread-safe: whoever invokes it owns it until `invoke` returns."""

    def __init__(self, spec: SandboxSpec, spawner: Spawner) -> None:
        self.spec = spec
        self.peak_rss = 0  # bytes, as of the last invocation
        self._freezes = spawner.orphans_die
        self._warm = False
        self._gone = threading.Event()
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._api = RuntimeApi(self._events)
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        # Appended to by every sandbox of the function: with O_APPEND each write lands whole.
        self._log_fd = os.open(spec.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._process = spawner.start(
            spec.argv,
            cwd=spec.cwd,
            env={**spec.env, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            log_fd=self._log_fd,
            memory_mb=spec.memory_mb,
        )
        threading.Thread(target=self._watch, name=f"sandbox-{self._process.pid}", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process can take another event."""
        return not self._gone.is_set()

    def invoke(self, payload: bytes) -> Outcome:
        """Run one event and return its outcome; afterwards the sandbox is frozen, or dead.

        Raises:
            SandboxGoneError: it died while idle; the event was not taken.
        """
        request_id = str(uuid.uuid4())
        self._log(f"START RequestId: {request_id} Version: {self.spec.version}")
        self._signal(signal.SIGCONT)
        self._api.offer(Invocation(request_id, payload, self.spec.function_arn, self.spec.timeout_s))
        began = time.monotonic()
        outcome = self._outcome(request_id)
        if self.alive:
            self.peak_rss = max(self.peak_rss, _peak_rss(self._process.pid))
        self._log(
            f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\t"
            f"Duration: {(time.monotonic() - began) * 1000:.2f} ms\tMemory Size: {self.spec.memory_mb} MB\t"
            f"Max Memory Used: {self.peak_rss >> 20} MB" + ("\tStatus: error" if outcome.error else "")
        )
        self._warm = True
        if self._freezes:
            self._signal(signal.SIGSTOP)
        return outcome

    def kill(self) -> None:
        """End the process and whatever it started; safe to call twice and from any thread."""
        self._signal(signal.SIGKILL)
        self._gone.wait()

    def _outcome(self, request_id: str) -> Outcome:
        deadline = time.monotonic() + INIT_TIMEOUT_S
        started = False
        while True:
            try:
                event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                self.kill()
                return self._timed_out(request_id, self.spec.timeout_s if started else INIT_TIMEOUT_S)
            match event:
                case Started():
                    started = True
                    deadline = time.monotonic() + self.spec.timeout_s
                case Answered(body):
                    return Outcome(body)
                case Failed(body, init):
                    if init:
                        self.kill()
                    elif _error_type(body) == "MemoryError":
                        # RLIMIT_DATA fails an allocation where Lambda kills the process: answer as Lambda does.
                        self.kill()
                        return self._exited(request_id, -signal.SIGKILL)
                    return Outcome(body, error=True)
                case Exited(code):
                    if self._warm and not started:
                        raise SandboxGoneError
                    return self._exited(request_id, code)

    def _timed_out(self, request_id: str, seconds: float) -> Outcome:
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return self._fault("Sandbox.Timedout", f"{stamp} {request_id} Task timed out after {seconds:.2f} seconds")

    def _exited(self, request_id: str, code: int) -> Outcome:
        if code < 0:
            reason = f"with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
        elif code > 0:
            reason = f"with error: exit status {code}"
        else:
            reason = "without providing a reason"
        return self._fault("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited {reason}")

    def _fault(self, error_type: str, message: str) -> Outcome:
        self._log(message)
        return Outcome(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), error=True)

    def _watch(self) -> None:
        code = self._process.wait()
        self._gone.set()
        self._events.put(Exited(code))
        self._api.close()
        os.close(self._log_fd)

    def _signal(self, number: signal.Signals) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _log(self, text: str) -> None:
        with self.spec.log.open("ab", buffering=0) as log:
            log.write(f"{text}\n".encode())


def _error_type(body: bytes) -> str:
    """Return the type that `awslambdaric` names in its error document."""
    document = json.loads(body)
    return str(document.get("errorType", ""))


def _peak_rss(pid: int) -> int:
    """Return the process's largest resident size in bytes (outside Linux: its present one)."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
        return int(psutil.Process(pid).memory_info().rss)
    except (OSError, psutil.Error):
        return 0  # it died in between
