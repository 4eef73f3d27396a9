"""The truth of eBay's searches, held against a simple reading of their own."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from parsel import Selector

from hawker_storefront import targets, url
from hawker_storefront.catalogue.ebay import search
from hawker_storefront.testing import Client, figure, squeeze

SAMPLE = list(targets("ebay_search", 60))
SOLD = "&LH_Sold=1&LH_Complete=1"


def read(client: Client, address: str) -> tuple[Selector, dict[str, Any]]:
    return Selector(text=client.get(address).text), client.truth(address)


def tiles(page: Selector) -> list[Selector]:
    """The results proper: no placeholders, no advertisements, nothing below "fewer words"."""
    found = []
    for node in page.css("ul.srp-results > li"):
        if "REWRITE_START" in node.attrib.get("class", ""):
            break
        if {"s-card", "s-item"} & set(node.attrib.get("class", "").split()) and node.css(
            ".s-card__title, .s-item__link"
        ):
            found.append(node)
    return found


def check(tile: Selector, row: dict[str, Any], site: str) -> None:
    href = tile.css(".su-card-container__header a::attr(href), a.s-item__link::attr(href)").get() or ""
    assert f"/itm/{row['item_id']}?" in href
    title = tile.css(".s-card__title .primary::text").get() or "".join(
        tile.css(".s-item__title").xpath(".//text()[not(ancestor::*[@class='LIGHT_HIGHLIGHT'])]").getall()
    )
    assert squeeze(title) == row["title"]
    prices = tile.css(".s-card__price.large-1::text").getall() or re.split(
        r" to | bis ", tile.css(".s-item__price").xpath("string()").get() or ""
    )
    assert [figure(p, comma=site == "de") for p in prices] == [
        Decimal(p) for p in (row["price"], row["price_high"]) if p
    ]
    condition = tile.css(".s-card__subtitle .secondary::text, .SECONDARY_INFO::text").get() or ""
    assert condition.removesuffix(" · ") == row["condition"]
    text = squeeze(tile.xpath("string()").get())
    assert row["location"] in text
    assert row["seller"] is None or row["seller"] in text
    assert row["time_left"] is None or row["time_left"] in text
    if "sponsored" in row:
        assert ("tkp:BFBM" in unquote(href)) == row["sponsored"]


@pytest.mark.parametrize("target", SAMPLE, ids=lambda t: f"{t['keyword']}-{t['domain']}")
def test_pages_show_their_truth(healthy: Client, target: dict[str, str]) -> None:
    position = 0
    for number in (1, 2):
        page, truth = read(healthy, url("ebay_search", target, number))
        found = tiles(page)
        assert len(found) == len(truth["rows"]) <= 60
        for tile, row in zip(found, truth["rows"], strict=True):
            position += 1
            assert row["position"] == position
            check(tile, row, target["domain"])
        assert bool(page.css("a.pagination__next")) == truth["next_page"]
        if not truth["next_page"]:
            break


def test_sold_search_says_when(healthy: Client) -> None:
    for target in SAMPLE[:12]:
        page, truth = read(healthy, url("ebay_search", target) + SOLD)
        if "sold_at" not in truth["rows"][0]:
            continue
        captions = [squeeze(t.css(".s-card__caption, .s-item__caption").xpath("string()").get()) for t in tiles(page)]
        for caption, row in zip(captions, truth["rows"], strict=True):
            year, _, day = row["sold_at"].split("-")
            assert re.match(r"Sold|Verkauft", caption)
            assert year in caption
            assert str(int(day)) in caption


def test_traps_occur(healthy: Client) -> None:
    seen: Counter[str] = Counter()
    for target in SAMPLE:
        found = search(1, target["domain"], target["keyword"], ())
        seen[found.era] += 1
        page, truth = read(healthy, url("ebay_search", target))
        if found.era in {"2025", "2026"}:
            seen["placeholder"] += "Shop on eBay" in page.get()
            seen["leftover"] += bool(page.css("li.s-item"))
            seen["advert"] += bool(page.css("div.s-card"))
        seen["fewer"] += bool(page.css(".srp-river-answer--REWRITE_START"))
        seen["range"] += any(r["price_high"] for r in truth["rows"])
        seen["invisible"] += "\u2063" in page.get()
    assert {"2021", "2022", "2025", "2026"} <= set(seen)
    for trap in ("placeholder", "leftover", "advert", "fewer", "range", "invisible"):
        assert seen[trap], trap


def test_page_size_follows_the_query(healthy: Client) -> None:
    target = next(t for t in SAMPLE if search(1, t["domain"], t["keyword"], ()).total > 130)
    page, truth = read(healthy, url("ebay_search", target) + "&_ipg=120")
    assert len(tiles(page)) == len(truth["rows"]) == 120


def test_page_past_the_last_is_bare(healthy: Client) -> None:
    page, truth = read(healthy, url("ebay_search", SAMPLE[0], 99))
    assert truth["rows"] == []
    assert not page.css("a.pagination__next")
