"""The truth of Amazon's pages, held against a simple reading of their own."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from parsel import Selector

from hawker_storefront import targets, url
from hawker_storefront.catalogue.amazon import Product, product
from hawker_storefront.testing import Client, figure, squeeze
from hawker_storefront.words import MARKETS

PRICE = {
    "2019": "#priceblock_ourprice::text",
    "book": "#buyNewSection .offer-price::text",
    "2022": "#corePrice_feature_div .a-offscreen::text",
    "2025": "#corePrice_feature_div .a-offscreen::text",
    "kindle": "#kindle-price::text",
}
SAMPLE = list(targets("amazon_product", 160))


def number(text: str, item: Product) -> Decimal:
    """The figure in a price, by the market's decimal mark."""
    return figure(text, comma=MARKETS[item.domain].number in {"de", "fr"} and not item.foreign)


def read(client: Client, target: dict[str, str]) -> tuple[Selector, dict[str, Any], Product]:
    address = url("amazon_product", target)
    truth = client.truth(address)
    assert truth["expected"] == "ok"
    answer = client.get(address)
    assert answer.status == 200
    page = Selector(text=answer.text)
    return page, truth["rows"][0], product(1, target["domain"], target["asin"])


@pytest.mark.parametrize("target", SAMPLE, ids=lambda t: f"{t['asin']}-{t['domain']}")
def test_page_shows_its_truth(healthy: Client, target: dict[str, str]) -> None:
    page, row, item = read(healthy, target)
    assert squeeze(page.css("#productTitle::text, #ebooksProductTitle::text").get()) == squeeze(row["title"])
    assert page.css("input#ASIN::attr(value)").get() == row["asin"]
    byline = squeeze(page.css("#bylineInfo").xpath("string()").get())
    assert item.brand in byline
    assert row.get("brand") in {None, item.brand}

    shown = page.css(PRICE[item.era]).get()
    if row["price"] is None:
        assert shown is None
    else:
        assert number(shown or "", item) == Decimal(row["price"])

    rating = page.css("#acrPopover::attr(title)").get()
    if row["rating"] is None:
        assert rating is None
    else:
        figures = [Decimal(f.replace(",", ".")) for f in re.findall(r"\d[.,]\d", rating or "")]
        assert figures == [Decimal(str(row["rating"]))]
        count = page.css("#acrCustomerReviewText::text").get() or ""
        assert re.sub(r"\D", "", count.partition("つ")[0]) == str(row["rating_count"])
    crumbs = [squeeze(c) for c in page.css("#wayfinding-breadcrumbs_feature_div a::text").getall()]
    assert crumbs == row["categories"]


@pytest.mark.parametrize("target", SAMPLE, ids=lambda t: f"{t['asin']}-{t['domain']}")
def test_stock_and_seller(healthy: Client, target: dict[str, str]) -> None:
    page, row, item = read(healthy, target)
    if row.get("in_stock") is False:
        assert page.css("#outOfStock")
        assert not page.css(PRICE[item.era])
    if item.state == "script_only":
        availability = page.css("#availability")
        assert availability.css("script")
        assert not squeeze("".join(availability.xpath(".//text()[not(ancestor::script)]").getall()))
    if row.get("in_stock"):
        assert squeeze(page.css("#availability .a-color-success::text").get()) == row["availability"]
    if row["seller"]:
        seller = {
            "2019": "#merchant-info",
            "book": "#merchant-info",
            "2022": "#tabular-buybox .tabular-buybox-container > .tabular-buybox-text:last-child",
            "2025": "#merchantInfoFeature_feature_div .offer-display-feature-text-message",
        }[item.era]
        assert row["seller"] in squeeze(page.css(seller).xpath("string()").get())


def test_details_ranks_images_and_variants(healthy: Client) -> None:
    seen: Counter[str] = Counter()
    for target in SAMPLE[:120]:
        page, row, item = read(healthy, target)
        text = "".join(page.css("script::text").getall())
        for address in row.get("images", []):
            assert f'"{address}"' in text
        for asin in row["variant_asins"]:
            assert f'"{asin}"' in text
        for rank in row["best_seller_ranks"]:
            where = page.css("#SalesRank, #detailBulletsWrapper_feature_div, #prodDetails").xpath("string()").getall()
            assert rank["category"] in squeeze(" ".join(where))
            assert str(rank["rank"]) in re.sub(r"[,.\u202f]", "", " ".join(where))
        seen[item.era] += 1
    assert set(seen) == {"2019", "book", "2022", "2025", "kindle"}


def test_other_prices_stand_around(healthy: Client) -> None:
    """A page is only a test of a parser when taking the first price on it goes wrong."""
    target = next(t for t in SAMPLE if product(1, t["domain"], t["asin"]).era == "2025")
    page, _, _ = read(healthy, target)
    assert len(set(page.css(".a-price .a-offscreen::text").getall())) > 5


def test_price_of_2025_is_blank_where_it_is_shown(healthy: Client) -> None:
    items = [t for t in SAMPLE if product(1, t["domain"], t["asin"]).era == "2025"]
    target = next(t for t in items if product(1, t["domain"], t["asin"]).price)
    page, _, _ = read(healthy, target)
    assert not (page.css(".priceToPay .a-offscreen::text").get() or "").strip()


def test_every_state_and_a_foreign_currency_occur() -> None:
    found = [product(1, t["domain"], t["asin"]) for t in targets("amazon_product", 3000)]
    assert {p.state for p in found} == {
        "in_stock", "few_left", "ships_later", "used_only", "no_featured", "choose", "unavailable", "script_only",
    }  # fmt: skip
    assert any(p.foreign and p.currency == "EUR" for p in found)
    assert {p.domain for p in found} == set(MARKETS)
