"""Over captured pages: what is refused, how well the rest is read, and that nothing but a signal escapes."""

from __future__ import annotations

import random
import re
import runpy
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from hawker_core import Outcome, Page
from hawker_core.model import Signal
from hawker_core.privacy import unnamed
from hawker_core.run import read
from hawker_ebay.scrapers.ebay_search.scraper import EbaySearch
from hawker_ebay.search import SearchTarget
from hawker_ebay.site import EbaySite

PAGES = Path(__file__).resolve().parents[4] / "shared" / "pages" / "ebay"
FILES = [line.split("\t")[0] for line in (PAGES / "INDEX.tsv").read_text().splitlines()[1:]]
LISTS = [name for name in FILES if name.startswith(("search/", "sold/", "seller_items/"))]
URL = "https://www.ebay.com/sch/i.html"


@pytest.mark.parametrize("name", FILES)
def test_blocks_are_refused_and_content_is_not(name: str) -> None:
    refusal = EbaySite().refusal(Page(URL, (PAGES / name).read_bytes()))
    assert (refusal.outcome if refusal else None) == (Outcome.BLOCKED if name.startswith("block/") else None)


@pytest.fixture(scope="module")
def score() -> Any:
    return runpy.run_path(str(Path(__file__).with_name("accuracy.py")))["score"]()


def test_values_read_by_eye_come_out(score: Any) -> None:
    assert score.labelled.total() > 1000
    assert score.share >= 0.97, "\n".join(score.misses)


def test_each_field_read_by_eye_comes_out(score: Any) -> None:
    shares = {field: score.correct[field] / labelled for field, labelled in score.labelled.items()}
    assert {field: share for field, share in shares.items() if share < 0.97} == {}, "\n".join(score.misses)


@pytest.mark.parametrize("name", LISTS)
def test_no_tile_of_a_captured_list_is_bad(name: str) -> None:
    page = Page(URL, (PAGES / name).read_bytes())
    with suppress(Signal):
        rows, _ = read(EbaySearch(), page, SearchTarget(keyword="x"))
        assert len({row.item_id for row in rows}) == len(rows)  # type: ignore[attr-defined]  # rows of this scraper
    assert page.bad == []


@pytest.mark.parametrize(
    ("name", "person"),
    [("uk-267745470208-alienware-2026.html", rb"\w\*\*\*\w"), ("us-226771798286-rtx5090-2025.html", b"cpedk")],
)
def test_pages_are_kept_without_who_bought_and_who_wrote_reviews(name: str, person: bytes) -> None:
    body = (PAGES / "item" / name).read_bytes()
    kept = unnamed(body, EbaySite.people)
    assert len(re.findall(person, body)) > 5
    assert re.findall(person, kept) == []
    assert len(kept) > 0.99 * len(body)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_no_visitors(name: str) -> None:
    body = (PAGES / name).read_bytes()
    assert unnamed(body, EbaySite.people) == body


def parse(body: bytes) -> None:
    page = Page(URL, body)
    with suppress(Signal):
        if not EbaySite().refusal(page):
            read(EbaySearch(), page, SearchTarget(keyword="x", pages=2))


@pytest.mark.parametrize("name", LISTS)
def test_truncated_pages_raise_nothing_but_signals(name: str) -> None:
    body = (PAGES / name).read_bytes()
    for part in range(0, 20, 3):
        parse(body[: len(body) * part // 20])


@pytest.mark.parametrize("name", LISTS)
def test_pages_with_holes_raise_nothing_but_signals(name: str) -> None:
    dice = random.Random(name)  # noqa: S311  which elements go is no secret, and the same in each run
    root = html.fromstring((PAGES / name).read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    for _ in range(4):
        elements = [
            element for element in root.iter() if isinstance(element.tag, str) and element.getparent() is not None
        ]
        for element in dice.sample(elements, len(elements) // 20):
            if dice.random() < 0.5:
                element.attrib.clear()
            elif (parent := element.getparent()) is not None:
                parent.remove(element)
        parse(html.tostring(root, encoding="utf-8"))
