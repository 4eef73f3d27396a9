"""All tasks of the local cloud: so many at once, each within its memory, stopped as ECS stops them, and gauges.

A task that finds no free slot waits, PROVISIONING, as on a laptop there is no further capacity to be had.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import threading
import time
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from .container import Container
from .task_memory import exact, resident, trees

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .image import Image

_LOG = logging.getLogger(__name__)

DEFAULT_SLOTS: Final = 8
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
SPOT_NOTICE_S: Final = 120
_SAMPLE_S: Final = 0.25

# What DescribeTasks says: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
EXITED: Final = "EssentialContainerExited"
NOT_STARTED: Final = "TaskFailedToStart"
INTERRUPTED: Final = "SpotInterruption"
STOPPED_BY_USER: Final = "UserInitiated"
_OUT_OF_MEMORY: Final = "OutOfMemoryError: Container killed due to memory usage"


@dataclass(frozen=True, slots=True)
class Order:
    """What a task is to run. `env` is its whole environment, `memory_mb` (MiB) bounds all its processes together."""

    family: str
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    memory_mb: int
    stop_timeout_s: int
    spot: bool


@dataclass(eq=False, slots=True)
class Run:
    """A task as it is now, in the words of DescribeTasks; `container_reason` is the container's."""

    id: str
    order: Order
    status: str = "PROVISIONING"
    started_at: float | None = None
    stopping_at: float | None = None
    stopped_at: float | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    container_reason: str | None = None
    exit_code: int | None = None
    container: Container | None = None
    kill_timer: threading.Timer | None = None
    memory: int = 0  # bytes, resident, as of the last sample
    peak_resident: int = 0
    place: Future[None] | None = None
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Gauge:
    """What one family's tasks did since the cloud started or the gauges were reset."""

    running: int = 0
    peak_running: int = 0
    started: int = 0
    failed: int = 0  # ended with another exit code than 0, or never started
    stopped: int = 0  # by StopTask
    interrupted: int = 0
    out_of_memory: int = 0
    peak_memory_bytes: int = 0  # of one task: all its processes, pages that they share counted once


class TaskFleet:
    """Runs tasks, each in a container of its own."""

    def __init__(self, images: Mapping[str, Image], logs: Path, endpoint: str, slots: int = DEFAULT_SLOTS) -> None:
        self.images = images
        self.logs = logs
        self.endpoint = endpoint
        self._slots = slots
        self._runs: dict[str, Run] = {}  # that have not ended
        self._gauges: defaultdict[str, _Gauge] = defaultdict(_Gauge)
        self._peak_running = 0
        self._changed = threading.Condition()
        self._closed = False
        self._places = ThreadPoolExecutor(slots, thread_name_prefix="task")
        threading.Thread(target=self._watch, name="task-memory", daemon=True).start()

    def start(self, task: str, order: Order) -> Run:
        """Run the task of this id as soon as there is a slot."""
        run = Run(task, order)
        with self._changed:
            self._runs[run.id] = run
            run.place = self._places.submit(self._work, run)
        return run

    def refuse(self, task: str, order: Order, reason: str) -> Run:
        """Tell of a task that cannot start."""
        run = Run(task, order)
        with self._changed:
            run.stop_code, run.stopped_reason, run.container_reason = NOT_STARTED, reason, reason
            self._end(run)
        return run

    def wait(self, task: str, seconds: float) -> bool:
        """Wait for a task's end, so long at most; return whether it has ended. It is given by its id or ARN."""
        run = self._runs.get(task.rsplit("/", 1)[-1])
        return run is None or run.ended.wait(seconds)

    def stop(self, run: Run, code: str, reason: str, within_s: float | None = None) -> None:
        """SIGTERM, and SIGKILL after the task's stop timeout; a task that is stopping already goes on doing so.

        `within_s` shortens the time in between.
        """
        with self._changed:
            if run.stop_code is not None or run.ended.is_set():
                return
            run.stop_code, run.stopped_reason, run.stopping_at = code, reason, time.time()
            self._gauges[run.order.family].stopped += code == STOPPED_BY_USER
            self._gauges[run.order.family].interrupted += code == INTERRUPTED
            if run.container is None:
                if run.place is not None and run.place.cancel():
                    self._end(run)
                return
            run.status = "STOPPING"
            run.container.terminate()
            seconds = min(run.order.stop_timeout_s, within_s or run.order.stop_timeout_s)
            run.kill_timer = threading.Timer(seconds, run.container.kill)
            run.kill_timer.daemon = True
            run.kill_timer.start()

    def interrupt(self, task: str) -> str:
        """Interrupt a running Spot task, given by its id or ARN or as "random", as Spot does; returns its id.

        Raises:
            LookupError: there is none.
        """
        wanted = task.rsplit("/", 1)[-1]
        with self._changed:
            on_spot = [run for run in self._runs.values() if run.order.spot and run.status == "RUNNING"]
            candidates = [run for run in on_spot if wanted in {"random", run.id}]
            if not candidates:
                raise LookupError(f"no task on Spot is running that is {task}")
            chosen = random.choice(candidates)  # noqa: S311  # no secret
            self.stop(chosen, INTERRUPTED, "Your Spot Task was interrupted.", SPOT_NOTICE_S)
        return chosen.id

    def stats(self) -> dict[str, Any]:
        """Return the gauges, and the tasks that have not ended, as JSON-ready values; sizes in bytes."""
        with self._changed:
            running = sum(run.container is not None for run in self._runs.values())
            return {
                "slots": self._slots,
                "running": running,
                "waiting": len(self._runs) - running,
                "peak_running": self._peak_running,
                "families": {name: asdict(gauge) for name, gauge in sorted(self._gauges.items())},
                "tasks": [
                    {
                        "task": run.id,
                        "family": run.order.family,
                        "status": run.status,
                        "spot": run.order.spot,
                        "pid": run.container.pid if run.container else None,
                        "memory_bytes": run.memory,
                        "memory_limit_bytes": run.order.memory_mb << 20,
                    }
                    for run in self._runs.values()
                ],
            }

    def reset_stats(self) -> None:
        """Start counting and measuring anew; what runs stays counted."""
        with self._changed:
            self._peak_running = sum(gauge.running for gauge in self._gauges.values())
            for family, gauge in self._gauges.items():
                self._gauges[family] = _Gauge(running=gauge.running, peak_running=gauge.running)
            for run in self._runs.values():
                run.peak_resident = 0

    def close(self) -> None:
        """Kill every task; those that wait never start."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            for run in list(self._runs.values()):
                if run.stop_code is None:
                    run.stop_code, run.stopped_reason = STOPPED_BY_USER, "the local cloud was closed"
                if run.container is not None:
                    run.container.kill()
                elif run.place is not None and run.place.cancel():
                    self._end(run)
        self._places.shutdown()

    def _work(self, run: Run) -> None:
        """Be a task's slot: from its start to its end."""
        order = run.order
        log = os.open(self.logs / f"task-{order.family}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._launch(run, log)
            if run.container is not None:
                run.exit_code = run.container.wait()
            with self._changed:
                self._end(run)
            _tell(log, f"END Task: {run.id} {run.stop_code} ({run.stopped_reason}), exit code {run.exit_code}")
        except Exception:
            _LOG.exception("task %s of %s was lost", run.id, order.family)
            raise
        finally:
            os.close(log)

    def _launch(self, run: Run, log: int) -> None:
        order = run.order
        with self._changed:
            if run.stop_code is not None:
                return  # stopped while it waited
            try:
                run.container = _start(order, log)
            except OSError as error:
                run.stop_code = NOT_STARTED
                run.stopped_reason = run.container_reason = f"CannotStartContainerError: {error}"
                return
            _tell(log, f"START Task: {run.id}")
            run.status, run.started_at = "RUNNING", time.time()
            gauge = self._gauges[order.family]
            gauge.started += 1
            gauge.running += 1
            gauge.peak_running = max(gauge.peak_running, gauge.running)
            self._peak_running = max(self._peak_running, sum(one.running for one in self._gauges.values()))
            self._changed.notify_all()

    def _end(self, run: Run) -> None:
        """Tell of a task's end; the caller holds the lock."""
        if run.kill_timer is not None:
            run.kill_timer.cancel()
        gauge = self._gauges[run.order.family]
        gauge.running -= run.container is not None
        gauge.failed += run.stop_code == NOT_STARTED or run.exit_code not in {None, 0}
        run.container = None
        run.stop_code = run.stop_code or EXITED
        run.stopped_reason = run.stopped_reason or "Essential container in task exited"
        run.status, run.stopped_at = "STOPPED", time.time()
        self._runs.pop(run.id, None)
        run.ended.set()

    def _watch(self) -> None:
        """Keep every task within its memory, looking several times a second while there are any."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or any(run.container for run in self._runs.values()))
                if self._closed:
                    return
                watched = {run.container.pid: run for run in self._runs.values() if run.container is not None}
            for pid, processes in trees(watched).items():
                self._measure(watched[pid], processes)
            time.sleep(_SAMPLE_S)

    def _measure(self, run: Run, processes: list[Any]) -> None:
        run.memory = resident(processes)
        limit = run.order.memory_mb << 20
        # Counting shared pages once takes a hundred times as long: only where it may change something.
        if run.memory <= limit and run.memory <= run.peak_resident * 1.05:
            return
        run.peak_resident = max(run.peak_resident, run.memory)
        used = exact(processes)
        with self._changed:
            gauge = self._gauges[run.order.family]
            gauge.peak_memory_bytes = max(gauge.peak_memory_bytes, used)
            if used <= limit or run.container is None or run.container_reason is not None:
                return
            gauge.out_of_memory += 1
            if run.stop_code is None:
                run.stop_code, run.stopped_reason = EXITED, _OUT_OF_MEMORY
            run.container_reason = _OUT_OF_MEMORY
            run.container.kill()


def _start(order: Order, log: int) -> Container:
    command = order.argv[0]
    if shutil.which(command, path=order.env.get("PATH")) is None:
        raise FileNotFoundError(f'exec: "{command}": executable file not found in $PATH')
    return Container(order.argv, cwd=order.cwd, env=order.env, log_fd=log)


def _tell(log: int, line: str) -> None:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    os.write(log, f"{stamp}Z {line}\n".encode())
