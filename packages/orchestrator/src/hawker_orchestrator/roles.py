"""The database's login roles: each may do what its user does and no more. Its owner alone migrates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from hawker_core import registry
from hawker_orchestrator import migrate
from hawker_orchestrator.tables import RAW_SCHEMA, SCHEMA, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import psycopg

ORCHESTRATOR: Final = "hawker_orchestrator"  # of plan, close and the command line
# What hawker_core.db does: it reads these tables and settles outcomes.
_WORKER_READS: Final = ("target", "run", "outcome")
_WORKER_UPDATES: Final = {
    "outcome": ("outcome", "detail", "rows", "requests", "seconds", "evidence", "settled_at"),
    "run": ("evidence",),
}


class UnknownRoleError(LookupError):
    """A role that is neither the orchestrator's nor an installed marketplace's."""


def worker(marketplace: str) -> str:
    """The role of a marketplace's workers."""
    return f"hawker_{marketplace}"


def apply(url: str, passwords: Mapping[str, str]) -> None:
    """Create these roles or bring them up to date, in a database at its newest revision; all or none.

    A worker's rights become what the installed packages need. The orchestrator keeps those on tables that they do not
    know, which newer versions have made.

    Args:
        url: the database, as its owner.
        passwords: by role.

    Raises:
        UnknownRoleError: nothing is changed.
        psycopg.Error: the same.
    """
    marketplaces = {worker(name): name for name in registry.marketplaces()}
    if unknown := sorted(passwords.keys() - marketplaces.keys() - {ORCHESTRATOR}):
        raise UnknownRoleError(
            f"unknown roles {', '.join(unknown)}; there are {', '.join((ORCHESTRATOR, *marketplaces))}"
        )
    with migrate.locked(url) as connection, connection.transaction():
        _close(connection)
        for role, password in passwords.items():
            _login(connection, role, password)
            if role == ORCHESTRATOR:
                _grant_orchestrator(connection)
            else:
                _grant_worker(connection, marketplaces[role])


def _close(connection: psycopg.Connection[Any]) -> None:
    """Take from everybody what PostgreSQL gives unasked: to make tables, be it for a session alone."""
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def _login(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    """Make a role that may log in. The server, and so its log, gets the password's verifier alone."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    command = "ALTER ROLE {} LOGIN PASSWORD {}" if there else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(command).format(sql.Identifier(role), sql.Literal(verifier)))


def _grant_orchestrator(connection: psycopg.Connection[Any]) -> None:
    role, schemas = sql.Identifier(ORCHESTRATOR), _names([(SCHEMA,), (RAW_SCHEMA,)])
    own = _names([(SCHEMA, table.name) for table in metadata.tables.values() if table.schema == SCHEMA])
    raw, database = sql.Identifier(RAW_SCHEMA), sql.Identifier(connection.info.dbname)
    for grant in (
        # Adding targets goes through a temporary table.
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(database, role),
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schemas, role),
        sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schemas, role),
        sql.SQL("GRANT INSERT, UPDATE, DELETE ON {} TO {}").format(own, role),
        # Of marketplaces that are deployed later, too.
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT SELECT ON TABLES TO {}").format(raw, role),
    ):
        connection.execute(grant)


def _grant_worker(connection: psycopg.Connection[Any], marketplace: str) -> None:
    role, schemas = sql.Identifier(worker(marketplace)), _names([(SCHEMA,), (RAW_SCHEMA,)])
    scrapers = [(RAW_SCHEMA, name) for name in registry.names() if registry.marketplace(name) == marketplace]
    # What an earlier version needed goes. Nobody sees the moment without: it is within the transaction.
    connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(schemas, role))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schemas, role))
    reads = _names([(SCHEMA, table) for table in _WORKER_READS])
    connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(reads, role))
    for table, columns in _WORKER_UPDATES.items():
        updates, where = _names([(column,) for column in columns]), sql.Identifier(SCHEMA, table)
        connection.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(updates, where, role))
    connection.execute(sql.SQL("GRANT INSERT ON {} TO {}").format(_names(scrapers), role))


def _names(paths: Iterable[tuple[str, ...]]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*path) for path in paths)
