"""The raw table of offer lists."""

from __future__ import annotations

from decimal import Decimal

from hawker_core.rows import RawRow


class SellerOffer(RawRow):
    """One seller's offer, in the order shown; the featured one first."""

    seller_id: str | None  # None for Amazon itself
    seller_name: str | None  # Amazon itself by its name
    price: Decimal | None  # of this offer, in its condition, without shipping
    shipping: Decimal | None  # 0 where the page says free, None where it does not say
    currency: str | None  # of the price and of shipping
    condition: str | None  # as worded by the page: "Used - Very Good"
    ships_from: str | None  # the dispatcher, on the old page the place
    is_buybox: bool  # whether it is the featured offer
    is_prime: bool  # whether it shows Prime's mark
    delivery: str | None  # as worded by the page
    seller_rating: int | None  # percent positive over the past twelve months
