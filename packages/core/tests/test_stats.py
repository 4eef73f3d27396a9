from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core import RawRow
from hawker_core.stats import Meter, Sketch, Statistics, decode, peak_memory, total

DURATIONS = st.lists(st.floats(1e-3, 1e4), min_size=1, max_size=300)
COUNTS = st.dictionaries(st.sampled_from(["200", "404", "503"]), st.integers(1, 100))


def sketch(durations: list[float]) -> Sketch:
    found = Sketch()
    for seconds in durations:
        found.add(seconds)
    return found


@st.composite
def statistics(draw: st.DrawFn) -> Statistics:
    return Statistics(
        settled=draw(st.integers(0, 1000)),
        requests=draw(st.integers(0, 1000)),
        statuses=draw(COUNTS),
        filled=draw(COUNTS),
        rows=draw(st.integers(0, 1000)),
        latency=sketch(draw(DURATIONS)),
        wall=draw(st.integers(0, 900)) / 4,  # quarters add up exactly
        peak_memory=draw(st.integers(0, 10**9)),
        complete=draw(st.booleans()),
    )


# Sketches


@given(DURATIONS, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_quantile_is_within_one_percent(durations: list[float], q: float) -> None:
    exact = sorted(durations)[math.floor(q * (len(durations) - 1))]
    assert sketch(durations).quantile(q) == pytest.approx(exact, rel=0.0101)


@given(st.lists(DURATIONS, min_size=1, max_size=5))
def test_sketches_added_up_are_the_sketch_of_all(parts: list[list[float]]) -> None:
    whole = Sketch()
    for part in parts:
        whole.merge(sketch(part))
    assert whole == sketch([seconds for part in parts for seconds in part])


def test_durations_out_of_the_ordinary() -> None:
    assert Sketch().quantile(0.95) is None
    assert sketch([0.0, -1.0]).quantile(0.5) == pytest.approx(1e-6, rel=0.02)
    assert sketch([1e9]).quantile(0.5) == pytest.approx(1e9, rel=0.02)


# Statistics


@given(statistics(), statistics(), statistics())
def test_the_order_of_adding_up_does_not_matter(a: Statistics, b: Statistics, c: Statistics) -> None:
    def of(*parts: Statistics) -> Statistics:
        return total(deepcopy(parts))

    assert of(a, b, c) == of(c, a, b) == of(of(a, b), c) == of(a, of(b, c))
    assert of(a, total([])) == of(a)


@given(st.lists(statistics(), min_size=1, max_size=4))
def test_a_total_is_the_sum_of_its_parts(parts: list[Statistics]) -> None:
    whole = total(deepcopy(parts))
    assert whole.invocations == len(parts)
    for name in ("settled", "requests", "rows", "wall"):
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
    for status in ("200", "404", "503"):
        assert whole.statuses.get(status, 0) == sum(part.statuses.get(status, 0) for part in parts)
    assert whole.peak_memory == max(part.peak_memory for part in parts)
    assert whole.complete == all(part.complete for part in parts)


def test_the_total_of_none_is_nothing() -> None:
    nothing = total([])
    assert (nothing.invocations, nothing.settled, nothing.latency.quantile(0.5)) == (0, 0, None)


def test_adding_up_leaves_the_parts_alone() -> None:
    parts = [Statistics(statuses={"200": 1}, latency=sketch([1.0])) for _ in range(2)]
    before = deepcopy(parts)
    total(parts)
    assert parts == before
    assert Statistics().statuses == {}
    assert Statistics().latency == Sketch()


@given(statistics())
def test_statistics_read_back_from_json(measured: Statistics) -> None:
    assert decode(msgspec.json.encode(measured)) == measured
    assert decode(msgspec.json.encode(measured).decode()) == measured
    # As PostgreSQL's jsonb gives them: decoded, with texts for keys.
    assert decode(msgspec.to_builtins(measured, str_keys=True)) == measured


def test_what_a_killed_worker_wrote_last_counts() -> None:
    meter = Meter(512)
    meter.statistics.settled = 7
    meter.statistics.latency.add(0.2)
    written = msgspec.json.encode(meter.read())
    found = decode(written)
    assert (found.settled, found.complete, found.invocations) == (7, False, 1)
    assert total([found, Statistics(settled=1, complete=True)]).settled == 8


def test_statistics_of_another_release_decode() -> None:
    assert decode(b'{"settled": 3, "a_field_to_come": {}}').settled == 3


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"settled": "many"}', b'{"latency": {"bins": {"a": 1}}}'])
def test_what_is_no_statistics(text: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):  # ValidationError is one
        decode(text)


class Tile(RawRow):
    title: str
    price: int | None
    sponsored: bool = False


def test_rows_and_their_filled_fields_are_counted() -> None:
    measured = Statistics()
    measured.count_rows([Tile(title="", price=None), Tile(title="t", price=0)])
    measured.count_rows([])
    assert measured.rows == 2
    assert measured.filled == {"title": 2, "price": 1, "sponsored": 2}
    for status in (200, 200, 404):
        measured.count_status(status)
    assert measured.statuses == {"200": 2, "404": 1}


def test_a_meter_measures_this_process() -> None:
    meter = Meter(2048)
    sum(i * i for i in range(200_000))
    first: Any = msgspec.structs.asdict(meter.read())
    assert 0 < first["cpu"] <= first["wall"] * 1.5
    assert first["gb_seconds"] == pytest.approx(2 * first["wall"])
    assert 10 << 20 < first["peak_memory"] < 8 << 30
    assert meter.read().wall > first["wall"]
    assert Meter(None).read().gb_seconds == 0
    assert peak_memory() >= first["peak_memory"]
