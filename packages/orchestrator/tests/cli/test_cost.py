from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb

from hawker_core.stats import Statistics

from .conftest import seed_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Answer

FLEET = ("cost", "--month", "--scrapers", "30", "--runs-per-day", "4", "--targets", "10000")


def close(url: str, scraper: str, name: str = "", **measured: Any) -> str:
    """A closed run of 100 targets whose workers measured this."""
    run = seed_run(url, scraper, {f"{n}": "ok" for n in range(1, 4)}, name)
    statistics = Statistics(
        **{
            "invocations": 2, "settled": 100, "requests": 150, "received": 30_000_000, "rows": 90, "wall": 200.0,
            "cpu": 8.0, "gb_seconds": 200.0, **measured,
        }
    )  # fmt: skip
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE hawker.outcome SET requests = 1 + (target_id %% 2) WHERE run_id = %s", [run])
        connection.execute(
            """
            INSERT INTO hawker.run_summary (run_id, status, verdict, reasons, targets, outcomes, rows, chunks,
                failed_chunks, seconds, statistics, closed_at)
            VALUES (%s, 'complete', 'good', '[]', 100, %s, 90, 2, 0, 110, %s, now())
            """,
            [run, Jsonb({"ok": 90, "gone": 10}), Jsonb(json.loads(msgspec.json.encode(statistics)))],
        )
    return run


def test_a_run_is_a_table_whose_parts_add_up(hawker: Callable[..., Answer], url: str) -> None:
    run = close(url, "walmart_product")
    answer = hawker("cost")
    assert answer.code == 0
    for part in (f"Run {run} in us-east-1 on arm64", "Lambda: memory and time", "NAT gateway: data", "sum", "100.0%",
                 "$0.0000133334", "1,000 targets", "the t3.2xlarge", "stand whatever runs"):  # fmt: skip
        assert part in answer.out, part
    assert "Fargate" not in answer.out
    assert not [line for line in answer.out.splitlines() if line != line.rstrip()]
    told = json.loads(hawker("cost", run, "--json").out)
    parts = {part["item"]: part for part in told["parts"]}
    assert told["total"] == pytest.approx(sum(part["dollars"] for part in told["parts"]))
    # 200 measured, two starts of a second in 1 GB, plan and close
    assert parts["lambda_gb_second"]["quantity"] == pytest.approx(200 + 2 + 3 + 0.002 + 3 + 0.06)
    assert parts["state_transition"]["quantity"] == 4 + 2 * 4
    assert told["per_1000_targets"] == pytest.approx(told["total"] * 10)


def test_a_task_run_is_told_on_spot_and_on_demand(hawker: Callable[..., Answer], url: str) -> None:
    close(url, "ebay_seller_feedback", gb_seconds=800.0)
    told = json.loads(hawker("cost", "latest", "--json").out)
    parts = {part["item"] for part in told["parts"]}
    assert {"fargate_spot_vcpu_hour", "fargate_vcpu_hour", "public_ipv4_hour"} <= parts
    assert "nat_gb" not in parts
    assert told["tasks"]["spot"] < told["total"] < told["tasks"]["on_demand"]
    shown = hawker("cost").out
    assert "tasks on Spot alone" in shown
    assert "tasks on demand alone" in shown


def test_a_month_of_a_fleet(hawker: Callable[..., Answer], url: str) -> None:
    close(url, "walmart_product")
    told = json.loads(hawker(*FLEET, "--browsers", "6", "--json").out)
    assert told["fleet"] == {"scrapers": 30, "browsers": 6, "runs_per_day": 4.0, "targets": 10_000}
    assert [(run["like"], run["scrapers"]) for run in told["runs"]] == [
        ("walmart_product", 24), ("browser, not measured", 6),
    ]  # fmt: skip
    assert told["total"] == pytest.approx(sum(part["dollars"] for part in told["parts"]))
    runs = sum(run["runs"] * run["dollars"] for run in told["runs"])
    assert told["total"] == pytest.approx(runs + told["standing"])
    assert told["ratio"] == pytest.approx(told["total"] / told["machine_total"])
    # A core for 10 s of each page of six browsers: two workers share a fifth of a page a second. Of 24, 0.08 s of CPU.
    seconds = 6 * 4 * 730 / 24 * 10_000 * 10 + 24 * 4 * 730 / 24 * 10_000 * 0.08
    assert told["busy_cores"] == pytest.approx(seconds / (730 * 3600))
    assert told["ratio_to_machines"] == pytest.approx(told["ratio"] * 8 / told["busy_cores"])
    assert told["machine_total"] == pytest.approx(730 * 0.3328 + 200 * 0.08 + 730 * 0.005)
    shown = hawker(*FLEET)
    assert shown.code == 0
    for part in ("ratio", "30 scrapers", "walmart_product", "What if", "Lambdas of 256 MB", "not counted"):
        assert part in shown.out, part


def test_the_latest_run_of_a_scraper_is_gone_by(hawker: Callable[..., Answer], url: str) -> None:
    close(url, "walmart_product", "walmart_product-1", received=10_000_000)
    close(url, "walmart_product", "walmart_product-2", received=50_000_000)
    close(url, "walmart_product", "walmart_product-3", settled=0)
    told = json.loads(hawker(*FLEET, "--json").out)
    (one,) = told["measured"]
    assert (one["scraper"], one["received"], one["cpu"]) == ("walmart_product", 500_000, 0.08)
    assert 1 < one["requests"] < 2  # those of the three targets, not the statistics' 150
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM hawker.outcome WHERE run_id = 'walmart_product-2'")
    (one,) = json.loads(hawker(*FLEET, "--json").out)["measured"]
    assert one["requests"] == 1.5  # where the targets are gone, the statistics' own


def test_what_is_assumed_changes_the_sum(hawker: Callable[..., Answer], url: str) -> None:
    close(url, "walmart_product")
    plain = json.loads(hawker(*FLEET, "--json").out)
    half = json.loads(hawker(*FLEET, "--assume", "memory=512", "--assume", "rate=5", "--json").out)
    assert half["total"] < plain["total"]
    assert (half["assumed"]["memory"], half["assumed"]["rate"]) == (512, 5.0)
    free = json.loads(hawker(*FLEET, "--free-tier", "--json").out)
    assert plain["total"] - 400_000 * 0.0000133334 - 1 > free["total"]
    x86 = json.loads(hawker(*FLEET, "--arch", "x86_64", "--region", "eu-central-1", "--json").out)
    assert x86["total"] > plain["total"]


def test_a_month_of_the_schedules(hawker: Callable[..., Answer], url: str) -> None:
    close(url, "walmart_product")  # three active targets
    told = json.loads(hawker("cost", "--month", "--json").out)
    (run,) = told["runs"]
    assert (run["like"], run["targets"], told["fleet"]) == ("walmart_product", 3, None)
    assert run["runs"] == pytest.approx(4 * 730 / 24)  # packages/walmart/schedules.toml: four times a day
    assert "the schedules of 1 scrapers" in hawker("cost", "--month").out


def test_schedules_that_are_not_beside_the_code_are_told_of(
    hawker: Callable[..., Answer], environment: pytest.MonkeyPatch
) -> None:
    environment.setattr("hawker_core.registry.marketplaces", lambda: {"json": "json"})
    answer = hawker("cost", "--month")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.endswith("schedules.toml: no such file; work in a checkout, or tell a fleet by --scrapers N\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("cost",), "there is no run yet; start one by `hawker run SCRAPER`"),
        (("cost", "latest", "--month"), "a month is of a fleet, not of a run; leave out --month or the run"),
        (("cost", "--scrapers", "30"), "a fleet is paid by the month; add --month"),
        (("cost", "--free-tier"), "the free tier is a month's; add --month"),
        (("cost", "--month", "--targets", "10"), "how many scrapers has the fleet? Add --scrapers N"),
        (("cost", "--month", "--scrapers", "2", "--browsers", "3"), "3 browsers among 2 scrapers"),
        (
            ("cost", "--month", "--scrapers", "0"),
            "invalid value for '--scrapers': Input should be greater than or equal to 1",
        ),
        (("cost", "--month"), "no scheduled scraper has targets; add some by `hawker targets add`"),
        (FLEET, "no HTTP scraper has a closed run to go by; make one, such as by `hawker demo`"),
        ((*FLEET, "--region", "mars"), "in 'mars', there are us-east-1, eu-central-1; give your own by --prices FILE"),
        ((*FLEET, "--arch", "z80"), "for 'z80'; there are arm64, x86_64"),
        (
            (*FLEET, "--assume", "speed=1"),
            "--assume: Object contains unknown field `speed`; write NAME=VALUE, of latency",
        ),
        ((*FLEET, "--assume", "latency"), "--assume: Expected `float`, got `str` - at `$.latency`"),
        ((*FLEET, "--assume", "latency=0"), "--assume: Expected `float` > 0"),
        ((*FLEET, "--assume", "latency=nan"), "--assume: Expected `float` > 0"),
        ((*FLEET, "--assume", "latency=inf"), "--assume: Expected `float` <= 1000000000"),
        ((*FLEET, "--runs-per-day", "nan"), "invalid value for '--runs-per-day'"),
        ((*FLEET, "--prices", "/nowhere.toml"), "/nowhere.toml: no such file or directory; check the path"),
    ],
)
def test_bad_input_is_one_line(hawker: Callable[..., Answer], arguments: tuple[str, ...], told: str) -> None:
    answer = hawker(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("hawker: ")
    assert told in answer.err
    assert answer.err.count("\n") == 1


def test_a_run_that_measured_nothing_is_told_in_one_line(hawker: Callable[..., Answer], url: str) -> None:
    run = seed_run(url, "walmart_product", {"1001": "ok"})
    answer = hawker("cost", "latest")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"hawker: {run} has no statistics before it is closed; see `hawker runs watch {run}`\n"
    killed = close(url, "walmart_product", "walmart_product-killed", invocations=0, settled=0)
    assert f"{killed} has no statistics: no worker lived to write any" in hawker("cost", "killed").err


def test_a_price_file_of_ones_own(hawker: Callable[..., Answer], url: str, tmp_path: Path) -> None:
    close(url, "walmart_product")
    own = tmp_path / "mine.toml"
    own.write_text(
        '[nat_gb]\npart = "our NAT"\nunit = "GB"\nsource = "offer"\ndate = 2026-11-01\nregions.us-east-1 = 0\n', "utf-8"
    )
    plain, mine = (json.loads(hawker("cost", *extra, "--json").out) for extra in ((), ("--prices", str(own))))
    nat = next(part["dollars"] for part in plain["parts"] if part["item"] == "nat_gb")
    assert plain["total"] - mine["total"] == pytest.approx(nat)
    own.write_text("[nat_gb", "utf-8")
    answer = hawker("cost", "--prices", str(own))
    assert (answer.code, answer.err.count("\n")) == (2, 1)
