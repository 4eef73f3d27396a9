"""Per-host rate limits of one worker: its share of the run's rate, and the pauses that shops ask for."""

from __future__ import annotations

import asyncio
import random
import time


class HostLimits:
    """Spaces out the requests towards each host by `interval` seconds, jittered; 0 for no spacing.

    A worker starts at a random moment of its first interval, so that workers started together do not ask together.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._slower: dict[str, float] = {}
        self._next: dict[str, float] = {}

    def slow_down(self, host: str, interval: float) -> None:
        """Keep at least `interval` seconds between requests to a host, as its robots.txt may ask."""
        self._slower[host] = interval

    def pause(self, host: str, seconds: float) -> None:
        """Send nothing to a host for a while, as its Retry-After asks."""
        self._next[host] = max(self._next.get(host, 0.0), time.monotonic() + seconds)

    async def turn(self, host: str) -> None:
        """Wait until a request may go to this host."""
        interval = max(self._interval, self._slower.get(host, 0.0))
        while True:
            now = time.monotonic()
            due = self._next.get(host)
            if due is None:
                due = now + random.uniform(0, interval)  # noqa: S311  no secret
                self._next[host] = due
            if due <= now:
                self._next[host] = now + interval * random.uniform(0.8, 1.2)  # noqa: S311  no secret
                return
            await asyncio.sleep(due - now)
