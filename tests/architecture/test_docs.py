"""The pages on the scrapers are in step with the code that they are made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from hawker_core import registry
from hawker_orchestrator import reference

ROOT = Path(__file__).parents[2]
MARKETPLACES = sorted({registry.marketplace(name) for name in registry.names()})
AMAZON = [name for name in registry.names() if registry.marketplace(name) == "amazon"]


@pytest.mark.parametrize("marketplace", MARKETPLACES)
def test_pages_are_in_step(marketplace: str) -> None:
    written = (ROOT / "docs" / "scrapers" / f"{marketplace}.md").read_text("utf-8")
    assert written == reference.page(marketplace, ROOT / "tests" / "facts"), f"run `hawker docs {marketplace}`"


@pytest.mark.parametrize("name", AMAZON)
def test_every_field_says_what_it_means(name: str) -> None:
    row = registry.load(name).row
    assert set(row.__struct_fields__) <= set(reference.comments_of(row))


def test_no_page_shows_a_writers_name() -> None:
    """Names in the hand-made cases of reviews are told by their class; none gets into a row, or here."""
    page = (ROOT / "docs" / "scrapers" / "amazon.md").read_text("utf-8")
    for case in (ROOT / "packages/amazon/src/hawker_amazon/scrapers/amazon_reviews/cases").glob("*.html"):
        for part in case.read_text("utf-8").split('a-profile-name">')[1:]:
            name = part.partition("<")[0].strip()
            assert len(name) < 3 or name not in page
