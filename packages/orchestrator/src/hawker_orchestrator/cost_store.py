"""What the database knows of costs: what closed runs measured, as a whole and for one target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from hawker_core import registry, stats
from hawker_orchestrator import stack
from hawker_orchestrator.cost import NotMeasuredError, RunFigures
from hawker_orchestrator.forecast import Profile

if TYPE_CHECKING:
    from hawker_core.scraper import Scraper
    from hawker_core.stats import Statistics

_SAMPLE = 1000  # rows of a run whose size is taken for all


def run_figures(url: str, run: str) -> RunFigures:
    """What a closed run did.

    Raises:
        NotMeasuredError: it has no summary yet, or no worker of it lived to write statistics.
        UnknownScraperError: its scraper is not installed here.
    """
    with psycopg.connect(url, row_factory=dict_row) as connection:
        row = connection.execute(_RUN, [run]).fetchone()
        if row is None:
            raise NotMeasuredError(f"{run} has no statistics before it is closed; see `hawker runs watch {run}`")
        measured = stats.decode(row["statistics"])
        if not measured.invocations:
            raise NotMeasuredError(
                f"{run} has no statistics: no worker lived to write any; see `hawker runs show {run}`"
            )
        scraper = registry.load(row["scraper"])
        return RunFigures(
            workflow=stack.workflow(scraper),
            targets=row["targets"],
            failures=row["targets"] - row["outcomes"].get("ok", 0),
            chunks=row["chunks"],
            invocations=measured.invocations,
            executions=max(1, row["round"]),
            wall=measured.wall,
            gb_seconds=measured.gb_seconds,
            cpu=measured.cpu,
            cores=stack.TASK_SIZE.cpu / 1024,
            requests=measured.requests,
            received=measured.received,
            rows=row["rows"],
            row_bytes=_row_bytes(connection, scraper, run),
        )


_RUN = """
    SELECT r.scraper, r.round, s.targets, s.outcomes, s.rows, s.chunks, s.statistics
    FROM hawker.run r JOIN hawker.run_summary s ON s.run_id = r.id WHERE r.id = %s
"""


def profiles(url: str) -> list[Profile]:
    """What one target takes, of each installed scraper that has a closed run, by its latest; sorted by name."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        found = []
        for row in connection.execute(_LATEST).fetchall():
            if row["scraper"] in registry.names():
                scraper = registry.load(row["scraper"])
                measured = stats.decode(row["statistics"])
                found.append(_profile(scraper, row, measured, _row_bytes(connection, scraper, row["id"])))
        return found


# Requests are those of the targets themselves, while there are any: a robots.txt of each worker and host, which a short
# run's statistics count as well, would weigh little in a long one.
_LATEST = """
    SELECT DISTINCT ON (r.scraper) r.scraper, r.id, s.outcomes, s.targets, s.rows, s.statistics,
        (SELECT avg(requests)::double precision FROM hawker.outcome o
         WHERE o.run_id = r.id AND o.outcome IS NOT NULL) AS requests
    FROM hawker.run r JOIN hawker.run_summary s ON s.run_id = r.id
    WHERE (s.statistics->>'settled')::bigint > 0
    ORDER BY r.scraper, s.closed_at DESC
"""


def _profile(scraper: Scraper[Any, Any], row: dict[str, Any], measured: Statistics, row_bytes: float) -> Profile:
    settled = measured.settled
    return Profile(
        scraper=scraper.name,
        workflow=stack.workflow(scraper),
        per_second=scraper.fetch.per_second,
        in_flight=scraper.fetch.concurrency,
        requests=measured.requests / settled if row["requests"] is None else row["requests"],
        cpu=measured.cpu / settled,
        received=measured.received / settled,
        rows=row["rows"] / settled,
        row_bytes=row_bytes,
        failures=1 - row["outcomes"].get("ok", 0) / row["targets"],
    )


def active_targets(url: str) -> dict[str, int]:
    """How many targets each scraper has that its next run would take."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT scraper, count(*) FROM hawker.target WHERE active GROUP BY 1").fetchall()
    return {str(scraper): int(count) for scraper, count in rows}


def _row_bytes(connection: psycopg.Connection[dict[str, Any]], scraper: Scraper[Any, Any], run: str) -> float:
    """The mean size of a run's raw rows, 0 when it has none."""
    query = sql.SQL(
        "SELECT coalesce(avg(pg_column_size(sample.*)), 0)::double precision AS bytes "
        "FROM (SELECT * FROM {} WHERE run_id = %s LIMIT %s) sample"
    ).format(sql.Identifier("raw", scraper.name))
    row = connection.execute(query, [run, _SAMPLE]).fetchone()
    return float(row["bytes"]) if row else 0.0
