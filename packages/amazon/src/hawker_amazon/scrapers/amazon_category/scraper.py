"""Scrapes the products of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from msgspec import Meta
from msgspec.structs import asdict

from hawker_amazon import results, tiles
from hawker_amazon.scrapers.amazon_category.row import CategoryTile
from hawker_amazon.site import AmazonScraper, Domain, currency_of
from hawker_core.model import Request, Target
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.page import Node, Page


class CategoryTarget(Target, frozen=True):
    """A category, by the number of its browse node."""

    node: Annotated[str, Meta(pattern=r"^\d{1,20}$")]
    domain: Domain = "com"
    pages: results.Pages = 1


class AmazonCategory(AmazonScraper[CategoryTarget, CategoryTile]):
    """One row per tile, in the order shown, sponsored ones among them.

    Unverified against a capture: the layout is that of searches, of which there are some.
    """

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(8, 80), filled={"price": 0.6, "rating": 0.6, "total_results": 0.9})

    def request(self, target: CategoryTarget, page: int = 1) -> Request:
        """A page of the category's products."""
        return self.page(target.domain, f"/s?{urlencode({'rh': f'n:{target.node}', 'page': page})}", page)

    def parse(self, page: Page, target: CategoryTarget) -> Iterator[CategoryTile | Request]:
        """The page's tiles, then the next page while it has one and it is asked for."""
        default, total = currency_of(page), results.total(page)

        def row_of(tile: Node) -> CategoryTile:
            return CategoryTile(**asdict(tiles.read(tile, default)), node=target.node, total_results=total)

        yield from page.each(results.tiles(page), row_of)
        if page.number < target.pages and results.goes_on(page):
            yield self.request(target, page.number + 1)
