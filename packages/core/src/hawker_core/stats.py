"""What a worker measures while it scrapes; statistics of chunks add up to a run's."""

from __future__ import annotations

import resource
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
from ddsketch import DDSketch

if TYPE_CHECKING:
    from collections.abc import Iterable


class Sketch(msgspec.Struct):
    """Quantiles of durations in seconds, within 1%, that can be merged: DDSketch bins (Masson et al., VLDB 2019)."""

    bins: dict[int, float] = {}

    def add(self, seconds: float) -> None:
        """Count one duration."""
        key = _MAPPING.key(max(seconds, 1e-6))
        self.bins[key] = self.bins.get(key, 0) + 1

    def merge(self, other: Sketch) -> None:
        """Count all that another sketch has counted."""
        for key, weight in other.bins.items():
            self.bins[key] = self.bins.get(key, 0) + weight

    def quantile(self, q: float) -> float | None:
        """The duration that a share `q` of all stays below; None when nothing was counted."""
        sketch = DDSketch(relative_accuracy=0.01)
        for key, weight in self.bins.items():
            sketch.add(_MAPPING.value(key), weight)
        value: float | None = sketch.get_quantile_value(q)
        return value


_MAPPING = DDSketch(relative_accuracy=0.01)._mapping  # noqa: SLF001  the library has no lighter way to keep its bins as JSON


class Statistics(msgspec.Struct):
    """One invocation's measurements, or the sum of many. Times in seconds, sizes in bytes."""

    invocations: int = 1
    settled: int = 0  # targets that this invocation gave an outcome
    requests: int = 0
    retries: int = 0
    statuses: dict[str, int] = {}
    received: int = 0  # bytes on the wire
    pages: int = 0  # content pages that reached a parser
    bodies: int = 0  # bytes of those pages, decompressed
    rows: int = 0
    bad_tiles: int = 0
    odd_pages: int = 0  # pages with fewer or more rows than expected
    filled: dict[str, int] = {}  # rows in which the field is not null
    disallowed: int = 0  # requests that robots.txt disallows
    latency: Sketch = msgspec.field(default_factory=Sketch)  # of single requests
    target: Sketch = msgspec.field(default_factory=Sketch)  # of whole targets, but for waiting on the rate
    wall: float = 0.0  # of the invocation, summed
    cpu: float = 0.0
    gb_seconds: float = 0.0  # memory granted times wall
    peak_memory: int = 0  # the largest resident memory of any invocation
    complete: bool = False  # False: written while running; the worker was killed before it wrote its last

    def count_status(self, status: int) -> None:
        """Count one answer's status."""
        self.statuses[str(status)] = self.statuses.get(str(status), 0) + 1

    def count_rows(self, rows: Iterable[msgspec.Struct]) -> None:
        """Count rows and their fields that are not null."""
        for row in rows:
            self.rows += 1
            for name in row.__struct_fields__:
                if getattr(row, name) is not None:
                    self.filled[name] = self.filled.get(name, 0) + 1

    def merge(self, other: Self) -> None:
        """Add another invocation's or chunk's measurements."""
        for name in self.__struct_fields__:
            mine, its = getattr(self, name), getattr(other, name)
            if isinstance(mine, Sketch):
                mine.merge(its)
            elif isinstance(mine, bool):
                setattr(self, name, mine and its)
            elif isinstance(mine, dict):
                setattr(self, name, dict(Counter(mine) + Counter(its)))
            elif name == "peak_memory":
                self.peak_memory = max(mine, its)
            else:
                setattr(self, name, mine + its)


def total(parts: Iterable[Statistics]) -> Statistics:
    """The sum of statistics; all zero for none."""
    whole = Statistics(invocations=0, complete=True)
    for part in parts:
        whole.merge(part)
    return whole


def decode(encoded: bytes | str | dict[str, Any]) -> Statistics:
    """Statistics from JSON text or from decoded JSON.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError: it is something else.
    """
    if isinstance(encoded, dict):
        return msgspec.convert(encoded, Statistics, strict=False)
    return msgspec.json.decode(encoded, type=Statistics, strict=False)


class Meter:
    """Times one invocation: wall, CPU and memory from its creation on."""

    def __init__(self, memory_mb: int | None) -> None:
        self.statistics = Statistics()
        self._memory_gb = (memory_mb or 0) / 1024
        self._started = time.monotonic()
        self._cpu = time.process_time()

    def read(self) -> Statistics:
        """The statistics with the meters' present readings."""
        now = self.statistics
        now.wall = time.monotonic() - self._started
        now.cpu = time.process_time() - self._cpu
        now.gb_seconds = self._memory_gb * now.wall
        now.peak_memory = peak_memory()
        return now


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes."""
    try:
        # Linux's ru_maxrss would count the parent too, whose memory a child shares until it starts its own program.
        status = Path("/proc/self/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split(None, 1)[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
