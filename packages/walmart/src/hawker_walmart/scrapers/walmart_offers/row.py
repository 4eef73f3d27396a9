"""The raw table of walmart_offers."""

from __future__ import annotations

from decimal import Decimal

from hawker_core import RawRow


class SellerOffer(RawRow):
    """One seller's offer, in the order shown."""

    seller: str
    seller_id: str | None  # the number in the address of the seller's page; None for Walmart itself
    price: Decimal | None  # None where it is shown in the cart alone
    shipping: Decimal | None  # 0 where the page says free, None where it does not say
    arrival: str | None  # the day or days as worded by the page, such as Tue, Aug 4
    returns: str | None  # as worded by the page, such as Free 30-day returns
    is_buybox: bool  # whether it is the one that the product's page features
    currency: str | None
    condition: str | None  # as worded by the page
