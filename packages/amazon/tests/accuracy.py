"""How many of the values read by eye from captured pages the parsers give.

`python packages/amazon/tests/accuracy.py` prints one table over every captured page: per scraper and field the rows, in
how many it is filled, how many are labelled and how many of these come out right; and every miss.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from hawker_core.convert import squash
from hawker_core.model import Signal

captured: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("captured.py")))
PAGES, FACTS, HOSTS, rows_of = (captured[name] for name in ("PAGES", "FACTS", "HOSTS", "rows_of"))


class Field(msgspec.Struct):
    """One field's figures over the pages of a type."""

    rows: int = 0
    filled: int = 0
    labelled: int = 0
    correct: int = 0


class Report(msgspec.Struct):
    """What a comparison found."""

    pages: int = 0
    ok: int = 0
    fields: dict[str, Field] = msgspec.field(default_factory=lambda: defaultdict(Field))
    misses: list[str] = []

    def share(self, *names: str) -> float:
        """The correct share of the labelled values of some fields."""
        labelled = sum(self.fields[name].labelled for name in names)
        return sum(self.fields[name].correct for name in names) / labelled


def same(expected: Any, got: Any) -> bool:
    """Whether a value is the labelled one: numbers by value, texts by their letters."""
    if isinstance(expected, str) and isinstance(got, Decimal):
        return Decimal(expected) == got
    if isinstance(expected, str) and isinstance(got, str):
        return squash(expected) == squash(got)
    return bool(expected == got)


def compare(report: Report, file: str, expected: dict[str, Any], row: dict[str, Any]) -> None:
    """Add one row's figures."""
    for name, value in row.items():
        field = report.fields[name]
        field.rows += 1
        field.filled += value not in (None, [], {})
        if name in expected:
            field.labelled += 1
            if same(expected[name], value):
                field.correct += 1
            else:
                report.misses.append(f"{file} {name}: expected {expected[name]!r}, got {value!r}")


def products() -> Report:
    """amazon_product against the facts read by eye."""
    report, facts = Report(), json.loads((FACTS / "amazon_product.json").read_text())
    for file in HOSTS:
        if file.startswith("dp/"):
            report.pages += 1
            try:
                rows = rows_of("amazon_product", file)
            except Signal as end:
                report.misses.append(f"{file}: {end.outcome} {end}")
                continue
            report.ok += 1
            compare(report, file, facts.get(file, {}), rows[0])
    return report


def offers() -> Report:
    """amazon_offers against the facts read by eye; a missing or surplus offer counts as a wrong price."""
    report, facts = Report(), json.loads((FACTS / "amazon_offers.json").read_text())
    for file in HOSTS:
        if file.startswith(("aod/", "olp/")):
            report.pages += 1
            try:
                rows = rows_of("amazon_offers", file)
            except Signal as end:
                report.misses.append(f"{file}: {end.outcome} {end}")
                continue
            report.ok += 1
            expected = facts[file]["offers"]
            if len(expected) != len(rows):
                report.misses.append(f"{file}: expected {len(expected)} offers, got {len(rows)}")
                report.fields["price"].labelled += abs(len(expected) - len(rows))
            for offer, row in zip(expected, rows, strict=False):
                compare(report, f"{file}[{offer['position']}]", offer, row)
    return report


def bestsellers() -> Report:
    """amazon_bestsellers against the facts read by eye; the overview of all departments is no list and ends `parse`."""
    report, facts = Report(), json.loads((FACTS / "amazon_bestsellers.json").read_text())
    for file in HOSTS:
        if file.startswith("bestsellers/"):
            report.pages += 1
            try:
                rows = rows_of("amazon_bestsellers", file)
            except Signal as end:
                if file in facts:
                    report.misses.append(f"{file}: {end.outcome} {end}")
                continue
            report.ok += 1
            expected = facts[file]["entries"]
            if len(expected) != len(rows):
                report.misses.append(f"{file}: expected {len(expected)} entries, got {len(rows)}")
            for entry, row in zip(expected, rows, strict=False):
                compare(report, f"{file}[{entry['rank']}]", entry, row)
    return report


def others() -> Report:
    """amazon_product against dp.json. A blank or a nought there means that its parser found nothing."""
    report, found = Report(), json.loads((PAGES / "expected" / "dp.json").read_text())
    for file, values in found.items():
        report.pages += 1
        row = rows_of("amazon_product", file)[0]
        report.ok += 1
        ranks = [rank["rank"] for rank in row["best_seller_ranks"]]
        got = {
            "title": row["title"],
            "star": row["rating"],
            "reviews": row["rating_count"],
            "rank": next(iter(ranks), None),
        }
        expected = {name: str(values[name]) if name == "star" else values[name] for name in got if values[name]}
        compare(report, file, expected, got)
    return report


def table(title: str, report: Report) -> str:
    """A report as text."""
    lines = [f"{title}: {report.pages} pages, {report.ok} ok"]
    lines.append(f"  {'field':20}{'rows':>6}{'filled':>8}{'labelled':>10}{'correct':>9}{'%':>8}")
    for name, field in report.fields.items():
        share = f"{field.correct / field.labelled:.1%}" if field.labelled else "-"
        lines.append(f"  {name:20}{field.rows:6}{field.filled:8}{field.labelled:10}{field.correct:9}{share:>8}")
    labelled, correct = (sum(getattr(f, n) for f in report.fields.values()) for n in ("labelled", "correct"))
    lines.append(f"  {'all':20}{'':6}{'':8}{labelled:10}{correct:9}{correct / labelled:>8.1%}" if labelled else "")
    return "\n".join([*lines, *(f"  miss: {miss}" for miss in report.misses)])


def everything() -> dict[str, Report]:
    """Every scraper that captured pages answer."""
    lists, reviews = (
        runpy.run_path(str(Path(__file__).with_name(f"accuracy_{name}.py"))) for name in ("results", "reviews")
    )
    return {
        "amazon_product": products(),
        "amazon_offers": offers(),
        "amazon_search": lists["lists"]("search"),
        "amazon_seller_products": lists["lists"]("storefront"),
        "amazon_bestsellers": bestsellers(),
        "amazon_reviews": reviews["reviews"](),
        "amazon_product against dp.json, another project's values": others(),
    }


if __name__ == "__main__":
    for title, compared in everything().items():
        sys.stdout.write(f"{table(title, compared)}\n\n")
