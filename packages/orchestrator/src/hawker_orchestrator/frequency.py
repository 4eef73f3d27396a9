"""How often a cron of EventBridge Scheduler fires in a month."""

from __future__ import annotations

from typing import Final

from hawker_orchestrator.cost import DAYS_A_MONTH
from hawker_orchestrator.schedules import bad_cron

_NAMES: Final = {
    name: str(number)
    for names in ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "SUN MON TUE WED THU FRI SAT")
    for number, name in enumerate(names.split(), 1)
}
_DAYS_OF_A_WEEK, _MONTHS_OF_A_YEAR = 7, 12


def runs_a_month(cron: str) -> float:
    """Runs in a mean month. A day of month that short months lack counts as if all had it; the year is not looked at.

    Raises:
        ValueError: the cron is none.
    """
    if reason := bad_cron(cron):
        raise ValueError(f"cron {cron!r} {reason}")
    minutes, hours, day_of_month, month, day_of_week, _ = cron.upper().split()
    days = _weekdays(day_of_week) if day_of_month == "?" else _month_days(day_of_month)
    a_day = _many(minutes, 0, 59) * _many(hours, 0, 23)
    return a_day * days * _many(month, 1, 12) / _MONTHS_OF_A_YEAR


def _month_days(field: str) -> float:
    if field.endswith(("L", "W")):
        return 1.0  # the last day, the weekday nearest to a day
    return DAYS_A_MONTH if field == "*" else _many(field, 1, 31)


def _weekdays(field: str) -> float:
    if "#" in field or (field.endswith("L") and field != "L"):
        return 1.0  # the second Monday, the last Friday
    # L alone is the last day of each week.
    return DAYS_A_MONTH * _many(field.replace("L", "7"), 1, 7) / _DAYS_OF_A_WEEK


def _many(field: str, least: int, most: int) -> int:
    """How many values a field takes."""
    taken: set[int] = set()
    for part in field.split(","):
        values, _, step = part.partition("/")
        first, _, last = values.partition("-")
        if values == "*":
            begin, end = least, most
        else:
            begin = int(_NAMES.get(first, first))
            end = int(_NAMES.get(last, last)) if last else most if step else begin
        taken.update(range(begin, end + 1, int(step or 1)))
    return len(taken)
