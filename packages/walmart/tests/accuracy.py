"""How well the parser reads the captured pages, against values that were read off their rendering by eye.

`python packages/walmart/tests/accuracy.py` prints a line per page, one per field, and every miss.
"""

from __future__ import annotations

import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from hawker_core import Page
from hawker_core.model import Signal
from hawker_core.run import read
from hawker_walmart.product import ProductTarget
from hawker_walmart.scrapers.walmart_product.scraper import WalmartProduct

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT.parent / "shared" / "pages" / "walmart"
FACTS = ROOT / "tests" / "facts" / "walmart_product.json"


class Score(NamedTuple):
    """What was read of all labelled pages: labels, and those met, by field; filled by field; each miss in words."""

    labelled: Counter[str]
    correct: Counter[str]
    filled: Counter[str]
    pages: dict[str, str]
    misses: list[str]

    @property
    def share(self) -> float:
        """The share of labels met."""
        return self.correct.total() / self.labelled.total()


def row_of(name: str) -> tuple[dict[str, Any], str]:
    """A captured page's row as builtins, and how it ended."""
    page = Page("https://www.walmart.com/ip/123", (PAGES / name).read_bytes())
    try:
        rows, _ = read(WalmartProduct(), page, ProductTarget(item_id="123"))
    except Signal as end:
        return {}, end.outcome
    row: dict[str, Any] = msgspec.to_builtins(rows[0])
    return row, "ok"


def score() -> Score:
    """Read every labelled page."""
    result = Score(Counter(), Counter(), Counter(), {}, [])
    for name, facts in msgspec.json.decode(FACTS.read_bytes()).items():
        row, result.pages[name] = row_of(name)
        for field, label in facts.items():
            if field in {"note", "not_visible"}:
                continue
            found = _read(row, field, facts)
            result.labelled[field] += 1
            result.filled[field] += found not in (None, [], {})
            if _same(label, found):
                result.correct[field] += 1
            else:
                result.misses.append(f"{name} {field}: expected {label!r}, found {found!r}")
    return result


def _read(row: dict[str, Any], field: str, facts: dict[str, Any]) -> Any:
    """A row's value in the form of the label: some labels count, or tell the variants from another side."""
    variants = row.get("variants", [])
    if field in {"variants", "images"}:
        return len(row.get(field, []))
    if field == "variant_options":
        return {name: len({v["options"].get(name) for v in variants}) for name in facts[field]}
    if field == "variants_selected":
        return next((v["options"] for v in variants if v["item_id"] == row["item_id"]), {})
    if field == "variant_options_out_of_stock":
        # With the other choices as selected.
        chosen = _read(row, "variants_selected", facts)
        return {name: sorted(_sold_out(variants, chosen, name)) for name in facts[field]}
    return row.get(field)


def _sold_out(variants: list[dict[str, Any]], chosen: dict[str, str], name: str) -> set[str]:
    others = {choice: option for choice, option in chosen.items() if choice != name}
    like = [v for v in variants if others.items() <= v["options"].items()]
    return {v["options"][name] for v in like if v["availability"] != "IN_STOCK"}


def _same(label: Any, found: Any) -> bool:
    if isinstance(label, str) and isinstance(found, str):
        try:
            return Decimal(label) == Decimal(found)
        except ArithmeticError:
            return label == found
    return bool(label == found)


def main() -> None:
    """Print the table."""
    result = score()
    write = sys.stdout.write
    for name, told in result.pages.items():
        write(f"product  {name:60} {told}\n")
    write(f"\n{'field':30} {'filled':>7} {'labelled':>9} {'correct':>8}\n")
    for field, labelled in result.labelled.items():
        write(f"{field:30} {result.filled[field]:7} {labelled:9} {result.correct[field]:8}\n")
    write(f"\n{result.correct.total()} of {result.labelled.total()} labels, {result.share:.2%}\n")
    write("".join(f"  miss: {miss}\n" for miss in result.misses))


if __name__ == "__main__":
    main()
