"""Scrapes the lists of all sellers' offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_amazon import offers
from hawker_amazon.scrapers.amazon_offers.row import SellerOffer
from hawker_amazon.site import AmazonScraper, Asin, Domain, currency_of
from hawker_core.model import Empty, Missing, Request, Target
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.page import Page


class OffersTarget(Target, frozen=True):
    """A product's offers on a marketplace, in one condition or all."""

    asin: Asin
    domain: Domain = "com"
    condition: offers.Condition = "all"


class AmazonOffers(AmazonScraper[OffersTarget, SellerOffer]):
    """One row per offer, the featured one first.

    The panel's next pages and its sign of having no offers are built from public descriptions: no capture shows them.
    """

    fetch = Http(per_second=0.5, max_pages=10)
    expect = Expect(rows_per_page=(1, 11), filled={"price": 0.9, "seller_name": 0.95, "condition": 0.9})

    def request(self, target: OffersTarget) -> Request:
        """The first page of the list."""
        return self.page(target.domain, offers.path(target.asin, target.condition))

    def parse(self, page: Page, target: OffersTarget) -> Iterator[SellerOffer | Request]:
        """The page's offers, and the next page where there is one."""
        found = list(offers.read(page, currency_of(page)))
        rows = [offer for offer in found if offers.wanted(offer, target.condition)]
        if not rows and (found or page.root.has(*offers.NO_OFFERS)):
            raise Empty(f"no offers, condition {target.condition}")
        if not rows:
            raise Missing(" | ".join(offers.LISTED))
        yield from rows
        if following := offers.next_page(page):
            yield Request(url=following, headers=self.request(target).headers, page=page.number + 1)
