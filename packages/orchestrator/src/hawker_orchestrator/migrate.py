"""Brings a database to the schema of the installed packages, by Alembic: a branch per package, one environment."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from hawker_core import registry
from hawker_orchestrator.tables import RAW_SCHEMA, SCHEMA, metadata, raw_table

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

CORE = "core"
_LOCK = 0x4A574B52  # advisory lock of whoever migrates


def environment_folder() -> Path:
    """The folder with alembic.ini and env.py: inside the installed package, or `db/` of a checkout."""
    inside = Path(str(files("hawker_orchestrator"))) / "db"
    return inside if inside.exists() else Path(__file__).parents[4] / "db"


def branches() -> dict[str, str]:
    """The migration branches, core first: label to package."""
    return {CORE: "hawker_core", **registry.marketplaces()}


def versions_folder(branch: str) -> Path:
    """Where a branch keeps its revisions."""
    return Path(str(files(import_module(branches()[branch])))) / "migrations" / "versions"


def config(url: str) -> Config:
    """Alembic's configuration for a database."""
    made = Config(environment_folder() / "alembic.ini")
    made.set_main_option("version_locations", ":".join(str(versions_folder(branch)) for branch in branches()))
    made.attributes["url"] = sqlalchemy_url(url)
    return made


def sqlalchemy_url(url: str) -> str:
    """A PostgreSQL URL as SQLAlchemy wants it, with psycopg 3 as the driver."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)


def full_metadata() -> sa.MetaData:
    """The schema that the installed packages describe: core's tables and every scraper's raw table."""
    for name in registry.names():
        raw_table(name, registry.load(name).row)
    return metadata


def upgrade(url: str) -> None:
    """Bring all branches to their newest revision, one migrator at a time.

    Raises:
        sqlalchemy.exc.OperationalError: no database there.
    """
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.connect() as lock:
        lock.execute(sa.text("SELECT pg_advisory_lock(:n)"), {"n": _LOCK})
        made = config(url)
        made.attributes["upgrading"] = True
        command.upgrade(made, "heads")


def revise(url: str, branch: str, message: str) -> Path:
    """Write a revision that brings a branch's tables from the database's state to the packages' description.

    Raises:
        UnknownBranchError: no installed package has this branch.
        NothingToMigrateError: the database is as described.
    """
    if branch not in branches():
        raise UnknownBranchError(f"unknown package {branch!r}; there are {', '.join(branches())}")
    folder = versions_folder(branch)
    first = not any(folder.glob("*.py"))
    made = config(url)
    made.attributes["only"] = branch
    made_scripts = command.revision(
        made,
        message=message,
        autogenerate=True,
        head="base" if first else f"{branch}@head",
        branch_label=branch if first else None,
        version_path=str(folder),
        depends_on=CORE if first and branch != CORE else None,
        splice=False,
        process_revision_directives=_refuse_empty,
    )
    scripts = made_scripts if isinstance(made_scripts, list) else [made_scripts]
    written = next((script for script in scripts if script), None)
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
