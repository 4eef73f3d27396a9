"""How many of the values read by eye from captured reviews the parser gives.

`python packages/amazon/tests/accuracy_reviews.py` prints a line per field and every miss.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import msgspec

from hawker_core import registry
from hawker_core.model import Signal
from hawker_core.page import Page
from hawker_core.run import read

common: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("accuracy.py")))
PAGES: Path = common["PAGES"]
HOSTS: dict[str, str] = common["HOSTS"]
FACTS: dict[str, Any] = json.loads((common["FACTS"] / "amazon_reviews.json").read_text("utf-8"))
FILES = [file for file in HOSTS if file.startswith(("dp/", "reviews/"))]
OF_THE_PAGE = ("average", "rating_count", "review_count", "histogram")
_ASIN = re.compile(r"[A-Z0-9]{10}")
scraper = registry.load("amazon_reviews")


def captured(file: str) -> tuple[Page, Any]:
    """A captured page and a target that it answers."""
    found = _ASIN.search(file.partition("-")[2])
    source = "reviews" if file.startswith("reviews/") else "dp"
    asin = found.group() if found else "0000000000"
    target = scraper.target.from_fields({"asin": asin, "domain": HOSTS[file], "source": source})
    return Page(scraper.request(target).url, (PAGES / file).read_bytes()), target


def rows_of(file: str) -> list[dict[str, Any]]:
    """The rows of a captured page.

    Raises:
        Signal: the page ends its target otherwise.
    """
    return [msgspec.structs.asdict(row) for row in read(scraper, *captured(file))[0]]


def reviews() -> Any:
    """Every page: all of its rows, and the figures and reviews that are labelled."""
    report = common["Report"]()
    for file in FILES:
        report.pages += 1
        facts = FACTS.get(file, {})
        labels = {label["review_id"]: label for label in facts.get("reviews", [])}
        try:
            rows = rows_of(file)
        except Signal as end:
            report.misses.append(f"{file}: {end.outcome} {end}")
            continue
        report.ok += 1
        told = {name: facts[name] for name in OF_THE_PAGE if name in facts}
        common["compare"](report, file, told, {name: rows[0][name] for name in OF_THE_PAGE})
        for row in rows:
            label = labels.pop(row["review_id"], {})
            expected = {name: _value(value) for name, value in label.items() if name != "body_start"}
            got = {name: _value(value) for name, value in row.items() if name not in OF_THE_PAGE}
            if "body_start" in label:
                expected["body"] = label["body_start"]
                got["body"] = (got["body"] or "")[: len(label["body_start"] or "")] or None
            common["compare"](report, f"{file} {row['review_id']}", expected, got)
        for missed in labels:
            report.fields["review_id"].labelled += 1
            report.misses.append(f"{file}: no row of {missed}")
    return report


def _value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


if __name__ == "__main__":
    sys.stdout.write(f"{common['table']('reviews', reviews())}\n")
