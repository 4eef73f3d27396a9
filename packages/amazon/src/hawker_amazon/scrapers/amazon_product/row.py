"""The raw table of product pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hawker_core.rows import RawRow


class Product(RawRow):
    """One product as its page shows it; prices are in `currency`, for one piece, bought new and once."""

    asin: str | None  # the one that the page shows: a parent's page shows one of its children
    title: str  # without the edition that a book's heading adds
    brand: str | None  # None for media, whose byline names authors and artists
    price: Decimal | None  # of the featured offer; None where the page features none
    price_kind: str | None  # new, renewed (repaired) or digital; without a price what is featured instead: used, range
    list_price: Decimal | None  # struck through, list price, RRP, M.R.P.
    currency: str | None  # of the price: it follows the delivery country, not the marketplace
    availability: str | None  # as worded by the page
    in_stock: bool | None  # None where the page does not tell, as when a size has to be chosen first
    seller: str | None  # of the featured offer, as named by the page
    ships_from: str | None  # who dispatches it: the seller, or Amazon
    rating: Decimal | None  # stars out of five
    rating_count: int | None  # how many ratings that average is made of
    best_seller_ranks: list[dict[str, Any]]  # {rank, category}, the main category first
    bought_past_month: int | None  # at least
    features: list[str]  # the bullet points
    details: dict[str, str]  # label to value, in page order; ranks and reviews left out
    images: list[str]  # addresses, the largest of each picture, in gallery order
    variant_asins: list[str]  # the page's own among them; empty where there is nothing to choose
    categories: list[str]  # widest first
