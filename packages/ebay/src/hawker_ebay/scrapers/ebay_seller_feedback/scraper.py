"""Feedback on a seller: /fdbk/feedback_profile/{username}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_core import Browser, Expect, Page, Request
from hawker_ebay import feedback as reads
from hawker_ebay.feedback import FeedbackTarget
from hawker_ebay.scrapers.ebay_seller_feedback.row import Feedback
from hawker_ebay.site import REFUSAL_SIGNS, EbayScraper, currency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core import Node


class EbaySellerFeedback(EbayScraper[FeedbackTarget, Feedback]):
    """One row per piece of feedback that the member received as a seller, the newest first.

    A script fills the page's list. Unverified against a capture: the page itself; captured are the cards that item
    pages show of the same feedback.
    """

    fetch = Browser(per_second=0.2, wait_for=", ".join((*reads.ENTRIES, *REFUSAL_SIGNS)))
    expect = Expect(rows_per_page=(1, reads.PER_PAGE), filled={"role": 0.95, "item_id": 0.7, "price": 0.5})

    def request(self, target: FeedbackTarget) -> Request:
        """The newest feedback."""
        return reads.request(target)

    def parse(self, page: Page, target: FeedbackTarget) -> Iterator[Feedback | Request]:
        """The page's feedback, then the next page while there is one and more pages are asked for."""
        yield from page.each(reads.entries(page), lambda entry: self.row_of(entry, target))
        if page.number < target.pages and reads.goes_on(page):
            yield reads.request(target, page.number + 1)

    def row_of(self, entry: Node, target: FeedbackTarget) -> Feedback:
        """The row of one piece of feedback."""
        price, period = reads.price(entry, currency(target.domain)), reads.period(entry)
        return Feedback(
            feedback_id=entry.get("data-feedback-id"),
            rating=reads.rating(entry),
            comment=reads.comment(entry),
            role=reads.role(entry),
            item_id=reads.item_id(entry),
            price=price and price.amount,
            currency=price and price.currency,
            period=period,
            date=reads.date(period, target.domain),
        )
