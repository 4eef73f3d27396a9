"""Per-host rate limits of one worker: its share of the run's rate, and the pauses that shops ask for."""

from __future__ import annotations

import asyncio
import random
import time

from hawker_core.fetch.retry import LONGEST_RETRY_AFTER, RefusedError
from hawker_core.model import Outcome


class HostLimits:
    """Spaces out the requests towards each host by `interval` seconds, jittered; 0 for no spacing.

    A worker starts at a random moment of its first interval, so that workers started together do not ask together.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._slower: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._paused: dict[str, float] = {}  # until when

    def slow_down(self, host: str, interval: float) -> None:
        """Keep at least `interval` seconds between requests to a host, as its robots.txt may ask."""
        self._slower[host] = interval

    def pause(self, host: str, seconds: float) -> None:
        """Send nothing to a host for a while, as its Retry-After asks."""
        self._paused[host] = max(self._paused.get(host, 0.0), time.monotonic() + seconds)

    async def turn(self, host: str) -> None:
        """Wait until a request may go to this host.

        Raises:
            RefusedError: it asked for a pause that is longer than a worker waits.
        """
        interval = max(self._interval, self._slower.get(host, 0.0))
        while True:
            now = time.monotonic()
            paused = self._paused.get(host, 0.0)
            if paused - now > LONGEST_RETRY_AFTER:
                raise RefusedError(Outcome.BLOCKED, f"asked to be let alone for {paused - now:.0f} s more", final=True)
            first = now + random.uniform(0, interval)  # noqa: S311  no secret
            due = max(self._next.setdefault(host, first), paused)
            if due <= now:
                self._next[host] = now + interval * random.uniform(0.8, 1.2)  # noqa: S311  no secret
                return
            await asyncio.sleep(due - now)
