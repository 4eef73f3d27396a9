"""The truth of Amazon's offer pages, held against a simple reading of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from parsel import Selector

from hawker_storefront import targets, url
from hawker_storefront.catalogue import offers
from hawker_storefront.testing import Client, figure, squeeze
from hawker_storefront.words import MARKETS


def number(text: str, domain: str) -> Decimal:
    """The figure in a price, by the market's decimal mark."""
    return figure(text, comma=MARKETS[domain].number in {"de", "fr"})


SAMPLE = list(targets("amazon_offers", 60))


def pages(client: Client, target: dict[str, str]) -> tuple[list[dict[str, Any]], list[Selector]]:
    """Every page of a target, and the truth's rows together."""
    rows: list[dict[str, Any]] = []
    found: list[Selector] = []
    for page in range(1, 9):
        address = url("amazon_offers", target, page)
        truth = client.truth(address)
        rows += truth["rows"]
        found.append(Selector(text=client.get(address).text))
        if not truth["next_page"]:
            break
    return rows, found


@pytest.mark.parametrize("target", SAMPLE, ids=lambda t: f"{t['asin']}-{t['domain']}-{t['condition']}")
def test_fragment_shows_its_truth(healthy: Client, target: dict[str, str]) -> None:
    rows, found = pages(healthy, target)
    shown = [o for p in found for o in p.css("#aod-pinned-offer, #aod-offer")]
    assert [r["position"] for r in rows] == list(range(1, len(rows) + 1))
    if target["condition"] == "used":
        # The pinned offer is shown whatever is asked for; a new one is none of a used target's rows.
        shown = [o for o in shown if o.attrib["id"] != "aod-pinned-offer"]
    assert len(shown) == len(rows)
    totals = {p.css("#aod-total-offer-count::attr(value)").get() for p in found}
    assert totals == {str(sum(not r["is_buybox"] for r in rows))}
    for offer, row in zip(shown, rows, strict=True):
        assert (offer.attrib["id"] == "aod-pinned-offer") == row["is_buybox"]
        price = offer.css(".apex-pricetopay-accessibility-label::text").get() or ""
        assert number(price, target["domain"]) == Decimal(row["price"])
        assert squeeze(offer.css("#aod-offer-heading").xpath("string()").get()) == row["condition"]
        assert row["seller_name"] in squeeze(offer.css("#aod-offer-soldBy").xpath("string()").get())
        assert row["ships_from"] in squeeze(offer.css("#aod-offer-shipsFrom").xpath("string()").get())
        link = offer.css("#aod-offer-soldBy a::attr(href)").get()
        assert (link is None) == (row["seller_id"] is None)
        assert row["seller_id"] is None or f"seller={row['seller_id']}&" in (link or "")
        assert bool(offer.css(".a-icon-prime")) == row["is_prime"]
        assert bool(offer.css("#aod-offer-seller-rating")) == (row["seller_rating"] is not None)
        charge = offer.css("[data-csa-c-delivery-price]::attr(data-csa-c-delivery-price)").get() or ""
        assert (number(charge, target["domain"]) if any(c.isdigit() for c in charge) else 0) == Decimal(row["shipping"])


@pytest.mark.parametrize("target", SAMPLE[:20], ids=lambda t: f"{t['asin']}-{t['domain']}")
def test_listing_of_2019_shows_the_same_offers(healthy: Client, target: dict[str, str]) -> None:
    address = f"https://www.amazon.{target['domain']}/gp/offer-listing/{target['asin']}/ref=olp?ie=UTF8"
    rows: list[dict[str, Any]] = []
    shown: list[Selector] = []
    start = 0
    while True:
        truth = healthy.truth(f"{address}&startIndex={start}")
        page = Selector(text=healthy.get(f"{address}&startIndex={start}").text)
        rows += truth["rows"]
        shown += page.css(".olpOffer")
        assert bool(page.css("li.a-last a")) == truth["next_page"]
        if not truth["next_page"]:
            break
        start += 10
    everything = offers.offers(1, target["domain"], target["asin"])
    assert [r["seller_name"] for r in rows] == [o.seller for o in everything]
    for offer, row in zip(shown, rows, strict=True):
        assert number(offer.css(".olpOfferPrice::text").get() or "", target["domain"]) == Decimal(row["price"])
        name = offer.css(".olpSellerName a::text, .olpSellerName img::attr(alt)").get()
        assert squeeze(name) == row["seller_name"]


def test_pages_hold_ten_offers_beside_the_pinned_one(healthy: Client) -> None:
    target = next(
        t for t in targets("amazon_offers", 400) if len(offers.listed(1, t["domain"], t["asin"], t["condition"])) > 22
    )
    _, found = pages(healthy, target)
    assert [len(p.css("#aod-offer")) for p in found[:2]] == [10, 10]
    assert [len(p.css("#aod-pinned-offer")) for p in found[1:]] == [0] * (len(found) - 1)


@pytest.mark.parametrize("condition", offers.CONDITIONS)
def test_condition_chooses_the_rows(healthy: Client, condition: str) -> None:
    target = next(
        {"asin": t["asin"], "domain": t["domain"], "condition": condition}
        for t in targets("amazon_offers", 400)
        if sum(o.of(condition) for o in offers.offers(1, t["domain"], t["asin"])) > 2
    )
    rows, _ = pages(healthy, target)
    everything = offers.offers(1, target["domain"], target["asin"])
    assert [r["seller_name"] for r in rows] == [o.seller for o in everything if o.of(condition)]
