"""The raw table of walmart_product."""

from __future__ import annotations

from decimal import Decimal

from hawker_core import RawRow
from hawker_walmart.product import Variant


class Product(RawRow):
    """A product as its page shows it to a visitor of the store `store_id`. Statuses are Walmart's own words."""

    item_id: str
    store_id: str | None  # whose stock the page tells
    upc: str | None
    name: str
    brand: str | None
    price: Decimal | None
    was_price: Decimal | None
    unit_price: str | None  # with its unit, such as 13.9 \u00a2/oz
    currency: str | None
    availability: str | None
    seller: str | None
    seller_type: str | None  # INTERNAL is Walmart itself
    fulfillment: str | None  # who delivers: STORE, FC (Walmart's warehouse) or MARKETPLACE
    fulfillment_options: dict[str, str]  # SHIPPING, PICKUP and DELIVERY to their availability
    rating: Decimal | None
    review_count: int | None
    variants: list[Variant]
    specs: dict[str, str]
    images: list[str]
    category: list[str]
