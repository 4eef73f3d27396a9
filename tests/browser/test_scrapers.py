"""The scrapers that need a browser, by the real fetcher: their rows, and what becomes of a target at each fault."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from hawker_core import registry
from hawker_core.db import Pending, Settled
from hawker_core.fetch import open_fetcher
from hawker_core.run import scrape
from hawker_core.settings import Settings
from hawker_core.stats import Statistics
from hawker_storefront import Config, Persistent, key, start, targets, url
from hawker_storefront.faults import BROWSER, EXPECTED, persistent

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.usefixtures("browser")

SCRAPERS = sorted(BROWSER)
EACH = 5  # targets of each scraper
HURRY = 8.0  # seconds for a page that may never come
FAULTED = "ebay_seller_feedback"
FAULTS = [fault for fault in EXPECTED if fault != "empty"]  # no list of feedback is searched for


def settle(name: str, origin: str, keys: Iterable[str], timeout: float | None = None) -> dict[str, Settled]:
    """Targets' ends, by key; without retries where a time-out is given."""
    scraper, statistics = registry.load(name), Statistics()
    if timeout:
        scraper.fetch = msgspec.structs.replace(scraper.fetch, retries=0)  # type: ignore[misc]  # this object's alone
    settings = Settings(gateway=origin, per_second=0, timeout_seconds=timeout)

    async def work() -> dict[str, Settled]:
        async with open_fetcher(scraper, settings, statistics) as fetcher:
            return {each: await scrape(scraper, fetcher, Pending(1, each), statistics) for each in keys}

    return asyncio.run(work())


def plain(value: Any) -> Any:
    """A value in the truth's terms, figures as such."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    try:
        return Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        return value


def values(settled: Settled, names: Iterable[str]) -> list[dict[str, Any]]:
    found = [msgspec.to_builtins(row) for _, row in settled.rows]
    return [{name: plain(row[name]) for name in names} for row in found]


@pytest.mark.parametrize("name", SCRAPERS)
def test_rows_are_the_truth(name: str) -> None:
    server = start(Config(seed=5))
    try:
        chosen = {key(name, target): target for target in targets(name, EACH, root=5)}
        ended = settle(name, server.origin, chosen)
        for each, target in chosen.items():
            truth: list[dict[str, Any]] = []
            for page in range(1, 1 + int(target.get("pages", "1"))):
                told = server.store.truth(url(name, target, page))
                assert told is not None
                truth += told["rows"]
                if not told["next_page"]:
                    break
            settled = ended[each]
            assert (settled.outcome, settled.detail) == ("ok", None), each
            assert values(settled, truth[0]) == [{n: plain(v) for n, v in row.items()} for row in truth], each
        hosts = set(server.store.ledger.hosts)
        assert all(host.endswith((".com", ".co.uk")) or host.rpartition(".")[2] != "localhost" for host in hosts)
    finally:
        server.stop()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_its_own_target(fault: str) -> None:
    """The shop fails one target for ever; the same browser, or its successor, goes on to one that is well."""
    config = Config(seed=5, persistent=Persistent(**{fault: 50}))
    keys = [key(FAULTED, target) for target in targets(FAULTED, 30, root=5)]
    bad = next(each for each in keys if persistent(config, FAULTED, each))
    well = next(each for each in keys if not persistent(config, FAULTED, each))
    server = start(config)
    try:
        ended = settle(FAULTED, server.origin, [bad, well], HURRY)
    finally:
        server.stop()
    assert {each: ended[each].outcome for each in (bad, well)} == {bad: EXPECTED[fault], well: "ok"}, ended
    assert ended[bad].seconds < 2 * HURRY
