"""Complete runs in which eBay's functions and tasks are those of the built images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hawker_orchestrator import stack
from hawker_storefront.targets import targets
from tests.pipeline.lab import get_json, storefront

from .lab import ImageLab, over_tcp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.images.buildah import Root

COUNTS = {"ebay_search": 60, "ebay_seller_feedback": 6}
SETTINGS = {"per_second": "0", "statistics_seconds": "0.5", "flush_seconds": "0.2"}


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with storefront() as origin:
        yield origin


@pytest.fixture(scope="module")
def lab(roots: dict[str, Root], shop: str) -> Iterator[ImageLab]:
    """With everything deployed, and the schema as the image's own function makes it."""
    made = ImageLab(roots)
    try:
        made.up()
        with over_tcp(made.database_url) as url:
            made.deploy_over(url, {**SETTINGS, "gateway": shop})
            migrated = made.invoke(stack.function("ebay", "migrate"), b"{}")
            assert migrated["error"] is None, migrated
            yield made
    finally:
        made.close()


@pytest.mark.parametrize("scraper", COUNTS)
def test_every_target_ends_as_the_shop_says(
    lab: ImageLab, shop: str, scraper: str, figure: Callable[[str], None]
) -> None:
    lab.only(scraper, list(targets(scraper, COUNTS[scraper])))
    run, progress = lab.run(scraper)
    assert progress.execution == "SUCCEEDED", progress
    lab.check_accounts(run, COUNTS[scraper])
    served = get_json(f"{shop}/__ledger__")
    assert lab.outcomes(run) == {one["key"]: one["expected"] for one in served if one["scraper"] == scraper}
    summary = lab.summary(run)
    assert (summary["status"], summary["statistics"]["settled"]) == ("complete", COUNTS[scraper])
    assert not lab.objects(run)
    peak = summary["statistics"]["peak_memory"] >> 20
    figure(f"{scraper} from its image: {summary['seconds']:.1f} s, peak {peak} MiB")


def test_errors_come_from_the_images_own_code(lab: ImageLab) -> None:
    for role, event, kind in (
        ("plan", {"input": {}, "execution": "x"}, "BadInputError"),
        ("worker", {}, "ValidationError"),
        ("close", {}, "KeyError"),
        ("migrate", {"roles": 1}, "ValidationError"),
    ):
        refused = lab.invoke(stack.function("ebay", role), json.dumps(event).encode())
        assert refused["error"] == "Unhandled"
        told = json.loads(refused["body"])
        assert told["errorType"] == kind, told
        assert "/opt/hawker/lib/python3.13/site-packages/hawker_" in "".join(told["stackTrace"])
        assert lab.log(f"lambda-{stack.function('ebay', role)}.log").count("\tStatus: error") == 1
