"""How a run of so many targets would go, against figures computed by hand."""

from __future__ import annotations

import msgspec
import pytest

from hawker_core import registry
from hawker_orchestrator import forecast, stack
from hawker_orchestrator.cost import Assumptions, NotMeasuredError
from hawker_orchestrator.forecast import Profile, Start
from hawker_orchestrator.frequency import runs_a_month

ASSUMED = Assumptions(latency=2.0, browser_seconds=10.0, memory=1769, concurrency=40)
HTTP = Profile(
    scraper="amazon_product", workflow=stack.LAMBDA, per_second=0.5, in_flight=8, requests=1, cpu=0.0, received=2e5,
    rows=1, row_bytes=900, failures=0.02,
)  # fmt: skip
BROWSER = msgspec.structs.replace(HTTP, scraper="ebay_seller_feedback", workflow=stack.FARGATE, in_flight=1)


def test_a_slow_rate_is_paid_as_time_of_one_waiting_worker() -> None:
    planned = forecast.plan(HTTP, 10_000, ASSUMED)
    # 8 in flight of 2 s could do 4 pages a second; half a page is allowed. 150 targets fill a chunk's 300 s.
    assert (planned.workers, planned.seconds) == (1, pytest.approx(20_000))
    assert planned.figures.wall == pytest.approx(20_000)
    assert (planned.figures.chunks, planned.figures.invocations) == (67, 67)
    assert planned.figures.gb_seconds == pytest.approx(20_000 * 1769 / 1024)
    assert (planned.figures.received, planned.figures.failures) == (2e9, 200)


def test_without_a_limit_the_pages_set_the_pace() -> None:
    planned = forecast.plan(HTTP, 10_000, msgspec.structs.replace(ASSUMED, rate=0.0))
    assert planned.workers == 40
    assert planned.figures.wall == pytest.approx(10_000 / 4)
    assert planned.seconds == pytest.approx(10_000 / 4 / 40)


def test_cpu_sets_the_pace_where_it_is_dearer_than_waiting() -> None:
    heavy = msgspec.structs.replace(HTTP, cpu=1.0)
    whole = forecast.plan(heavy, 1000, msgspec.structs.replace(ASSUMED, rate=0.0))
    assert whole.figures.wall == pytest.approx(1000)
    # Half the memory is half a core.
    half = forecast.plan(heavy, 1000, msgspec.structs.replace(ASSUMED, rate=0.0, memory=1769 // 2))
    assert half.figures.wall == pytest.approx(2000, rel=0.01)


def test_further_pages_share_the_rate() -> None:
    paged = msgspec.structs.replace(HTTP, requests=4)
    assert forecast.plan(paged, 1000, ASSUMED).figures.wall == pytest.approx(8000)


def test_plan_counts_the_pages_of_a_target() -> None:
    # 20 pages each: one worker feeds the rate, seven targets fill its 300 s.
    planned = forecast.plan(msgspec.structs.replace(HTTP, requests=20), 150, ASSUMED)
    assert (planned.workers, planned.figures.chunks, planned.figures.invocations) == (1, 22, 22)
    assert planned.seconds == pytest.approx(6000)


def test_a_chunk_that_outlasts_a_lambda_is_sent_again() -> None:
    # 1,000 s for a single target's pages; a Lambda takes targets for 845 s.
    listing = msgspec.structs.replace(HTTP, requests=20)
    planned = forecast.plan(listing, 150, msgspec.structs.replace(ASSUMED, rate=0.02))
    assert (planned.figures.chunks, planned.figures.invocations) == (150, 300)


def test_a_browser_is_paid_page_by_page() -> None:
    planned = forecast.plan(BROWSER, 1000, ASSUMED)
    # One page in 10 s: five workers feed half a page a second.
    assert planned.workers == 5
    assert planned.figures.wall == pytest.approx(10_000)
    assert planned.figures.cores == 1.0
    assert planned.figures.gb_seconds == pytest.approx(40_000)


def test_http_scrapers_in_small_tasks_wait_as_long_in_less() -> None:
    planned = forecast.plan(HTTP, 10_000, msgspec.structs.replace(ASSUMED, http_task_cpu=256))
    assert planned.figures.workflow == stack.FARGATE
    assert planned.figures.cores == 0.25
    assert planned.figures.wall == pytest.approx(20_000)
    assert planned.figures.gb_seconds == pytest.approx(10_000)


def test_a_fleet_takes_each_kind_to_be_like_its_measured_ones() -> None:
    other = msgspec.structs.replace(HTTP, scraper="ebay_search")
    parts = forecast.fleet([HTTP, other, BROWSER], http=24, browsers=6, runs_per_day=4, targets=100, assumed=ASSUMED)
    assert [(part.like, part.scrapers) for part in parts] == [
        ("amazon_product", 12),
        ("ebay_search", 12),
        ("ebay_seller_feedback", 6),
    ]
    assert parts[0].runs == pytest.approx(12 * 4 * 730 / 24)
    assert not any(part.overlaps for part in parts)


def test_runs_that_last_longer_than_to_the_next_are_told() -> None:
    (part,) = forecast.fleet([HTTP], http=1, browsers=0, runs_per_day=5, targets=10_000, assumed=ASSUMED)
    assert part.overlaps  # 20,000 s are more than a fifth of a day
    (part,) = forecast.fleet([HTTP], http=1, browsers=0, runs_per_day=4, targets=10_000, assumed=ASSUMED)
    assert not part.overlaps


def test_browsers_that_nobody_measured_are_assumed_and_http_scrapers_are_not() -> None:
    (part,) = forecast.fleet([], http=0, browsers=2, runs_per_day=1, targets=10, assumed=ASSUMED)
    assert (part.like, part.planned.figures.workflow) == ("browser, not measured", stack.FARGATE)
    assert part.planned.figures.received == pytest.approx(10 * ASSUMED.browser_bytes)
    with pytest.raises(NotMeasuredError, match="no HTTP scraper has a closed run to go by"):
        forecast.fleet([BROWSER], http=1, browsers=1, runs_per_day=1, targets=10, assumed=ASSUMED)


def test_a_scheduled_scraper_without_a_run_is_the_mean_of_its_kind_at_its_own_rate() -> None:
    large = msgspec.structs.replace(HTTP, scraper="amazon_offers", received=4e5)
    unmeasured = registry.load("ebay_search")
    starts = [
        Start(scraper=unmeasured, runs=30, targets=100),
        Start(scraper=registry.load("amazon_product"), runs=60, targets=7),
    ]
    first, second = forecast.timetable([HTTP, large], starts, ASSUMED)
    assert (first.like, first.runs) == ("ebay_search, not measured", 30)
    assert first.planned.figures.received == pytest.approx(100 * 3e5)
    assert first.planned.seconds == pytest.approx(100 / unmeasured.fetch.per_second)
    assert (second.like, second.targets) == ("amazon_product", 7)


@pytest.mark.parametrize(
    ("cron", "runs"),
    [
        ("0 0,6,12,18 * * ? *", 4 * 730 / 24),
        ("*/15 8-9 * * ? *", 8 * 730 / 24),
        ("5 9 ? * MON-FRI *", 5 / 7 * 730 / 24),
        ("40 4 ? * MON *", 730 / 24 / 7),
        ("0 0 1,15 * ? *", 2),
        ("0 0 L * ? *", 1),
        ("0 0 ? * 2#1 *", 1),
        ("0 0 ? * 6L *", 1),
        ("0 0 ? * L *", 730 / 24 / 7),
        ("0 0 LW * ? *", 1),
        ("0 0 1 JUL ? *", 1 / 12),
        ("0 0 1 JAN-JUL ? *", 7 / 12),
        ("0 0 1 JAN,JUL ? *", 2 / 12),
        ("0 0 15W JAN-JUN ? *", 0.5),
        ("0/20 0 * 1/6 ? *", 3 * 730 / 24 / 6),
    ],
)
def test_how_often_a_cron_fires(cron: str, runs: float) -> None:
    assert runs_a_month(cron) == pytest.approx(runs)


def test_a_cron_of_five_fields_fires_never() -> None:
    with pytest.raises(ValueError, match="has 5 fields"):
        runs_a_month("0 0 * * *")
