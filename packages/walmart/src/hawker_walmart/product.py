"""What the JSON of a product page tells: `initialData.data.product`, `.idml` and `.reviews`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from hawker_core import Data, Gone, Missing, Target
from hawker_walmart.site import Domain

_NOT_FOUND = re.compile(r"(?<!\d)404(?!\d)|not[ _]?found", re.IGNORECASE)
_SHOWN_LATER = {"CART", "CHECKOUT"}  # the price is shown once the item is in the cart, for the brand wants it so


class ProductTarget(Target, frozen=True):
    """An item, seen from a store; from none, Walmart picks one by the visitor's address."""

    item_id: Annotated[str, Meta(pattern=r"^\d{3,15}$")]
    domain: Domain = "com"
    store: Annotated[str, Meta(pattern=r"^\d{0,6}$")] = ""


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of a product with options: an item of its own."""

    item_id: str
    options: dict[str, str]  # the choice's name to the option's, such as Color to Red
    price: Decimal | None
    availability: str | None


def product_of(initial: Data) -> Data:
    """The product of a page's data.

    Raises:
        Gone: the shop's catalogue does not know it.
        Missing: the page holds none.
    """
    if found := initial.maybe("data.product"):
        return found
    if any(_is_not_found(error) for error in initial.all("errors")):
        raise Gone("product not found")
    return initial.one("data.product")


def _is_not_found(error: Data) -> bool:
    told = (error.maybe_text(path) or "" for path in ("extensions.code", "extensions.response.status", "message"))
    # The reviews and the page's layout may be missing too.
    return error.maybe_text("path.0") in {None, "product"} and any(_NOT_FOUND.search(text) for text in told)


def price(product: Data) -> Decimal | None:
    """The price shown, a range's low end; None where the page shows none."""
    if product.maybe_text("priceInfo.priceDisplayCodes.submapType") in _SHOWN_LATER:
        return None
    # Nothing is sold for nothing: a gift card of any amount, or an item that nobody sells, has a price of 0.
    prices = (product.maybe_number(f"priceInfo.{path}") for path in ("currentPrice.price", "priceRange.minPrice"))
    return next(filter(None, prices), None)


def was_price(product: Data, now: Decimal | None) -> Decimal | None:
    """The former price, where it is higher than the price now."""
    was = product.maybe_number("priceInfo.wasPrice.price")
    return was if was is not None and now is not None and was > now else None


def currency(product: Data, domestic: str) -> str:
    """The ISO 4217 code of the product's prices."""
    return product.maybe_text("priceInfo.currentPrice.currencyUnit", "priceInfo.priceRange.currencyUnit") or domestic


def store(product: Data, wanted: str) -> str | None:
    """The store whose stock the page tells: the one wanted, else the one for pickup that Walmart picked.

    Raises:
        Missing: the page tells another store's.
    """
    pickup = product.maybe_text("location.pickupLocation.storeId")
    told = [one for one in (pickup, *product.texts("location.storeIds")) if one and one != "0"]
    if wanted and wanted not in told:
        raise Missing(f"product.location of store {wanted} (it is that of {', '.join(told) or 'no store'})")
    return wanted or next(iter(told), None)


def fulfillment_options(product: Data) -> dict[str, str]:
    """Each way to get the product to its availability: `{"SHIPPING": "IN_STOCK", "PICKUP": "NOT_AVAILABLE"}`."""
    told = {option.maybe_text("type"): option.maybe_text("availabilityStatus") for option in _all(product)}
    return {way: status for way, status in told.items() if way and status}


def _all(product: Data) -> list[Data]:
    if options := product.all("fulfillmentOptions"):
        return options
    # Before 2023 each way had a key of its own.
    ways = {"SHIPPING": product.maybe("shippingOption"), "PICKUP": product.maybe("pickupOption")}
    return [
        Data({"type": way, "availabilityStatus": option.maybe_text("availabilityStatus")})
        for way, option in ways.items()
        if option
    ]


def variants(product: Data) -> list[Variant]:
    """All choices of a product with options; none for a product without."""
    names = {
        option.maybe_text("id"): (choice.maybe_text("name") or choice.maybe_text("id") or "", option.maybe_text("name"))
        for choice in product.all("variantCriteria")
        for option in choice.all("variantList")
    }
    found = product.maybe("variantsMap")
    items = [Data(item) for item in found.value.values()] if found and isinstance(found.value, dict) else []
    return [
        Variant(
            item_id=item_id,
            options={
                choice: option
                for choice, option in (names.get(one, ("", None)) for one in item.texts("variants"))
                if option
            },
            price=price(item),
            availability=item.maybe_text("availabilityStatus"),
        )
        for item in items
        if (item_id := item.maybe_text("usItemId"))
    ]


def specs(idml: Data | None) -> dict[str, str]:
    """The specifications, name to value."""
    told = [(spec.maybe_text("name"), spec.maybe_text("value")) for spec in idml.all("specifications")] if idml else []
    return {name: value for name, value in told if name and value}


def rating(product: Data, reviews: Data | None) -> Decimal | None:
    """Stars out of five, as rounded as the page shows them; None for a product that nobody has rated."""
    shown = reviews.maybe_number("roundedAverageOverallRating", "averageOverallRating") if reviews else None
    return shown or product.maybe_number("averageRating") or None


def review_count(product: Data, reviews: Data | None) -> int | None:
    """How many ratings the page shows: the reviews' own figure, which the product's lags behind."""
    shown = reviews.maybe_count("totalReviewCount") if reviews else None
    return product.maybe_count("numberOfReviews") if shown is None else shown


def images(product: Data) -> list[str]:
    """The URLs of all pictures, the main one first."""
    found = [url for image in product.all("imageInfo.allImages") if (url := image.maybe_text("url"))]
    thumbnail = product.maybe_text("imageInfo.thumbnailUrl")
    return found or ([thumbnail] if thumbnail else [])


def category(product: Data) -> list[str]:
    """The category's path, from the top."""
    return [name for step in product.all("category.path") if (name := step.maybe_text("name"))]
