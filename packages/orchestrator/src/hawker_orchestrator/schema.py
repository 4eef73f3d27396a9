"""What state a database's schema is in, and databases to try things on."""

from __future__ import annotations

import secrets
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from hawker_orchestrator import migrate, versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BranchState(NamedTuple):
    """A package's migrations: the database's revision (None: none yet), the newest, and how many are missing.

    A database that a newer version of the package has migrated misses none, and its revision is unknown.
    """

    branch: str
    revision: str | None
    newest: str
    missing: int


def states(url: str) -> list[BranchState]:
    """The state of each branch that has migrations, core first."""
    found = []
    with migrate.engine(url).connect() as connection:
        for branch in migrate.branches():
            scripts = migrate.scripts(branch)
            revisions = [script.revision for script in scripts.walk_revisions()]  # the newest first
            if not revisions:
                continue
            applied = next(iter(versions.applied(connection, branch, scripts)), None)
            newer = applied is not None and applied not in revisions
            missing = 0 if newer else revisions.index(applied) if applied else len(revisions)
            found.append(BranchState(branch, applied, revisions[0], missing))
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
