"""Scrapes lists of best sellers, new releases, and movers and shakers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_amazon import bestsellers as reads
from hawker_amazon.bestsellers import BestsellersTarget
from hawker_amazon.scrapers.amazon_bestsellers.row import RankedProduct
from hawker_amazon.site import AmazonScraper, currency_of
from hawker_core.scraper import Browser, Expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.model import Request
    from hawker_core.page import Node, Page


class AmazonBestsellers(AmazonScraper[BestsellersTarget, RankedProduct]):
    """One row per entry, 50 a page: the page holds 30, a script adds the others as it is scrolled.

    Unverified against a capture: new releases, movers and shakers. They are read as best sellers are.
    """

    fetch = Browser(per_second=0.2, wait_for=f"{reads.LISTED}, #navFooter", scroll_for=reads.LISTED, scroll_to=50)
    expect = Expect(rows_per_page=(10, 50), filled={"price": 0.8, "rating": 0.8})

    def request(self, target: BestsellersTarget, page: int = 1) -> Request:
        """A page of the list."""
        address = f"/gp/{reads.PATHS[target.list]}/{target.node}/" + (f"?pg={page}" if page > 1 else "")
        return self.page(target.domain, address, page)

    def parse(self, page: Page, target: BestsellersTarget) -> Iterator[RankedProduct | Request]:
        """The page's entries, then the list's other page where it is asked for."""
        default, listed = currency_of(page), reads.ranks(page)
        yield from page.each(reads.entries(page), lambda entry: self.row_of(entry, target, default, listed))
        if page.number < target.pages and reads.goes_on(page):
            yield self.request(target, page.number + 1)

    def row_of(
        self, entry: Node, target: BestsellersTarget, default: str | None, listed: dict[str, int]
    ) -> RankedProduct:
        """An entry's row."""
        prices, offers = reads.prices(entry, default), reads.offer_count(entry)
        return RankedProduct(
            rank=reads.rank(entry, listed),
            asin=reads.asin(entry),
            title=reads.title(entry),
            price=prices[0].amount if prices else None,
            price_kind=reads.price_kind(prices, offers),
            price_high=prices[1].amount if len(prices) > 1 else None,
            currency=prices[0].currency if prices else None,
            rating=reads.stars(entry),
            rating_count=reads.rated(entry),
            offer_count=offers,
            percent_change=reads.percent_change(entry) if target.list == "movers" else None,
        )
