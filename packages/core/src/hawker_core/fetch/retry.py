"""The one place that decides whether and when a failed request is tried again."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from hawker_core.model import Outcome

if TYPE_CHECKING:
    from hawker_core.page import Page

# Seconds; doubles with each retry, full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
LONGEST_RETRY_AFTER = 120.0  # a shop that asks for more is let alone until the run is resumed


class RefusedError(Exception):
    """A page that could not be had: how its target ends unless a retry helps, and why.

    `status` and `page` are the answer's, if there was one; `retry_after` is what the shop asked for, in seconds;
    `final` says that no retry can help.
    """

    def __init__(
        self,
        outcome: Outcome,
        detail: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        final: bool = False,
    ) -> None:
        super().__init__(detail)
        self.outcome, self.detail, self.status, self.retry_after = outcome, detail, status, retry_after
        self.page: Page | None = None
        self.final = final or outcome in {Outcome.GONE, Outcome.SKIPPED, Outcome.PARSE, Outcome.EMPTY}


class Budget:
    """The retries left to one target, over all its pages, the requests it has cost, and the last answer it got.

    `waited` counts the seconds that it spent waiting for the host's rate: no work of its own.
    """

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._used = 0
        self.requests = 0
        self.waited = 0.0
        self.last: Page | None = None

    @property
    def left(self) -> int:
        """Retries that are left."""
        return self._retries - self._used

    def wait(self, refused: RefusedError) -> float:
        """Seconds to wait before the next try.

        Raises:
            RefusedError: this refusal, when it is final or the budget is spent.
        """
        asked = refused.retry_after or 0.0
        if refused.final or self._used >= self._retries or asked > LONGEST_RETRY_AFTER:
            raise refused
        self._used += 1
        return asked + random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2**self._used))  # noqa: S311  no secret


def retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After header, a number or an HTTP date (RFC 9110, 10.2.3); None where unreadable."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
