"""The closing Lambda: consolidates the chunks' statistics, judges the run, writes its summary, clears S3."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from hawker_core import registry, stats
from hawker_core.log import bound, configure
from hawker_core.settings import database_url, settings
from hawker_core.upload import s3
from hawker_orchestrator.verdict import reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.handler import LambdaContext

log = logging.getLogger(__name__)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run. `outcomes` counts targets, `pending` those without an outcome."""

    run: str
    scraper: str
    status: str
    verdict: str
    reasons: list[str]
    targets: int
    outcomes: dict[str, int]
    rows: int
    chunks: int
    failed_chunks: int
    seconds: float


class Found(msgspec.Struct):
    """What the workers and the state machine left in S3 for a run: by chunk, statistics by invocation, and failures."""

    statistics: dict[int, dict[str, Any]] = {}
    failures: dict[int, str] = {}
    keys: list[str] = []


class StoppedContainer(msgspec.Struct, frozen=True):
    """A container of a task that stopped; a task that never started has no exit code."""

    code: int | None = msgspec.field(name="ExitCode", default=None)


class StoppedTask(msgspec.Struct, frozen=True):
    """What Step Functions tells of a task that failed: ECS's DescribeTasks, its names with capitals."""

    arn: str = msgspec.field(name="TaskArn")
    reason: str = msgspec.field(name="StoppedReason")
    containers: list[StoppedContainer] = msgspec.field(name="Containers")


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Close the run that the event names; closed twice, it has one summary, the same."""
    del context
    configure(settings().log_level)
    with bound(run=event["run"]):
        summary = close(event["run"])
        log.info("run closed", extra=msgspec.structs.asdict(summary))
    answer: dict[str, Any] = msgspec.to_builtins(summary)
    return answer


def close(run: str) -> Summary:
    """Consolidate, judge and sum up a run; its temporary objects go only after the summary is committed.

    Raises:
        LookupError: there is no such run.
    """
    bucket = settings().bucket
    found = _collect(bucket, f"runs/{run}/")
    with psycopg.connect(database_url()) as connection:
        row = connection.execute("SELECT scraper, status FROM hawker.run WHERE id = %s FOR UPDATE", [run]).fetchone()
        if row is None:
            raise LookupError(f"there is no run {run!r} to close")
        _consolidate(connection, run, found)
        summary = _sum_up(connection, run, scraper=row[0], stopped=row[1] in {"stopping", "stopped"})
    for start in range(0, len(found.keys), 1000):  # DeleteObjects takes 1,000 keys
        keys = [{"Key": key} for key in found.keys[start : start + 1000]]
        s3().delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    return summary


def _collect(bucket: str, prefix: str) -> Found:
    found = Found()
    for key in _list(bucket, prefix):
        found.keys.append(key)
        folder, _, name = key.removeprefix(prefix).partition("/")
        if folder not in {"statistics", "failures"}:
            continue
        body = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
        number, _, invocation = name.removesuffix(".json").partition("-")
        if folder == "statistics":
            found.statistics.setdefault(int(number), {})[invocation] = msgspec.to_builtins(stats.decode(body))
        else:
            found.failures[int(number)] = _reason(msgspec.json.decode(body))
    return found


def _reason(error: dict[str, Any]) -> str:
    """Why a chunk failed, from what a state machine caught; of a task's whole description what it says of its end."""
    cause = str(error.get("Cause"))
    with suppress(msgspec.DecodeError, msgspec.ValidationError):
        task = msgspec.json.decode(cause, type=StoppedTask)
        ends = [f"exit code {one.code}" for one in task.containers if one.code is not None]
        cause = ", ".join([task.reason, *ends, f"task {task.arn.rpartition('/')[2]}"])
    return f"{error.get('Error')}: {cause}"[:2000]


def _list(bucket: str, prefix: str) -> Iterator[str]:
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            yield item["Key"]


def _consolidate(connection: psycopg.Connection[Any], run: str, found: Found) -> None:
    """Bring what was found into the chunk table; keyed by invocation, so that bringing it twice counts it once."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE hawker.chunk SET statistics = statistics || %s WHERE run_id = %s AND number = %s",
            [(Jsonb(by_invocation), run, number) for number, by_invocation in found.statistics.items()],
        )
        cursor.executemany(
            "UPDATE hawker.chunk SET status = 'failed', error = %s "
            "WHERE run_id = %s AND number = %s AND status <> 'superseded'",
            [(error, run, number) for number, error in found.failures.items()],
        )
    connection.execute(
        """
        UPDATE hawker.chunk SET
            status = CASE WHEN statistics = '{}' THEN 'failed' ELSE 'done' END,
            error = CASE WHEN statistics = '{}' THEN 'no statistics: no worker of this chunk lived to write any' END
        WHERE run_id = %s AND status = 'planned'
        """,
        [run],
    )


def _sum_up(connection: psycopg.Connection[Any], run: str, *, scraper: str, stopped: bool) -> Summary:
    outcomes = dict(
        connection.execute(
            "SELECT coalesce(outcome, 'pending'), count(*) FROM hawker.outcome WHERE run_id = %s GROUP BY 1 ORDER BY 1",
            [run],
        ).fetchall()
    )
    rows, p95 = connection.execute(
        "SELECT coalesce(sum(rows), 0)::bigint, percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) "
        "FROM hawker.outcome WHERE run_id = %s",
        [run],
    ).fetchone() or (0, None)
    chunks = connection.execute("SELECT status, statistics FROM hawker.chunk WHERE run_id = %s", [run]).fetchall()
    failed = sum(status == "failed" for status, _ in chunks)
    measured = stats.total(stats.decode(one) for _, by_invocation in chunks for one in by_invocation.values())
    missed = reasons(registry.load(scraper).expect, outcomes, measured, failed_chunks=failed)
    status = "stopped" if stopped else "partial" if failed or outcomes.get("pending") else "complete"
    closed_at, seconds = connection.execute(
        """
        UPDATE hawker.run SET status = %s, closed_at = coalesce(closed_at, now()) WHERE id = %s
        RETURNING closed_at, extract(epoch FROM closed_at - started_at)::double precision
        """,
        [status, run],
    ).fetchone() or (None, 0.0)
    summary = Summary(
        run=run,
        scraper=scraper,
        status=status,
        verdict="bad" if missed else "good",
        reasons=missed,
        targets=sum(outcomes.values()),
        outcomes=outcomes,
        rows=rows,
        chunks=len(chunks),
        failed_chunks=failed,
        seconds=seconds,
    )
    _store(connection, summary, {"seconds_per_target": p95, "closed_at": closed_at}, measured)
    return summary


def _store(
    connection: psycopg.Connection[Any], summary: Summary, more: dict[str, Any], measured: stats.Statistics
) -> None:
    connection.execute(
        """
        INSERT INTO hawker.run_summary (run_id, status, verdict, reasons, targets, outcomes, rows, chunks,
            failed_chunks, seconds, seconds_per_target, statistics, closed_at)
        VALUES (%(run)s, %(status)s, %(verdict)s, %(reasons)s, %(targets)s, %(outcomes)s, %(rows)s, %(chunks)s,
            %(failed_chunks)s, %(seconds)s, %(seconds_per_target)s, %(statistics)s, %(closed_at)s)
        ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, verdict = excluded.verdict,
            reasons = excluded.reasons, targets = excluded.targets, outcomes = excluded.outcomes,
            rows = excluded.rows, chunks = excluded.chunks, failed_chunks = excluded.failed_chunks,
            seconds = excluded.seconds, seconds_per_target = excluded.seconds_per_target,
            statistics = excluded.statistics, closed_at = excluded.closed_at
        """,
        {
            **msgspec.structs.asdict(summary),
            **more,
            "reasons": Jsonb(summary.reasons),
            "outcomes": Jsonb(summary.outcomes),
            "statistics": Jsonb(msgspec.to_builtins(measured, str_keys=True)),
        },
    )
