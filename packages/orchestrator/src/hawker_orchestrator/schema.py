"""What state a database's schema is in, and databases to try things on."""

from __future__ import annotations

import secrets
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql

from hawker_orchestrator import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BranchState(NamedTuple):
    """A package's migrations: the database's revision (None: none yet), the newest, and how many are missing."""

    branch: str
    revision: str | None
    newest: str
    missing: int


def states(url: str) -> list[BranchState]:
    """The state of each branch that has migrations, core first."""
    scripts = ScriptDirectory.from_config(migrate.config(url))
    with psycopg.connect(url) as connection:
        there = connection.execute("SELECT to_regclass('hawker.alembic_version') IS NOT NULL").fetchone() == (True,)
        rows = connection.execute("SELECT version_num FROM hawker.alembic_version").fetchall() if there else []
    # The table names the newest revisions alone; those that they build and depend on were applied before them.
    heads = tuple(str(revision) for (revision,) in rows)
    applied = {script.revision for script in scripts.get_all_current(heads)} if heads else set()
    found = []
    for branch in migrate.branches():
        if not any(migrate.versions_folder(branch).glob("*.py")):
            continue
        # From the newest down to what the database has.
        revisions = [
            script.revision
            for script in scripts.iterate_revisions(f"{branch}@head", "base")
            if branch in script.branch_labels
        ]
        missing = next((n for n, revision in enumerate(revisions) if revision in applied), len(revisions))
        found.append(
            BranchState(branch, revisions[missing] if missing < len(revisions) else None, revisions[0], missing)
        )
    return found


def revise(url: str, branch: str, message: str) -> Path:
    """Write a revision as `migrate.revise`, compared with a scratch database on the same server, not with its data.

    Raises:
        UnknownBranchError, NothingToMigrateError: as there.
        psycopg.errors.InsufficientPrivilege: the user may not create databases.
    """
    # Alembic prints what it does.
    with _scratch(url) as made, redirect_stdout(StringIO()):
        return migrate.revise(made, branch, message)


@contextmanager
def _scratch(url: str) -> Iterator[str]:
    """The URL of a new database on the same server, with the present schema; dropped in the end."""
    name = f"hawker_scratch_{secrets.token_hex(4)}"
    made = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            migrate.upgrade(made)
            yield made
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
