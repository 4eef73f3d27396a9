"""Which price is taken and which is none; and layouts, words and kinds of pages that no capture shows."""

from __future__ import annotations

import runpy
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hawker_amazon import product, words
from hawker_amazon.buybox import featured
from hawker_amazon.parts import Parts
from hawker_core.page import Page

if TYPE_CHECKING:
    import re

reading: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("reading.py")))
parts, block, apex, offer = (reading[name] for name in ("parts", "block", "apex", "offer"))


@pytest.mark.parametrize(
    ("body", "price", "kind"),
    [
        (block("priceblock_ourprice", "$5.00"), "5.00", "new"),
        ('<h1 id="productTitle">Phone (Renewed)</h1>' + block("priceblock_ourprice", "$5.00"), "5.00", "renewed"),
        ('<h1 id="productTitle">スマホ (整備済み品)</h1>' + block("priceblock_ourprice", "$5.00"), "5.00", "renewed"),
        (block("kindle-price", "$5.00"), "5.00", "digital"),
        (
            block("productSubtitle", "Format Kindle") + block("corePrice_feature_div", apex("5", "$", "00")),
            "5.00",
            "digital",
        ),
        (block("Ebooks-desktop-KINDLE_ALC-prices-kindlePrice", apex("5", "$", "00")), "5.00", "digital"),
        (block("adbl_bb_price", "$5.00"), "5.00", "digital"),
        (block("gc-buy-box-text", "$25.00"), "25.00", "new"),
        (block("atfRedesign_priceblock_priceToPay", apex("5", "$", "00")), "5.00", "new"),
        (block("apex_desktop", apex("5", "$", "00")), "5.00", "new"),
        (block("usedOnlyBuybox", block("price_inside_buybox", "$5.00")), None, "used"),
        (block("unqualifiedBuyBox", block("price_inside_buybox", "$5.00")), None, None),
        (block("priceblock_ourprice", "$5.00 - $9.00"), None, "range"),
        (block("corePrice_feature_div", f'<b class="a-price-range">{apex("5", "$", "00")} - </b>'), None, "range"),
    ],
)
def test_the_row_says_which_price_it_took(body: str, price: str | None, kind: str | None) -> None:
    found = offer(body)
    assert (found.price, found.price_kind) == (Decimal(price) if price else None, kind)


@pytest.mark.parametrize(
    "body",
    [
        block("priceblock_ourprice", "$5?77"),
        block("priceblock_ourprice", "$5 77"),
        block("priceblock_ourprice", "$1x299.00"),
        block("priceblock_ourprice", '$<span class="price-large">5</span>'),
        block("priceblock_ourprice", 'You save <span class="price-info-superscript">$</span>'),
        block("kindle-price", '<p class="ebooks-price-savings">You save $5.00</p>'),
        block("corePrice_feature_div", apex("1,234", "€")),  # the fraction is lost
        block("corePrice_feature_div", apex("431.", "€")),
        block(
            "corePrice_feature_div",
            '<b class="a-price"><i class="a-price-whole">5</i><i class="a-price-fraction">00</i></b>',
        ),
        block(
            "corePrice_feature_div",
            '<b class="a-price"><i class="a-price-symbol">$</i><i class="a-price-fraction">99</i></b>',
        ),
        block(
            "corePrice_feature_div",
            '<b class="a-price"><i class="a-offscreen">$5.00</i><i class="a-price-symbol">$</i>'
            '<i class="a-price-whole">6</i><i class="a-price-fraction">00</i></b>',
        ),
    ],
)
def test_a_torn_price_is_none(body: str) -> None:
    assert offer(body).price is None


@pytest.mark.parametrize(
    "other", ["apex_desktop_snsAccordionRowMiddle", "apex_desktop_usedAccordionRow", "olp_feature_div"]
)
def test_a_block_may_hold_other_offers(other: str) -> None:
    inside = block(other, apex("4", "$", "50") + '<b class="basisPrice"><i class="a-price">$90.00</i></b>')
    assert offer(block("apex_desktop", inside)).price is None
    found = offer(block("apex_desktop", inside + block("apex_desktop_newAccordionRow", apex("5", "$", "00"))))
    assert (found.price, found.list_price) == (Decimal("5.00"), None)


def test_what_the_pages_end_cuts_short_is_no_price() -> None:
    whole = b'<html><body><div id="price_inside_buybox">$12.99</div><div>more</div></body></html>'
    for end in range(len(whole)):
        found = featured(Parts(Page("https://www.amazon.com/dp/B000000000", whole[:end] or b"<")), "USD")
        assert found.price in {None, Decimal("12.99")}, whole[:end]


@pytest.mark.parametrize(
    ("availability", "in_stock"),
    [
        ("Niet op voorraad.", False),
        ("Obecnie niedostępny.", False),
        ("目前无货。", False),
        ("在庫なし", False),
        ("Usually dispatched within 2 to 3 days", True),
        ("Gewöhnlich versandfertig in 3 bis 5 Tagen", True),
        ("Il ne reste plus que 2 exemplaire(s)", True),
        ("Disponibile.", True),
        ("Disponible a través de estos vendedores.", None),
        ("通常1\uff5e2日以内に発送します。", True),
    ],
)
def test_more_words_of_availability(availability: str, in_stock: bool | None) -> None:
    assert offer(block("availability", availability)).in_stock is in_stock


@pytest.mark.parametrize(
    ("body", "asin"),
    [
        ('<input id="ASIN" value="B000000001">', "B000000001"),
        ('<input name="ASIN" value="B000000001">', "B000000001"),
        ('<div id="averageCustomerReviews" data-asin="B000000001"></div>', "B000000001"),
        ('<link rel="canonical" href="https://www.amazon.com/x/dp/B000000001">', "B000000001"),
        ("<p>B000000001</p>", None),
    ],
)
def test_where_the_asin_stands(body: str, asin: str | None) -> None:
    assert product.asin(parts(body)) == asin


def test_a_count_is_told_by_its_label() -> None:
    body = '<span id="acrCustomerReviewText" aria-label="2,543 Reviews">(2.5K)</span>'
    assert product.rated(parts(body)) == 2543


@pytest.mark.parametrize(
    "body",
    [
        block("merchantInfoFeature", '<b class="offer-display-feature-text">Kontor</b>'),
        block("merchant-info", '<a id="sellerProfileTriggerId">Kontor</a>'),
        '<a id="sellerProfileTriggerId">Kontor</a>',
    ],
)
def test_sellers_by_structure_alone(body: str) -> None:
    assert offer(body).seller == "Kontor"


@pytest.mark.parametrize(
    "body",
    [
        '<span id="title">Tray</span>',  # mobile
        '<div id="dmusicProductTitle_feature_div"><h1>Tray</h1></div>',
        '<h1 data-automation-id="title">Tray</h1>',  # a film
    ],
)
def test_titles_of_other_kinds_of_pages(body: str) -> None:
    assert product.title(parts(body)) == "Tray"


def test_variants_of_swatches_without_a_script() -> None:
    body = '<ul id="twister"><li data-defaultasin="B000000001"></li><li data-defaultasin=""></li></ul>'
    assert product.variants(Page("https://www.amazon.com/dp/B000000001", body.encode())) == ["B000000001"]


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (
            words.SOLD_BY,
            ("Verkoper", "Verkocht door", "Sprzedawca", "Sprzedaż przez", "Säljs av", "Sat\u0131c\u0131", "卖家"),
        ),
        (words.SHIPS_FROM, ("Verzonden door", "Verzending", "Wysyłka", "Skickas från", "Gönderici", "发货方")),
        (words.BRAND, ("Merk", "Marka", "Varumärke", "品牌")),
        (words.USED, ("Tweedehands", "Gebruikt - Goed", "Używany", "Begagnad", "İkinci El - ikinci el", "二手 - 良好")),
        (words.NEW, ("Nieuw", "Nowy", "Ny", "Nytt", "Yeni", "全新")),
        (words.FREE, ("DARMOWA dostawa", "ÜCRETSİZ ücretsiz", "免费配送")),
        (words.SPONSORED, ("Gesponsord", "Sponsorowane", "Sponsrad", "Sponsorlu", "赞助")),
        (
            words.STARS,
            (
                "4,5 van 5 sterren",
                "4,5 z 5 gwiazdek",
                "4,5 av 5 stjärnor",
                "5 y\u0131ld\u0131z üzerinden 4,5",
                "4.5 颗星",
            ),
        ),
    ],
)
def test_words_of_the_languages_that_marketplaces_offer_besides(
    pattern: re.Pattern[str], texts: tuple[str, ...]
) -> None:
    assert [text for text in texts if not pattern.search(text)] == []
