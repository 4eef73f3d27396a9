"""A PostgreSQL whose roles log in by password, a new database for each test, and images that hold some packages."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from hawker_core import registry
from hawker_orchestrator import migrate
from hawker_orchestrator.local import database

from .support import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = itertools.count()


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    # Not pytest's own folder: PostgreSQL's user must be able to reach it.
    folder = Path(tempfile.mkdtemp(prefix="hawker-database-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        url = database.start(folder)
        hba = folder / "postgres" / "pg_hba.conf"
        hba.write_text(f"local all /^hawker_ scram-sha-256\n{hba.read_text('utf-8')}", "utf-8")
        with psycopg.connect(url) as connection:
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE ROLE admin LOGIN CREATEROLE")
        yield Server(url, folder / "postgres" / "server.log")
    finally:
        database.stop(folder)
        shutil.rmtree(folder)


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """An empty database, as its owner."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER admin").format(sql.Identifier(name)))
        yield server.of(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes this process the image of some marketplaces: no other package is installed."""
    every = dict(registry.marketplaces())

    def hold(*marketplaces: str) -> None:
        monkeypatch.setattr(registry, "marketplaces", lambda: {name: every[name] for name in marketplaces})
        registry.names.cache_clear()

    yield hold
    monkeypatch.undo()
    registry.names.cache_clear()


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], str]:
    """Gives a branch one more revision, as its package's next version has, until `monkeypatch.undo`; returns that."""
    folder = migrate.versions_folder

    def add(branch: str) -> str:
        (head,) = migrate.scripts(branch).get_heads()
        made = tmp_path / branch
        shutil.copytree(folder(branch), made)
        (made / "next.py").write_text(
            "from alembic import op\n"
            f"revision, down_revision, branch_labels, depends_on = 'next_{branch}', {head!r}, None, None\n"
            f"def upgrade(): op.execute('CREATE TABLE hawker.next_{branch} ()')\n",
            "utf-8",
        )
        monkeypatch.setattr(migrate, "versions_folder", lambda name: made if name == branch else folder(name))
        return f"next_{branch}"

    return add
