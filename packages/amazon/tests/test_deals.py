"""Deals: their types, times and prices, and scripts that are damaged."""

from __future__ import annotations

import json
import random
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hawker_amazon.deals import DealsTarget
from hawker_amazon.scrapers.amazon_deals.row import Deal
from hawker_amazon.scrapers.amazon_deals.scraper import AmazonDeals
from hawker_core.model import BadTargetError, Empty, Missing, Signal
from hawker_core.page import Page
from hawker_core.run import read
from hawker_core.scraper import Browser

CASES = Path(__file__).parents[1] / "src" / "hawker_amazon" / "scrapers" / "amazon_deals" / "cases"
SCRAPER = AmazonDeals()
PRODUCT = {"asin": "B0TRAY0001", "title": "Tray"}


def rows(markup: str, key: str = "all", domain: str = "com") -> list[Any]:
    target = DealsTarget.from_key(f"{key};domain={domain}")
    return read(SCRAPER, Page(SCRAPER.request(target).url, markup.encode()), target)[0]


def script(*products: dict[str, Any]) -> str:
    widget = {"productSearchResponse": {"products": list(products)}}
    return f"<script>assets.mountWidget('slot-14', {json.dumps(widget)});</script>"


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2026-07-20T06:59:59.000Z", datetime(2026, 7, 20, 6, 59, 59, tzinfo=UTC)),
        ("2026-07-20T06:59:59+02:00", datetime(2026, 7, 20, 4, 59, 59, tzinfo=UTC)),
        ("2026-07-20T06:59:59", datetime(2026, 7, 20, 6, 59, 59, tzinfo=UTC)),
        (1784530799000, datetime(2026, 7, 20, 6, 59, 59, tzinfo=UTC)),
        ("03:12:44", None),
        ("soon", None),
        ("9999999999999", datetime(2286, 11, 20, 17, 46, 39, tzinfo=UTC)),
        ("2026-13-40T00:00:00Z", None),
        ("9" * 5000, None),
    ],
)
def test_ends_at(told: str | int, moment: datetime | None) -> None:
    assert rows(script(PRODUCT | {"dealDetails": {"endTime": told}}))[0].ends_at == moment


@pytest.mark.parametrize(
    ("domain", "price", "amount", "currency"),
    [
        ("com", {"price": "19.99"}, "19.99", "USD"),
        ("de", {"price": "1.019,99", "currencyCode": "EUR"}, "1019.99", "EUR"),
        ("co.uk", {"price": 12.5}, "12.5", "GBP"),
        ("co.jp", {"price": "￥1,980"}, "1980", "JPY"),
        ("com.br", {"price": "R$ 1.189,90"}, "1189.90", "BRL"),
        ("in", {"moneyValueOrRange": {"value": {"amount": "499.00", "unit": "INR"}}}, "499.00", "INR"),
        ("in", {"price": ""}, None, None),
        ("in", {}, None, None),
    ],
)
def test_prices(domain: str, price: dict[str, Any], amount: str | None, currency: str | None) -> None:
    deal = rows(script(PRODUCT | {"price": {"priceToPay": price}}), domain=domain)[0]
    assert (deal.deal_price, deal.currency) == (Decimal(amount) if amount else None, currency)


def test_a_product_in_script_and_card_is_one_deal_as_the_script_tells_it() -> None:
    card = '<div data-testid="product-card" data-asin="B0TRAY0001"><img alt="cut short"></div>'
    assert [deal.title for deal in rows(script(PRODUCT, PRODUCT) + card)] == ["Tray"]


def test_a_type_that_the_page_cannot_tell_is_not_understood() -> None:
    with pytest.raises(Missing, match=r"dealDetails\.type"):
        rows(script(PRODUCT), "best")


def test_a_type_without_deals_is_empty() -> None:
    with pytest.raises(Empty, match="no BEST_DEAL among 1 deals"):
        rows(script(PRODUCT | {"dealDetails": {"type": "LIGHTNING_DEAL"}}), "best")


@pytest.mark.parametrize("badge", ["22% off", "-22%", "22 %", "٪22", "22\uff05 OFF"])
def test_percent_of_a_badge(badge: str) -> None:
    card = '<div data-testid="product-card" data-asin="B0TRAY0001"><p id="title-1">Tray</p>'
    assert rows(f'{card}<i class="x_badgeLabel">{badge}')[0].percent == 22


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("all", ""),
        ("best;domain=de", ""),
        ("lightning", "?bubble-id=deals-collection-lightning-deals"),
        ("trending;domain=co.jp", "?bubble-id=trending-bubble"),
        ("today", "?bubble-id=discounts-collection-deals-started-today"),
    ],
)
def test_addresses(key: str, path: str) -> None:
    target = DealsTarget.from_key(key)
    assert SCRAPER.request(target).url == f"https://www.amazon.{target.domain}/deals{path}"
    assert target.key == key


@pytest.mark.parametrize("key", ["coupons", "all;domain=nl", "all;pages=2", "../x"])
def test_a_malformed_target_is_refused(key: str) -> None:
    with pytest.raises(BadTargetError, match="fields are deal_type, domain"):
        DealsTarget.from_key(key)


def test_it_needs_a_browser() -> None:
    assert isinstance(SCRAPER.fetch, Browser)


def survives(markup: str) -> None:
    with suppress(Signal):
        for row in rows(markup):
            msgspec.convert(msgspec.to_builtins(row), Deal)


@pytest.mark.parametrize("case", sorted(CASES.glob("*.html")), ids=lambda case: case.stem)
def test_damaged_pages_raise_nothing_but_signals(case: Path) -> None:
    text = case.read_text("utf-8")
    dice = random.Random(case.name)  # noqa: S311  which parts go is no secret, and the same in each run
    odd = ["", "0", "null", "[]", "{}", '"x"', "-1e400", "9" * 400, "true"]
    for _ in range(40):
        damaged = re.sub(
            r"(?<=: )(?:\"[^\"<>]*\"|[\d.]+)", lambda m: m[0] if dice.random() < 0.7 else dice.choice(odd), text
        )
        survives(damaged[: dice.randrange(len(text))])
        survives(damaged)


@pytest.mark.parametrize(
    "junk", ["mountWidget('a',{", "mountWidget(", "{", "[", '"', "<div data-deal-id=x data-asin=y>", "9%"]
)
def test_hostile_lengths_cost_no_more_than_time_to_read_them(junk: str) -> None:
    text = junk * 40_000
    started = time.process_time()
    survives(f"<script>mountWidget('a', {text}</script>{text}")
    survives(f'<div data-testid="product-card" data-asin="B0TRAY0001"><i class="badgeLabel">{text}')
    assert time.process_time() - started < 5
