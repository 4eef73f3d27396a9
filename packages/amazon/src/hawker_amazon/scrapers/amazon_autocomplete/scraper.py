"""Scrapes the suggestions of the search box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_amazon import autocomplete as reads
from hawker_amazon.autocomplete import AutocompleteTarget
from hawker_amazon.scrapers.amazon_autocomplete.row import Suggestion
from hawker_amazon.site import MARKETPLACES, AmazonScraper
from hawker_core.scraper import Expect, Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core.model import Request
    from hawker_core.page import Page


class AmazonAutocomplete(AmazonScraper[AutocompleteTarget, Suggestion]):
    """One row per suggested search.

    Unverified against a capture: the interface. It is built from public clients.
    """

    fetch = Http(per_second=1.0, max_bytes=1 << 20)
    expect = Expect(rows_per_page=(1, reads.MOST))

    def request(self, target: AutocompleteTarget) -> Request:
        """The question that the search box asks."""
        language = MARKETPLACES[target.domain][1].partition(",")[0].replace("-", "_")
        return self.page(target.domain, reads.address(target, language), host=reads.HOST)

    def parse(self, page: Page, target: AutocompleteTarget) -> Iterator[Suggestion]:  # noqa: ARG002  the answer says all
        """The suggestions."""
        yield from page.each(
            reads.entries(page), lambda entry: Suggestion(suggestion=reads.suggestion(entry), scope=reads.scope(entry))
        )
