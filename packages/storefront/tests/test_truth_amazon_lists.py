"""The truth of Amazon's result lists, held against a simple reading of their own."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from parsel import Selector

from hawker_storefront import key, targets, url
from hawker_storefront.catalogue.amazon_lists import SCRAPERS, Listing, listing
from hawker_storefront.testing import Client, figure, squeeze
from hawker_storefront.words import MARKETS

SAMPLE = [(scraper, target) for scraper in SCRAPERS for target in targets(scraper, 30)]
LOWEST = re.compile("From|Ab|À partir de|Da |Desde|A partir de|より")
OWN = {
    "2019": "#s-results-list-atf > li, #btfResults li",
    "2020": ".s-main-slot > [data-component-type=s-search-result]",
}


def found_of(scraper: str, target: dict[str, str]) -> Listing:
    names = {"min_price": "low-price", "max_price": "high-price", "sort": "s"}
    filters = tuple(sorted(f"{there}={target[here]}" for here, there in names.items() if target.get(here)))
    return listing(1, scraper, target["domain"], next(iter(target.values())), filters)


def read(client: Client, scraper: str, target: dict[str, str], number: int = 1) -> tuple[Selector, dict[str, Any]]:
    address = url(scraper, target, number)
    return Selector(text=client.get(address).text), client.truth(address)


def tiles(page: Selector, found: Listing) -> Any:
    return page.css(OWN["2019" if found.era == "2019" else "2020"])


def number(text: str, found: Listing) -> Decimal:
    """The figure in a price, by the market's decimal mark."""
    return figure(text, comma=MARKETS[found.domain].number in {"de", "fr"} and not found.foreign)


def check_price(tile: Selector, row: dict[str, Any], found: Listing) -> None:
    """One price where there is one; none where it is the low end of a range, the lowest of several, or others'."""
    shown = [squeeze(t) for t in tile.css(".s-price::text, .a-price:not(.a-text-price) .a-offscreen::text").getall()]
    if row["price"] is None:
        assert not shown or len(shown) == 2 or " - " in shown[0] or LOWEST.search(squeeze(tile.xpath("string()").get()))
    elif tile.css(".apex-kindle-program-badge, .s-icon-kindle-unlimited"):
        assert number(shown[0], found) == 0
        texts = [
            *shown[1:],
            *tile.css("[data-cy=secondary-offer-recipe] .a-row::text, .a-color-secondary::text").getall(),
        ]
        assert Decimal(row["price"]) in {number(t, found) for t in texts if re.search(r"\d", t)}
    else:
        assert [number(t, found) for t in shown] == [Decimal(row["price"])]
        assert row["currency"] == found.currency


def check(tile: Selector, row: dict[str, Any], found: Listing) -> None:
    assert tile.attrib["data-asin"] == row["asin"]
    title = squeeze(tile.css("h2:last-of-type ::text, a > h2 ::text").getall()[-1])
    assert row["title"].startswith(title.removesuffix("..."))
    check_price(tile, row, found)
    strikes = tile.css("[data-a-strike] .a-offscreen::text, .a-text-strike::text").getall()
    assert [str(number(one, found)) for one in strikes] == ([row["list_price"]] if row["list_price"] else [])
    stars = [t for t in tile.css(".a-icon-alt::text").getall() if t != "Prime"]
    assert bool(stars) == (row["rating"] is not None)
    assert all(str(row["rating"]) in t.replace(",", ".") for t in stars)
    links = tile.css("a[href*=customerReviews]")
    assert bool(links) == (row["rating_count"] is not None)
    for link in links:
        told = link.attrib.get("aria-label") or link.xpath("string()").get() or ""
        assert re.sub(r"\D", "", told.partition("つ")[0]) == str(row["rating_count"])
    paid = "AdHolder" in tile.attrib["class"] or bool(tile.css("a[href^='/sspa/'], a[href^='/gp/slredirect/']"))
    assert paid == row["sponsored"]
    assert bool(tile.css(".a-icon-prime")) == row["prime"]


@pytest.mark.parametrize(("scraper", "target"), SAMPLE, ids=lambda value: value if isinstance(value, str) else "")
def test_pages_show_their_truth(healthy: Client, scraper: str, target: dict[str, str]) -> None:
    found, position = found_of(scraper, target), 0
    for page_number in (1, 2, 3):
        page, truth = read(healthy, scraper, target, page_number)
        assert (truth["scraper"], truth["key"], truth["page"]) == (scraper, key(scraper, target), page_number)
        shown = tiles(page, found)
        assert len(shown) == len(truth["rows"]) <= 48
        for tile, row in zip(shown, truth["rows"], strict=True):
            position += 1
            assert row["position"] == position
            check(tile, row, found)
        assert bool(page.css("a.s-pagination-next, .a-last:not(.a-disabled) a, #pagnNextLink")) == truth["next_page"]
        if not truth["next_page"]:
            break


def test_traps_occur(healthy: Client) -> None:
    seen: Counter[str] = Counter()
    for scraper, target in SAMPLE:
        found = found_of(scraper, target)
        page, truth = read(healthy, scraper, target)
        seen[found.era] += 1
        seen["foreign"] += found.foreign
        seen["missing"] += any(row["price"] is None for row in truth["rows"])
        for trap, css in {
            "range": ".a-price-dash", "unit": ".a-price.a-text-price:not([data-a-strike])", "carousel": ".a-carousel",
            "others": "a[href*='/offer-listing/']", "fewer": "#fkmr-results0", "brand": "h2.a-size-mini.s-line-clamp-1",
            "video": "[cel_widget_id*=VIDEO]", "unlimited": ".apex-kindle-program-badge, .s-icon-kindle-unlimited",
        }.items():  # fmt: skip
            seen[trap] += bool(page.css(css))
    assert {"2019", "2021", "2025", "2026"} <= set(seen)
    assert all(seen.values()), seen


def test_what_is_asked_for_stands_in_each_row(healthy: Client) -> None:
    _, category = read(healthy, "amazon_category", {"node": "172282", "domain": "de", "pages": "1"})
    assert {row["node"] for row in category["rows"]} == {"172282"}
    assert len({row["total_results"] for row in category["rows"]}) == 1
    _, shop = read(healthy, "amazon_seller_products", {"seller_id": "A2DP2EEPU3VU45", "domain": "com", "pages": "1"})
    assert {row["seller_id"] for row in shop["rows"]} == {"A2DP2EEPU3VU45"}


def test_a_search_keeps_to_its_prices(healthy: Client) -> None:
    target = next(t for t in targets("amazon_search", 300) if t["min_price"])
    _, truth = read(healthy, "amazon_search", target)
    prices = [Decimal(row["price"]) for row in truth["rows"] if row["price"]]
    assert prices
    assert all(Decimal(target["min_price"]) <= price <= Decimal(target["max_price"]) for price in prices)


@pytest.mark.parametrize("scraper", SCRAPERS)
def test_a_page_past_the_last_says_that_nothing_is_found(healthy: Client, scraper: str) -> None:
    for target in targets(scraper, 12):
        page, truth = read(healthy, scraper, target, 99)
        assert truth["rows"] == []
        assert page.css("#noResultsTitle, [class*='-no-results']")
        assert not truth["next_page"]


@pytest.mark.parametrize("path", ["/s", "/s?k=", "/s?rh=p_89%3ALG", "/s?me=nobody", "/s?page=2"])
def test_what_names_no_list_is_not_found(healthy: Client, path: str) -> None:
    assert healthy.get(f"https://www.amazon.com{path}").status == 404
