"""What PostgreSQL refuses to each role, and what it must allow."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import pytest
from psycopg import sql

from hawker_core import registry
from hawker_orchestrator import migrate, roles, target_store

from .support import as_role, query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support import Server

WORKER = "hawker_walmart"
PASSWORDS = {roles.ORCHESTRATOR: "a:b/c@d '\"\\ %s", WORKER: "wörker {}"}


class Database(NamedTuple):
    """A migrated database, as its owner and as its two roles."""

    owner: str
    worker: str
    orchestrator: str


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Database]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE roles OWNER admin")
    url = server.of("roles")
    migrate.upgrade(url)
    roles.apply(url, PASSWORDS)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO hawker.target (scraper, key) VALUES ('walmart_product', '1')")
        connection.execute(
            "INSERT INTO hawker.run (id, scraper, status, execution, workers) "
            "VALUES ('r', 'walmart_product', 'running', 'r', 1)"
        )
        connection.execute("INSERT INTO hawker.chunk (run_id, number, round, targets) VALUES ('r', 1, 1, 1)")
        connection.execute("INSERT INTO hawker.outcome (run_id, target_id, chunk) SELECT 'r', id, 1 FROM hawker.target")
    yield Database(url, *(as_role(url, role, PASSWORDS[role]) for role in (WORKER, roles.ORCHESTRATOR)))
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE roles WITH (FORCE)")


def attempt(url: str, statement: str) -> None:
    """Execute a statement and take it back."""
    with psycopg.connect(url) as connection:
        connection.execute(statement)
        connection.rollback()


SUPERUSERS = [
    "ALTER ROLE hawker CREATEROLE",
    "SET ROLE hawker",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('pg_hba.conf')",
]
OWNERS = [
    "CREATE TABLE hawker.mine (n int)",
    "CREATE TABLE raw.mine (n int)",
    "CREATE TABLE public.mine (n int)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "CREATE VIEW raw.mine AS SELECT 1",
    "CREATE FUNCTION hawker.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE INDEX ON raw.walmart_product (url)",
    "ALTER TABLE raw.walmart_product ADD mine int",
    "ALTER TABLE hawker.outcome DISABLE TRIGGER USER",
    "DROP TABLE raw.walmart_product",
    "DROP SCHEMA raw CASCADE",
    "TRUNCATE raw.walmart_product",
    "TRUNCATE hawker.target CASCADE",
    "DELETE FROM raw.walmart_product",
    "UPDATE raw.walmart_product SET url = ''",
    "UPDATE hawker.alembic_version_core SET version_num = ''",
    "DELETE FROM hawker.alembic_version_walmart",
    "SET ROLE admin",
]
WORKER_NEVER = [
    "CREATE TEMP TABLE mine (n int)",
    "DELETE FROM hawker.outcome",
    "DELETE FROM hawker.target",
    "DELETE FROM hawker.run",
    "INSERT INTO hawker.target (scraper, key) VALUES ('walmart_product', '2')",
    "INSERT INTO hawker.outcome (run_id, target_id, chunk) VALUES ('r', 1, 1)",
    "UPDATE hawker.target SET active = false",
    "UPDATE hawker.outcome SET chunk = 2",
    "UPDATE hawker.outcome SET run_id = 'other'",
    "UPDATE hawker.run SET status = 'complete'",
    "UPDATE hawker.chunk SET status = 'done'",
    "INSERT INTO hawker.chunk (run_id, number, round, targets) VALUES ('r', 2, 1, 1)",
    "SELECT * FROM hawker.chunk",
    "SELECT * FROM hawker.run_summary",
    "SELECT * FROM hawker.alembic_version_core",
    "SELECT * FROM raw.amazon_product",
    "SELECT * FROM raw.walmart_product",
    "INSERT INTO raw.amazon_product SELECT * FROM raw.amazon_product",
]


@pytest.mark.parametrize("statement", [*SUPERUSERS, *OWNERS, *WORKER_NEVER])
def test_a_worker_may_not(database: Database, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attempt(database.worker, statement)
    if statement not in SUPERUSERS:
        with suppress(psycopg.IntegrityError):
            attempt(database.owner, statement)  # it is refused for its user alone


@pytest.mark.parametrize(
    "statement", [*SUPERUSERS, *OWNERS, "INSERT INTO raw.amazon_deals SELECT * FROM raw.amazon_deals"]
)
def test_the_orchestrator_may_not(database: Database, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attempt(database.orchestrator, statement)


def test_the_orchestrator_reads_every_table_and_keeps_targets(database: Database) -> None:
    for scraper in registry.names():
        assert query(database.orchestrator, f"SELECT count(*) FROM raw.{scraper}") == [(0,)]  # noqa: S608  ours
    target = registry.load("walmart_product").target.from_key("4242")
    assert target_store.add(database.orchestrator, "walmart_product", [target]).added == 1
    assert target_store.remove(database.orchestrator, "walmart_product", ["4242"]) == 1
    attempt(database.orchestrator, "DELETE FROM hawker.run")  # rows of raw tables go with it


def test_the_orchestrator_reads_what_is_deployed_later(url: str, image: Callable[..., None]) -> None:
    image("amazon")
    migrate.upgrade(url)
    roles.apply(url, {roles.ORCHESTRATOR: "o"})
    image("ebay")
    migrate.upgrade(url)
    assert query(as_role(url, roles.ORCHESTRATOR, "o"), "SELECT count(*) FROM raw.ebay_search") == [(0,)]


def test_only_its_password_lets_a_role_in(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        attempt(as_role(database.owner, WORKER, "another"), "SELECT 1")


def test_a_new_password_replaces_the_old_one(url: str) -> None:
    migrate.upgrade(url)
    for password in ("first", "second"):
        roles.apply(url, {"hawker_ebay": password})
        attempt(as_role(url, "hawker_ebay", password), "SELECT key FROM hawker.target")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        attempt(as_role(url, "hawker_ebay", "first"), "SELECT 1")


def test_rights_that_a_worker_needs_no_more_are_taken(url: str) -> None:
    migrate.upgrade(url)
    roles.apply(url, {"hawker_ebay": "e"})
    with psycopg.connect(url) as connection:
        connection.execute("GRANT ALL ON raw.amazon_product, hawker.chunk TO hawker_ebay")
        connection.execute("GRANT UPDATE (status) ON hawker.run TO hawker_ebay")
    roles.apply(url, {"hawker_ebay": "e"})
    for statement in (
        "SELECT 1 FROM raw.amazon_product",
        "SELECT 1 FROM hawker.chunk",
        "UPDATE hawker.run SET status = ''",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(as_role(url, "hawker_ebay", "e"), statement)


def test_passwords_are_not_in_the_servers_log(url: str, server: Server) -> None:
    migrate.upgrade(url)
    with psycopg.connect(server.url) as connection:
        name = sql.Identifier(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        connection.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(name))
    roles.apply(url, {"hawker_ebay": "unheard-of"})
    log = server.log.read_text("utf-8")
    assert 'ALTER ROLE "hawker_ebay" LOGIN PASSWORD' in log or 'CREATE ROLE "hawker_ebay" LOGIN PASSWORD' in log
    assert "unheard-of" not in log


def test_other_roles_are_not_known(url: str, image: Callable[..., None]) -> None:
    image("amazon")
    migrate.upgrade(url)
    with pytest.raises(roles.UnknownRoleError, match="unknown roles hawker_toys, postgres; there are hawker_orch"):
        roles.apply(url, {"postgres": "x", "hawker_toys": "x", "hawker_amazon": "x"})


def test_roles_of_a_database_that_lacks_a_table_are_not_made(url: str) -> None:
    migrate.upgrade(url)
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE raw.ebay_search")
        connection.execute("DROP ROLE IF EXISTS hawker_amazon")
    with pytest.raises(psycopg.errors.UndefinedTable):
        roles.apply(url, {"hawker_amazon": "a", "hawker_ebay": "e"})
    assert query(url, "SELECT 1 FROM pg_roles WHERE rolname = 'hawker_amazon'") == []
