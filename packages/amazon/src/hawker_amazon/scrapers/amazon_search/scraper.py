"""Scrapes searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlencode

from msgspec import Meta
from msgspec.structs import asdict

from hawker_amazon import results, tiles
from hawker_amazon.scrapers.amazon_search.row import SearchTile
from hawker_amazon.site import AmazonScraper, Domain, currency_of
from hawker_core.model import Request, Target
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.page import Page

Amount = Annotated[str, Meta(pattern=r"^(\d{1,9}(\.\d{1,2})?)?$")]


class SearchTarget(Target, frozen=True):
    """A search. Its filters are Amazon's own; a blank one does not filter."""

    keyword: Annotated[str, Meta(min_length=1, max_length=300)]
    domain: Domain = "com"
    pages: results.Pages = 1
    min_price: Amount = ""  # low-price, in the domain's currency
    max_price: Amount = ""  # high-price
    sort: Literal[
        "", "price-asc-rank", "price-desc-rank", "review-rank", "date-desc-rank", "exact-aware-popularity-rank"
    ] = ""  # s


class AmazonSearch(AmazonScraper[SearchTarget, SearchTile]):
    """One row per tile, in the order shown, sponsored ones among them."""

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(8, 80), filled={"price": 0.6, "rating": 0.6})

    def request(self, target: SearchTarget, page: int = 1) -> Request:
        """A page of the results."""
        filters = {"low-price": target.min_price, "high-price": target.max_price, "s": target.sort}
        query = {"k": target.keyword, **{name: value for name, value in filters.items() if value}, "page": page}
        return self.page(target.domain, f"/s?{urlencode(query)}", page)

    def parse(self, page: Page, target: SearchTarget) -> Iterator[SearchTile | Request]:
        """The page's tiles, then the next page while it has one and it is asked for."""
        default = currency_of(page)
        yield from page.each(results.tiles(page), lambda tile: SearchTile(**asdict(tiles.read(tile, default))))
        if page.number < target.pages and results.goes_on(page):
            yield self.request(target, page.number + 1)
