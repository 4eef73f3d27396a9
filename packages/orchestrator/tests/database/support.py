"""What the tests of schema and roles ask of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

if TYPE_CHECKING:
    from pathlib import Path


class Server(NamedTuple):
    """A PostgreSQL: its own database's URL, as superuser, and its log."""

    url: str
    log: Path

    def of(self, database: str) -> str:
        """The URL of a database as its owner, who is no superuser, as Aurora's administrator is none."""
        return urlunsplit(urlsplit(self.url)._replace(netloc="admin@", path=f"/{database}"))


def query(url: str, text: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(text, values).fetchall()


def as_role(url: str, role: str, password: str) -> str:
    """A database's URL for another user."""
    login = f"{role}:{quote(password, safe='')}"
    return urlunsplit(urlsplit(url)._replace(netloc=f"{login}@"))


def tables(url: str) -> set[tuple[str, str]]:
    """All columns of Hawker's schemas: table and column."""
    return set(
        query(
            url,
            "SELECT table_schema || '.' || table_name, column_name || ' ' || data_type || ' ' || is_nullable "
            "FROM information_schema.columns WHERE table_schema IN ('hawker', 'raw')",
        )
    )


def revision(url: str, branch: str) -> list[tuple[Any, ...]]:
    return query(url, f"SELECT version_num FROM hawker.alembic_version_{branch}")  # noqa: S608  a branch of ours
