"""Scrapes the products that a seller offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from msgspec import Meta
from msgspec.structs import asdict

from hawker_amazon import results, tiles
from hawker_amazon.scrapers.amazon_seller_products.row import SellerTile
from hawker_amazon.site import AmazonScraper, Domain, currency_of
from hawker_core.model import Request, Target
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.page import Node, Page


class SellerProductsTarget(Target, frozen=True):
    """A seller's shop, by the seller's id."""

    seller_id: Annotated[str, Meta(pattern=r"^A[A-Z0-9]{8,20}$")]
    domain: Domain = "com"
    pages: results.Pages = 1


class AmazonSellerProducts(AmazonScraper[SellerProductsTarget, SellerTile]):
    """One row per tile, in the order shown."""

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(1, 80), filled={"price": 0.6})

    def request(self, target: SellerProductsTarget, page: int = 1) -> Request:
        """A page of the seller's products."""
        return self.page(target.domain, f"/s?{urlencode({'me': target.seller_id, 'page': page})}", page)

    def parse(self, page: Page, target: SellerProductsTarget) -> Iterator[SellerTile | Request]:
        """The page's tiles, then the next page while it has one and it is asked for."""
        default = currency_of(page)

        def row_of(tile: Node) -> SellerTile:
            return SellerTile(**asdict(tiles.read(tile, default)), seller_id=target.seller_id)

        yield from page.each(results.tiles(page), row_of)
        if page.number < target.pages and results.goes_on(page):
            yield self.request(target, page.number + 1)
