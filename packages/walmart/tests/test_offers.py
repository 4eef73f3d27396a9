"""Offers: what captured pages of one seller give, what panels' lines say in words, and damaged pages."""

from __future__ import annotations

import random
import re
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from hawker_core import Missing, Page
from hawker_core.model import BadTargetError, Signal
from hawker_core.rows import columns
from hawker_core.run import read
from hawker_walmart.offers import OffersTarget
from hawker_walmart.scrapers.walmart_offers.row import SellerOffer
from hawker_walmart.scrapers.walmart_offers.scraper import WalmartOffers
from hawker_walmart.site import WalmartSite

PAGES = Path(__file__).resolve().parents[4] / "shared" / "pages" / "walmart"
CASES = Path(__file__).resolve().parents[1] / "src" / "hawker_walmart" / "scrapers" / "walmart_offers" / "cases"
SCRAPER = WalmartOffers()
ODD: list[Any] = [None, [], {}, "", "x", "$", 0, -1, 1e308, True, [None]]


def rows_of(body: bytes) -> list[SellerOffer]:
    target = OffersTarget(item_id="123")
    rows, further = read(SCRAPER, Page(SCRAPER.request(target).url, body), target)
    assert further == []
    return rows  # type: ignore[return-value]  # rows of this scraper


def line(said: str, seller: str = "Kite Street") -> bytes:
    block = f'<span data-testid="product-seller-info">Sold by {seller}</span>'
    data = '{"props":{"pageProps":{"initialData":{"data":{"product":{"name":"x"}}}}}}'
    return (
        f'<div data-testid="allSellersOfferLine"><span>$9.50</span> <div>{said}</div>{block}</div>'
        f'<script id="__NEXT_DATA__">{data}</script>'
    ).encode()


@pytest.mark.parametrize(
    ("file", "row"),
    [
        (
            "product/ip-1203950273-pokemon-go-plus-2026.html",
            SellerOffer(
                seller="Black Bear Gaming", seller_id="101427625", price=Decimal("229.99"), shipping=Decimal(0),
                arrival="Tue, Aug 4", returns="Free 30-day returns", is_buybox=True, currency="USD", condition="New",
            ),
        ),
        (
            "product/ip-5275415030-dress-variants-2024.html",
            SellerOffer(
                seller="Asklazy", seller_id="101099551", price=Decimal("19.99"), shipping=None,
                arrival="Mon, Dec 16", returns="Free 90-day returns", is_buybox=True, currency="USD", condition="New",
            ),
        ),
    ],
)  # fmt: skip
def test_captured_pages_of_one_seller(file: str, row: SellerOffer) -> None:
    assert rows_of((PAGES / file).read_bytes()) == [row]


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ("Free shipping, arrives tomorrow", "0"),
        ("Free 2-day shipping", "0"),
        ("$5.99 shipping", "5.99"),
        ("+$5.99 standard shipping", "5.99"),
        ("Shipping: $1,005.99", "1005.99"),
        ("Shipping, arrives in 3+ days", None),
        ("$14.00 Shipping, arrives in 3+ days", None),
        ("Free 30-day returns", None),
        ("Ships to you for $5", None),
        ("", None),
    ],
)
def test_shipping(said: str, cost: str | None) -> None:
    assert rows_of(line(said))[0].shipping == (None if cost is None else Decimal(cost))


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("arrives by Tue, Aug 4 to Springfield, 00000", "Tue, Aug 4"),
        ("Arrives Aug 4", "Aug 4"),
        ("arrives Aug 4 - Aug 9", "Aug 4 - Aug 9"),
        ("arrives by Tue, Aug 4 - Sun, Aug 9", "Tue, Aug 4 - Sun, Aug 9"),
        ("arrives Aug 4-9", "Aug 4-9"),
        ("arrives today", "today"),
        ("arrives in 3+ days", "in 3+ days"),
        ("arrives by Aug 415-day returns", None),
        ("arrives soon", None),
    ],
)
def test_arrival(said: str, when: str | None) -> None:
    assert rows_of(line(said))[0].arrival == when


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Free 90-day returns Details", "Free 90-day returns"),
        ("30-day returns", "30-day returns"),
        ("Not returnable", "Not returnable"),
        ("arrives by Aug 1015-day returns", None),
        ("many happy returns", None),
    ],
)
def test_returns(said: str, told: str | None) -> None:
    assert rows_of(line(said))[0].returns == told


def test_a_sellers_name_says_nothing_of_his_offer() -> None:
    (row,) = rows_of(line("", seller="Free shipping, arrives today, 30-day returns"))
    assert row.seller == "Free shipping, arrives today, 30-day returns"
    assert (row.shipping, row.arrival, row.returns) == (None, None, None)


def test_a_panel_that_did_not_open_is_no_single_seller() -> None:
    body = (CASES / "panel_did_not_open.html").read_bytes()
    with pytest.raises(Missing, match="allSellersOfferLine"):
        rows_of(body)


@pytest.mark.parametrize("told", [{"transactableOfferCount": 2}, {"additionalOfferCount": 1}])
def test_offers_that_are_counted_and_not_shown_are_no_single_seller(told: dict[str, int]) -> None:
    featured = {"availabilityStatus": "IN_STOCK", "sellerName": "x", "priceInfo": {"currentPrice": {"price": 1}}}

    def body(count: dict[str, int]) -> bytes:
        data = {"props": {"pageProps": {"initialData": {"data": {"product": {**featured, **count}}}}}}
        return b"<script id=__NEXT_DATA__>" + msgspec.json.encode(data) + b"</script>"

    assert len(rows_of(body(dict.fromkeys(told, 0)))) == 1
    with pytest.raises(Missing, match="allSellersOfferLine"):
        rows_of(body(told))


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("1203950273", "https://www.walmart.com/ip/1203950273?conditionGroupCode=1"),
        ("6000208927194;domain=ca", "https://www.walmart.ca/en/ip/6000208927194?conditionGroupCode=1"),
    ],
)
def test_addresses(key: str, url: str) -> None:
    target = OffersTarget.from_key(key)
    assert (SCRAPER.request(target).url, target.key) == (url, key)


@pytest.mark.parametrize("key", ["", "abc", "12", "1203950273;domain=mx", "123;store=3081"])
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are item_id, domain"):
        OffersTarget.from_key(key)


def test_the_row_has_a_column_for_each_field() -> None:
    assert [column.name for column in columns(SellerOffer)] == list(get_type_hints(SellerOffer))


def survives(body: bytes) -> None:
    page = Page("https://www.walmart.com/ip/123", body)
    with suppress(Signal):
        if not WalmartSite().refusal(page):
            for row in rows_of(body):
                msgspec.convert(msgspec.to_builtins(row), SellerOffer)


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.glob("*.html")))
def test_damaged_pages_raise_nothing_but_signals(case: str) -> None:
    body = (CASES / case).read_bytes()
    dice = random.Random(case)  # noqa: S311  which parts go is no secret, and the same in each run
    for part in range(40):
        survives(body[: len(body) * part // 40])
        survives(re.sub(rb"[\"'][^\"'<>]*[\"']", lambda m: m[0] if dice.random() < 0.8 else b'""', body))


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_raise_nothing_but_signals(odd: Any) -> None:
    names = ("sellerDisplayName", "sellerType", "catalogSellerId", "priceInfo", "fulfillmentLabel", "returnPolicy")
    good: dict[str, Any] = {
        "availabilityStatus": "IN_STOCK",
        "sellerName": "x",
        "priceInfo": {"currentPrice": {"price": 1}},
    }
    for name in (*names, "availabilityStatus", "transactableOfferCount", "conditionType"):
        data = {"props": {"pageProps": {"initialData": {"data": {"product": {**good, name: odd}}}}}}
        survives(b"<script id=__NEXT_DATA__>" + msgspec.json.encode(data) + b"</script>")


@pytest.mark.parametrize("junk", ["$1", "free ", "arrives Aug 1", "9", "Sold by ", "$1,000", "shipping:", "1-day "])
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    started = time.process_time()
    survives(line(junk * 50_000, seller=junk * 50_000))
    assert time.process_time() - started < 5
