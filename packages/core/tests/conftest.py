from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

from hawker_core.fetch import limits, retry

sys.path.insert(0, str(Path(__file__).parent))  # for awkward.py: importlib mode leaves helpers unfound

# A slow machine is no failure, and examples that change from run to run are no regression tests.
settings.register_profile("hawker", deadline=None, derandomize=True, database=None, max_examples=40)
settings.load_profile("hawker")


class Clock:
    """A clock that stands still but for those who sleep: a sleep takes no time and moves it on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replaces the waits of the fetcher by moves of a clock."""
    fake = Clock()
    nap = asyncio.sleep

    async def sleep(seconds: float, result: Any = None) -> Any:
        fake.slept.append(seconds)
        fake.now += seconds
        await nap(0)
        return result

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=fake.monotonic))
    return fake


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries at once."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.001)
