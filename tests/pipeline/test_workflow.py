"""The main job through the real state machine: every target ends as the shop says it must."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from hawker_storefront.targets import targets

from .lab import Lab, get_json

if TYPE_CHECKING:
    from collections.abc import Iterator

# Hanging pages end soon, so that the test does.
SETTINGS = {"per_second": "0", "timeout_seconds": "3", "statistics_seconds": "1"}
COUNTS = {"amazon_product": 130, "amazon_offers": 90, "walmart_product": 110, "ebay_search": 70}
POSTGRESQL = os.environ.get("HAWKER_TEST_POSTGRESQL")


@pytest.fixture(scope="module", params=["embedded", *(["debian"] if POSTGRESQL else [])])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    made = Lab(POSTGRESQL if request.param == "debian" else None)
    try:
        made.up()
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("scraper", COUNTS)
def test_every_target_ends_as_the_shop_says(lab: Lab, rough_shop: str, scraper: str) -> None:
    lab.deploy({**SETTINGS, "gateway": rough_shop})
    lab.only(scraper, list(targets(scraper, COUNTS[scraper])))
    run, progress = lab.run(scraper)
    assert progress.execution == "SUCCEEDED", progress
    lab.check_accounts(run, COUNTS[scraper])

    served = {
        entry["key"]: entry["expected"] for entry in get_json(f"{rough_shop}/__ledger__") if entry["scraper"] == scraper
    }
    assert lab.outcomes(run) == served
    assert {"ok", "gone", "blocked", "timeout"} <= set(served.values())

    summary = lab.summary(run)
    assert summary["status"] == "complete"
    assert summary["outcomes"] == dict(Counter(served.values()))
    statistics = summary["statistics"]
    assert statistics["settled"] == COUNTS[scraper]
    assert statistics["complete"]
    assert statistics["requests"] >= COUNTS[scraper]
    assert statistics["rows"] == summary["rows"]
    assert not lab.objects(run)
