"""When a worker must stop taking targets, and when it must be gone."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress


class Deadline:
    """The end of a worker's life, in seconds from now; a signal may bring it nearer.

    The last tenth (at most 10 s) is kept for storing what is settled and for answering. Before that, targets in
    flight get a quarter of the life, at most `grace` seconds, in which no new target is taken.
    """

    def __init__(self, lifetime: float, *, grace: float) -> None:
        self._grace = grace
        self._hurry = asyncio.Event()
        self._set(lifetime)

    def _set(self, lifetime: float) -> None:
        now = time.monotonic()
        self._hard = now + lifetime - min(10.0, max(0.3, lifetime / 10))
        self._soft = self._hard - min(self._grace, lifetime / 4)

    @property
    def taking(self) -> bool:
        """Whether new targets may still be taken."""
        return not self._hurry.is_set() and time.monotonic() < self._soft

    @property
    def shortened(self) -> bool:
        """Whether the end came nearer than this worker was promised."""
        return self._hurry.is_set()

    @property
    def left(self) -> float:
        """Seconds until targets in flight must be given up; never negative."""
        return max(0.0, self._hard - time.monotonic())

    async def over(self) -> None:
        """Wait until targets in flight must be given up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), self.left)
        await asyncio.sleep(self.left)

    def shorten(self, lifetime: float) -> None:
        """Take no more targets; be gone in `lifetime` seconds, or earlier where that was due."""
        self._hurry.set()
        due = self._hard
        self._set(lifetime)
        self._hard = min(due, self._hard)
