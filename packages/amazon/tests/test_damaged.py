"""Every captured page, damaged: only a Signal ends a target, and no price appears that the whole page does not give.

A page is cut at twenty random points, bytes of it are flipped, and elements are removed. A value may become absent and
a target `parse`; a price, list price or shipping charge must be one that the same product or offer has on the whole
page. Digits are not flipped: a page that says $5 where it said $4 is, to any reader, another page.
"""

from __future__ import annotations

import contextlib
import random
import re
import runpy
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from hawker_core.model import Signal
from hawker_core.page import Page
from hawker_core.run import read

captured: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("captured.py")))
FILES = [file for file in captured["HOSTS"] if captured["scrapers_of"](file)]
AMOUNTS = ("price", "price_high", "list_price", "shipping", "deal_price")
WHO = ("asin", "review_id", "seller_name", "condition")
# Where a price is printed: pages are cut there, too, as a random cut rarely meets one.
PRINTED = re.compile(
    rb"(?:a-offscreen|a-price-whole|s-price|price-large|header-price|offer-price|olpOfferPrice|a-color-price|_ourprice|"
    rb"_inside_buybox|p13n-sc-price)[^>]*>[^<\d]{0,20}\d[^<]"
)
Found = dict[tuple[Any, ...], dict[str, set[Any]]]


def dice(*seed: object) -> random.Random:
    return random.Random(" ".join(map(str, seed)))  # noqa: S311  no secret, and the same in each run


def amounts(scraper: Any, whole: Page, target: Any, body: bytes) -> Found:
    """The amounts, with their currency, that the rows of a page give: by product or offer, and by field."""
    page = Page(whole.url, body)
    found: Found = defaultdict(lambda: defaultdict(set))
    with contextlib.suppress(Signal):
        if not scraper.site.refusal(page):
            for row in read(scraper, page, target)[0]:
                msgspec.convert(msgspec.to_builtins(row), type(row))  # what the database takes
                values = msgspec.structs.asdict(row)
                who = tuple(values.get(name) for name in WHO)
                for name in AMOUNTS:
                    if values.get(name) is not None:
                        found[who][name].add((values[name], name == "shipping" or values.get("currency")))
    return found


@cache
def answers(file: str) -> list[tuple[Any, Page, Any, Found]]:
    """The scrapers that a page answers, with its target and what they read from the whole of it."""
    return [
        (scraper, page, target, amounts(scraper, page, target, page.body))
        for scraper, page, target in captured["answered"](file)
    ]


def check(file: str, damaged: bytes) -> int:
    """Hold each amount of a damaged page against those of the whole one; gives how many there were."""
    seen = 0
    for scraper, page, target, whole in answers(file):
        for who, fields in amounts(scraper, page, target, damaged).items():
            # An offer that has lost its seller's name may be any.
            mates = [one for those, one in list(whole.items()) if _may_be(who, those)]
            for name, values in fields.items():
                seen += len(values)
                allowed = {value for one in mates for value in one[name]}
                wrong = {value for value in values - allowed if mates or not _printed(value[0], page.body)}
                assert not wrong, f"{scraper.name} {name} {who}: {wrong}"
    return seen


def _printed(amount: Any, body: bytes) -> bool:
    """Whether a page prints an amount: all that can be said of a product that it lists under another id, or apart."""
    return any(text.encode() in body for text in (f"{amount}", f"{amount:,}", f"{amount}".replace(".", ",")))


def _may_be(damaged: tuple[Any, ...], whole: tuple[Any, ...]) -> bool:
    asin, review, seller, condition = (one is None or one == other for one, other in zip(damaged, whole, strict=True))
    return asin and review and (seller or condition)


def tree(body: bytes) -> etree._Element:
    root = etree.fromstring(body, etree.HTMLParser(encoding="utf-8", huge_tree=True))
    assert root is not None
    return root


def body_of(file: str) -> bytes:
    body: bytes = answers(file)[0][1].body
    return body


@pytest.mark.parametrize("file", FILES)
def test_cut_anywhere(file: str) -> None:
    body, chance = body_of(file), dice("cut", file)
    for _ in range(20):
        check(file, body[: chance.randrange(len(body))])


@pytest.mark.parametrize("file", FILES)
def test_cut_within_a_price(file: str) -> None:
    body, chance = body_of(file), dice("price", file)
    places = [match.end() for match in PRINTED.finditer(body)]
    for place in chance.sample(places, min(12, len(places))):
        check(file, body[: place - chance.randrange(2)])


@pytest.mark.parametrize("file", FILES)
def test_bytes_flipped(file: str) -> None:
    chance = dice("flip", file)
    for _ in range(3):
        body = bytearray(body_of(file))
        for place in chance.sample(range(len(body)), len(body) // 1000):
            if not 0x30 <= body[place] <= 0x39:
                body[place] = chance.choice((*range(0x20, 0x30), *range(0x3A, 0x100)))
        check(file, bytes(body))


@pytest.mark.parametrize("share", [0.003, 0.02, 0.1])
@pytest.mark.parametrize("file", FILES)
def test_elements_removed(file: str, share: float) -> None:
    for turn in range(2):
        root, chance = tree(body_of(file)), dice("elements", file, share, turn)
        for element in list(root.iter()):
            parent = element.getparent()
            if parent is not None and chance.random() < share:
                parent.remove(element)
        check(file, etree.tostring(root, method="html", encoding="utf-8"))


@pytest.mark.parametrize("file", FILES)
def test_parts_of_prices_removed(file: str) -> None:
    """What a price stands in is where a removal hurts: blocks that have an id or speak of prices."""
    for turn in range(5):
        root, chance = tree(body_of(file)), dice("prices", file, turn)
        for element in list(root.iter()):
            parent = element.getparent()
            told = f"{element.get('id', '')} {element.get('class', '')}" if isinstance(element.tag, str) else ""
            if parent is not None and re.search("(?i)price|buy|offer|used|new", told) and chance.random() < 0.08:
                parent.remove(element)
        check(file, etree.tostring(root, method="html", encoding="utf-8"))
