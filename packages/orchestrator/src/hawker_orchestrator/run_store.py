"""What the database knows of runs: their list, summaries and chunks, and why their targets ended as they did."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

LATEST = "latest"


class UnknownRunError(LookupError):
    """A name that no run has, or several; the text says how to mend it."""


def resolve(url: str, name: str, scraper: str | None = None) -> str:
    """The run of a name: `latest`, a whole name, or a part that no other run has; of one scraper where that is given.

    Raises:
        UnknownRunError: no run is named so, or several are.
    """
    of = f" of {scraper}" if scraper else ""
    see = f"see `hawker runs list{f' {scraper}' if scraper else ''}`"
    with psycopg.connect(url) as connection:
        found = connection.execute(_LATEST if name == LATEST else _NAMED, {"scraper": scraper, "name": name}).fetchall()
    if not found and name == LATEST:
        raise UnknownRunError(f"there is no run{of} yet; start one by `hawker run {scraper or 'SCRAPER'}`")
    if not found:
        raise UnknownRunError(f"no run{of} is named {name!r}; {see}")
    best = [run for run, kind in found if kind == found[0][1]]
    if len(best) > 1:
        raise UnknownRunError(f"{len(best)} runs{of} are named so, such as {best[0]} and {best[-1]}; {see}")
    return str(best[0])


_LATEST = """
    SELECT id, 1 FROM hawker.run WHERE %(scraper)s::text IS NULL OR scraper = %(scraper)s
    ORDER BY started_at DESC LIMIT 1
"""
# An exact name first, then names that begin so, then names that hold it.
_NAMED = """
    SELECT id, CASE WHEN id = %(name)s THEN 1 WHEN starts_with(id, %(name)s) THEN 2 ELSE 3 END AS kind
    FROM hawker.run WHERE (%(scraper)s::text IS NULL OR scraper = %(scraper)s) AND strpos(id, %(name)s) > 0
    ORDER BY kind, started_at
"""


def listed(url: str, scraper: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The latest runs, the newest first: name, scraper, status, verdict, targets, outcomes, rows, started_at, seconds.

    A run that is going on has no verdict yet; its outcomes and rows are those of now.
    """
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(_LIST, {"scraper": scraper, "limit": limit}).fetchall()


_LIST = """
    SELECT r.id AS run, r.scraper, r.status, s.verdict, o.targets, o.outcomes, o.rows, r.started_at,
        extract(epoch FROM coalesce(r.closed_at, now()) - r.started_at)::double precision AS seconds
    FROM (SELECT * FROM hawker.run WHERE %(scraper)s::text IS NULL OR scraper = %(scraper)s
          ORDER BY started_at DESC LIMIT %(limit)s) r
    LEFT JOIN hawker.run_summary s ON s.run_id = r.id AND r.status NOT IN ('running', 'stopping')
    CROSS JOIN LATERAL (
        SELECT s.targets, s.outcomes, s.rows WHERE s.run_id IS NOT NULL
        UNION ALL
        SELECT coalesce(sum(n), 0)::int, coalesce(jsonb_object_agg(outcome, n), '{}'), coalesce(sum(rows), 0)::bigint
        FROM (SELECT coalesce(outcome, 'pending') AS outcome, count(*) AS n, sum(rows) AS rows
              FROM hawker.outcome WHERE run_id = r.id GROUP BY 1) now
        HAVING s.run_id IS NULL
    ) o
    ORDER BY r.started_at DESC
"""


def shown(url: str, run: str, details: int = 3) -> dict[str, Any]:
    """All that is known of a run, ready for JSON but for times and the chunks' statistics.

    The run's columns, `summary` with its summary's (None before it is closed), `outcomes` as of now, `details` with the
    most frequent reasons by outcome as (detail, targets), and `chunks` with number, round, targets, status, error and
    invocations.
    """
    with psycopg.connect(url, row_factory=dict_row) as connection:
        known = connection.execute("SELECT * FROM hawker.run WHERE id = %s", [run]).fetchone()
        if known is None:
            raise UnknownRunError(f"no run is named {run!r}; see `hawker runs list`")
        summary = connection.execute("SELECT * FROM hawker.run_summary WHERE run_id = %s", [run]).fetchone()
        reasons = connection.execute(_REASONS, [run]).fetchall()
        chunks = connection.execute(_CHUNKS, [run]).fetchall()
    outcomes: dict[str, int] = {}
    frequent: dict[str, list[tuple[str, int]]] = {}
    for row in reasons:
        outcomes[row["outcome"]] = outcomes.get(row["outcome"], 0) + row["n"]
        if row["detail"] and len(frequent.setdefault(row["outcome"], [])) < details:
            frequent[row["outcome"]].append((row["detail"], row["n"]))
    return {**known, "summary": summary, "outcomes": outcomes, "details": frequent, "chunks": chunks}


# Durations and other figures differ from target to target: reasons are counted without them.
_REASONS = r"""
    SELECT coalesce(outcome, 'pending') AS outcome, count(*) AS n,
        regexp_replace(detail, '\d+\.\d+', 'N', 'g') AS detail
    FROM hawker.outcome WHERE run_id = %s GROUP BY 1, 3 ORDER BY n DESC, detail
"""
_CHUNKS = """
    SELECT c.number, c.round, c.targets, c.status, c.error,
        (SELECT count(*) FROM jsonb_object_keys(c.statistics)) AS invocations
    FROM hawker.chunk c WHERE c.run_id = %s ORDER BY c.number
"""


def running(url: str) -> list[str]:
    """The names of all runs that are going on."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT id FROM hawker.run WHERE status IN ('running', 'stopping')").fetchall()
    return [str(run) for (run,) in rows]
