"""All captured pages of the four scrapers through the real workflow, and what stands in the raw tables afterwards.

Expected values were read off the pages as a browser renders them: `tests/facts`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest
from rich.console import Console
from rich.table import Table

from hawker_core import registry
from hawker_core.convert import squash

from .lab import Lab, get_json, storefront

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PAGES = ROOT.parent / "shared" / "pages"
FACTS = ROOT / "tests" / "facts"
SCRAPERS = ("amazon_product", "amazon_offers", "walmart_product", "ebay_search")
LEAST_RIGHT = 0.97
# Facts about a page as a whole, or beside a row's fields, which the packages' own tests check.
BESIDE = {"note", "position", "not_visible", "fulfillment_options", "variants", "images"}


class Captured(NamedTuple):
    """What a run over captured pages left: ledger entry, outcome and rows by target key."""

    ledger: dict[str, dict[str, Any]]
    outcomes: dict[str, str]
    rows: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def captured(lab: Lab) -> Iterator[dict[str, Captured]]:
    assert PAGES.is_dir(), f"captured pages are missing: {PAGES}"
    with storefront("--pages", str(PAGES)) as origin:
        lab.deploy({"per_second": "0", "gateway": origin})
        yield {scraper: _run(lab, origin, scraper) for scraper in SCRAPERS}


def _run(lab: Lab, origin: str, scraper: str) -> Captured:
    listed = subprocess.run(
        ["hawker-storefront", "targets", scraper, "--pages", str(PAGES)], check=True, capture_output=True, text=True
    ).stdout
    targets = list(csv.DictReader(io.StringIO(listed)))
    lab.only(scraper, targets)
    run, progress = lab.run(scraper)
    assert progress.execution == "SUCCEEDED", progress
    lab.check_accounts(run, len(targets))
    ledger = {
        entry["key"]: {**entry, "file": entry["file"].partition("/")[2]}
        for entry in get_json(f"{origin}/__ledger__")
        if entry["scraper"] == scraper
    }
    rows: dict[str, list[dict[str, Any]]] = {key: [] for key in ledger}
    with psycopg.connect(lab.database_url, row_factory=psycopg.rows.dict_row) as connection:
        for row in connection.execute(
            f"SELECT t.key AS target_key, r.* FROM raw.{scraper} r JOIN hawker.target t ON t.id = r.target_id "  # noqa: S608
            "WHERE r.run_id = %s ORDER BY r.target_id, r.position",
            [run],
        ):
            rows[row["target_key"]].append(row)
    return Captured(ledger, lab.outcomes(run), rows)


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_pages_end_as_what_they_are(captured: dict[str, Captured], scraper: str) -> None:
    found = captured[scraper]
    assert found.outcomes == {key: entry["expected"] for key, entry in found.ledger.items()}


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_values_are_those_read_by_eye(
    captured: dict[str, Captured], scraper: str, figure: Callable[[str], None]
) -> None:
    found = captured[scraper]
    facts = json.loads((FACTS / f"{scraper}.json").read_text("utf-8"))
    filled, labelled, right, misses = Counter[str](), Counter[str](), Counter[str](), []
    rows = 0
    for key, entry in found.ledger.items():
        expected = _expected(scraper, facts.get(entry["file"], {}))
        for row in found.rows[key]:
            rows += 1
            filled.update(
                name for name in registry.load(scraper).row.__struct_fields__ if row[name] not in (None, [], {})
            )
        if len(found.rows[key]) < len(expected):
            misses.append(f"{entry['file']}: {len(found.rows[key])} rows, expected {len(expected)}")
        for fact, row in zip(expected, found.rows[key], strict=False):
            for name in fact.keys() & row.keys() - BESIDE:
                labelled[name] += 1
                if _same(fact[name], row[name]):
                    right[name] += 1
                else:
                    misses.append(f"{entry['file']} {name}: expected {fact[name]!r}, got {row[name]!r}")
    figure(_table(scraper, found, rows, filled, labelled, right))
    for miss in misses:
        figure(f"  miss: {miss}")
    assert sum(labelled.values()) > 0
    assert sum(right.values()) / sum(labelled.values()) >= LEAST_RIGHT, misses


def test_cost_of_a_fleet_by_what_these_runs_measured(
    lab: Lab, captured: dict[str, Captured], figure: Callable[[str], None]
) -> None:
    # Five of the thirty that the project is to have need a browser.
    fleet = "--scrapers 30 --browsers 5 --runs-per-day 4 --targets 10000"
    command = ["hawker", "cost", "--month", *fleet.split()]
    environment = {**os.environ, "HAWKER_DATABASE_URL": lab.database_url}
    shown, told = (
        subprocess.run([*command, *more], check=True, capture_output=True, text=True, env=environment).stdout
        for more in ((), ("--json",))
    )
    figure(f"{' '.join(command)}\n{shown}")
    month = json.loads(told)
    assert {one["scraper"] for one in month["measured"]} == set(captured)
    assert all(one["cpu"] > 0 and one["received"] > 10_000 and one["requests"] >= 1 for one in month["measured"])
    assert month["total"] == pytest.approx(sum(part["dollars"] for part in month["parts"]))
    assert month["ratio"] == pytest.approx(month["total"] / month["machine_total"])


def _expected(scraper: str, fact: dict[str, Any]) -> list[dict[str, Any]]:
    if not fact:
        return []
    if scraper == "ebay_search":
        return list(fact["first"])
    return list(fact["offers"]) if scraper == "amazon_offers" else [fact]


def _same(expected: Any, got: Any) -> bool:
    if isinstance(got, Decimal):
        return expected is not None and Decimal(str(expected)) == got
    if isinstance(got, str) and isinstance(expected, str):
        return squash(expected) == squash(got)
    return bool(expected == got)


def _table(
    scraper: str, found: Captured, rows: int, filled: Counter[str], labelled: Counter[str], right: Counter[str]
) -> str:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in Counter(found.outcomes.values()).items())
    table = Table("field", "filled", "labelled", "right", title=f"{scraper}: {len(found.ledger)} pages: {outcomes}")
    for name in registry.load(scraper).row.__struct_fields__:
        table.add_row(name, f"{filled[name]}/{rows}", str(labelled[name]), str(right[name]))
    console = Console(width=100, file=io.StringIO())
    with console.capture() as shown:
        console.print(table)
    return shown.get()
