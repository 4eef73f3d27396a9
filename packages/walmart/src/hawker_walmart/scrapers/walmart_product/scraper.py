"""Product pages: /ip/{item_id}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_core import Expect, Http, Page, Request
from hawker_walmart import product as reads
from hawker_walmart.product import ProductTarget
from hawker_walmart.scrapers.walmart_product.row import Product
from hawker_walmart.site import WalmartScraper, currency, origin, store_cookie

if TYPE_CHECKING:
    from collections.abc import Iterator


class WalmartProduct(WalmartScraper[ProductTarget, Product]):
    """One row per item."""

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(1, 1), filled={"price": 0.8, "availability": 0.95, "images": 0.95})

    def request(self, target: ProductTarget) -> Request:
        """The item's page, with the store's cookie."""
        return Request(f"{origin(target.domain)}/ip/{target.item_id}", headers=store_cookie(target.store))

    def parse(self, page: Page, target: ProductTarget) -> Iterator[Product]:
        """The item that the page is about."""
        initial = self.initial(page)
        product, reviews = reads.product_of(initial), initial.maybe("data.reviews")
        price = reads.price(product)
        yield Product(
            item_id=product.text("usItemId"),
            store_id=reads.store(product, target.store),
            upc=product.maybe_text("upc"),
            name=product.text("name"),
            brand=product.maybe_text("brand"),
            price=price,
            was_price=reads.was_price(product, price),
            unit_price=product.maybe_text("priceInfo.unitPrice.priceString"),
            currency=None if price is None else reads.currency(product, currency(target.domain)),
            availability=product.maybe_text("availabilityStatus", "availabilityStatusV2.value"),
            seller=product.maybe_text("sellerDisplayName", "sellerName"),
            seller_type=product.maybe_text("sellerType"),
            fulfillment=product.maybe_text("fulfillmentType"),
            fulfillment_options=reads.fulfillment_options(product),
            rating=reads.rating(product, reviews),
            review_count=reads.review_count(product, reviews),
            variants=reads.variants(product),
            specs=reads.specs(initial.maybe("data.idml")),
            images=reads.images(product),
            category=reads.category(product),
        )
