"""The plan Lambda: opens a run or reopens one, cuts its targets into chunks, writes the manifest to S3."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg

from hawker_core import chunk, registry
from hawker_core.log import bound, configure
from hawker_core.model import Outcome
from hawker_core.settings import Settings, database_url, settings
from hawker_core.upload import s3
from hawker_core.work import Work
from hawker_orchestrator import stack

if TYPE_CHECKING:
    from hawker_core.handler import LambdaContext
    from hawker_core.scraper import Scraper

log = logging.getLogger(__name__)

RETRYABLE = [outcome.value for outcome in Outcome if outcome.retryable]


class BadInputError(ValueError):
    """An execution's input that says neither what to scrape nor what to resume."""


class NoTargetsError(LookupError):
    """A run of a scraper that has no active target."""


class UnknownRunError(LookupError):
    """A run to resume that the database does not know."""


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An execution's input: a scraper to run, or the run to resume."""

    scraper: str = ""
    resume: str = ""
    limit: int | None = None  # targets at most, the oldest first
    concurrency: int | None = None  # workers at once at most; the settings' else


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What the state machine goes on with."""

    run: str
    scraper: str
    bucket: str
    manifest: str
    workers: int
    chunks: int
    targets: int


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Plan what an execution's input asks for; asked twice by the same execution, answer the same.

    Raises:
        BadInputError, NoTargetsError, UnknownRunError, UnknownScraperError: nothing is planned.
    """
    del context
    configure(settings().log_level)
    try:
        asked = msgspec.convert(event["input"], Input)
    except msgspec.ValidationError as error:
        raise BadInputError(f"{error}; give a scraper or a run to resume") from None
    if bool(asked.scraper) == bool(asked.resume):
        raise BadInputError("give either a scraper or a run to resume")
    with bound(execution=event["execution"]):
        planned = plan(asked, event["execution"])
        log.info("run planned", extra=msgspec.structs.asdict(planned))
    answer: dict[str, Any] = msgspec.to_builtins(planned)
    return answer


def plan(asked: Input, execution: str) -> Planned:
    """Plan in one transaction that also covers the manifest: when it cannot be written, nothing is planned.

    Raises: as `handle`.
    """
    with psycopg.connect(database_url()) as connection:
        run, scraper, known = _open(connection, asked, execution)
        loaded = registry.load(scraper)
        if not known:
            _cut(connection, run, loaded, asked, execution)
        return _write_manifest(connection, run, scraper, settings())


def _open(connection: psycopg.Connection[Any], asked: Input, execution: str) -> tuple[str, str, bool]:
    """The run to plan, its scraper, and whether this very execution has planned it already."""
    run = asked.resume or execution
    row = connection.execute("SELECT scraper, execution FROM hawker.run WHERE id = %s FOR UPDATE", [run]).fetchone()
    if row:
        return run, row[0], row[1] == execution
    if asked.resume:
        raise UnknownRunError(f"there is no run {run!r} to resume")
    registry.load(asked.scraper)
    connection.execute(
        "INSERT INTO hawker.run (id, scraper, status, execution, workers, round) VALUES (%s, %s, 'running', '', 0, 0)",
        [run, asked.scraper],
    )
    rows = connection.execute(
        """
        INSERT INTO hawker.outcome (run_id, target_id, chunk)
        SELECT %s, id, 0 FROM hawker.target WHERE scraper = %s AND active ORDER BY id LIMIT %s
        """,
        [run, asked.scraper, asked.limit],
    ).rowcount
    if not rows:
        raise NoTargetsError(f"{asked.scraper} has no active target: add some with `hawker targets`")
    return run, asked.scraper, False


def _cut(
    connection: psycopg.Connection[Any], run: str, scraper: Scraper[Any, Any], asked: Input, execution: str
) -> None:
    """Open a new round: all targets without an outcome, or with one worth another try, go into new chunks."""
    connection.execute(
        """
        UPDATE hawker.outcome
        SET outcome = NULL, detail = NULL, rows = 0, requests = 0, seconds = NULL, evidence = NULL,
            settled_at = NULL
        WHERE run_id = %s AND outcome = ANY(%s)
        """,
        [run, RETRYABLE],
    )
    (targets,) = _one(connection, "SELECT count(*) FROM hawker.outcome WHERE run_id = %s AND outcome IS NULL", [run])
    config = settings()
    rate = scraper.fetch.per_second if config.per_second is None else config.per_second
    in_task = stack.workflow(scraper) == stack.FARGATE
    seconds, requests = _measured(connection, scraper.name)
    planned = chunk.plan(
        targets,
        seconds=seconds,
        budget=config.task_chunk_seconds if in_task else config.worker_seconds,
        least=chunk.LEAST_TASK_SECONDS if in_task else chunk.LEAST_SECONDS,
        concurrency=asked.concurrency or config.concurrency,
        in_flight=scraper.fetch.concurrency,
        per_second=rate / requests,
    )
    connection.execute(
        "UPDATE hawker.chunk SET status = 'superseded' WHERE run_id = %s AND status IN ('planned', 'failed')", [run]
    )
    (round_, first) = _one(
        connection,
        """
        UPDATE hawker.run SET status = 'running', closed_at = NULL, execution = %s, workers = %s, round = round + 1
        WHERE id = %s
        RETURNING round, (SELECT coalesce(max(number), 0) + 1 FROM hawker.chunk WHERE run_id = %s)
        """,
        [execution, planned.workers, run, run],
    )
    if not planned.sizes:
        return
    # ntile() deals as chunk.plan() does: the larger chunks first.
    connection.execute(
        """
        UPDATE hawker.outcome o SET chunk = %(first)s + dealt.n - 1
        FROM (SELECT target_id, ntile(%(chunks)s) OVER (ORDER BY target_id) AS n
              FROM hawker.outcome WHERE run_id = %(run)s AND outcome IS NULL) dealt
        WHERE o.run_id = %(run)s AND o.target_id = dealt.target_id
        """,
        {"run": run, "first": first, "chunks": len(planned.sizes)},
    )
    connection.execute(
        """
        INSERT INTO hawker.chunk (run_id, number, round, targets)
        SELECT run_id, chunk, %s, count(*) FROM hawker.outcome WHERE run_id = %s AND outcome IS NULL
        GROUP BY run_id, chunk
        """,
        [round_, run],
    )


def _measured(connection: psycopg.Connection[Any], scraper: str) -> tuple[float | None, float]:
    """Of the scraper's latest runs: the slowest p95 of a target's seconds, None before its first; requests a target."""
    seconds, requests = _one(
        connection,
        """
        SELECT max(seconds_per_target), sum(requests) / nullif(sum(settled), 0) FROM (
            SELECT s.seconds_per_target, (s.statistics ->> 'requests')::double precision AS requests,
                (s.statistics ->> 'settled')::double precision AS settled
            FROM hawker.run_summary s JOIN hawker.run r ON r.id = s.run_id
            WHERE r.scraper = %s ORDER BY s.closed_at DESC LIMIT 5) latest
        """,
        [scraper],
    )
    return seconds, max(1.0, requests or 1.0)


def _write_manifest(connection: psycopg.Connection[Any], run: str, scraper: str, config: Settings) -> Planned:
    workers, round_ = _one(connection, "SELECT workers, round FROM hawker.run WHERE id = %s", [run])
    chunks = connection.execute(
        "SELECT number, targets FROM hawker.chunk WHERE run_id = %s AND round = %s ORDER BY number", [run, round_]
    ).fetchall()
    key = f"runs/{run}/manifest-{round_}.json"
    items = [Work(run=run, scraper=scraper, chunk=number, workers=workers) for number, _ in chunks]
    s3().put_object(Bucket=config.bucket, Key=key, Body=msgspec.json.encode(items), ContentType="application/json")
    return Planned(
        run=run,
        scraper=scraper,
        bucket=config.bucket,
        manifest=key,
        workers=max(workers, 1),
        chunks=len(chunks),
        targets=sum(targets for _, targets in chunks),
    )


def _one(connection: psycopg.Connection[Any], query: str, values: list[Any]) -> tuple[Any, ...]:
    row = connection.execute(query, values).fetchone()
    if row is None:
        raise LookupError(f"no row: {query.strip()}")
    found: tuple[Any, ...] = row
    return found
