"""Damaged result lists: only a Signal ends a target, and no price appears that the page did not show."""

from __future__ import annotations

import contextlib
import random
import re
import runpy
import time
from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from hawker_core import registry
from hawker_core.model import Signal
from hawker_core.page import Page
from hawker_core.run import read

accuracy: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("accuracy_results.py")))
FILES = list(accuracy["FACTS"])
ODD_TEXTS = ["", "9" * 400, "1.2.3,4", "\u0660\u0661", "$", "(((", "\u200f \u2003", "1" + "0" * 30, "4.9 - 5", "%"]
Prices = dict[str, set[tuple[Decimal | None, Decimal | None, str | None]]]


def prices(file: str, body: bytes) -> Prices:
    """The prices, list prices and currencies that the rows of a page give to each product."""
    scraper, whole, target = accuracy["captured"](file)
    page = Page(whole.url, body)
    found: Prices = defaultdict(set)
    with contextlib.suppress(Signal):
        if not scraper.site.refusal(page):
            for row in read(scraper, page, target)[0]:
                msgspec.convert(msgspec.to_builtins(row), type(row))
                found[row.asin].add((row.price, row.list_price, row.currency))  # type: ignore[attr-defined]  # a tile
    return found


@cache
def shown(file: str) -> Prices:
    return prices(file, accuracy["captured"](file)[1].body)


def check(file: str, body: bytes) -> int:
    """Hold each price of a damaged page against those of the whole one; gives how many there were."""
    seen = 0
    for asin, found in prices(file, body).items():
        whole = shown(file)[asin]
        for price, list_price, currency in found:
            seen += price is not None
            assert price is None or (price, currency) in {(p, c) for p, _, c in whole}, asin
            assert list_price is None or list_price in {listed for _, listed, _ in whole}, asin
    return seen


def tree(file: str) -> etree._Element:
    root = etree.fromstring(accuracy["captured"](file)[1].body, etree.HTMLParser(encoding="utf-8", huge_tree=True))
    assert root is not None
    return root


@pytest.mark.parametrize("file", FILES)
def test_truncated(file: str) -> None:
    body = accuracy["captured"](file)[1].body
    dice = random.Random(file)  # noqa: S311  where the page ends is no secret, and the same in each run
    within_prices = [match.end() - 2 for match in re.finditer(rb"(?:a-offscreen|s-price[^>]*)\">[^<]*\d", body)]
    cuts = [*(dice.randrange(len(body)) for _ in range(10)), *dice.sample(within_prices, 8)]
    assert sum(check(file, body[:cut]) for cut in cuts) > 0


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("share", [0.003, 0.02, 0.1])
def test_elements_removed(file: str, share: float) -> None:
    seen = 0
    for turn in range(6):
        root, dice = tree(file), random.Random(f"{file} {turn}")  # noqa: S311  no secret
        for element in list(root.iter()):
            parent = element.getparent()
            if parent is not None and isinstance(element.tag, str) and dice.random() < share:
                parent.remove(element)
        seen += check(file, etree.tostring(root, method="html"))
    assert seen > 0 or share > 0.05


@pytest.mark.parametrize("file", FILES)
def test_attributes_removed(file: str) -> None:
    for turn in range(6):
        root, dice = tree(file), random.Random(f"{file} {turn}")  # noqa: S311  no secret
        for element in root.iter():
            if isinstance(element.tag, str) and dice.random() < 0.05:
                element.attrib.clear()
        check(file, etree.tostring(root, method="html"))


@pytest.mark.parametrize("file", FILES)
def test_texts_and_attributes_exchanged(file: str) -> None:
    for turn in range(4):
        root, dice = tree(file), random.Random(f"{file} {turn}")  # noqa: S311  no secret
        for element in root.iter():
            if isinstance(element.tag, str) and dice.random() < 0.1:
                element.text = dice.choice(ODD_TEXTS)
                for name in element.attrib:
                    element.attrib[name] = dice.choice(["", "[", "9" * 50, "{}", "javascript:", element.attrib[name]])
        prices(file, etree.tostring(root, method="html"))


@pytest.mark.parametrize("junk", ["9" * 300_000, "1." * 150_000, "/dp/B0" * 50_000, "<span class=a-price>" * 3000])
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    body = (
        f'<span data-component-type="s-result-info-bar"><h2 class="a-spacing-top-small">{junk}</h2></span>'
        f'<div data-component-type="s-search-result" data-asin="{junk}"><a href="{junk}"><h2>{junk}</h2></a>'
        f'<span class="a-icon-alt">{junk} stars</span><a href="#customerReviews" aria-label="{junk}">{junk}</a>'
        f'<div><a><span class="a-price"><i class="a-offscreen">{junk}</i><i class="a-price-whole">{junk}</i></span></a>'
        f'</div><b class="a-color-secondary">{junk}</b></div><p class="pagination"><a href="{junk}"></a></p></html>'
    )
    scraper: Any = registry.load("amazon_category")
    started = time.process_time()
    with contextlib.suppress(Signal):
        read(scraper, Page("https://www.amazon.com/s", body.encode()), scraper.target.from_key("1;pages=2"))
    assert time.process_time() - started < 5
