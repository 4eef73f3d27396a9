"""The pages on the scrapers, written and checked by command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Answer


def test_pages_are_written_once_and_then_in_step(bare: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "tests" / "facts").mkdir(parents=True)
    page = tmp_path / "docs" / "scrapers" / "amazon.md"
    stale = bare("docs", "amazon", "--check", "--root", str(tmp_path))
    assert (stale.code, stale.out, page.exists()) == (1, "", False)
    assert "amazon.md; run `hawker docs`" in stale.err
    written = bare("docs", "amazon", "--root", str(tmp_path))
    assert (written.code, written.out.replace("\n", "")) == (0, str(page))
    text = page.read_text("utf-8")
    for part in ("## amazon_product", "| `price_kind` | text |", "No captured page", "0.5 pages a second", '"asin": "'):
        assert part in text, part
    assert bare("docs", "amazon", "--check", "--root", str(tmp_path)).code == 0
    assert bare("docs", "amazon", "--root", str(tmp_path)).out == ""


def test_what_cannot_be_written_is_told_in_a_line(bare: Callable[..., Answer], tmp_path: Path) -> None:
    elsewhere = bare("docs", "--root", str(tmp_path))
    assert (elsewhere.code, elsewhere.out) == (2, "")
    assert "run this in Hawker's repository" in elsewhere.err
    unknown = bare("docs", "amazn", "--root", str(Path(__file__).parents[4]))
    assert (unknown.code, unknown.out) == (2, "")
    assert "no scrapers of amazn are installed; there are amazon, ebay, walmart" in unknown.err
