from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core.chunk import DEFAULT_SECONDS, MOST_CHUNKS, Plan, plan

SECONDS = st.none() | st.floats(0.01, 600)
GIVEN = {
    "targets": st.integers(1, 200_000),
    "seconds": SECONDS,
    "budget": st.floats(1, 3600),
    "least": st.floats(0, 300),
    "concurrency": st.integers(1, 1000),
    "in_flight": st.integers(1, 32),
    "per_second": st.just(0.0) | st.floats(0.01, 100),
}


@given(**GIVEN)
def test_every_target_is_in_one_chunk(targets: int, **given_: float) -> None:
    planned = plan(targets, **given_)
    assert sum(planned.sizes) == targets
    assert len(planned.sizes) <= MOST_CHUNKS
    assert max(planned.sizes) - min(planned.sizes) <= 1
    assert min(planned.sizes) >= 1
    assert list(planned.sizes) == sorted(planned.sizes, reverse=True)


@given(**GIVEN)
def test_there_are_no_more_workers_than_asked_for_chunks_or_the_rate(targets: int, **given_: float) -> None:
    planned = plan(targets, **given_)
    assert 1 <= planned.workers <= min(given_["concurrency"], len(planned.sizes))
    if rate := given_["per_second"]:
        pace = given_["in_flight"] / (given_["seconds"] or DEFAULT_SECONDS)
        assert (planned.workers - 1) * pace < rate or planned.workers == 1


@given(**GIVEN)
def test_a_chunk_fits_its_budget(targets: int, **given_: float) -> None:
    planned = plan(targets, **given_)
    if len(planned.sizes) == MOST_CHUNKS:
        return  # more are not to be had: a worker then leaves the rest to the next
    pace = given_["in_flight"] / (given_["seconds"] or DEFAULT_SECONDS)
    assert max(planned.sizes) <= max(1, math.floor(pace * given_["budget"]))


def test_no_targets_are_no_chunks() -> None:
    options = {"seconds": None, "budget": 300.0, "least": 10.0, "concurrency": 40, "in_flight": 8, "per_second": 0.0}
    assert plan(0, **options) == plan(-1, **options) == Plan((), 0)


@pytest.mark.parametrize(
    ("targets", "seconds", "per_second", "chunks", "workers"),
    [
        (10_000, 2.0, 0.0, 40, 40),  # 250 each: 62 s of work for all workers at once
        (100_000, 2.0, 0.0, 84, 40),  # 1,200 each: the budget of 300 s at 4 a second
        (10_000, 2.0, 0.5, 67, 1),  # one worker feeds half a page a second
        (10_000, 2.0, 10.0, 10, 3),  # three feed ten: 1,000 targets in 300 s each
        (100, 2.0, 0.0, 3, 3),  # 34 each, as less than 10 s of work is not worth a start
        (1, 2.0, 0.0, 1, 1),
        (100, 400.0, 0.0, 34, 34),  # three each, all of them in flight at once
        (1_000_000, 60.0, 0.0, 10_000, 40),
    ],
)
def test_plans_worked_out_by_hand(targets: int, seconds: float, per_second: float, chunks: int, workers: int) -> None:
    planned = plan(
        targets, seconds=seconds, budget=300.0, least=10.0, concurrency=40, in_flight=8, per_second=per_second
    )
    assert (len(planned.sizes), planned.workers) == (chunks, workers)
