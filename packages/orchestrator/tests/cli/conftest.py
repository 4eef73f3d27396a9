from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import pytest

from hawker_core.settings import settings
from hawker_orchestrator import migrate
from hawker_orchestrator.cli import console, execute, session
from hawker_orchestrator.local import daemon, database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A data folder with a database. Not pytest's own: PostgreSQL's user must be able to reach it."""
    folder = Path(tempfile.mkdtemp(prefix="hawker-cli-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        migrate.upgrade(database.start(folder))
        yield folder
    finally:
        daemon.down(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(home: Path) -> str:
    """The database, empty."""
    found = database.start(home)
    with psycopg.connect(found) as connection:
        connection.execute("TRUNCATE hawker.run, hawker.target CASCADE")
    return found


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """No setting but those that a test makes; each command reads them anew."""
    for name in [name for name in os.environ if name.startswith(("HAWKER_", "AWS_", "PG"))]:
        monkeypatch.delenv(name)
    yield monkeypatch
    settings.cache_clear()


@pytest.fixture
def bare(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs a command as `hawker` does, without a database."""

    def run(*arguments: str, **variables: str) -> Answer:
        for name, value in variables.items():
            environment.setenv(name, value)
        for cached in (settings, session.deployed, session._deployed_database):
            cached.cache_clear()
        console.out.cache_clear()
        console.err.cache_clear()
        code = execute(arguments)
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def hawker(home: Path, url: str, bare: Callable[..., Answer], environment: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Runs a command on the empty database."""
    del url
    environment.setenv("HAWKER_DATA_DIR", str(home))
    return bare


def seed_run(url: str, scraper: str, outcomes: Mapping[str, str], name: str = "") -> str:
    """A closed run in the database: outcome by target key, one row for each ok."""
    run = name or f"{scraper}-20260101T000000-abc123"
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO hawker.run (id, scraper, status, execution, workers) VALUES (%s, %s, 'complete', %s, 1)",
            [run, scraper, run],
        )
        for key, outcome in outcomes.items():
            connection.execute(
                "INSERT INTO hawker.target (scraper, key) VALUES (%s, %s) ON CONFLICT DO NOTHING", [scraper, key]
            )
            connection.execute(
                """
                INSERT INTO hawker.outcome (run_id, target_id, chunk, outcome, detail, rows, settled_at)
                SELECT %s, id, 1, %s, %s, %s, now() FROM hawker.target WHERE scraper = %s AND key = %s
                """,
                [
                    run,
                    outcome,
                    None if outcome == "ok" else f"{outcome} after 1.5 s",
                    int(outcome == "ok"),
                    scraper,
                    key,
                ],
            )
    return run
