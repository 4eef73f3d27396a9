from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from hawker_core import deadline
from hawker_core.deadline import Deadline


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    moment = SimpleNamespace(at=1000.0)
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: moment.at))
    return moment


def last_take(life: Deadline, now: SimpleNamespace) -> float:
    """The second of its life in which a worker takes no more."""
    begun = now.at
    while life.taking:
        now.at += 0.25
    return now.at - begun


@pytest.mark.parametrize(
    ("lifetime", "grace", "soft", "hard"),
    [(900, 45, 845, 890), (60, 45, 39, 54), (3600, 60, 3530, 3590), (4, 45, 2.75, 3.6)],
)
def test_the_end_of_a_life(now: SimpleNamespace, lifetime: float, grace: float, soft: float, hard: float) -> None:
    life = Deadline(lifetime, grace=grace)
    assert life.left == pytest.approx(hard)
    assert last_take(life, now) == pytest.approx(soft, abs=0.25)
    assert life.left > 0  # those in flight may still end
    now.at = 1000 + hard + 1
    assert life.left == 0
    assert not life.taking


@pytest.mark.parametrize("lifetime", [0, 0.1, -5])
def test_no_life_at_all(now: SimpleNamespace, lifetime: float) -> None:
    life = Deadline(lifetime, grace=45)
    assert not life.taking
    assert life.left == 0


def test_a_signal_brings_the_end_nearer(now: SimpleNamespace) -> None:
    life = Deadline(3600, grace=60)
    assert not life.shortened
    life.shorten(110)
    assert life.shortened
    assert not life.taking
    assert life.left == pytest.approx(100)


def test_a_signal_never_puts_the_end_off(now: SimpleNamespace) -> None:
    life = Deadline(60, grace=45)
    life.shorten(110)
    assert life.left == pytest.approx(54)
    assert not life.taking


def test_over_comes_when_nothing_is_left() -> None:
    async def main() -> float:
        started = time.monotonic()
        await Deadline(0.6, grace=1).over()
        return time.monotonic() - started

    assert asyncio.run(main()) == pytest.approx(0.3, abs=0.15)


def test_over_comes_sooner_after_a_signal() -> None:
    async def main() -> float:
        life = Deadline(3600, grace=60)
        started = time.monotonic()
        asyncio.get_running_loop().call_later(0.05, life.shorten, 0.4)
        await asyncio.wait_for(life.over(), 5)
        return time.monotonic() - started

    assert asyncio.run(main()) < 1
