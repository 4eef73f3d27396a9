"""The truth of Walmart's pages, held against a simple reading of their own."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from parsel import Selector

from hawker_storefront import targets, url

if TYPE_CHECKING:
    from hawker_storefront.testing import Client

SAMPLE = list(targets("walmart_product", 80))


def read(client: Client, target: dict[str, str]) -> tuple[Selector, dict[str, Any], dict[str, Any]]:
    address = url("walmart_product", target)
    page = Selector(text=client.get(address).text)
    data = json.loads(page.css("script#__NEXT_DATA__::text").get() or "")
    return page, data["props"]["pageProps"]["initialData"]["data"], client.truth(address)["rows"][0]


@pytest.mark.parametrize("target", SAMPLE, ids=lambda t: t["item_id"])
def test_page_shows_its_truth(healthy: Client, target: dict[str, str]) -> None:
    page, data, row = read(healthy, target)
    item = data["product"]
    assert item["usItemId"] == row["item_id"] == target["item_id"]
    assert page.css("h1::text").get() == item["name"] == row["name"]
    assert (item["upc"], item["brand"], item["sellerName"], item["sellerType"]) == (
        row["upc"], row["brand"], row["seller"], row["seller_type"],
    )  # fmt: skip
    prices = item["priceInfo"]
    assert Decimal(str(prices["currentPrice"]["price"])) == Decimal(row["price"])
    assert (prices["wasPrice"] is None) == (row["was_price"] is None)
    assert (prices["unitPrice"] is None) == (row["unit_price"] is None)
    assert item["availabilityStatus"] == row["availability"]
    assert {o["type"]: o["availabilityStatus"] for o in item["fulfillmentOptions"]} == row["fulfillment_options"]
    assert [v["usItemId"] for v in item["variantsMap"].values()] == [v["item_id"] for v in row["variants"]]
    assert [i["url"] for i in item["imageInfo"]["allImages"]] == row["images"]
    assert [c["name"] for c in item["category"]["path"]] == row["category"]
    assert {s["name"]: s["value"] for s in data["idml"]["specifications"]} == row["specs"]
    assert (item["averageRating"], item["numberOfReviews"]) == (row["rating"], row["review_count"])


def test_traps_occur(healthy: Client) -> None:
    read_pages = [read(healthy, t) for t in SAMPLE]
    items = [data["product"] for _, data, _ in read_pages]
    assert {type(i["priceInfo"]["currentPrice"]["price"]) for i in items} == {int, float}
    assert {i["sellerType"] for i in items} == {"INTERNAL", "EXTERNAL"}
    assert {i["availabilityStatus"] for i in items} == {"IN_STOCK", "OUT_OF_STOCK"}
    assert {bool(i["variantsMap"]) for i in items} == {True, False}
    tags = [page.css("script#__NEXT_DATA__")[0].attrib for page, _, _ in read_pages]
    assert {"nonce" in t for t in tags} == {True, False}
