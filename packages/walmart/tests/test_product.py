"""Products as other years and kinds show them, each cut down to what is read of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from hawker_core import Gone, Missing, Page
from hawker_core.run import read
from hawker_walmart.product import ProductTarget, Variant
from hawker_walmart.scrapers.walmart_product.scraper import WalmartProduct

if TYPE_CHECKING:
    from hawker_walmart.scrapers.walmart_product.row import Product


def page(initial: Any, opening: str = '<script id="__NEXT_DATA__" type="application/json">') -> Page:
    state = msgspec.json.encode({"props": {"pageProps": {"initialData": initial}}, "page": "/ip/[...itemParams]"})
    return Page("https://www.walmart.com/ip/123", opening.encode() + state + b"</script>")


def row_of(product: dict[str, Any], domain: str = "com", **data: Any) -> Product:
    initial = {"data": {"product": {"usItemId": "123", "name": "A thing", **product}, **data}}
    rows, _ = read(WalmartProduct(), page(initial), ProductTarget.from_fields({"item_id": "123", "domain": domain}))
    return rows[0]  # type: ignore[return-value]  # a row of this scraper


def prices(**told: Any) -> dict[str, Any]:
    codes = {"submapType": told.pop("submap", None)}
    return {"priceInfo": {"priceDisplayCodes": codes, **{name: told.get(name) for name in told}}}


@pytest.mark.parametrize(
    ("told", "price", "was", "currency"),
    [
        ({"currentPrice": {"price": 5, "currencyUnit": "USD"}}, "5", None, "USD"),
        ({"currentPrice": {"price": "19.93"}}, "19.93", None, "CAD"),
        ({"currentPrice": {"price": "$1,019.93"}}, "1019.93", None, "CAD"),
        ({"currentPrice": {"price": 5.0}, "wasPrice": {"price": 7.5}}, "5.0", "7.5", "CAD"),
        ({"currentPrice": {"price": 5}, "wasPrice": {"price": 5}}, "5", None, "CAD"),
        ({"currentPrice": {"price": 5}, "priceRange": {"minPrice": 3, "maxPrice": 9}}, "5", None, "CAD"),
        ({"priceRange": {"minPrice": 25, "maxPrice": 200, "currencyUnit": "CAD"}}, "25", None, "CAD"),
        ({"currentPrice": {"price": 0}, "priceRange": {"minPrice": 25}}, "25", None, "CAD"),
        ({"currentPrice": {"price": 0}, "wasPrice": {"price": 5}}, None, None, None),
        ({"currentPrice": {"price": None}, "priceRange": {"minPrice": None}}, None, None, None),
        ({"currentPrice": {"price": 5}, "submap": "CHECKOUT"}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_prices(told: dict[str, Any], price: str | None, was: str | None, currency: str | None) -> None:
    row = row_of(prices(**told), "ca")
    assert (row.price, row.was_price) == (price and Decimal(price), was and Decimal(was))
    assert row.currency == currency


def test_a_product_of_2022_tells_each_way_under_a_key_of_its_own() -> None:
    told = {"shippingOption": {"availabilityStatus": "AVAILABLE"}, "pickupOption": {"availabilityStatus": None}}
    assert row_of(told).fulfillment_options == {"SHIPPING": "AVAILABLE"}


def test_nothing_is_told_of_a_bare_product() -> None:
    row = row_of({"imageInfo": None, "category": None, "variantsMap": None, "averageRating": None, "location": None})
    assert (row.seller, row.availability, row.rating, row.review_count) == (None, None, None, None)
    assert (row.images, row.category, row.variants, row.fulfillment_options) == ([], [], [], {})


def test_variants_without_a_price_of_their_own_have_none() -> None:
    criteria = [{"id": "color", "name": "Color", "variantList": [{"id": "color-red", "name": "Red"}]}]
    item = {"usItemId": "124", "variants": ["color-red", "size-unknown"], "availabilityStatus": "OUT_OF_STOCK"}
    products = {"A": {**item, "priceInfo": None}, "B": {**item, "priceInfo": {"currentPrice": {"price": 0}}}}
    variant = Variant(item_id="124", options={"Color": "Red"}, price=None, availability="OUT_OF_STOCK")
    assert row_of({"variantCriteria": criteria, "variantsMap": products}).variants == [variant, variant]


@pytest.mark.parametrize(
    ("own", "reviews", "rating", "count"),
    [
        ({"averageRating": 4.4, "numberOfReviews": 717}, None, "4.4", 717),
        ({"averageRating": 4.4}, {"averageOverallRating": 4.57, "roundedAverageOverallRating": 4.6}, "4.6", None),
        ({"numberOfReviews": 717}, {"averageOverallRating": 4.57, "totalReviewCount": 718}, "4.57", 718),
        ({"averageRating": 0, "numberOfReviews": 0}, {"averageOverallRating": 0, "totalReviewCount": 0}, None, 0),
        ({"numberOfReviews": None}, {"averageOverallRating": None, "totalReviewCount": None}, None, None),
    ],
)
def test_ratings(own: dict[str, Any], reviews: Any, rating: str | None, count: int | None) -> None:
    row = row_of(own, reviews=reviews)
    assert (row.rating, row.review_count) == (rating and Decimal(rating), count)


@pytest.mark.parametrize(
    "opening",
    [
        "<script id=__NEXT_DATA__ type=application/json>",
        "<script nonce='x' aria-hidden='true' type='application/json' id='__NEXT_DATA__' crossorigin>",
        '<script\n id="__NEXT_DATA__"\n type="application/json" nonce="">',
    ],
)
def test_the_data_is_found_whatever_else_its_tag_tells(opening: str) -> None:
    told = page({"data": {"product": {"usItemId": "123", "name": "A thing"}}}, opening)
    assert len(read(WalmartProduct(), told, ProductTarget(item_id="123"))[0]) == 1


@pytest.mark.parametrize(
    "error",
    [
        {"message": "404: Not Found"},
        {"message": "Item not found"},
        {"message": "Request failed with status code 404"},
        {"message": "x", "extensions": {"code": "NOT_FOUND"}},
        {"message": "x", "extensions": {"code": "PRODUCT_NOT_FOUND"}},
        {"message": "x", "extensions": {"code": 404}},
        {"message": "x", "extensions": {"response": {"status": 404}}},
    ],
)
def test_a_product_that_the_catalogue_does_not_know_is_gone(error: dict[str, Any]) -> None:
    told = page({"data": {"product": None, "contentLayout": {}}, "errors": [error]})
    with pytest.raises(Gone):
        read(WalmartProduct(), told, ProductTarget(item_id="123"))


@pytest.mark.parametrize(
    "initial",
    [
        None,
        {},
        {"data": None},
        {"data": {"product": None}},
        {"data": {"product": None}, "errors": [{"message": "404: Not Found", "path": ["reviews"]}]},
        {"data": {"product": None}, "errors": [{"message": "request 14045 timed out", "path": ["product"]}]},
        {"searchResult": {}},
    ],
)
def test_no_product_and_no_word_of_why_is_not_understood(initial: Any) -> None:
    with pytest.raises(Missing):
        read(WalmartProduct(), page(initial), ProductTarget(item_id="123"))
