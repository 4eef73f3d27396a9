"""Brings a database to the schema of the installed packages, by Alembic: a branch per package."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from hawker_core import registry
from hawker_orchestrator import versions
from hawker_orchestrator.tables import RAW_SCHEMA, SCHEMA, metadata, raw_table
from hawker_orchestrator.versions import CORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.runtime.migration import MigrationContext

_FOLDER = Path(__file__).parent / "db"  # env.py and the template of revisions
_LOCK = 0x4A574B52  # advisory lock of whoever migrates, or changes roles


def branches() -> dict[str, str]:
    """The migration branches, core first, which the others refer to: name to package."""
    return {CORE: "hawker_core", **registry.marketplaces()}


def versions_folder(branch: str) -> Path:
    """Where a branch keeps its revisions."""
    return Path(str(files(import_module(branches()[branch])))) / "migrations" / "versions"


def config(url: str, branch: str, *, upgrading: bool) -> Config:
    """Alembic's configuration for a branch in a database."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", str(versions_folder(branch)).replace("%", "%%"))
    made.attributes |= {"engine": engine(url), "branch": branch, "upgrading": upgrading}
    return made


def scripts(branch: str) -> ScriptDirectory:
    """A branch's revisions."""
    return ScriptDirectory.from_config(config("", branch, upgrading=True))


def engine(url: str) -> sa.Engine:
    """A database as SQLAlchemy knows it; libpq reads the URL, here as everywhere."""
    return sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=sa.NullPool)


def full_metadata() -> sa.MetaData:
    """The schema that the installed packages describe: core's tables and every scraper's raw table."""
    for name in registry.names():
        raw_table(name, registry.load(name).row)
    return metadata


def upgrade(url: str) -> list[str]:
    """Bring all branches to their newest revision, one migrator at a time.

    A branch that a newer version of its package has migrated already is left alone: migrations only ever add what the
    version before them can live with. Returns those branches.

    Raises:
        psycopg.OperationalError: no database there.
    """
    with locked(url):
        return [branch for branch in branches() if not _upgrade(url, branch)]


@contextmanager
def locked(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Be the only one to change the database's schema or roles; waits for whoever does. Gives the lock's connection.

    Raises:
        psycopg.OperationalError: no database there.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield connection


def _upgrade(url: str, branch: str) -> bool:
    """Bring a branch to its newest revision; returns whether it is no newer than that."""
    known = scripts(branch)
    with engine(url).begin() as connection:
        versions.adopt(connection, branch, known)
        applied = versions.applied(connection, branch, known)
    if not versions.known(known).issuperset(applied):
        return False
    command.upgrade(config(url, branch, upgrading=True), "heads")
    return True


def revise(url: str, branch: str, message: str) -> Path:
    """Write a revision that brings a branch's tables from the database's state to the packages' description.

    Raises:
        UnknownBranchError: no installed package has this branch.
        NothingToMigrateError: the database is as described.
    """
    if branch not in branches():
        raise UnknownBranchError(f"unknown package {branch!r}; there are {', '.join(branches())}")
    made = command.revision(
        config(url, branch, upgrading=False),
        message=message,
        autogenerate=True,
        process_revision_directives=_refuse_empty,
    )
    written = next((script for script in (made if isinstance(made, list) else [made]) if script), None)
    if written is None:
        raise NothingToMigrateError(f"{branch}: the database has all that its package describes")
    return Path(written.path)


class UnknownBranchError(LookupError):
    """A package without migrations."""


class NothingToMigrateError(LookupError):
    """A revision that would be empty."""


def _refuse_empty(context: MigrationContext, revision: Any, directives: list[Any]) -> None:
    del context, revision
    if directives and directives[0].upgrade_ops.is_empty():
        directives.clear()


def owner(table: str, schema: str | None) -> str:
    """The branch that owns a table."""
    return registry.marketplace(table) if schema == RAW_SCHEMA else CORE


__all__ = ["RAW_SCHEMA", "SCHEMA", "config", "full_metadata", "owner", "revise", "upgrade"]
