"""The raw table of best-seller lists."""

from __future__ import annotations

from decimal import Decimal

from hawker_core.rows import RawRow


class RankedProduct(RawRow):
    """One entry of a list, as its tile shows it."""

    rank: int  # place in the list
    asin: str  # of the product
    title: str  # in full, also where the tile cuts it
    price: Decimal | None  # as `price_kind` says
    price_kind: str | None  # new: the featured offer's; range: its low end; offers: the lowest of `offer_count` offers
    price_high: Decimal | None  # a range's high end
    currency: str | None  # of the prices
    rating: Decimal | None  # stars out of five
    rating_count: int | None  # how many ratings that average is made of
    offer_count: int | None  # where the tile features no offer and tells how many there are instead
    percent_change: int | None  # movers: how far the sales rank rose in a day; None for one that had no rank before
