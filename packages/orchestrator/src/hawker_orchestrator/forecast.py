"""What a run of so many targets would do on AWS, from what a scraper's earlier runs measured of one target."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from hawker_core import chunk
from hawker_core.scraper import Browser
from hawker_core.settings import Settings
from hawker_orchestrator import stack
from hawker_orchestrator.cost import DAYS_A_MONTH, Assumptions, NotMeasuredError, RunFigures

if TYPE_CHECKING:
    from collections.abc import Sequence

_MB_OF_A_CORE = 1769.0  # a Lambda of this memory has one core (AWS Lambda developer guide, configuring memory)
_LAMBDA_LIFE = stack.SIZES["worker"].timeout - 55.0  # seconds in which it takes targets: hawker_core.deadline
_TASK_LIFE = Settings().task_seconds - 70.0


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One scraper: how it fetches, and its measured means for one target."""

    scraper: str
    workflow: str  # stack.LAMBDA or stack.FARGATE
    per_second: float  # its run's rate; 0: no limit
    in_flight: int  # of one worker
    requests: float
    cpu: float  # seconds of the worker's process; not of a browser's
    received: float  # bytes
    rows: float
    row_bytes: float
    failures: float  # share of targets that are not ok


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it would go: what it does, with how many workers, and how long it takes."""

    figures: RunFigures
    workers: int
    seconds: float


def plan(profile: Profile, targets: int, assumed: Assumptions) -> Planned:
    """The run that plan would cut, at the speed that its slowest limit allows: pages, the shop's rate, or CPU.

    A worker is paid for while it waits, so a rate below what its requests in flight could do costs as much time as the
    rate asks for.
    """
    in_task = profile.workflow == stack.FARGATE
    rate = profile.per_second if assumed.rate is None else assumed.rate
    cores = assumed.task_cpu / 1024 if in_task else min(1.0, assumed.memory / _MB_OF_A_CORE)
    busy = profile.cpu / cores
    service = max(0.001, profile.requests * (assumed.browser_seconds if in_task else assumed.latency) + busy)
    cut = chunk.plan(
        targets,
        seconds=service,
        budget=Settings().task_chunk_seconds if in_task else Settings().worker_seconds,
        least=chunk.LEAST_TASK_SECONDS if in_task else chunk.LEAST_SECONDS,
        concurrency=assumed.concurrency,
        in_flight=profile.in_flight,
        per_second=rate,
    )
    limits = [profile.in_flight / service]
    if busy:
        limits.append(1 / busy)
    if rate and profile.requests:
        limits.append(rate / profile.requests / max(1, cut.workers))
    pace = min(limits)  # targets a second of one worker
    each = [size / pace for size in cut.sizes]
    life = _TASK_LIFE if in_task else _LAMBDA_LIFE
    wall = sum(each)
    memory = assumed.task_memory if in_task else assumed.memory
    return Planned(
        figures=RunFigures(
            workflow=profile.workflow,
            targets=targets,
            failures=targets * profile.failures,
            chunks=len(cut.sizes),
            invocations=sum(math.ceil(seconds / life) for seconds in each),
            wall=wall,
            gb_seconds=wall * memory / 1024,
            requests=targets * profile.requests,
            received=targets * profile.received,
            rows=targets * profile.rows,
            row_bytes=profile.row_bytes,
        ),
        workers=cut.workers,
        seconds=wall / max(1, cut.workers),
    )


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a fleet: a scraper, or several that are taken to be like it, and their runs in a month."""

    like: str
    scrapers: float
    runs: float
    targets: int
    planned: Planned


# What may make a fleet cheaper or dearer, one change of the assumptions each.
WHAT_IF: dict[str, dict[str, float]] = {
    "5 pages a second in each run": {"rate": 5.0},
    "workers of 512 MB": {"memory": 512},
    "statistics every 60 s": {"statistics_seconds": 60.0},
    "no NAT gateway": {"nat_gateways": 0},
    "no database reader": {"database_instances": 1},
    "tasks on demand alone": {"spot": 0.0},
}
CHEAPER = "the first five together"


def changes() -> dict[str, dict[str, float]]:
    """The changes to try, and what the cheaper ones come to together."""
    cheaper = list(WHAT_IF.values())[:5]
    return {**WHAT_IF, CHEAPER: {name: value for change in cheaper for name, value in change.items()}}


def fleet(
    measured: Sequence[Profile], *, http: int, browsers: int, runs_per_day: float, targets: int, assumed: Assumptions
) -> list[Part]:
    """The runs of so many scrapers, each kind taken to be like its measured ones in equal parts.

    Raises:
        NotMeasuredError: there are HTTP scrapers, and none is measured.
    """
    parts = []
    for workflow, count in ((stack.LAMBDA, http), (stack.FARGATE, browsers)):
        known = [profile for profile in measured if profile.workflow == workflow]
        if not known and workflow == stack.LAMBDA and count:
            raise NotMeasuredError("no HTTP scraper has a closed run to go by; make one, such as by `hawker demo`")
        for profile in known or [_unmeasured_browser(assumed)]:
            scrapers = count / max(1, len(known))
            if scrapers:
                runs = scrapers * runs_per_day * DAYS_A_MONTH
                planned = plan(profile, targets, assumed)
                parts.append(Part(like=profile.scraper, scrapers=scrapers, runs=runs, targets=targets, planned=planned))
    return parts


def _unmeasured_browser(assumed: Assumptions) -> Profile:
    fetch = Browser(per_second=0.2)
    return Profile(
        scraper="a browser's, not measured",
        workflow=stack.FARGATE,
        per_second=fetch.per_second,
        in_flight=fetch.concurrency,
        requests=1,
        cpu=0,
        received=assumed.browser_bytes,
        rows=10,
        row_bytes=500,
        failures=0.1,
    )
