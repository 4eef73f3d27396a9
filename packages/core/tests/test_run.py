from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from fakes import ORIGIN, Fetcher, Row, Shop, Store, Thing
from hypothesis import given, settings
from hypothesis import strategies as st

from hawker_core import (
    Empty,
    Expect,
    Gone,
    Missing,
    Outcome,
    Page,
    Request,
    Skip,
    run,
)
from hawker_core.db import Pending
from hawker_core.deadline import Deadline
from hawker_core.fetch import RefusedError
from hawker_core.run import BATCH, NO_ROWS, ChunkRun, Report, scrape
from hawker_core.stats import Meter, Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fakes import Parse

    from hawker_core.db import Settled


def work(
    ids: Sequence[int],
    fetcher: Fetcher,
    parses: dict[int, Parse] | None = None,
    *,
    store: Store | None = None,
    lifetime: float = 60.0,
    flush_seconds: float = 0.01,
    shorten_after: float | None = None,
) -> tuple[Report, Store, Statistics]:
    """One invocation on a chunk; its report, its store and what it measured."""
    kept = store or Store(ids)
    meter = Meter(512)

    async def main() -> Report:
        deadline = Deadline(lifetime, grace=lifetime / 4)
        if shorten_after is not None:
            asyncio.get_running_loop().call_later(shorten_after, deadline.shorten, 0.4)
        chunk: Any = ChunkRun(Shop(parses), fetcher, kept, meter, deadline, flush_seconds=flush_seconds)  # type: ignore[arg-type]
        return await asyncio.wait_for(chunk.run(), 20)

    return asyncio.run(main()), kept, meter.statistics


@pytest.fixture(autouse=True, scope="module")
def young_heap() -> Iterator[None]:
    """What stands already is not looked through again by every test's collection."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def no_error_unseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A task's or a future's error that nobody looks at would stand in the logs of every worker."""
    yield
    gc.collect()
    assert "never retrieved" not in caplog.text


def end(parse: Parse | None = None, told: dict[str, Any] | None = None) -> tuple[Settled, Fetcher, Statistics]:
    """How one target ends."""
    fetcher, statistics = Fetcher(told), Statistics()
    scraper = Shop({1: parse} if parse else None)
    settled = asyncio.run(scrape(scraper, fetcher, Pending(1, "1"), statistics))
    return settled, fetcher, statistics


# One target


def test_a_target_with_rows_is_ok() -> None:
    settled, fetcher, measured = end()
    assert (settled.outcome, settled.detail, settled.requests) == (Outcome.OK, None, 1)
    assert settled.rows == [(f"{ORIGIN}/1", Row(page=1))]
    assert fetcher.asked == [f"{ORIGIN}/1"]
    assert (measured.pages, measured.bodies, measured.rows) == (1, 3, 1)
    assert measured.filled == {"page": 1}
    assert sum(measured.target.bins.values()) == 1


@pytest.mark.parametrize(
    ("signal", "outcome"),
    [
        (Missing("#price"), Outcome.PARSE),
        (Empty("no results"), Outcome.EMPTY),
        (Gone("delisted"), Outcome.GONE),
        (Skip("adult"), Outcome.SKIPPED),
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_a_signal_ends_its_target_without_rows(signal: Exception, outcome: Outcome, first: bool) -> None:
    def parse(page: Page) -> Iterator[Any]:
        if first:
            raise signal
        yield Row(page=1)
        raise signal

    settled, _, measured = end(parse)
    assert (settled.outcome, settled.detail, settled.rows) == (outcome, str(signal), [])
    assert measured.rows == 0


def test_a_refusal_ends_its_target() -> None:
    settled, _, _ = end(told={"/1": RefusedError(Outcome.BLOCKED, "captcha")})
    assert (settled.outcome, settled.detail, settled.rows, settled.requests) == (Outcome.BLOCKED, "captcha", [], 1)


def test_no_rows_are_no_success() -> None:
    settled, _, _ = end(lambda _page: iter(()))
    assert (settled.outcome, settled.detail) == (Outcome.PARSE, NO_ROWS)


@pytest.mark.parametrize("bug", [ZeroDivisionError("division"), KeyError("x"), RecursionError(), AssertionError()])
def test_a_parsers_bug_costs_its_target_and_names_its_place(bug: Exception) -> None:
    def parse(page: Page) -> Iterator[Any]:
        yield Row(page=1)
        raise bug

    settled, _, _ = end(parse)
    assert settled.outcome is Outcome.PARSE
    assert settled.rows == []
    assert settled.detail is not None
    assert settled.detail.startswith(f"{type(bug).__name__}: ")
    assert "(parse, line " in settled.detail


@pytest.mark.parametrize("odd", [None, "row", {"page": 1}, Thing(1)])
def test_a_parser_that_yields_something_else_costs_its_target(odd: Any) -> None:
    settled, _, _ = end(lambda _page: iter([Row(page=1), odd]))
    assert settled.outcome is Outcome.PARSE
    assert f"a {type(odd).__name__} is neither a Row nor a Request" in (settled.detail or "")


def test_a_parser_that_does_not_end_costs_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LONGEST_READ", 0.1)
    released = threading.Event()

    def parse(page: Page) -> Iterator[Any]:
        released.wait(10)
        yield Row(page=1)

    async def main() -> Settled:
        try:
            return await scrape(Shop({1: parse}), Fetcher(), Pending(1, "1"), Statistics())
        finally:
            released.set()

    settled = asyncio.run(main())
    assert settled.outcome is Outcome.TIMEOUT
    assert "parser at work" in (settled.detail or "")


def test_a_key_that_is_no_target_is_skipped() -> None:
    settled = asyncio.run(scrape(Shop(), Fetcher(), Pending(1, "kettle"), Statistics()))
    assert settled.outcome is Outcome.SKIPPED
    assert "id 'kettle': Expected `int`" in (settled.detail or "")
    assert settled.requests == 0


# Its further pages


def pages(*, last: int, per_page: int = 1, then: Exception | None = None) -> Parse:
    """A listing of so many pages, each of which leads to the next; `then` is what the last one says."""

    def parse(page: Page) -> Iterator[Any]:
        if page.number == last and then:
            raise then
        yield from [Row(page=page.number)] * per_page
        if page.number < last:
            yield Request(f"{ORIGIN}/1?page={page.number + 1}", page=page.number + 1)

    return parse


def test_rows_of_all_pages_are_kept_in_order() -> None:
    settled, fetcher, measured = end(pages(last=3, per_page=2))
    assert [row.page for _, row in settled.rows] == [1, 1, 2, 2, 3, 3]  # type: ignore[attr-defined]
    assert [url for url, _ in settled.rows][-1] == f"{ORIGIN}/1?page=3"
    assert settled.requests == len(fetcher.asked) == measured.pages == 3


def test_pages_are_bounded() -> None:
    settled, fetcher, _ = end(pages(last=1000))
    assert settled.outcome is Outcome.OK
    assert len(fetcher.asked) == Shop.fetch.max_pages == 5


def test_a_later_page_that_is_empty_ends_a_listing() -> None:
    settled, _, _ = end(pages(last=3, then=Empty("no more")))
    assert (settled.outcome, settled.detail, len(settled.rows)) == (Outcome.OK, None, 2)
    settled, _, _ = end(pages(last=1, then=Empty("none at all")))
    assert (settled.outcome, settled.detail, settled.rows) == (Outcome.EMPTY, "none at all", [])


@pytest.mark.parametrize("then", [Missing("#tile"), Gone("closed"), ValueError("bug")])
def test_a_later_page_that_fails_fails_its_target(then: Exception) -> None:
    settled, _, measured = end(pages(last=3, then=then))
    assert settled.outcome in {Outcome.PARSE, Outcome.GONE}
    assert settled.rows == []
    assert measured.rows == 0


def test_a_refused_later_page_fails_its_target() -> None:
    settled, _, _ = end(pages(last=3), {"/1?page=2": RefusedError(Outcome.BLOCKED, "captcha")})
    assert (settled.outcome, settled.rows, settled.requests) == (Outcome.BLOCKED, [], 2)


def test_a_page_is_asked_for_once_however_often_it_is_named() -> None:
    def parse(page: Page) -> Iterator[Any]:
        yield Row(page=page.number)
        for path in ("/1", "/1?a", "/1?a", "/1?b"):
            yield Request(ORIGIN + path)

    settled, fetcher, _ = end(parse)
    assert fetcher.asked == [f"{ORIGIN}/1", f"{ORIGIN}/1?a", f"{ORIGIN}/1?b"]
    assert settled.outcome is Outcome.OK


def test_pages_named_again_take_no_place_from_new_ones() -> None:
    def parse(page: Page) -> Iterator[Any]:
        yield Row(page=page.number)
        yield from [Request(f"{ORIGIN}/1")] * 9
        for n in range(9):
            yield Request(f"{ORIGIN}/1?{n}")

    _, fetcher, _ = end(parse)
    assert fetcher.asked == [f"{ORIGIN}/1", *(f"{ORIGIN}/1?{n}" for n in range(4))]


# What the verdict looks at


def test_odd_pages_and_bad_tiles_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shop, "expect", Expect(rows_per_page=(2, 3)))

    def parse(page: Page) -> Iterator[Any]:
        page.bad += ["#a"] * (page.number - 1)
        rows = {1: 3, 2: 1, 3: 0, 4: 4, 5: 2}[page.number]  # a page without rows is no short page
        yield from [Row(page=page.number)] * rows
        yield Request(f"{ORIGIN}/1?{page.number + 1}", page=page.number + 1)

    _, _, measured = end(parse)
    assert measured.pages == 5
    assert measured.odd_pages == 2
    assert measured.bad_tiles == 0 + 1 + 2 + 3 + 4


# A chunk


@settings(max_examples=15)
@given(st.integers(0, 130), st.data())
def test_every_target_is_settled_exactly_once(number: int, data: st.DataObject) -> None:
    ends = [None, RefusedError(Outcome.GONE, "404"), RefusedError(Outcome.HTTP, "500"), 0.001]
    told = {f"/{n}": data.draw(st.sampled_from(ends)) for n in range(1, min(number, 20))}
    fetcher = Fetcher(told)
    report, store, measured = work(range(1, number + 1), fetcher)
    assert report == Report(settled=number, unfinished=0)
    assert set(store.settled) == set(range(1, number + 1))
    assert measured.settled == number
    assert Counter(fetcher.asked) == Counter(f"{ORIGIN}/{n}" for n in range(1, number + 1))
    assert fetcher.most_at_once <= Shop.fetch.concurrency
    assert all(len(batch) <= BATCH for batch in store.batches)


def test_a_chunk_of_nothing() -> None:
    assert work([], Fetcher())[0] == Report(settled=0, unfinished=0)


def test_rows_go_with_ok_alone() -> None:
    def bad(page: Page) -> Iterator[Any]:
        yield Row(page=1)
        raise Missing("#x")

    _, store, _ = work(range(1, 9), Fetcher({"/2": RefusedError(Outcome.BLOCKED, "captcha")}), {3: bad})
    assert {one.target_id for one in store.settled.values() if one.rows} == {1, 4, 5, 6, 7, 8}
    assert {one.target_id for one in store.settled.values() if one.outcome is Outcome.OK} == {1, 4, 5, 6, 7, 8}


def test_targets_are_fetched_at_the_same_time() -> None:
    started = time.monotonic()
    fetcher = Fetcher({"*": 0.1})
    work(range(1, 13), fetcher)
    assert fetcher.most_at_once == 4
    assert time.monotonic() - started < 1.1  # twelve in a row take 1.2


def test_what_is_settled_is_stored_while_others_are_under_way() -> None:
    _, store, _ = work(range(1, 9), Fetcher({"/8": 0.3}), flush_seconds=0.02)
    assert len(store.batches) > 1
    assert [one.target_id for one in store.batches[-1]] == [8]


def test_batches_are_bounded() -> None:
    _, store, _ = work(range(1, 200), Fetcher(), flush_seconds=60.0)
    assert [len(batch) for batch in store.batches] == [50, 50, 50, 49]


# The end of a worker's life


def test_at_the_deadline_the_rest_is_unfinished_and_unsettled() -> None:
    fetcher = Fetcher({"/3": 60, "/5": 60})
    report, store, _ = work(range(1, 8), fetcher, lifetime=1.0)
    assert report == Report(settled=5, unfinished=2)
    assert set(store.settled) == {1, 2, 4, 6, 7}


def test_before_the_deadline_no_target_is_taken() -> None:
    fetcher = Fetcher({"*": 0.05})
    report, store, _ = work(range(1, 1000), fetcher, lifetime=1.0)
    assert 0 < report.settled == len(store.settled) == len(fetcher.asked) < 999
    assert report.unfinished == 999 - report.settled


def test_when_nothing_ended_the_longest_in_flight_is_given_up() -> None:
    report, store, _ = work(range(1, 7), Fetcher({"*": 60}), lifetime=0.8)
    assert report == Report(settled=1, unfinished=5)
    (given_up,) = store.settled.values()
    assert (given_up.target_id, given_up.outcome) == (1, Outcome.TIMEOUT)
    assert "worker's life" in (given_up.detail or "")
    assert given_up.seconds == pytest.approx(0.5, abs=0.2)


def test_progress_that_is_not_stored_yet_is_progress() -> None:
    store = Store(range(1, 5))
    store.delay = 0.8
    report, _, _ = work([], Fetcher({"/1": 60, "/2": 60}), store=store, lifetime=0.8)
    assert set(store.settled) == {3, 4}
    assert report == Report(settled=2, unfinished=2)


def test_rounds_end_though_some_targets_never_do() -> None:
    left = list(range(1, 8))
    outcomes: dict[int, Outcome] = {}
    for _ in range(10):
        report, store, _ = work(left, Fetcher({"/2": 60, "/6": 60}), lifetime=0.6)
        outcomes |= store.outcomes
        left = [target for target in left if target not in outcomes]
        assert report.unfinished == len(left)
        if not left:
            break
    assert {target for target, outcome in outcomes.items() if outcome is Outcome.TIMEOUT} == {2, 6}
    assert set(outcomes) == set(range(1, 8))


def test_a_signal_shortens_a_life_under_way() -> None:
    started = time.monotonic()
    report, store, _ = work(range(1, 9), Fetcher({"/2": 60, "/4": 60}), lifetime=600, shorten_after=0.2)
    assert time.monotonic() - started < 3
    assert report.unfinished == 8 - report.settled == 2
    assert set(store.settled) == {1, 3, 5, 6, 7, 8}


def test_a_life_cut_short_gives_no_target_up() -> None:
    report, store, _ = work(range(1, 9), Fetcher({"*": 60}), lifetime=600, shorten_after=0.1)
    assert report == Report(settled=0, unfinished=8)
    assert not store.settled


# Stops and failures


def test_a_stop_ends_taking_and_keeps_what_is_in_flight() -> None:
    fetcher = Fetcher({"*": 0.02})
    report, store, _ = work([], fetcher, store=Store(range(1, 500), stop_after=8))
    assert 8 <= report.settled < 100
    assert len(store.settled) == report.settled == len(fetcher.asked)
    assert report.unfinished == 499 - report.settled


def test_a_store_that_fails_ends_the_invocation_with_its_error() -> None:
    fetcher = Fetcher({"*": 0.01})
    store = Store(range(1, 500), fail_after=4)
    started = time.monotonic()
    with pytest.raises(ConnectionError, match="the database is gone"):
        work([], fetcher, store=store)
    assert time.monotonic() - started < 3
    assert len(fetcher.asked) < 100
    assert len(store.settled) >= 4


def test_a_store_that_fails_at_the_very_end_is_no_success() -> None:
    with pytest.raises(ConnectionError):
        work([], Fetcher(), store=Store([1, 2], fail_after=0), flush_seconds=60.0)
