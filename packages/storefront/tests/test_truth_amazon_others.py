"""The truth of Amazon's reviews, sellers, deals and suggestions, held against a simple reading of their own."""

from __future__ import annotations

import json

import pytest
from parsel import Selector

from hawker_storefront import key, targets, url
from hawker_storefront.testing import Client, squeeze

NAMES = ("amazon_reviews", "amazon_seller", "amazon_deals", "amazon_autocomplete")
SAMPLE = [(name, target) for name in NAMES for target in targets(name, 24)]


@pytest.mark.parametrize(("scraper", "target"), SAMPLE, ids=lambda value: value if isinstance(value, str) else "")
def test_pages_show_their_truth(healthy: Client, scraper: str, target: dict[str, str]) -> None:
    address = url(scraper, target)
    text, truth = healthy.get(address).text, healthy.truth(address)
    assert (truth["scraper"], truth["key"], truth["page"]) == (scraper, key(scraper, target), 1)
    rows = truth["rows"]
    if scraper == "amazon_autocomplete":
        told = [one for one in json.loads(text)["suggestions"] if one["type"] == "KEYWORD"]
        assert [one["value"] for one in told] == [row["suggestion"] for row in rows]
        assert all((one["scopes"] != []) == (row["scope"] is not None) for one, row in zip(told, rows, strict=True))
        return
    page = Selector(text=text)
    if scraper == "amazon_reviews":
        shown = page.css("[data-hook=review]")
        assert shown.xpath("@id").getall() == [row["review_id"] for row in rows]
        assert bool(page.css(".no-reviews-section")) == (not rows)
        for one, row in zip(shown, rows, strict=True):
            writer, body = (
                squeeze(one.css(css).xpath("string()").get()) for css in (".a-profile-name", ".review-text")
            )
            assert body.replace(writer, "[name]") == row["body"]
            assert row["date"][:4] in one.css("[data-hook=review-date]::text").get("")
        assert bool(page.css(".a-last:not(.a-disabled) a")) == truth["next_page"]
    elif scraper == "amazon_seller":
        assert [squeeze(page.css("#seller-name::text").get())] == [row["name"] for row in rows]
        assert ", ".join(page.css(".indent-left span::text").getall()[1:]) == rows[0]["address"]
    else:
        shown_asins = page.css("[data-testid=grid-deals-container] [data-asin]").xpath("@data-asin").getall()
        asins = [row["asin"] for row in rows]
        assert shown_asins == asins[: len(shown_asins)]
        assert len(shown_asins) == len(asins) or all(f'"asin":"{asin}"' in text for asin in asins)


@pytest.mark.parametrize(
    "address",
    [
        "https://www.amazon.com/sp?seller=nobody",
        "https://www.amazon.com/product-reviews/short",
        "https://completion.amazon.com/",
        "https://completion.amazon.com/api/2017/suggestions?prefix=",
    ],
)
def test_what_names_nothing_is_not_found(healthy: Client, address: str) -> None:
    assert healthy.get(address).status == 404


def test_robots_let_every_host_be_asked(healthy: Client) -> None:
    assert "Disallow: /gp/cart" in healthy.get("https://completion.amazon.de/robots.txt").text
