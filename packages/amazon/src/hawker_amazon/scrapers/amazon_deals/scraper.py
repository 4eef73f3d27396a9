"""Scrapes deals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_amazon import deals
from hawker_amazon.deals import DealsTarget
from hawker_amazon.scrapers.amazon_deals.row import Deal
from hawker_amazon.site import AmazonScraper
from hawker_core.scraper import Browser, Expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.model import Request
    from hawker_core.page import Page


class AmazonDeals(AmazonScraper[DealsTarget, Deal]):
    """One row per deal: those that the page brings along, and the cards in sight once it is scrolled.

    Unverified against a capture: the whole page. It is built from public parsers.
    """

    fetch = Browser(
        per_second=0.2,
        wait_for=", ".join((*deals.CARDS, "#navFooter")),
        scroll_for=", ".join(deals.CARDS),
        scroll_to=60,
    )
    expect = Expect(rows_per_page=(5, 300), filled={"deal_price": 0.5, "percent": 0.6})

    def request(self, target: DealsTarget) -> Request:
        """The page of deals, filtered where the shop has a filter for the type."""
        bubble = deals.BUBBLES.get(target.deal_type)
        return self.page(target.domain, "/deals" + (f"?bubble-id={bubble}" if bubble else ""))

    def parse(self, page: Page, target: DealsTarget) -> Iterator[Deal]:
        """The page's deals of the target's type."""
        entries = deals.told(page, target.deal_type)
        yield from page.each(entries, lambda entry: Deal(**deals.read(entry, page)._asdict()))
