"""The raw table of product pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hawker_core.rows import RawRow


class Product(RawRow):
    """One product as its page shows it; prices are in `currency`, for one piece, bought new and once."""

    asin: str | None  # the one that the page shows: a parent's page shows one of its children
    title: str
    brand: str | None
    price: Decimal | None  # of the featured offer; None where the page features none
    price_kind: str | None  # new, renewed (repaired) or digital; without a price what is featured instead: used, range
    list_price: Decimal | None  # struck through, list price, RRP, M.R.P.
    currency: str | None  # of the price: it follows the delivery country, not the marketplace
    availability: str | None  # as worded by the page
    in_stock: bool | None  # None where the page does not tell, as when a size has to be chosen first
    seller: str | None
    ships_from: str | None
    rating: Decimal | None  # stars out of five
    rating_count: int | None
    best_seller_ranks: list[dict[str, Any]]  # {rank, category}, the main category first
    bought_past_month: int | None  # at least
    features: list[str]
    details: dict[str, str]
    images: list[str]
    variant_asins: list[str]  # the page's own among them; empty where there is nothing to choose
    categories: list[str]  # widest first
