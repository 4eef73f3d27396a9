"""The raw table of ebay_search."""

from __future__ import annotations

from decimal import Decimal

from hawker_core import RawRow


class SearchTile(RawRow):
    """One result, as its tile shows it. Prices are in the currency that the visitor is shown."""

    item_id: str
    title: str
    price: Decimal | None  # a range's low end; an auction's current bid
    price_high: Decimal | None  # a range's high end
    currency: str | None
    shipping: Decimal | None  # 0 when free
    condition: str | None
    seller: str | None
    location: str | None
    sponsored: bool | None
    bids: int | None
    time_left: str | None
