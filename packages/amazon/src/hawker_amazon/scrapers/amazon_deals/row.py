"""The raw table of deals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from hawker_core.rows import RawRow


class Deal(RawRow):
    """A deal, as the page's scripts or its card tell of it."""

    deal_id: str | None  # the shop's own
    asin: str  # of the product
    title: str  # of the product
    deal_price: Decimal | None  # None where the page loads prices only on sight
    price_kind: str | None  # new, or range: the deal price is its low end
    list_price: Decimal | None  # what the shop compares with
    currency: str | None  # of the prices
    percent: int | None  # off, as the badge tells
    type: str | None  # as the shop names it: LIGHTNING_DEAL, BEST_DEAL, DEAL_OF_THE_DAY
    ends_at: datetime | None  # when the countdown ends
    claimed: int | None  # percent of a lightning deal's stock
