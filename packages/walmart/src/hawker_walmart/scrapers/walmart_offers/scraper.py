"""All sellers' offers of a product: the panel of /ip/{item_id}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_core import Browser, Expect, Missing, Page, Request
from hawker_walmart import offers as reads
from hawker_walmart.offers import OffersTarget
from hawker_walmart.product import product_of
from hawker_walmart.scrapers.walmart_offers.row import SellerOffer
from hawker_walmart.site import WalmartScraper, currency, origin

if TYPE_CHECKING:
    from collections.abc import Iterator


class WalmartOffers(WalmartScraper[OffersTarget, SellerOffer]):
    """One row per seller of a new piece, the featured one among them.

    A click on "Compare all sellers" has a script draw the panel; a product of one seller has no such button, and its
    row is read from the page's data. Unverified against a capture: the panel.
    """

    fetch = Browser(
        per_second=0.2,
        wait_for="script#__NEXT_DATA__, #px-captcha",
        click=(reads.BUTTON,),
        scroll_for=", ".join(reads.LINES),
        scroll_to=1,  # the panel is drawn in one go
    )
    expect = Expect(rows_per_page=(1, 60), filled={"returns": 0.5, "arrival": 0.5})

    def request(self, target: OffersTarget) -> Request:
        """The product's page. The group 1 of conditions is new: the parameter that the shop's own links carry."""
        return Request(f"{origin(target.domain)}/ip/{target.item_id}?conditionGroupCode=1")

    def parse(self, page: Page, target: OffersTarget) -> Iterator[SellerOffer]:
        """The panel's lines, or the featured offer of a product that has no panel."""
        product, domestic = product_of(self.initial(page)), currency(target.domain)
        if lines := page.root.all(*reads.LINES):
            yield from page.each(lines, lambda line: reads.listed(line, product, domestic))
        elif page.root.has(reads.BUTTON):
            raise Missing(" | ".join(reads.LINES))
        else:
            yield reads.only(product, domestic)
