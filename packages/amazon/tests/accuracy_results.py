"""How many of the values read by eye from captured result lists the tile reader gives.

`python packages/amazon/tests/accuracy_results.py` prints a line per field and every miss.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import msgspec

from hawker_amazon import results
from hawker_core import registry
from hawker_core.model import Signal
from hawker_core.page import Page
from hawker_core.run import read

common: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("accuracy.py")))
PAGES: Path = common["PAGES"]
HOSTS: dict[str, str] = common["HOSTS"]
FACTS: dict[str, Any] = {}
for name in ("amazon_search", "amazon_seller_products"):
    FACTS |= json.loads((common["FACTS"] / f"{name}.json").read_text("utf-8"))
_TARGETS = {
    "search": ("amazon_search", {"keyword": "laptop", "pages": 2}),
    "storefront": ("amazon_seller_products", {"seller_id": "A2DP2EEPU3VU45", "pages": 2}),
}


def captured(file: str) -> tuple[Any, Page, Any]:
    """The scraper of a captured list, its page, and a target that it answers."""
    name, fields = _TARGETS[file.partition("/")[0]]
    scraper = registry.load(name)
    target = scraper.target.from_fields({**fields, "domain": HOSTS[file]})
    return scraper, Page(scraper.request(target).url, (PAGES / file).read_bytes()), target


def lists(kind: str = "") -> Any:
    """Every labelled list, or those of a kind: figures, first ten tiles, and where the sponsored ones stand."""
    report = common["Report"]()
    for file, facts in FACTS.items():
        if not file.startswith(kind):
            continue
        report.pages += 1
        scraper, page, target = captured(file)
        try:
            rows = [msgspec.structs.asdict(row) for row in read(scraper, page, target)[0]]
        except Signal as end:
            report.misses.append(f"{file}: {end.outcome} {end}")
            continue
        report.ok += 1
        whole = {
            "result_count": results.total(page),
            "tiles": len(rows),
            "last": rows[-1]["asin"],
            "sponsored_positions": [position for position, row in enumerate(rows, 1) if row["sponsored"]],
        }
        common["compare"](report, file, {name: facts[name] for name in whole}, whole)
        for position, row in enumerate(rows):
            label = facts["first"][position] if position < len(facts["first"]) else {}
            common["compare"](report, f"{file}[{position + 1}]", label, row)
    return report


if __name__ == "__main__":
    sys.stdout.write(f"{common['table']('result lists', lists())}\n")
