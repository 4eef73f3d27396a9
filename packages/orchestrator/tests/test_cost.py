"""Arithmetic of `hawker cost`, against figures computed by hand."""

from __future__ import annotations

import datetime as dt
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from hawker_orchestrator import cost, prices, stack
from hawker_orchestrator.cost import Assumptions, RunFigures
from hawker_orchestrator.prices import BadPricesError, Item, Price

if TYPE_CHECKING:
    from pathlib import Path

# Round figures, so that a hand can follow.
ASSUMED = Assumptions(
    start=2.0, task_start=40.0, spot=0.75, plan=1.0, plan_per_target=0.0, close=2.0, close_per_object=0.0,
    wire=1.0, sent=1000.0, statistics_seconds=10.0, log_per_worker=1000.0, log_per_failure=100.0,
    acu_per_cpu=4.0, database_instances=1, database_per_target=0.001, database_per_row=0.0001,
    io_per_target=2.0, io_per_row_byte=0.001, row_overhead=100.0, retention=2.0,
)  # fmt: skip
LAMBDA_RUN = RunFigures(
    workflow=stack.LAMBDA, targets=1000, failures=10, chunks=4, invocations=6, wall=600.0, gb_seconds=300.0,
    cpu=90.0, cores=0.5, requests=2000, received=100e6, rows=5000, row_bytes=400.0,
)  # fmt: skip
TASK_RUN = msgspec.structs.replace(LAMBDA_RUN, workflow=stack.FARGATE, wall=3360.0, gb_seconds=6720.0)


def flat(dollars: float = 1.0, **special: float) -> dict[Item, Price]:
    """Every item at the same price but those named."""
    return {
        item: Price(
            part=item, unit="units", dollars=special.get(item, dollars), per=1, free=0, source="", confirmed=True,
            date=dt.date(2026, 1, 1),
        )
        for item in Item
    }  # fmt: skip


def test_a_lambda_run_by_hand() -> None:
    used = cost.of_run(LAMBDA_RUN, ASSUMED)
    assert used == pytest.approx(
        {
            # 300 measured, 6 starts of 2 s in half a GB, plan's and close's 1 + 2 s in 1 GB each
            Item.LAMBDA_GB_SECOND: 300 + 6 * 2 * 0.5 + 3,
            Item.LAMBDA_REQUEST: 6 + 2,
            Item.NAT_GB: 0.1 + 0.002,
            Item.DATA_OUT_GB: 0.002,
            Item.STATE_TRANSITION: 4 + 4 * 4 + 2 * 3,
            Item.SCHEDULE_CALL: 1,
            Item.SECRET_CALL: 8,
            # a manifest, 6 last and 60 running statistics, 10 pages of evidence, one LIST and its part for 6 objects
            Item.S3_PUT: 1 + 6 + 60 + 10 + 1 + 0.006,
            Item.S3_GET: 1 + 6,
            Item.S3_GB_MONTH: 2 * 10 * 50_000 / 1e9,
            Item.LOG_GB: (10 * 100 + 8 * 1000) / 1e9,
            Item.LOG_GB_MONTH: 2 * (10 * 100 + 8 * 1000) / 1e9,
            # 1,000 targets of 1 ms and 5,000 rows of 0.1 ms are 1.5 s of CPU, 6 ACU-seconds
            Item.AURORA_ACU_HOUR: 6 / 3600,
            Item.AURORA_IO: 2 * 1000 + 5000 * 500 * 0.001,
            Item.AURORA_GB_MONTH: 5000 * 500 * 2 / 1e9,
        }
    )


def test_statistics_become_rarer_as_a_worker_ages() -> None:
    # Every 10 s for 100 s, then each tenth of its life: 100 s times 1.1 to the power of 10 are 259.374 s.
    older = msgspec.structs.replace(LAMBDA_RUN, wall=6 * 259.374246)
    counted = [cost.of_run(run, ASSUMED)[Item.S3_PUT] for run in (LAMBDA_RUN, older)]
    assert counted[1] - counted[0] == pytest.approx(6 * 10)


def test_a_task_is_billed_from_the_pull_of_its_image_on_spot_and_on_demand_without_nat() -> None:
    used = cost.of_run(TASK_RUN, ASSUMED)
    # 3,360 s of work and 6 starts of 40 s are an hour; of half a core and 2 GB; three quarters on Spot
    expected = {
        Item.FARGATE_SPOT_VCPU_HOUR: 0.375,
        Item.FARGATE_SPOT_GB_HOUR: 1.5,
        Item.FARGATE_VCPU_HOUR: 0.125,
        Item.FARGATE_GB_HOUR: 0.5,
        Item.PUBLIC_IPV4_HOUR: 1.0,
        Item.LAMBDA_GB_SECOND: 3.0,  # plan and close alone
        Item.STATE_TRANSITION: 4 + 4 * 4 + 2 * 4,
    }
    assert {item: used[item] for item in expected} == pytest.approx(expected)
    assert Item.NAT_GB not in used


def test_a_short_task_is_billed_for_a_minute() -> None:
    used = cost.of_run(msgspec.structs.replace(TASK_RUN, wall=6.0), ASSUMED)
    assert used[Item.PUBLIC_IPV4_HOUR] == pytest.approx(6 * 60 / 3600)


def test_the_parts_add_up_and_the_dearest_comes_first() -> None:
    lines = cost.bill(cost.of_run(LAMBDA_RUN, ASSUMED), flat(0.01, state_transition=3.0, lambda_request=2.0))
    assert [line.item for line in lines[:2]] == [Item.STATE_TRANSITION, Item.AURORA_IO]
    assert lines[0].dollars == pytest.approx(26 * 3.0)
    assert cost.total(lines) == pytest.approx(sum(line.quantity / line.per * line.price for line in lines))
    assert [line.dollars for line in lines] == sorted((line.dollars for line in lines), reverse=True)


def test_a_month_is_its_runs_and_what_stands() -> None:
    tariff = flat()
    one = cost.total(cost.bill(cost.of_run(LAMBDA_RUN, ASSUMED), tariff))
    task = cost.total(cost.bill(cost.of_run(TASK_RUN, ASSUMED), tariff))
    standing = cost.total(cost.bill(cost.standing(ASSUMED), tariff))
    month = cost.of_month([(LAMBDA_RUN, 10.0), (TASK_RUN, 2.5)], ASSUMED)
    assert cost.total(cost.bill(month, tariff)) == pytest.approx(10 * one + 2.5 * task + standing)


def test_what_stands_and_the_machine_by_hand() -> None:
    tariff = prices.load("us-east-1", "arm64")
    assumed = Assumptions(nat_gateways=2, acu=0.5, database_instances=2, secrets=4, alarms=20, images=4.5, vm_disk=200)
    standing = {line.item: line.dollars for line in cost.bill(cost.standing(assumed), tariff)}
    assert standing == pytest.approx(
        {
            Item.AURORA_ACU_HOUR: 87.60,
            Item.NAT_HOUR: 65.70,
            Item.PUBLIC_IPV4_HOUR: 7.30,
            Item.ALARM_MONTH: 2.00,
            Item.SECRET_MONTH: 1.60,
            Item.IMAGE_GB_MONTH: 0.45,
        }
    )
    assert cost.total(cost.bill(cost.machine(assumed), tariff)) == pytest.approx(
        730 * 0.3328 + 200 * 0.08 + 730 * 0.005
    )


def test_the_free_tier_counts_only_when_it_is_asked_for() -> None:
    tariff = prices.load("us-east-1", "arm64")
    used = {Item.STATE_TRANSITION: 5000.0, Item.LAMBDA_REQUEST: 1000.0}
    assert cost.total(cost.bill(used, tariff)) == pytest.approx(5 * 0.025 + 0.0002)
    (line,) = cost.bill(used, tariff, free=True)
    assert (line.item, line.quantity, line.dollars) == (Item.STATE_TRANSITION, 1000.0, pytest.approx(0.025))


def test_cores_at_work_are_those_of_tasks_and_the_cpu_of_lambdas() -> None:
    a_month = 730 * 3600
    assert cost.busy_cores([(LAMBDA_RUN, 10.0), (TASK_RUN, 5.0)]) == pytest.approx((10 * 90 + 5 * 3360 * 0.5) / a_month)


def test_a_run_that_did_nothing_costs_its_frame_alone() -> None:
    nothing = RunFigures(
        workflow=stack.LAMBDA, targets=0, failures=0, chunks=0, invocations=0, wall=0, gb_seconds=0, requests=0,
        received=0, cpu=0, cores=1, rows=0, row_bytes=0,
    )  # fmt: skip
    used = cost.of_run(nothing, ASSUMED)
    assert used[Item.STATE_TRANSITION] == 4
    assert used[Item.LAMBDA_GB_SECOND] == 3
    assert used[Item.NAT_GB] == used[Item.AURORA_IO] == 0


def walk(states: dict[str, Any], start: str, ends: set[str], choose: dict[str, str]) -> list[str]:
    """The states that are entered from one to an end, the ways at Choice states and out of failures given by name."""
    path = [start]
    while path[-1] not in ends and not states[path[-1]].get("End"):
        path.append(choose.get(path[-1]) or states[path[-1]]["Next"])
    return path


def machine(workflow: str) -> dict[str, Any]:
    text = (files("hawker_orchestrator") / "state_machines" / f"{workflow}_workflow.asl.json").read_text("utf-8")
    return dict(json.loads(text))


@pytest.mark.parametrize("workflow", [stack.LAMBDA, stack.FARGATE])
def test_transitions_are_those_of_the_state_machines(workflow: str) -> None:
    whole = machine(workflow)
    run = walk(whole["States"], whole["StartAt"], set(), {"AnyChunks": "Scrape"})
    assert len(run) == cost.TRANSITIONS_A_RUN
    child = whole["States"]["Scrape"]["ItemProcessor"]
    at_once = walk(child["States"], child["StartAt"], set(), {"Finished": "Done"})
    assert len(at_once) + 1 == cost.TRANSITIONS_A_CHUNK[workflow]  # and the child's start
    # A chunk that is sent again goes from its Work to the next one.
    choose = {"Finished": "NextRound"} if workflow == stack.LAMBDA else {"Work": "ReadExit", "HowItEnded": "NextRound"}
    states = child["States"]
    for choice in ("Finished", "HowItEnded"):
        if choice in states:
            assert choose[choice] in {way["Next"] for way in states[choice]["Choices"]}
    if workflow == stack.FARGATE:
        assert choose["Work"] in {catch["Next"] for catch in states["Work"]["Catch"]}
    again = walk(states, choose.get("Work", states["Work"]["Next"]), {"Work"}, choose)
    assert len(again) == cost.TRANSITIONS_A_ROUND[workflow]


def test_every_price_of_the_file_has_a_source_a_date_and_two_regions() -> None:
    for region in ("us-east-1", "eu-central-1"):
        for architecture in ("arm64", "x86_64"):
            for price in prices.load(region, architecture).values():
                assert re.fullmatch(r"https://aws\.amazon\.com/[a-z0-9/-]+/", price.source)
                assert price.dollars > 0
                assert price.date.year >= 2025
    arm, x86 = (prices.load("us-east-1", name)[Item.LAMBDA_GB_SECOND].dollars for name in ("arm64", "x86_64"))
    assert (arm, x86) == (0.0000133334, 0.0000166667)


def test_own_prices_come_first(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        '[nat_gb]\npart = "NAT"\nunit = "GB"\nsource = "offer"\ndate = 2026-11-01\nregions.us-east-1 = 0.01\n', "utf-8"
    )
    found = prices.load("us-east-1", "arm64", own)
    assert found[Item.NAT_GB].dollars == 0.01
    assert found[Item.NAT_HOUR].dollars == 0.045


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[nat_gb", "mine.toml: "),
        ("[nat_gbs]\n", "mine.toml: Invalid enum value 'nat_gbs'"),
        ('[nat_gb]\npart = "NAT"\n', "missing required field `unit`"),
        (
            '[nat_gb]\npart = "NAT"\nunit = "GB"\nsource = "s"\ndate = 2026-11-01\nregions.us-east-1 = -1\n',
            "Expected `float` >= 0",
        ),
        (
            '[nat_gb]\npart = "NAT"\nunit = "GB"\nsource = "s"\ndate = 2026-11-01\nregions.mars = 1\n',
            "no price of nat_gb in 'us-east-1', there are mars",
        ),
    ],
)
def test_a_bad_price_file_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(BadPricesError) as caught:
        prices.load("us-east-1", "arm64", own)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
