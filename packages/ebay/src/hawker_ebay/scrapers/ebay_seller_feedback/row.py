"""The raw table of ebay_seller_feedback."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hawker_core import RawRow


class Feedback(RawRow):
    """One piece of feedback that the member received. Nothing of who left it is kept."""

    feedback_id: str | None
    rating: str  # positive, neutral or negative
    comment: str  # e-mail addresses and phone numbers masked
    role: str | None  # the member's part in the deal, seller or buyer; None where the page's words for it are not known
    item_id: str | None  # None for private listings
    price: Decimal | None
    currency: str | None
    period: str  # when, as worded by the page, such as Past 6 months
    date: dt.date | None  # the day, where the page tells it
