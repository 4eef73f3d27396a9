"""What a run of so many targets would do on AWS, from what a scraper's earlier runs measured of one target."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from hawker_core import chunk
from hawker_core.scraper import Browser, Http, Scraper
from hawker_core.settings import Settings
from hawker_orchestrator import stack
from hawker_orchestrator.cost import DAYS_A_MONTH, SECONDS_A_DAY, Assumptions, NotMeasuredError, RunFigures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MEASURED: Final = ("requests", "cpu", "received", "rows", "row_bytes", "failures")
_MB_OF_A_CORE = 1769.0  # a Lambda of this memory has one core (AWS Lambda developer guide, configuring memory)
# Seconds in which a worker takes targets: its end is for those in flight, and for answering (hawker_core.deadline).
_ANSWERING = 10.0
_LAMBDA_LIFE = stack.SIZES["worker"].timeout - Http().total - _ANSWERING
_TASK_LIFE = Settings().task_seconds - Browser().total - _ANSWERING


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


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A scraper's runs by its schedule: how many a month, of how many targets, by how many workers at most."""

    scraper: Scraper[Any, Any]
    runs: float
    targets: int
    concurrency: int | None = None  # None: the settings' own


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
    worker = _worker(profile, assumed)
    in_task = worker.workflow == stack.FARGATE
    rate = profile.per_second if assumed.rate is None else assumed.rate
    busy = profile.cpu / worker.cores
    service = max(0.001, profile.requests * worker.page_seconds + busy)
    cut = chunk.plan(
        targets,
        seconds=service,
        budget=Settings().task_chunk_seconds if in_task else Settings().worker_seconds,
        least=chunk.LEAST_TASK_SECONDS if in_task else chunk.LEAST_SECONDS,
        concurrency=assumed.concurrency,
        in_flight=profile.in_flight,
        per_second=rate / max(1.0, profile.requests),
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
    return Planned(
        figures=RunFigures(
            workflow=worker.workflow,
            targets=targets,
            failures=targets * profile.failures,
            chunks=len(cut.sizes),
            invocations=sum(math.ceil(seconds / life) for seconds in each),
            wall=wall,
            gb_seconds=wall * worker.memory / 1024,
            cpu=targets * profile.cpu,
            cores=worker.cores,
            requests=targets * profile.requests,
            received=targets * profile.received,
            rows=targets * profile.rows,
            row_bytes=profile.row_bytes,
        ),
        workers=cut.workers,
        seconds=wall / max(1, cut.workers),
    )


class _Worker(NamedTuple):
    workflow: str
    cores: float
    memory: int  # MB
    page_seconds: float


def _worker(profile: Profile, assumed: Assumptions) -> _Worker:
    if profile.workflow == stack.FARGATE:
        return _Worker(stack.FARGATE, assumed.task_cpu / 1024, assumed.task_memory, assumed.browser_seconds)
    if assumed.http_task_cpu:
        return _Worker(stack.FARGATE, assumed.http_task_cpu / 1024, assumed.http_task_memory, assumed.latency)
    return _Worker(stack.LAMBDA, min(1.0, assumed.memory / _MB_OF_A_CORE), assumed.memory, assumed.latency)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a fleet: a scraper, or several that are taken to be like it, and their runs in a month."""

    like: str
    scrapers: float
    runs: float
    targets: int
    planned: Planned

    @property
    def overlaps(self) -> bool:
        """Whether a run takes longer than the time to the next one; then both ask the shop at the run's rate."""
        return self.planned.seconds * self.runs / self.scrapers > DAYS_A_MONTH * SECONDS_A_DAY


# What may make a fleet cheaper or dearer: changes of the assumptions.
WHAT_IF: Final[dict[str, dict[str, float]]] = {
    "5 pages a second in each run": {"rate": 5.0},
    "Lambdas of 256 MB": {"memory": 256},
    "statistics every 60 s": {"statistics_seconds": 60.0},
    "no NAT gateway": {"nat_gateways": 0},
    "no database reader": {"database_instances": 1},
    "all of these": {
        "rate": 5.0, "memory": 256, "statistics_seconds": 60.0, "nat_gateways": 0, "database_instances": 1,
    },
    "HTTP scrapers in tasks of 1/4 core, 512 MB (not built)": {"http_task_cpu": 256},
    "tasks on Spot alone": {"spot": 1.0},
    "tasks on demand alone": {"spot": 0.0},
}  # fmt: skip


def fleet(
    measured: Sequence[Profile], *, http: int, browsers: int, runs_per_day: float, targets: int, assumed: Assumptions
) -> list[Part]:
    """The runs of so many scrapers, each kind taken to be like its measured ones in equal parts.

    Raises:
        NotMeasuredError: there are HTTP scrapers, and none is measured.
    """
    parts = []
    for workflow, count in ((stack.LAMBDA, http), (stack.FARGATE, browsers)):
        for profile in (known := _of_kind(measured, workflow, assumed) if count else []):
            scrapers = count / len(known)
            runs = scrapers * runs_per_day * DAYS_A_MONTH
            planned = plan(profile, targets, assumed)
            parts.append(Part(like=profile.scraper, scrapers=scrapers, runs=runs, targets=targets, planned=planned))
    return parts


def timetable(measured: Sequence[Profile], starts: Iterable[Start], assumed: Assumptions) -> list[Part]:
    """The runs of single scrapers; one that is not measured is taken to be like the mean of its kind.

    Raises:
        NotMeasuredError: there is an HTTP scraper, and none of them is measured.
    """
    by_name = {profile.scraper: profile for profile in measured}
    parts = []
    for start in starts:
        profile = by_name.get(start.scraper.name) or _like(measured, start.scraper, assumed)
        allowed = msgspec.structs.replace(assumed, concurrency=start.concurrency or assumed.concurrency)
        planned = plan(profile, start.targets, allowed)
        parts.append(Part(like=profile.scraper, scrapers=1, runs=start.runs, targets=start.targets, planned=planned))
    return parts


def _like(measured: Sequence[Profile], scraper: Scraper[Any, Any], assumed: Assumptions) -> Profile:
    workflow = stack.workflow(scraper)
    known = _of_kind(measured, workflow, assumed)
    means = {name: statistics.fmean(getattr(profile, name) for profile in known) for name in _MEASURED}
    return Profile(
        scraper=f"{scraper.name}, not measured",
        workflow=workflow,
        per_second=scraper.fetch.per_second,
        in_flight=scraper.fetch.concurrency,
        **means,
    )


def _of_kind(measured: Sequence[Profile], workflow: str, assumed: Assumptions) -> list[Profile]:
    known = [profile for profile in measured if profile.workflow == workflow]
    if not known and workflow == stack.LAMBDA:
        raise NotMeasuredError("no HTTP scraper has a closed run to go by; make one, such as by `hawker demo`")
    return known or [_unmeasured_browser(assumed)]


def _unmeasured_browser(assumed: Assumptions) -> Profile:
    fetch = Browser(per_second=0.2)
    return Profile(
        scraper="browser, not measured",
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
