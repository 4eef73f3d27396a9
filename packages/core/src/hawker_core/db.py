"""What a worker does in the database: take its chunk, read its targets, settle them. One connection per worker.

Plain psycopg: SQLAlchemy would double a worker's cold start.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec
import psycopg
from psycopg import sql

from hawker_core.model import Outcome
from hawker_core.rows import PROVENANCE, RawRow, columns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")
log = logging.getLogger(__name__)

RECONNECT_SECONDS = 60.0  # a database that restarts or fails over comes back within this
_LONGEST_DETAIL = 500
# PostgreSQL stores no NUL; a page that holds one must not cost the batch. An even number of backslashes escapes none.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
# What a row that the table cannot hold, or JSON, raises: a parser's fault that is its target's loss, not the chunk's.
_BAD_ROWS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
    TypeError,
    ValueError,
    RecursionError,
)


class Pending(msgspec.Struct, frozen=True):
    """A target of a chunk that has no outcome yet."""

    id: int
    key: str


class Settled(msgspec.Struct, kw_only=True):
    """A target's end: its outcome and, where that is ok, its rows with the URLs of their pages."""

    target_id: int
    outcome: Outcome
    detail: str | None = None
    rows: list[tuple[str, RawRow]] = []
    requests: int = 0
    seconds: float = 0.0
    page: Any = None  # the Page that it ended with, where somebody will want to see it
    evidence: str | None = None  # where that page is kept
    settled_at: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


class ChunkTakenError(Exception):
    """Another invocation of the same chunk is at work."""


class ChunkStore:
    """One chunk's view of the database; an async context manager that holds the chunk while it is open.

    Raises on entry:
        ChunkTakenError: another invocation holds it.
        psycopg.OperationalError: no database within `RECONNECT_SECONDS`.
    """

    def __init__(self, url: str, run: str, chunk: int, scraper: str, row: type[RawRow]) -> None:
        self._url, self._run, self._chunk = url, run, chunk
        self._insert = _insert_statement(scraper, row)
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def __aenter__(self) -> Self:
        """Connect and take the chunk."""
        await self._again(self._connected)
        return self

    async def __aexit__(self, *error: object) -> None:
        """Disconnect, which lets go of the chunk."""
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        """The connection, made anew where it broke; the lock that marks the chunk as taken lives and dies with it."""
        if self._connection is not None and not self._connection.closed and not self._connection.broken:
            return self._connection
        # While a cluster fails over, its name may still lead to the instance that only reads.
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=10, target_session_attrs="read-write"
        )
        taken = await connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"{self._run}/{self._chunk}"]
        )
        if (await taken.fetchone()) != (True,):
            await connection.close()
            raise ChunkTakenError(f"chunk {self._chunk} of run {self._run} is being scraped by another invocation")
        self._connection = connection
        return connection

    async def _again(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do work that is safe to repeat until the database answers; a lost connection is not a lost chunk."""
        give_up = time.monotonic() + RECONNECT_SECONDS
        wait = 0.1
        while True:
            try:
                return await work()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if isinstance(error, _BAD_ROWS) or time.monotonic() + wait > give_up:
                    raise
                log.warning("database does not answer, trying again", extra={"reason": str(error).strip()})
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)

    async def pending(self) -> list[Pending]:
        """The chunk's targets that have no outcome yet, in order of their ids; none when somebody stopped the run."""

        async def work() -> list[Pending]:
            cursor = await (await self._connected()).execute(_PENDING, [self._run, self._chunk])
            return [Pending(*row) for row in await cursor.fetchall()]

        return await self._again(work)

    async def claim_evidence(self, wanted: int, most: int) -> int:
        """How many of `wanted` pages may be kept as evidence, when a run keeps `most`; counts them as kept."""

        async def work() -> int:
            cursor = await (await self._connected()).execute(_CLAIM_EVIDENCE, [most, wanted, self._run])
            row = await cursor.fetchone()
            return int(row[0]) if row else 0

        return await self._again(work)

    async def settle(self, batch: Sequence[Settled]) -> bool:
        """Store outcomes and rows in one transaction; targets that have an outcome already keep it and their rows.

        Returns whether the run is to go on: False when somebody stopped it. A target whose rows the database cannot
        hold ends `parse`; the others of the batch are stored.
        """
        try:
            return await self._again(lambda: self._store(batch))
        except _BAD_ROWS as error:
            if len(batch) > 1:
                return all([await self.settle([settled]) for settled in batch])
            log.exception("rows that cannot be stored", extra={"target": batch[0].target_id})
            reason = str(error).partition("\n")[0]
            detail = f"rows that cannot be stored: {reason}"
            bad = msgspec.structs.replace(batch[0], outcome=Outcome.PARSE, detail=detail, rows=[])
            return await self._again(lambda: self._store([bad]))

    async def _store(self, batch: Sequence[Settled]) -> bool:
        connection = await self._connected()
        outcomes = _encode(
            [
                {
                    "target_id": settled.target_id,
                    "outcome": settled.outcome,
                    "detail": settled.detail and settled.detail[:_LONGEST_DETAIL],
                    "rows": len(settled.rows),
                    "requests": settled.requests,
                    "seconds": settled.seconds,
                    "evidence": settled.evidence,
                    "settled_at": settled.settled_at,
                }
                for settled in batch
            ]
        )
        async with connection.transaction():
            cursor = await connection.execute(_CLAIM, {"run": self._run, "chunk": self._chunk, "batch": outcomes})
            claimed = {target for (target,) in await cursor.fetchall()}
            rows = [row for settled in batch if settled.target_id in claimed for row in self._rows(settled)]
            if rows:
                await connection.execute(self._insert, [_encode(rows)])
            cursor = await connection.execute(_STATUS, [self._run])
            return await cursor.fetchone() == ("running",)

    def _rows(self, settled: Settled) -> list[dict[str, Any]]:
        return [
            {
                "run_id": self._run,
                "target_id": settled.target_id,
                "position": position,
                "url": url,
                "scraped_at": settled.settled_at,
                **msgspec.structs.asdict(row),
            }
            for position, (url, row) in enumerate(settled.rows, start=1)
        ]


def _encode(rows: list[dict[str, Any]]) -> str:
    return _NUL.sub(rb"\1", msgspec.json.encode(rows)).decode()


_PENDING = """
    SELECT t.id, t.key FROM hawker.outcome o JOIN hawker.target t ON t.id = o.target_id
    JOIN hawker.run r ON r.id = o.run_id AND r.status = 'running'
    WHERE o.run_id = %s AND o.chunk = %s AND o.outcome IS NULL ORDER BY t.id
"""
# Claiming is what makes an outcome unique: whoever sets it first stores the rows, everybody else's are dropped. Locks
# are taken in order of ids, so that two workers with the same targets cannot wait for each other.
_CLAIM = """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(%(batch)s::text::jsonb) AS g(
            target_id bigint, outcome text, detail text, rows integer, requests integer,
            seconds double precision, evidence text, settled_at timestamptz)
    ), open AS (
        SELECT o.target_id FROM hawker.outcome o JOIN given USING (target_id)
        WHERE o.run_id = %(run)s AND o.chunk = %(chunk)s AND o.outcome IS NULL ORDER BY o.target_id FOR UPDATE OF o
    )
    UPDATE hawker.outcome o
    SET outcome = g.outcome, detail = g.detail, rows = g.rows, requests = g.requests, seconds = g.seconds,
        evidence = g.evidence, settled_at = g.settled_at
    FROM given g JOIN open USING (target_id)
    WHERE o.run_id = %(run)s AND o.target_id = g.target_id
    RETURNING o.target_id
"""
_CLAIM_EVIDENCE = """
    WITH had AS (SELECT id, evidence, greatest(0, least(%s - evidence, %s)) AS granted
                 FROM hawker.run WHERE id = %s FOR UPDATE)
    UPDATE hawker.run r SET evidence = had.evidence + had.granted FROM had WHERE r.id = had.id RETURNING had.granted
"""
_STATUS = "SELECT status FROM hawker.run WHERE id = %s"


def _insert_statement(scraper: str, row: type[RawRow]) -> sql.Composed:
    every = (*PROVENANCE, *columns(row))
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in every)
    typed = sql.SQL(", ").join(sql.Identifier(c.name) + sql.SQL(" " + c.sql_type) for c in every)
    return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM jsonb_to_recordset(%s::text::jsonb) AS r({})").format(
        sql.Identifier("raw", scraper), names, names, typed
    )
