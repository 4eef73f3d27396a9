"""Schedules: those of the packages are read, and wrong ones are told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hawker_core import registry
from hawker_orchestrator.plan import Input
from hawker_orchestrator.schedules import Schedule, ScheduleError, bad_cron, read

PACKAGES = Path(__file__).parents[2]
GOOD = """
time_zone = "Europe/Berlin"
flexible_minutes = 15

[scrapers.ebay_search]
cron = "0 2,14 * * ? *"
concurrency = 20
limit = 1000

[scrapers.ebay_seller_feedback]
cron = "30 4 ? * MON-FRI *"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "schedules.toml"


@pytest.mark.parametrize("marketplace", list(registry.marketplaces()))
def test_each_packages_schedules_are_read(marketplace: str) -> None:
    found = read(PACKAGES / marketplace / "schedules.toml", marketplace)
    assert {registry.marketplace(one.input.scraper) for one in found} == {marketplace}


def test_a_schedule_is_what_the_file_says(file: Path) -> None:
    file.write_text(GOOD)
    search = Input(scraper="ebay_search", concurrency=20, limit=1000)
    feedback = Input(scraper="ebay_seller_feedback")
    assert read(file, "ebay") == [
        Schedule(cron="0 2,14 * * ? *", time_zone="Europe/Berlin", flexible_minutes=15, input=search),
        Schedule(cron="30 4 ? * MON-FRI *", time_zone="Europe/Berlin", flexible_minutes=15, input=feedback),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "0 2,14 * * ? *",
            "0 2,14 * * *",
            "ebay_search: cron '0 2,14 * * *': has 5 fields, AWS's have 6: minutes hours",
        ),
        ("0 2,14 * * ? *", "0 24 * * ? *", "'24' is no hours: 0 to 23"),
        ("Europe/Berlin", "Europe/Berlim", "unknown time_zone 'Europe/Berlim'; write one such as Europe/Berlin"),
        ("Europe/Berlin", "../etc/passwd", "unknown time_zone"),
        ("Europe/Berlin", "", "unknown time_zone"),
        ("ebay_search", "ebay_serch", "unknown scraper 'ebay_serch'; ebay has ebay_"),
        ("ebay_search", "amazon_search", "unknown scraper 'amazon_search'; ebay has ebay_"),
        ("limit", "limits", "Object contains unknown field `limits`"),
        ("= 20", "= 0", "Expected `int` >= 1"),
        ("= 15", "= 1441", "Expected `int` <= 1440"),
        ('time_zone = "Europe/Berlin"', "", "missing required field `time_zone`"),
        ("[scrapers.ebay_search]", "[scrapers.ebay_search", "at line"),
    ],
)
def test_a_mistake_is_told_in_one_line(file: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ScheduleError) as raised:
        read(file, "ebay")
    assert told in str(raised.value)
    assert str(raised.value).startswith(f"{file}: ")
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_told(file: Path) -> None:
    with pytest.raises(ScheduleError, match="No such file"):
        read(file, "ebay")


@pytest.mark.parametrize(
    "cron",
    [
        "0 2 * * ? *", "*/5 * * * ? *", "0/15 8-18 ? * MON-FRI 2026", "0 0 L * ? *", "0 0 LW 1,6 ? *", "0 0 15W * ? *",
        "0 0 ? JAN-MAR 2#1 *", "0 0 ? * 6L *", "5,10-20,30 0 1 */2 ? 2026-2030", "0 0 ? * sun *",
    ],
)  # fmt: skip
def test_what_aws_takes_is_taken(cron: str) -> None:
    assert bad_cron(cron) is None


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("", "has 0 fields"),
        ("0 2 * * *", "has 5 fields"),
        ("0 2 * * ? * *", "has 7 fields"),
        ("0 2 * * * *", "write ? for the day"),
        ("0 2 ? * ? *", "write ? for the day"),
        ("60 2 * * ? *", "'60' is no minutes: 0 to 59"),
        ("0 -1 * * ? *", "'-1' is no hours"),
        ("0 2 0 * ? *", "'0' is no day of month: 1 to 31"),
        ("0 2 * 13 ? *", "'13' is no month"),
        ("0 2 ? * 0 *", "'0' is no day of week: 1 to 7"),
        ("0 2 ? * MOO *", "'MOO' is no day of week"),
        ("0 2 * * ? 1969", "'1969' is no year"),
        ("0 20-2 * * ? *", "'20-2' is no hours"),
        ("*/0 2 * * ? *", "'*/0' is no minutes"),
        ("1,,2 2 * * ? *", "'1,,2' is no minutes"),
        ("0 ? * * ? *", "'?' is no hours"),
        ("rate(1 hour)", "has 2 fields"),
    ],
)
def test_what_aws_refuses_is_refused(cron: str, told: str) -> None:
    assert told in str(bad_cron(cron))
