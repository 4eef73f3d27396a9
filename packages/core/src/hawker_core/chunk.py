"""How targets are cut into chunks: by measured time, so that nobody tunes a chunk size by hand."""

from __future__ import annotations

import math
from typing import NamedTuple

DEFAULT_SECONDS = 2.0  # of one target in a worker with nothing measured yet
LEAST_SECONDS = 10.0  # of work that a Lambda's cold start is worth
LEAST_TASK_SECONDS = 120.0  # of work that a Fargate task's start is worth: it pulls an image with a browser
MOST_CHUNKS = 10_000  # children of one Distributed Map run (AWS Step Functions quotas)


class Plan(NamedTuple):
    """Sizes of a run's chunks, and how many workers may run at once."""

    sizes: tuple[int, ...]
    workers: int


def plan(
    targets: int,
    *,
    seconds: float | None,
    budget: float,
    least: float,
    concurrency: int,
    in_flight: int,
    per_second: float,
) -> Plan:
    """Cut `targets` into chunks of about equal size.

    Args:
        targets: how many there are.
        seconds: p95 of one target's time in earlier runs, without its waits for the rate; None when there are none.
        budget: seconds that a chunk should take, well under a worker's limit.
        least: seconds of work that a worker's start is worth.
        concurrency: most workers at once.
        in_flight: targets that a worker has in flight.
        per_second: targets a second by the run's rate, which all workers share; 0 for none.

    A worker does `in_flight / seconds` targets a second, and no more than its share of the rate. More workers than
    the rate can feed would only wait at the client's cost, so their number is bounded by it. Chunks are no larger
    than spreads the run over all workers, unless that leaves a worker less than `least` of work, and there are no more
    of them than a Distributed Map takes.
    """
    if targets <= 0:
        return Plan((), 0)
    pace = in_flight / (seconds or DEFAULT_SECONDS)
    fed = math.ceil(per_second / pace) if per_second else concurrency
    workers = max(1, min(concurrency, fed, targets))
    if per_second:
        pace = min(pace, per_second / workers)
    size = min(max(1, int(pace * budget)), max(math.ceil(targets / workers), int(pace * least)))
    chunks = min(math.ceil(targets / size), MOST_CHUNKS, targets)
    small, larger = divmod(targets, chunks)
    sizes = (small + 1,) * larger + (small,) * (chunks - larger)
    return Plan(sizes, min(workers, chunks))
