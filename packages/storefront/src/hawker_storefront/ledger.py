"""The ledger: what each target was served, so that a test can hold a run's outcomes against it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Entry:
    """A target: what is wrong with it, the outcome that it must end in, the answers given by page, parts apart."""

    shop: str
    scraper: str
    key: str
    url: str
    fault: str | None
    expected: str
    file: str | None = None
    pages: dict[int, list[int | str]] = field(default_factory=dict)
    transient: dict[int, str] = field(default_factory=dict)
    parts: int = 0

    def as_json(self) -> dict[str, Any]:
        """The entry as the ledger's endpoint gives it."""
        return {
            "shop": self.shop,
            "scraper": self.scraper,
            "key": self.key,
            "url": self.url,
            "file": self.file,
            "fault": self.fault,
            "expected": self.expected,
            "requests": sum(len(answers) for answers in self.pages.values()),
            "parts": self.parts,
            "pages": {
                str(number): {"fault": self.transient.get(number), "answers": answers}
                for number, answers in sorted(self.pages.items())
            },
        }


@dataclass(slots=True)
class HostRate:
    """Requests to one host: in all, and in its busiest second."""

    requests: int = 0
    second: int = 0
    in_second: int = 0
    peak_per_second: int = 0

    def count(self, now: float) -> None:
        """One more request, at a time in seconds."""
        self.requests += 1
        if int(now) != self.second:
            self.second, self.in_second = int(now), 0
        self.in_second += 1
        self.peak_per_second = max(self.peak_per_second, self.in_second)


class Ledger:
    """Entries by scraper and key, and the counters of the server."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, as if the server had just started."""
        self.entries: dict[tuple[str, str], Entry] = {}
        self.hosts: dict[str, HostRate] = {}
        self.answers: Counter[str] = Counter()
        self.requests = 0
        self.in_flight = 0
        self.peak_in_flight = 0
        self.body_bytes = 0
        self.started = time.monotonic()

    def arrive(self, host: str) -> None:
        """A request has come in."""
        self.requests += 1
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        self.hosts.setdefault(host, HostRate()).count(time.monotonic())

    def leave(self) -> None:
        """A request has been dealt with."""
        self.in_flight = max(0, self.in_flight - 1)

    def answer(self, entry: Entry | None, page: int, what: int | str, size: int = 0) -> None:
        """An answer has been given: a status, or the name of a fault below HTTP."""
        self.answers[str(what)] += 1
        self.body_bytes += size
        if entry is not None:
            entry.pages.setdefault(page, []).append(what)

    def as_json(self, scraper: str | None = None) -> list[dict[str, Any]]:
        """Every entry, or those of one scraper."""
        return [e.as_json() for e in self.entries.values() if scraper in {None, e.scraper}]

    def stats(self) -> dict[str, Any]:
        """The counters."""
        seconds = time.monotonic() - self.started
        return {
            "requests": self.requests,
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "body_bytes": self.body_bytes,
            "seconds": round(seconds, 3),
            "answers": dict(self.answers),
            "throttled": self.answers["429"],
            "targets": len(self.entries),
            "hosts": {
                name: {
                    "requests": rate.requests,
                    "per_second": round(rate.requests / seconds, 2) if seconds else 0.0,
                    "peak_per_second": rate.peak_per_second,
                }
                for name, rate in self.hosts.items()
            },
        }
