"""The one local cloud a user has: a process in the background, found again by a state file in the data folder.

The database is no part of that process: it outlives it (and its death), and `down` stops it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import platformdirs
import psutil
from filelock import FileLock, Timeout

from . import database
from .endpoint import DEFAULT_REGION, HEALTH_PATH, IMAGES_PATH, ask
from .errors import LocalCloudError
from .fleet import DEFAULT_CONCURRENCY
from .image import Image, images_from_json, images_to_json
from .task_fleet import DEFAULT_SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STATE: Final = "local-cloud.json"
_LOG: Final = "local-cloud.log"
_START_S: Final = 60.0
_STOP_S: Final = 20.0
_LOCK_S: Final = 120.0
_ANSWER_S: Final = 5.0


def default_data_dir() -> Path:
    """Return HAWKER_DATA_DIR, else the platform's place for a user's data (root: /var/lib/hawker)."""
    if configured := os.environ.get("HAWKER_DATA_DIR"):
        return Path(configured).expanduser()
    if os.geteuid() == 0:
        return Path("/var/lib/hawker")  # PostgreSQL's user cannot pass root's home
    return Path(platformdirs.user_data_dir("hawker"))


@dataclass(frozen=True, slots=True)
class Options:
    """What `up` starts. Without a `database_url` the embedded PostgreSQL of the data folder is started too."""

    images: Mapping[str, Image]
    data_dir: Path = field(default_factory=default_data_dir)
    port: int = 0
    region: str = DEFAULT_REGION
    concurrency: int = DEFAULT_CONCURRENCY
    task_slots: int = DEFAULT_SLOTS
    database_url: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A running local cloud."""

    endpoint: str
    pid: int
    process_started: float  # as psutil tells it: a process id alone may be a later stranger's
    started_at: str  # ISO 8601, UTC
    database_url: str
    logs: Path
    options_digest: str

    def save(self, data_dir: Path) -> None:
        """Write the state file, whole or not at all; the database's URL may hold a password."""
        scratch = data_dir / f"{_STATE}.new"
        scratch.touch(mode=0o600)
        scratch.write_text(json.dumps({**asdict(self), "logs": str(self.logs)}), encoding="utf-8")
        scratch.replace(data_dir / _STATE)

    @classmethod
    def load(cls, data_dir: Path) -> Self | None:
        """Read the state file; None when there is none, or none that can be read."""
        try:
            fields = json.loads((data_dir / _STATE).read_text(encoding="utf-8"))
            return cls(**{**fields, "logs": Path(fields["logs"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None


def up(options: Options) -> State:
    """Start the local cloud, or return the one that runs already, with these images from now on.

    It returns when the endpoint and the database answer. Two callers at once get the same cloud.

    Raises:
        LocalCloudError: it cannot start (nothing is left running then), or one of another port, region, concurrency,
            number of task slots or database runs.
    """
    with _locked(options.data_dir):
        running = status(options.data_dir)
        if running is not None:
            other_port = options.port and not running.endpoint.endswith(f":{options.port}")
            if other_port or running.options_digest != _digest(options):
                raise LocalCloudError(
                    f"a local cloud with other options runs at {running.endpoint}: stop it first or set HAWKER_DATA_DIR"
                )
            if options.database_url is None:
                database.start(options.data_dir)  # the server alone may have been stopped
            ask(running.endpoint, IMAGES_PATH, method="PUT", document=images_to_json(options.images))
            return running
        _stop_process(options.data_dir)
        database_was_up = database.pid(options.data_dir) is not None
        try:
            return _spawn(options, options.database_url or database.start(options.data_dir))
        except BaseException:
            if not database_was_up:
                database.stop(options.data_dir)
            raise


def down(data_dir: Path | None = None) -> bool:
    """Stop the local cloud and its embedded database; return whether a cloud was running.

    Raises:
        LocalCloudError: another `up` or `down` does not come to its end.
    """
    folder = data_dir or default_data_dir()
    if not folder.exists():
        return False
    with _locked(folder):
        was_running = _stop_process(folder)
        database.stop(folder)
        return was_running


def status(data_dir: Path | None = None) -> State | None:
    """Return the running cloud's state, or None. A state file whose process is gone is removed."""
    folder = data_dir or default_data_dir()
    state = State.load(folder)
    if state is None:
        return None
    if _process(state) is None:
        (folder / _STATE).unlink(missing_ok=True)
        return None
    try:
        health = ask(state.endpoint, HEALTH_PATH, timeout_s=_ANSWER_S)
    except (OSError, ValueError):
        return None  # it hangs: `up` and `down` end it
    return state if health == {"pid": state.pid} else None


def main() -> None:
    """Be the background process: serve until SIGTERM or SIGINT.

    The options come from stdin, as `_spawn` writes them. Readiness, or the reason against it, is one line on stdout.
    """
    from . import cloud  # noqa: PLC0415  # moto takes a second to import, and the command line never needs it

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    order = json.load(sys.stdin)
    data_dir, logs = Path(order["data_dir"]), Path(order["logs"])
    images = images_from_json(order["images"])
    try:
        running = cloud.start(
            images,
            logs,
            port=order["port"],
            region=order["region"],
            concurrency=order["concurrency"],
            task_slots=order["task_slots"],
        )
    except LocalCloudError as error:
        _tell({"error": str(error)})
        return
    with running:
        State(
            endpoint=running.endpoint,
            pid=os.getpid(),
            process_started=psutil.Process().create_time(),
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database_url=order["database_url"],
            logs=logs,
            options_digest=order["options_digest"],
        ).save(data_dir)
        try:
            _tell({})
            stopped.wait()
        finally:
            (data_dir / _STATE).unlink(missing_ok=True)


def _tell(message: dict[str, str]) -> None:
    """Send the one line that `_spawn` waits for, and let go of its pipe."""
    os.write(sys.stdout.fileno(), f"{json.dumps(message)}\n".encode())
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _spawn(options: Options, database_url: str) -> State:
    logs = options.data_dir.resolve() / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    order = {
        "images": images_to_json(options.images),
        "data_dir": str(options.data_dir.resolve()),
        "logs": str(logs),
        "port": options.port,
        "region": options.region,
        "concurrency": options.concurrency,
        "task_slots": options.task_slots,
        "database_url": database_url,
        "options_digest": _digest(options),
    }
    with (logs / _LOG).open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "hawker_orchestrator.local"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(),
            start_new_session=True,
        )
    watchdog = threading.Timer(_START_S, process.kill)
    watchdog.start()
    try:
        return _readiness(process, order)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        watchdog.cancel()


def _readiness(process: subprocess.Popen[bytes], order: dict[str, Any]) -> State:
    """Send the process its order and wait for the line that `_tell` sends."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process was started without pipes")
    with process.stdout as answers:
        with suppress(BrokenPipeError), process.stdin as orders:  # it may be gone already: the log tells why
            orders.write(json.dumps(order).encode())
        answer = json.loads(answers.readline() or b"null")
    if answer and "error" in answer:
        raise LocalCloudError(answer["error"])
    state = State.load(Path(order["data_dir"])) if answer is not None else None
    if state is None:
        log = Path(order["logs"]) / _LOG
        raise LocalCloudError(f"the local cloud does not start: {_last_line(log)} (log: {log})")
    return state


def _stop_process(data_dir: Path) -> bool:
    """End the process of the state file, if there is one, and forget it; the caller holds the lock."""
    state = State.load(data_dir)
    process = _process(state) if state else None
    if process is not None:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(_STOP_S)
    (data_dir / _STATE).unlink(missing_ok=True)
    return process is not None


def _process(state: State) -> psutil.Process | None:
    try:
        process = psutil.Process(state.pid)
        if process.create_time() != state.process_started or process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.Error:
        return None
    return process


def _digest(options: Options) -> str:
    """Return a mark of what cannot change while the cloud runs; only that, as a database's URL may hold a password."""
    return hashlib.sha256(repr(replace(options, images={}, port=0)).encode()).hexdigest()


def _environment() -> dict[str, str]:
    """Return this process's environment without what would steer boto3 or moto elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    if path := kept.get("PYTHONPATH"):
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(entry).resolve()) for entry in path.split(os.pathsep))
    return kept


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    lock = FileLock(data_dir / "local-cloud.lock", timeout=_LOCK_S)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise LocalCloudError(f"another start or stop of the local cloud holds {error.lock_file}") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise LocalCloudError(f"cannot write to {data_dir} ({reason}): set HAWKER_DATA_DIR") from error
    try:
        yield
    finally:
        lock.release()
