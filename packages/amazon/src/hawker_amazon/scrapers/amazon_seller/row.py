"""The raw table of sellers' profiles."""

from __future__ import annotations

from decimal import Decimal

from hawker_core.rows import RawRow


class SellerProfile(RawRow):
    """A seller, as his profile shows him: the business, never its phone or e-mail."""

    seller_id: str  # the seller asked for
    name: str  # that he sells under
    legal_name: str | None  # of the business, where its marketplace makes it say so
    address: str | None  # of the business, its lines joined by commas
    rating: Decimal | None  # stars out of five, of the past 12 months
    rating_count: int | None  # in the past 12 months
    feedback: dict[str, dict[str, int]]  # "30 days", "90 days", "12 months", "lifetime" to percent and count
