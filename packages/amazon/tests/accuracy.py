"""How many of the values read by eye from captured pages the parsers give."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from hawker_core import registry
from hawker_core.convert import squash
from hawker_core.model import Signal
from hawker_core.page import Page
from hawker_core.run import read

REPO = Path(__file__).resolve().parents[3]
PAGES = REPO.parent / "shared" / "pages" / "amazon"
FACTS = REPO / "tests" / "facts"
_ASIN = re.compile(r"[A-Z0-9]{9}[A-Z0-9]")


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


def captured() -> dict[str, str]:
    """The marketplace that each captured page came from, by file.

    Raises:
        FileNotFoundError: the captured pages are not beside the repository.
    """
    lines = (PAGES / "INDEX.tsv").read_text(encoding="utf-8").splitlines()[1:]
    hosts = {line.split("\t")[0]: line.split("\t")[2].split()[0] for line in lines}
    return {file: host.removeprefix("www.amazon.") for file, host in hosts.items()}


def rows_of(scraper: str, file: str, domain: str) -> list[dict[str, Any]]:
    """The rows of a captured page.

    Raises:
        Signal: the page ends its target otherwise.
    """
    loaded = registry.load(scraper)
    found = _ASIN.search(file.partition("-")[2])
    asin = found.group() if found and len(found.group()) == 10 else "0000000000"
    target = loaded.target.from_fields({"asin": asin, "domain": domain})
    path = {"amazon_product": f"dp/{asin}", "amazon_offers": f"gp/offer-listing/{asin}"}[scraper]
    page = Page(f"https://www.amazon.{domain}/{path}", (PAGES / file).read_bytes())
    return [msgspec.structs.asdict(row) for row in read(loaded, page, target)[0]]


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
    for file, domain in captured().items():
        if file.startswith("dp/"):
            report.pages += 1
            try:
                rows = rows_of("amazon_product", file, domain)
            except Signal as end:
                report.misses.append(f"{file}: {end.outcome} {end}")
                continue
            report.ok += 1
            compare(report, file, facts.get(file, {}), rows[0])
    return report


def offers() -> Report:
    """amazon_offers against the facts read by eye; a missing or surplus offer counts as a wrong price."""
    report, facts = Report(), json.loads((FACTS / "amazon_offers.json").read_text())
    for file, domain in captured().items():
        if file.startswith(("aod/", "olp/")):
            report.pages += 1
            try:
                rows = rows_of("amazon_offers", file, domain)
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


def others() -> Report:
    """amazon_product against dp.json. A blank or a nought there means that its parser found nothing."""
    report, found, hosts = Report(), json.loads((PAGES / "expected" / "dp.json").read_text()), captured()
    for file, values in found.items():
        report.pages += 1
        row = rows_of("amazon_product", file, hosts[file])[0]
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
    for name, field in report.fields.items():
        share = f"{field.correct / field.labelled:7.1%}" if field.labelled else ""
        filled, correct = f"{field.filled}/{field.rows}", f"{field.correct}/{field.labelled}"
        lines.append(f"  {name:18}{filled:>8} filled{correct:>8} correct {share}")
    return "\n".join([*lines, *(f"  miss: {miss}" for miss in report.misses)])


if __name__ == "__main__":
    for title, compared in (("amazon_product", products()), ("amazon_offers", offers()), ("dp.json", others())):
        sys.stdout.write(f"{table(title, compared)}\n")
