"""Scrapes product pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hawker_amazon import product
from hawker_amazon.buybox import featured
from hawker_amazon.details import details, ranks
from hawker_amazon.parts import Parts
from hawker_amazon.scrapers.amazon_product.row import Product
from hawker_amazon.site import AmazonScraper, Asin, Domain, currency_of
from hawker_core.model import Request, Target
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.page import Page


class ProductTarget(Target, frozen=True):
    """A product on a marketplace."""

    asin: Asin
    domain: Domain = "com"


class AmazonProduct(AmazonScraper[ProductTarget, Product]):
    """One row per product page."""

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(1, 1), filled={"price": 0.5, "images": 0.9, "availability": 0.5})

    def request(self, target: ProductTarget) -> Request:
        """The product's page."""
        return self.page(target.domain, f"/dp/{target.asin}")

    def parse(self, page: Page, target: ProductTarget) -> Iterator[Product]:  # noqa: ARG002  the page tells it all
        """The product as the page shows it."""
        parts = Parts(page)
        table, ranked = details(parts), ranks(parts)
        yield Product(
            asin=product.asin(parts),
            title=product.title(parts),
            brand=product.brand(parts, table),
            **msgspec.structs.asdict(featured(parts, currency_of(page))),
            rating=product.stars(parts),
            rating_count=product.rated(parts),
            best_seller_ranks=ranked,
            bought_past_month=product.bought(parts),
            features=product.features(parts),
            details=table,
            images=product.images(page, parts),
            variant_asins=product.variants(page),
            categories=product.categories(parts, ranked),
        )
