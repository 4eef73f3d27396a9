"""Scrapes sellers' profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from hawker_amazon import seller as reads
from hawker_amazon.scrapers.amazon_seller.row import SellerProfile
from hawker_amazon.site import AmazonScraper, Domain
from hawker_core.model import Target
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.model import Request
    from hawker_core.page import Page


class SellerTarget(Target, frozen=True):
    """A seller by his id."""

    seller_id: Annotated[str, Meta(pattern=r"^A[A-Z0-9]{8,20}$")]
    domain: Domain = "com"


class AmazonSeller(AmazonScraper[SellerTarget, SellerProfile]):
    """One row per seller: the business by its legal name and address, and its feedback by period.

    Unverified against a capture: the whole profile. It is built from public parsers.
    """

    fetch = Http(per_second=0.5)
    expect = Expect(rows_per_page=(1, 1), filled={"legal_name": 0.6, "address": 0.6, "rating_count": 0.6})

    def request(self, target: SellerTarget) -> Request:
        """The profile."""
        return self.page(target.domain, f"/sp?seller={target.seller_id}")

    def parse(self, page: Page, target: SellerTarget) -> Iterator[SellerProfile]:
        """The profile's one row."""
        feedback, business = reads.feedback(page), reads.business(page)
        yield SellerProfile(
            seller_id=target.seller_id,
            name=reads.name(page),
            legal_name=business.legal_name,
            address=business.address,
            rating=reads.stars(page),
            rating_count=reads.rated(feedback),
            feedback=feedback,
        )
