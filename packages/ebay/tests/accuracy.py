"""How well the parsers read the captured pages, against values that were read off their rendering by eye.

`python packages/ebay/tests/accuracy.py` prints a line per page, one per field, and every miss.
"""

from __future__ import annotations

import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from hawker_core import Page, squash
from hawker_core.model import Signal
from hawker_core.run import read
from hawker_ebay.results import total
from hawker_ebay.scrapers.ebay_search.scraper import EbaySearch
from hawker_ebay.search import SearchTarget

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT.parent / "shared" / "pages" / "ebay"
FACTS = ROOT / "tests" / "facts" / "ebay_search.json"


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


def domain_of(name: str) -> str:
    """The domain of a captured page, as its file's name begins."""
    return {"us": "com", "uk": "co.uk"}.get(found := Path(name).name[:2], found)


def rows_of(name: str) -> tuple[Page, list[dict[str, Any]], str]:
    """A captured page, its rows as builtins, and how it ended."""
    target = SearchTarget.from_fields({"keyword": "x", "domain": domain_of(name)})
    page = Page(f"https://www.ebay.{domain_of(name)}/sch/i.html", (PAGES / name).read_bytes())
    try:
        rows, _ = read(EbaySearch(), page, target)
    except Signal as end:
        return page, [], end.outcome
    return page, [msgspec.to_builtins(row) for row in rows], "ok"


def score() -> Score:
    """Read every labelled page."""
    result = Score(Counter(), Counter(), Counter(), {}, [])

    def compare(name: str, field: str, label: Any, found: Any) -> None:
        result.labelled[field] += 1
        result.filled[field] += found is not None
        if _same(label, found):
            result.correct[field] += 1
        else:
            result.misses.append(f"{name} {field}: expected {label!r}, found {found!r}")

    for name, facts in msgspec.json.decode(FACTS.read_bytes()).items():
        page, rows, outcome = rows_of(name)
        result.pages[name] = f"{outcome}, {len(rows)} rows, {len(page.bad)} bad"
        compare(name, "result_count", facts["result_count"], total(page))
        compare(name, "tiles", facts["tiles"], len(rows))
        compare(name, "last", facts["last"], rows[-1]["item_id"] if rows else None)
        promoted = [position for position, row in enumerate(rows, 1) if row["sponsored"]]
        compare(name, "sponsored_positions", facts["sponsored_positions"], promoted)
        for position, labels in enumerate(facts["first"]):
            row = rows[position] if position < len(rows) else {}
            for field, label in labels.items():
                compare(f"{name} #{position + 1}", field, label, row.get(field))
    return result


def _same(label: Any, found: Any) -> bool:
    if isinstance(label, str) and isinstance(found, str):
        try:
            return Decimal(label) == Decimal(found)
        except ArithmeticError:
            return squash(label) == found
    return bool(label == found)


def main() -> None:
    """Print the table."""
    result = score()
    write = sys.stdout.write
    for name, told in result.pages.items():
        write(f"search  {name:60} {told}\n")
    write(f"\n{'field':20} {'filled':>7} {'labelled':>9} {'correct':>8}\n")
    for field, labelled in result.labelled.items():
        write(f"{field:20} {result.filled[field]:7} {labelled:9} {result.correct[field]:8}\n")
    write(f"\n{result.correct.total()} of {result.labelled.total()} labels, {result.share:.2%}\n")
    write("".join(f"  miss: {miss}\n" for miss in result.misses))


if __name__ == "__main__":
    main()
