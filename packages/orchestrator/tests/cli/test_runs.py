from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb

from hawker_core.stats import Statistics
from hawker_orchestrator import run_store
from hawker_orchestrator.run_store import UnknownRunError

from .conftest import seed_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Answer

OUTCOMES = {"1001": "ok", "1002": "ok", "1003": "gone", "1004": "blocked", "1005": "timeout"}


def close(url: str, run: str, *, verdict: str = "good", reasons: tuple[str, ...] = ()) -> None:
    """A summary with round figures."""
    measured = Statistics(
        requests=9, retries=4, rows=2, filled={"name": 2, "price": 1}, peak_memory=100 << 20, settled=5
    )
    measured.latency.add(0.1)
    measured.target.add(2.0)
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            INSERT INTO hawker.run_summary (run_id, status, verdict, reasons, targets, outcomes, rows, chunks,
                failed_chunks, seconds, statistics, closed_at)
            VALUES (%s, 'complete', %s, %s, 5, %s, 2, 2, 1, 10, %s, now())
            """,
            [run, verdict, Jsonb(list(reasons)), Jsonb({"ok": 2, "gone": 1, "blocked": 1, "timeout": 1}),
             Jsonb(json.loads(msgspec.json.encode(measured)))],
        )  # fmt: skip
        connection.execute(
            "INSERT INTO hawker.chunk (run_id, number, round, targets, status, error) "
            "VALUES (%(run)s, 1, 1, 3, 'done', NULL), (%(run)s, 2, 1, 2, 'failed', 'Sandbox.Timedout: 900 s')",
            {"run": run},
        )


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("latest", "walmart_product-20260103T000000-ccc333"),
        ("ebay_search-20260102T000000-bbb222", "ebay_search-20260102T000000-bbb222"),
        ("ebay", "ebay_search-20260102T000000-bbb222"),
        ("aaa", "walmart_product-20260101T000000-aaa111"),
        ("walmart_product-20260103", "walmart_product-20260103T000000-ccc333"),
    ],
)
def test_a_run_is_found_by_latest_name_or_part(url: str, name: str, found: str) -> None:
    for run in (
        "walmart_product-20260101T000000-aaa111",
        "ebay_search-20260102T000000-bbb222",
        "walmart_product-20260103T000000-ccc333",
    ):
        seed_run(url, run.partition("-")[0], {}, run)
    assert run_store.resolve(url, name) == found


def test_a_name_that_is_none_or_many_is_refused(url: str) -> None:
    with pytest.raises(UnknownRunError, match="no run yet; start one by `hawker run SCRAPER`"):
        run_store.resolve(url, "latest")
    seed_run(url, "walmart_product", {}, "walmart_product-1-a")
    seed_run(url, "walmart_product", {}, "walmart_product-2-b")
    with pytest.raises(
        UnknownRunError, match="2 runs are named so, such as walmart_product-1-a and walmart_product-2-b"
    ):
        run_store.resolve(url, "walmart")
    with pytest.raises(UnknownRunError, match="no run of ebay_search is named 'walmart'"):
        run_store.resolve(url, "walmart", "ebay_search")
    with pytest.raises(UnknownRunError, match="no run is named '%'"):
        run_store.resolve(url, "%")


def test_list_has_each_run_once_whether_it_is_closed_or_going_on(hawker: Callable[..., Answer], url: str) -> None:
    assert "no runs yet" in hawker("runs", "list").err
    closed = seed_run(url, "walmart_product", OUTCOMES)
    close(url, closed)
    going = seed_run(url, "ebay_search", {"a": "ok", "b": "gone"})
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE hawker.run SET status = 'running' WHERE id = %s", [going])
        connection.execute("UPDATE hawker.outcome SET outcome = NULL WHERE run_id = %s AND outcome = 'gone'", [going])
    listed = json.loads(hawker("runs", "list", "--json").out)
    assert [(run["run"], run["verdict"], run["targets"], run["rows"]) for run in listed] == [
        (going, None, 2, 1),
        (closed, "good", 5, 2),
    ]
    assert listed[0]["outcomes"] == {"ok": 1, "pending": 1}
    table = hawker("runs", "list", "walmart_product").out.splitlines()
    assert len(table) == 2
    assert "40.0%" in table[1]


def test_show_explains_a_run(hawker: Callable[..., Answer], url: str) -> None:
    run = seed_run(url, "walmart_product", OUTCOMES)
    close(url, run, verdict="bad", reasons=("3 of 5 targets ended ok, empty or gone, expected 90%", "1 chunks failed"))
    answer = hawker("runs", "show", "latest")
    assert answer.code == 0
    for part in (
        "because      3 of 5 targets ended ok, empty or gone, expected 90%",
        "1 chunks failed",
        "requests     9, 4 of them retries",
        "latency      p50 ",
        "peak memory  100.0 MB in one worker",
        "blocked        1         1  blocked after N s",
        "Chunks: 1 done, 1 failed",
        "Sandbox.Timedout: 900 s",
        "targets per second  0.5",
        "price",
        "50.0%",
    ):
        assert part in answer.out, part
    assert "\x1b" not in answer.out
    assert not [line for line in answer.out.splitlines() if line != line.rstrip()]
    shown = json.loads(hawker("runs", "show", run[:20], "--json").out)
    assert shown["summary"]["verdict"] == "bad"
    assert shown["outcomes"] == {"ok": 2, "gone": 1, "blocked": 1, "timeout": 1}
    assert [chunk["status"] for chunk in shown["chunks"]] == ["done", "failed"]


def test_show_of_a_run_that_is_going_on(hawker: Callable[..., Answer], url: str) -> None:
    seed_run(url, "walmart_product", OUTCOMES)
    answer = hawker("runs", "show", "latest")
    assert answer.code == 0
    assert "none until the run is closed" in answer.out


def test_a_run_without_targets_is_refused_before_anything_starts(hawker: Callable[..., Answer]) -> None:
    answer = hawker("run", "walmart_product")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "hawker: walmart_product has no targets; add some by `hawker targets add walmart_product KEY...`\n"
    )
