"""The targets that runs scrape: adds, lists and removes them in `hawker.target`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from hawker_core.model import BadTargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from hawker_core.model import Target

MOST_KEY_BYTES = 1000  # an index entry holds 2,700
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # half a surrogate pair, too, is no text to a database


class Added(NamedTuple):
    """What became of given targets; the four add up to as many as were given."""

    added: int
    again: int  # had been removed, and are active again
    known: int
    duplicates: int  # given more than once


class Stored(NamedTuple):
    """An active target as the database has it."""

    key: str
    added_at: datetime


class UnknownTargetError(LookupError):
    """A key that is no active target."""


def key_of(target: Target) -> str:
    """A target's canonical key, fit to be stored.

    Raises:
        BadTargetError: it is too long, or holds control characters.
    """
    key = target.key
    if _CONTROL.search(key):
        raise BadTargetError(f"{key!r} holds a control character; remove it")
    if (size := len(key.encode())) > MOST_KEY_BYTES:
        raise BadTargetError(f"{key[:40]}... is {size} bytes long; {MOST_KEY_BYTES} is the most")
    return key


def add(url: str, scraper: str, targets: Iterable[Target]) -> Added:
    """Make targets active, in the order given; all in one transaction, so an error while iterating adds none.

    Raises:
        BadTargetError: as `key_of`.
        psycopg.Error: the database refuses.
    """
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"targets of {scraper}"])
        connection.execute(
            "CREATE TEMP TABLE given (n bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL) ON COMMIT DROP"
        )
        given = 0
        with connection.cursor() as cursor, cursor.copy("COPY given (key) FROM STDIN") as copy:
            for target in targets:
                copy.write_row([key_of(target)])
                given += 1
        row = connection.execute(_ADD, {"scraper": scraper}).fetchone() or (0, 0, 0)
    distinct, added, again = row
    return Added(added, again, distinct - added - again, given - distinct)


# A row that was inserted has no xmax; one that was updated has this transaction's.
_ADD = """
    WITH wanted AS (SELECT key, min(n) AS n FROM given GROUP BY key),
    changed AS (
        INSERT INTO hawker.target AS t (scraper, key) SELECT %(scraper)s, key FROM wanted ORDER BY n
        ON CONFLICT (scraper, key) DO UPDATE SET active = true WHERE NOT t.active
        RETURNING xmax = 0 AS added
    )
    SELECT (SELECT count(*) FROM wanted), count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM changed
"""


def count(url: str, scraper: str) -> int:
    """How many active targets a scraper has."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM hawker.target WHERE scraper = %s AND active", [scraper]
        ).fetchone()
    return int(row[0]) if row else 0


def active(url: str, scraper: str, limit: int | None = None) -> Iterator[Stored]:
    """A scraper's active targets, the oldest first; read from the database as they are asked for."""
    with psycopg.connect(url) as connection, connection.cursor("targets") as cursor:
        cursor.execute(
            "SELECT key, added_at FROM hawker.target WHERE scraper = %s AND active ORDER BY id LIMIT %s",
            [scraper, limit],
        )
        for key, added_at in cursor:
            yield Stored(key, added_at)


def remove(url: str, scraper: str, keys: Sequence[str]) -> int:
    """Make targets inactive: no further run scrapes them, and the rows that earlier runs got stay. Returns how many.

    Raises:
        UnknownTargetError: one of them is no active target; none is removed.
    """
    with psycopg.connect(url) as connection:
        removed = connection.execute(
            "UPDATE hawker.target SET active = false WHERE scraper = %s AND active AND key = ANY(%s) RETURNING key",
            [scraper, list(keys)],
        ).fetchall()
        if unknown := [key for key in dict.fromkeys(keys) if (key,) not in removed]:
            more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""  # noqa: PLR2004  as many as are named
            raise UnknownTargetError(f"no active target of {scraper}: {', '.join(unknown[:3])}{more}")
    return len(removed)
