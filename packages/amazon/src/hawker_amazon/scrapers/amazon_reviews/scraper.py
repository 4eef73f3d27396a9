"""Scrapes customer reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_amazon import reviewed, reviews
from hawker_amazon.reviews import ReviewsTarget
from hawker_amazon.scrapers.amazon_reviews.row import Review
from hawker_amazon.site import AmazonScraper
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.model import Request
    from hawker_core.page import Node, Page


class AmazonReviews(AmazonScraper[ReviewsTarget, Review]):
    """One row per review, with the product's figures repeated; a product without reviews is empty.

    The shop shows the list of all reviews to few who are not signed in: the others end `blocked`.
    """

    fetch = Http(per_second=0.5, max_pages=10)
    expect = Expect(rows_per_page=(1, 20), filled={"body": 0.9, "date": 0.9, "histogram": 0.9})

    def request(self, target: ReviewsTarget, page: int = 1) -> Request:
        """The product's page, or a page of its list of reviews."""
        if target.source == "dp":
            return self.page(target.domain, f"/dp/{target.asin}")
        address = f"/product-reviews/{target.asin}?reviewerType=all_reviews&pageNumber={page}"
        return self.page(target.domain, address, page)

    def parse(self, page: Page, target: ReviewsTarget) -> Iterator[Review | Request]:
        """The page's reviews, then the list's next page where it is asked for."""
        figures = reviews.figures(page)
        yield from page.each(reviews.entries(page), lambda entry: self.row_of(entry, figures))
        if target.source == "reviews" and page.number < target.pages and reviews.goes_on(page):
            yield self.request(target, page.number + 1)

    def row_of(self, entry: Node, figures: reviews.Figures) -> Review:
        """A review's row."""
        told = reviews.told(entry)
        return Review(
            review_id=reviews.review_id(entry),
            rating=reviews.stars(entry),
            title=reviews.title(entry),
            body=reviews.body(entry),
            date=reviewed.day(told),
            country=reviewed.country(told),
            verified=reviews.verified(entry),
            helpful=reviews.helpful(entry),
            variant=reviews.variant(entry),
            **figures._asdict(),
        )
