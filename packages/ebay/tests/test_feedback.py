"""Feedback: the captured cards against what a person read off them, and that nobody's name is kept."""

from __future__ import annotations

import datetime as dt
import random
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

import msgspec
import pytest

from hawker_core import Missing, Page
from hawker_core.model import BadTargetError, Signal
from hawker_core.privacy import unnamed
from hawker_core.rows import columns
from hawker_core.run import read
from hawker_ebay import words
from hawker_ebay.feedback import FeedbackTarget, date
from hawker_ebay.scrapers.ebay_seller_feedback.row import Feedback
from hawker_ebay.scrapers.ebay_seller_feedback.scraper import EbaySellerFeedback
from hawker_ebay.site import EbaySite

if TYPE_CHECKING:
    from hawker_ebay.site import Domain

PAGES = Path(__file__).resolve().parents[4] / "shared" / "pages" / "ebay"
CAPTURED = PAGES / "item" / "uk-267745470208-alienware-2026.html"
CASES = Path(__file__).resolve().parents[1] / "src" / "hawker_ebay" / "scrapers" / "ebay_seller_feedback" / "cases"
SCRAPER = EbaySellerFeedback()
# Read off the page as a browser draws it: how the comment begins and ends, the listing, the period.
CARDS = [
    ("Item exactly as described, new in unopened", "PM. Seller Highly recommen", "267696109502", "Past 6 months"),
    ("A pioneer xdj rx3 brand new and unopened", "the future. Very happy.", "267698887002", "Past 6 months"),
    ("As described, sealed and brand new, well packaged", "seller👍👍👍👍", "267745367917", "Past month"),
    ("Item arrived as described and was well packaged", "this purchase and seller.", "267689027486", "Past 6 months"),
    ("I can\u2019t lie the packaging was unbelievably", "this seller hands down", "267498227369", "Past month"),
    ("Excellent service. Responsive to messages", "the price was excellent.", "267737587296", "Past month"),
    ("Great seller, was kept up to date with", "Highly recommend! A++++++", "267629733190", "Past 6 months"),
    ("Super laptop and service from eBay seller.", "and his company again.", "267646088161", "Past 6 months"),
]
NAME = re.compile(rb"info__username.{0,60}?<span>([^<(]+) \(\d", re.DOTALL)


def rows_of(body: bytes, domain: str = "com") -> list[Feedback]:
    target = FeedbackTarget.from_fields({"username": "somebody", "domain": domain})
    rows, _ = read(SCRAPER, Page(SCRAPER.request(target).url, body), target)
    return rows  # type: ignore[return-value]  # rows of this scraper


def test_captured_cards_as_read_by_eye() -> None:
    rows = rows_of(CAPTURED.read_bytes(), "co.uk")
    assert len(rows) == len(CARDS)
    for row, (begins, ends, item, period) in zip(rows, CARDS, strict=True):
        assert row.comment.startswith(begins)
        assert row.comment.endswith(ends)
        assert (row.rating, row.role, row.item_id, row.period, row.date) == ("positive", "seller", item, period, None)
        assert (row.price, row.feedback_id) == (None, None)


def test_nobodys_name_is_kept() -> None:
    body = CAPTURED.read_bytes()
    names = [name.decode() for name in NAME.findall(body)]
    assert len(names) == len(CARDS)
    kept = msgspec.json.encode(rows_of(body, "co.uk")).decode()
    assert not [name for name in names if name in kept]
    for case in ("table", "cards_german"):
        body = (CASES / f"{case}.html").read_bytes()
        kept = msgspec.json.encode(rows_of(body, "de")).decode()
        for name in ("v***d", "ann_quill_1970", "tray_world", "q***l", "ann.quill@example.com", "010-4477", "0171"):
            assert name not in kept


@pytest.mark.parametrize(
    "path", [CAPTURED, CASES / "cards_german.html", CASES / "table.html"], ids=lambda path: path.stem
)
def test_pages_are_kept_with_all_but_who_left_the_feedback(path: Path) -> None:
    body = path.read_bytes()
    kept = unnamed(body, EbaySite.people)
    assert re.search(rb"\w\*\*\*\w", body)
    assert not re.search(rb"\w\*\*\*\w|ann_quill_1970", kept)
    assert rows_of(kept) == rows_of(body)


@pytest.mark.parametrize(
    ("label", "part"),
    [
        ("Feedback left by buyer.", "seller"),
        ("Feedback left by seller.", "buyer"),
        ("Buyer", "seller"),
        ("Käufer", "seller"),
        ("Verkäufer", "buyer"),
        ("Bewertung vom Verkäufer abgegeben", "buyer"),
        ("Acheteur", "seller"),
        ("Acheteuse", "seller"),
        ("Vendeur", "buyer"),
        ("Acquirente", "seller"),
        ("Venditore", "buyer"),
        ("Comprador", "seller"),
        ("Vendedor", "buyer"),
        ("Koper", "seller"),
        ("Verkoper", "buyer"),
        ("Kupujący", "seller"),
        ("Sprzedający", "buyer"),
        ("Jemand", None),
    ],
)
def test_other_part(label: str, part: str | None) -> None:
    assert words.other_part(label) == part


@pytest.mark.parametrize(
    ("told", "domain", "day"),
    [
        ("Apr 12, 2024", "com", dt.date(2024, 4, 12)),
        ("12 Apr 2024 at 10:31", "co.uk", dt.date(2024, 4, 12)),
        ("12. März 2025", "de", dt.date(2025, 3, 12)),
        ("12 mars 2025", "fr", dt.date(2025, 3, 12)),
        ("Past month", "com", None),
        ("Past 6 months", "com", None),
        ("More than a year ago", "com", None),
        ("Letzte 12 Monate", "de", None),
        ("in 2024", "com", None),
    ],
)
def test_date(told: str, domain: Domain, day: dt.date | None) -> None:
    assert date(told, domain) == day


def test_addresses() -> None:
    target = FeedbackTarget.from_key("harbour*lane_goods;domain=co.uk;pages=3")
    base = "https://www.ebay.co.uk/fdbk/feedback_profile/harbour%2Alane_goods?filter=feedback_page%3ARECEIVED_AS_SELLER"
    assert SCRAPER.request(target).url == f"{base}&limit=200&page_id=1&sort=TIME"
    assert FeedbackTarget.from_key(target.key) == target


@pytest.mark.parametrize(
    "key", ["", "a b", "../admin", "a/b", "a?b=1", "x;domain=example.com", "x;pages=0", "x;pages=11", "x" * 65]
)
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are username, domain, pages"):
        FeedbackTarget.from_key(key)


def test_the_row_has_a_column_for_each_field() -> None:
    assert [column.name for column in columns(Feedback)] == list(get_type_hints(Feedback))


def test_a_list_that_no_script_filled_is_not_empty() -> None:
    with pytest.raises(Missing, match="data-feedback-id"):
        rows_of((CASES / "list_not_filled.html").read_bytes())


def survives(body: bytes) -> None:
    with suppress(Signal):
        for row in rows_of(body):
            msgspec.convert(msgspec.to_builtins(row), Feedback)


@pytest.mark.parametrize("path", [*sorted(CASES.glob("*.html")), CAPTURED], ids=lambda path: path.stem)
def test_damaged_pages_raise_nothing_but_signals(path: Path) -> None:
    body = path.read_bytes()
    dice = random.Random(path.name)  # noqa: S311  which parts go is no secret, and the same in each run
    for part in range(20):
        survives(body[: len(body) * part // 20])
    for _ in range(5):
        survives(re.sub(rb'"[^"<>]*"', lambda m: m[0] if dice.random() < 0.9 else b'""', body))


@pytest.mark.parametrize("junk", ["9", "1.1.2020 ", "a@", "/itm/", "(#9", "2020 ", "US $", "buyer:"])
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    text = junk * 50_000
    row = "".join(
        f'<span data-test-id="fdbk-{name}-1" aria-label="{text}">{text}</span>'
        for name in ("comment", "item", "price", "time", "context")
    )
    started = time.process_time()
    survives(
        f'<table><tr data-feedback-id="1"><td><svg data-test-type="positive"></svg>{row}</td></tr></table>'.encode()
    )
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "junk", [b"<fdbk-context ", b"fdbk-context ", b"<a review-section__author>", b"<!--", b"[", b'["', b'"author" : {']
)
def test_taking_names_out_of_hostile_pages_costs_no_more_than_reading_them(junk: bytes) -> None:
    started = time.process_time()
    for head in (
        b"<b fdbk-context ",
        b"<b review-section__author>",
        b'"author":{"_type":"TextualDisplay","textSpans":[',
    ):
        unnamed(head + junk * 100_000, EbaySite.people)
    assert time.process_time() - started < 5
