"""Search results: /sch/i.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_core import Expect, Http, Page, Request
from hawker_ebay import results, search
from hawker_ebay.scrapers.ebay_search.row import SearchTile
from hawker_ebay.search import SearchTarget
from hawker_ebay.site import EbayScraper, currency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_ebay.tiles import Tile


class EbaySearch(EbayScraper[SearchTarget, SearchTile]):
    """One row per tile that matches the search, in the order shown."""

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(1, 240), filled={"price": 0.95, "condition": 0.7, "shipping": 0.5})

    def request(self, target: SearchTarget) -> Request:
        """The search's first page."""
        return search.request(target)

    def parse(self, page: Page, target: SearchTarget) -> Iterator[SearchTile | Request]:
        """The tiles, then the next page while there is one and more pages are asked for."""
        yield from page.each(results.tiles(page, currency(target.domain)), self.tile)
        if page.number < target.pages and results.goes_on(page):
            yield search.request(target, page.number + 1)

    def tile(self, tile: Tile) -> SearchTile:
        """A tile's row."""
        price = tile.price
        return SearchTile(
            item_id=tile.item_id,
            title=tile.title,
            price=price and price.amount,
            price_high=tile.price_high,
            currency=price and price.currency,
            shipping=tile.shipping,
            condition=tile.condition,
            seller=tile.seller,
            location=tile.location,
            sponsored=tile.sponsored,
            bids=tile.bids,
            time_left=tile.time_left,
        )
