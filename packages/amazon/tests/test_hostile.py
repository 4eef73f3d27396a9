"""Damaged pages: whatever is missing, only a Signal ends a target."""

from __future__ import annotations

import contextlib
import random
import time
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from hawker_amazon.scrapers.amazon_offers.scraper import AmazonOffers, OffersTarget
from hawker_amazon.scrapers.amazon_product.scraper import AmazonProduct, ProductTarget
from hawker_core.model import Signal
from hawker_core.page import Page
from hawker_core.run import read

PAGES = Path(__file__).resolve().parents[4] / "shared" / "pages" / "amazon"
PRODUCT_PAGES = [
    "dp/pavel-us-B0BJLF3RR3.html",
    "dp/app-de-0131103628.html",
    "dp/lacatalog-es-pt-B08W263X51.html",
    "dp/promobrothers-br-B09B8VGCR8-debug.html",
]
OFFER_PAGES = ["aod/pedrograph-us-es-two-offers.html", "olp/oa-us-testUS2.html"]
READ = ("price_inside_buybox", "availability", "merchant-info", "acrCustomerReviewText", "SalesRank", "bylineInfo")
ODD_TEXTS = ["", "9" * 400, "1.2.3,4", "\u0660\u0661", "$", "(((", "\u200f \u2003", "1" + "0" * 30, "4.9 - 5", "%"]
DAMAGED = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@cache
def body(file: str) -> bytes:
    return (PAGES / file).read_bytes()


def tree(file: str) -> etree._Element:
    root = etree.fromstring(body(file), etree.HTMLParser(encoding="utf-8", huge_tree=True))
    assert root is not None
    return root


def survives(damaged: bytes) -> None:
    for scraper, target in (
        (AmazonProduct(), ProductTarget(asin="B000000000")),
        (AmazonOffers(), OffersTarget(asin="B000000000", condition="used")),
    ):
        page = Page("https://www.amazon.com/dp/B000000000", damaged)
        scraper.site.refusal(page)
        with contextlib.suppress(Signal):
            rows, _ = read(scraper, page, target)
            assert rows
            for row in rows:
                msgspec.convert(msgspec.to_builtins(row), type(row))
                assert all(value < 2**63 for value in msgspec.structs.astuple(row) if isinstance(value, int))


@pytest.mark.parametrize("file", PRODUCT_PAGES + OFFER_PAGES)
@DAMAGED
@given(share=st.floats(0, 1))
def test_truncated(file: str, share: float) -> None:
    whole = body(file)
    survives(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("file", PRODUCT_PAGES + OFFER_PAGES)
@DAMAGED
@given(seed=st.integers(0, 2**32), share=st.floats(0.001, 0.3))
def test_elements_removed(file: str, seed: int, share: float) -> None:
    root = tree(file)
    chance = random.Random(seed)  # noqa: S311  no secret
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is not None and chance.random() < share:
            parent.remove(element)
    survives(etree.tostring(root, method="html"))


@pytest.mark.parametrize("file", PRODUCT_PAGES + OFFER_PAGES)
@DAMAGED
@given(seed=st.integers(0, 2**32))
def test_texts_and_attributes_exchanged(file: str, seed: int) -> None:
    root = tree(file)
    chance = random.Random(seed)  # noqa: S311  no secret
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    for element in elements:
        if chance.random() < 0.1:
            element.text = chance.choice(ODD_TEXTS)
        if chance.random() < 0.1:
            for name in element.attrib:
                element.attrib[name] = chance.choice(["", "[", "9" * 50, "{}", "javascript:"])
    survives(etree.tostring(root, method="html"))


@given(junk=st.binary(max_size=2000))
def test_junk(junk: bytes) -> None:
    survives(junk)


@given(text=st.text(max_size=300))
def test_junk_in_the_places_that_are_read(text: str) -> None:
    blocks = "".join(f'<div id="{name}">{text}</div>' for name in READ)
    survives(f'<span id="productTitle">x</span>{blocks}<div id="aod-offer">{text}</div>'.encode(errors="replace"))


@pytest.mark.parametrize("junk", ["9" * 300_000, "1." * 150_000, "colorImages:[" * 30_000, "<li>(<a>x</a>" * 5_000])
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    blocks = "".join(f'<div id="{name}"><a>{junk}</a></div>' for name in READ)
    page = Page("https://www.amazon.com/dp/B00LAYVPOU", f'<h1 id="productTitle">x</h1>{blocks}'.encode())
    started = time.process_time()
    read(AmazonProduct(), page, ProductTarget(asin="B00LAYVPOU"))
    assert time.process_time() - started < 5
