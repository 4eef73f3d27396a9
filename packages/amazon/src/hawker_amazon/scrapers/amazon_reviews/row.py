"""The raw table of customer reviews."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hawker_core.rows import RawRow


class Review(RawRow):
    """One review, without who wrote it; the last four say of all reviews together what the page says."""

    review_id: str  # the shop's own
    rating: Decimal  # stars out of five
    title: str | None  # as body: e-mail addresses, phone numbers and the writer's name masked
    body: str | None  # in the language it was written in
    date: dt.date | None  # the day of the review
    country: str | None  # in the page's language, as told; pages before 2019 and reviews of Amazon.com name none
    verified: bool  # the shop saw the purchase
    helpful: int  # how many found it so; 0 where the page says nothing of it
    variant: str | None  # what was bought: `Color: Black | Size: 3.5mm`
    average: Decimal | None  # stars out of five
    rating_count: int | None  # of all ratings of the product
    review_count: int | None  # ratings with a text; told by the list of reviews, and by product pages up to 2019
    histogram: dict[str, int]  # stars from "5" to "1" to percent of the ratings; empty where none is drawn
