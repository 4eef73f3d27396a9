"""The captured pages: which scrapers each one answers, and under which target."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from hawker_core import registry
from hawker_core.page import Page
from hawker_core.run import read

if TYPE_CHECKING:
    from collections.abc import Iterator

REPO = Path(__file__).resolve().parents[3]
PAGES = REPO.parent / "shared" / "pages" / "amazon"
FACTS = REPO / "tests" / "facts"
_ASIN = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{9}[A-Z0-9](?![A-Z0-9])")
_SCRAPERS = {
    "dp": ("amazon_product", "amazon_reviews"),
    "aod": ("amazon_offers",),
    "olp": ("amazon_offers",),
    "bestsellers": ("amazon_bestsellers",),
    "reviews": ("amazon_reviews",),
    "search": ("amazon_search",),
    "storefront": ("amazon_seller_products",),
}


def _hosts() -> dict[str, str]:
    """The marketplace that each captured page came from, by file.

    Raises:
        FileNotFoundError: the captured pages are not beside the repository.
    """
    lines = (PAGES / "INDEX.tsv").read_text(encoding="utf-8").splitlines()[1:]
    hosts = {line.split("\t")[0]: line.split("\t")[2].split()[0] for line in lines}
    return {file: host.removeprefix("www.amazon.") for file, host in hosts.items()}


HOSTS = _hosts()


def scrapers_of(file: str) -> tuple[str, ...]:
    """The scrapers that a page answers; none for the shop's refusals."""
    return _SCRAPERS.get(file.partition("/")[0], ())


def answered(file: str) -> Iterator[tuple[Any, Page, Any]]:
    """Each scraper that a page answers, the page under that scraper's address, and the target."""
    body = (PAGES / file).read_bytes()
    for name in scrapers_of(file):
        scraper = registry.load(name)
        target = scraper.target.from_fields({**_fields(name, file), "domain": HOSTS[file]})
        yield scraper, Page(scraper.request(target).url, body), target


def rows_of(scraper: str, file: str) -> list[dict[str, Any]]:
    """The rows of a captured page.

    Raises:
        Signal: the page ends its target otherwise.
    """
    loaded, page, target = next(one for one in answered(file) if one[0].name == scraper)
    return [msgspec.structs.asdict(row) for row in read(loaded, page, target)[0]]


def _fields(scraper: str, file: str) -> dict[str, str]:
    named = _ASIN.search(file.partition("-")[2])
    asin = {"asin": named.group() if named else "0000000000"}
    return {
        "amazon_reviews": {**asin, "source": "reviews" if file.startswith("reviews/") else "dp"},
        "amazon_bestsellers": {"node": "electronics"},
        "amazon_search": {"keyword": "laptop", "pages": "2"},
        "amazon_seller_products": {"seller_id": "A2DP2EEPU3VU45", "pages": "2"},
    }.get(scraper, asin)
