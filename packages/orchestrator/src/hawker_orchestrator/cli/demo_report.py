"""Holds what the demo's runs found against what its shops know they served, and shows both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import sql

from hawker_core import registry, stats
from hawker_core.rows import columns
from hawker_orchestrator import run_store
from hawker_orchestrator.cli import console
from hawker_orchestrator.cli.report import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_storefront.ledger import Ledger

_SAMPLE_ROWS = 3
_SAMPLE_COLUMNS = 6
_NEVER = "never asked for"


class Difference(NamedTuple):
    """A target that ended otherwise than its shop's accounts say."""

    scraper: str
    key: str
    expected: str
    found: str
    detail: str | None


class Accounts:
    """The runs' outcomes beside the shops' ledger; `differences` lists where they part."""

    def __init__(self, url: str, runs: Mapping[str, str], ledger: Ledger) -> None:
        self._url, self._runs = url, runs
        self._expected: dict[str, Counter[str]] = {}
        self.differences: list[Difference] = []
        with psycopg.connect(url) as connection:
            for scraper, run in runs.items():
                self._expected[scraper] = Counter()
                for key, outcome, detail in connection.execute(_OUTCOMES, [run]):
                    entry = ledger.entries.get((scraper, key))
                    expected = entry.expected if entry else _NEVER
                    self._expected[scraper][expected] += 1
                    if outcome != expected:
                        self.differences.append(Difference(scraper, key, expected, outcome or "pending", detail))

    def show(self) -> None:
        """Print the accounts, a few rows of each scraper, and whether all of it agrees."""
        targets = 0
        for scraper, run in self._runs.items():
            shown = run_store.shown(self._url, run)
            targets += sum(shown["outcomes"].values())
            self._show_run(scraper, shown)
            self._sample(scraper, run)
        if self.differences:
            console.table(
                ("scraper", "target", "the shop served", "found", "detail"), self.differences[:20], title="Differences"
            )
            console.show(
                f"{len(self.differences)} of {targets} outcomes differ from what the shops served", style="bold red"
            )
        else:
            console.show(f"All {targets} outcomes are what the shops served.", style="bold green")
        console.show()

    def _show_run(self, scraper: str, shown: Mapping[str, Any]) -> None:
        summary = shown["summary"]
        measured = stats.decode(summary["statistics"])
        found, expected = shown["outcomes"], self._expected[scraper]
        console.table(
            ("outcome", "shop served", "found"),
            [(name, expected[name], found.get(name, 0)) for name in in_order({**expected, **found})],
            title=f"{scraper}: {summary['targets']} targets, {summary['rows']:,} rows",
            right=("shop served", "found"),
        )
        quantiles = ", ".join(f"p{q} {console.seconds(measured.latency.quantile(q / 100))}" for q in (50, 95))
        console.show(
            f"{console.seconds(summary['seconds'])}, {measured.requests:,} requests ({measured.retries:,} retries), "
            f"latency {quantiles}, peak memory {console.size(measured.peak_memory)}, verdict {summary['verdict']}"
            + (f": {'; '.join(summary['reasons'])}" if summary["reasons"] else "")
        )
        console.show()

    def _sample(self, scraper: str, run: str) -> None:
        """A few rows: the first columns that hold plain values."""
        names = [c.name for c in columns(registry.load(scraper).row) if c.sql_type != "jsonb"][:_SAMPLE_COLUMNS]
        query = sql.SQL("SELECT {} FROM {} WHERE run_id = %s ORDER BY target_id, position LIMIT {}").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier("raw", scraper), _SAMPLE_ROWS
        )
        with psycopg.connect(self._url) as connection:
            rows = connection.execute(query, [run]).fetchall()
        console.table(names, [[console.short(value) for value in row] for row in rows])
        console.show()


_OUTCOMES = """
    SELECT t.key, o.outcome, o.detail FROM hawker.outcome o JOIN hawker.target t ON t.id = o.target_id
    WHERE o.run_id = %s ORDER BY t.id
"""
