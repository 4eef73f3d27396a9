"""Reads a marketplace's `schedules.toml`: when which of its scrapers run.

time_zone = "America/New_York"   # of the crons
flexible_minutes = 15            # a run starts so many minutes later at most, so that not all start at once

[scrapers.amazon_product]
cron = "0 2,14 * * ? *"          # EventBridge's: minutes hours day-of-month month day-of-week year
concurrency = 20                 # workers at once at most
limit = 1000                     # may be left out: targets at most, the oldest first
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from hawker_core import registry
from hawker_orchestrator.plan import Input

if TYPE_CHECKING:
    from pathlib import Path

Positive = Annotated[int, msgspec.Meta(ge=1)]


class ScheduleError(ValueError):
    """A schedule that AWS would refuse, or that would start nothing; the text names the file and what to write."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a scraper runs: its cron in a time zone, and how many minutes later at most."""

    cron: str
    time_zone: str
    flexible_minutes: int
    input: Input


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cron: str
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    limit: Positive | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    time_zone: str
    flexible_minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)] = 0
    scrapers: dict[str, _Entry] = {}


def read(path: Path, marketplace: str) -> list[Schedule]:
    """The schedules of a marketplace's scrapers, by name.

    Raises:
        ScheduleError: the file is malformed, a cron or time zone is none, or the marketplace has no such scraper.
    """
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ScheduleError(f"{path}: {error}") from None
    try:
        ZoneInfo(found.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError(f"{path}: unknown time_zone {found.time_zone!r}; write one such as Europe/Berlin") from None
    return [_schedule(path, marketplace, found, name) for name in sorted(found.scrapers)]


def _schedule(path: Path, marketplace: str, found: _File, name: str) -> Schedule:
    known = [scraper for scraper in registry.names() if registry.marketplace(scraper) == marketplace]
    if name not in known:
        raise ScheduleError(f"{path}: unknown scraper {name!r}; {marketplace} has {', '.join(known)}")
    entry = found.scrapers[name]
    if reason := bad_cron(entry.cron):
        raise ScheduleError(f"{path}: {name}: cron {entry.cron!r}: {reason}")
    return Schedule(
        cron=entry.cron,
        time_zone=found.time_zone,
        flexible_minutes=found.flexible_minutes,
        input=Input(scraper=name, concurrency=entry.concurrency, limit=entry.limit),
    )


_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# By field: least and most, names of the values from the least on, and what else AWS takes in the place of a value.
_FIELDS: Final[tuple[tuple[str, int, int, list[str], str], ...]] = (
    ("minutes", 0, 59, [], ""),
    ("hours", 0, 23, [], ""),
    ("day of month", 1, 31, [], r"\?|L|LW|\d+W"),
    ("month", 1, 12, _MONTHS, ""),
    ("day of week", 1, 7, _DAYS, r"\?|L|[1-7]L|[1-7]#[1-5]"),
    ("year", 1970, 2199, [], ""),
)


def bad_cron(cron: str) -> str | None:
    """Why EventBridge Scheduler would refuse a cron; None when it takes it.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
    """
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        return f"has {len(fields)} fields, AWS's have 6: minutes hours day-of-month month day-of-week year"
    for (name, least, most, names, special), field in zip(_FIELDS, fields, strict=True):
        if special and re.fullmatch(special, field):
            continue
        if not all(_fits(part, least, most, names) for part in field.split(",")):
            return f"{field!r} is no {name}: {least} to {most}, *, a list 1,2, a range 1-3 or steps */2"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "write ? for the day of month or for the day of week, and not for both"
    return None


def _fits(part: str, least: int, most: int, names: list[str]) -> bool:
    """Whether one part of a field's list is *, a value or a range, each with steps or without."""
    values, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if values == "*":
        return True
    ends = [_value(value, least, names) for value in values.split("-", 1)]
    numbers = [end for end in ends if end is not None]
    return len(numbers) == len(ends) and numbers == sorted(numbers) and all(least <= n <= most for n in numbers)


def _value(text: str, least: int, names: list[str]) -> int | None:
    if text.upper() in names:
        return least + names.index(text.upper())
    return int(text) if text.isdecimal() and text.isascii() else None
