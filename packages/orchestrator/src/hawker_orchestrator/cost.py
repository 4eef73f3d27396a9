"""What runs and months cost: quantities of all that AWS charges for, from what runs did, and their dollars.

Nothing here reads a clock, a database or the network. How each quantity comes about: docs/cost.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import msgspec

from hawker_core.settings import Settings
from hawker_orchestrator import stack
from hawker_orchestrator.prices import Item

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hawker_orchestrator.prices import Price

HOURS_A_MONTH = 730.0
SECONDS_A_DAY = 86_400.0
DAYS_A_MONTH = HOURS_A_MONTH / 24
GB = 1e9  # as AWS bills traffic and storage
MACHINE_CORES = 8  # of the t3.2xlarge
_HOUR = 3600.0
_KEYS_OF_A_LIST = 1000

Amount = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Used = Mapping[Item, float]  # quantities, in the items' units

# Transitions of the state machines, whose files a test counts: a state entered is one, and so is a child's start.
TRANSITIONS_A_RUN = 4  # Plan, AnyChunks, Scrape, Close
TRANSITIONS_A_CHUNK = {stack.LAMBDA: 4, stack.FARGATE: 4}  # start, Work, Finished, Done; start, Begin, Work, Done
TRANSITIONS_A_ROUND = {stack.LAMBDA: 3, stack.FARGATE: 4}  # of a chunk that is sent again


class NotMeasuredError(LookupError):
    """Nothing to go by: no closed run, or one without statistics; the text says how to mend it."""


class Assumptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What no run measures; each can be set by `hawker cost --assume NAME=VALUE`. Times in seconds, memory in MB."""

    # How the shops answer, which captured or offline pages do not tell.
    latency: Positive = 1.5  # of one HTTP request, from its start to its last byte
    browser_seconds: Positive = 8.0  # of one page in a browser
    browser_bytes: Amount = 1.5e6  # that one page in a browser loads, where no run has measured it; images are off
    rate: Amount | None = None  # pages a second of a run, instead of each scraper's own; 0: no limit
    concurrency: AtLeastOne = Settings().concurrency  # workers of a run at once
    # What workers are given, and what their start costs.
    memory: AtLeastOne = stack.SIZES["worker"].memory  # of a Lambda, for a planned month; runs have measured theirs
    task_cpu: AtLeastOne = stack.TASK_SIZE.cpu  # in 1/1024 of a core
    task_memory: AtLeastOne = stack.TASK_SIZE.memory
    http_task_cpu: Count = 0  # as if HTTP scrapers ran in tasks of this size, which no workflow does; 0: in Lambdas
    http_task_memory: AtLeastOne = 512
    start: Amount = 1.0  # of a Lambda's start, which is billed; every invocation counts as cold
    task_start: Amount = 45.0  # of a task's, from the pull of its image on, which is billed
    spot: Share = 0.9  # share of task time that Spot has room for
    statistics_seconds: Positive = Settings().statistics_seconds  # between two uploads of a worker's statistics
    # Plan and close.
    plan: Amount = 3.0
    plan_per_target: Amount = 0.00002
    close: Amount = 3.0
    close_per_object: Amount = 0.03
    # Traffic and logs, in bytes.
    wire: Amount = 1.05  # bytes on the wire for each byte of an answer: headers, TLS
    sent: Amount = 2000.0  # of one request: its headers and acknowledgements
    log_per_worker: Amount = 1500.0  # Lambda's own lines and ours
    log_per_failure: Amount = 350.0  # one line for each target that is not ok
    # The database.
    acu: Amount = 0.5  # the least capacity of an instance, which is there all month
    database_instances: AtLeastOne = 2  # a writer, and a reader that grows with it to take over
    acu_per_cpu: Positive = 4.0  # an ACU has 2 GB and about a quarter of a core
    database_per_target: Amount = 0.0015  # CPU
    database_per_row: Amount = 0.0001  # CPU
    io_per_target: Amount = 3.0
    io_per_row_byte: Amount = 2 / 4096  # a row is written to its page and to the log, in pieces of 4 KB
    row_overhead: Amount = 100.0  # bytes of a row's header and its part of the index
    # What stands all month, whatever runs: the preset `prod`.
    nat_gateways: Count = 2  # one in each zone
    retention: Amount = 1.0  # months that rows are kept
    secrets: Count = 4
    alarms: Count = 20
    images: Amount = 4.5  # GB of container images
    # What it is compared with.
    vm_disk: Amount = 200.0  # GB of the machine's disk


class RunFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did, measured or planned."""

    workflow: str  # stack.LAMBDA or stack.FARGATE
    targets: float
    failures: float  # targets that are not ok
    chunks: float
    invocations: float  # of workers
    executions: float = 1  # of the state machine: one, and one for each resume
    wall: float  # seconds of workers, summed
    gb_seconds: float  # memory granted times wall
    cpu: float  # seconds that the workers' own processes used
    cores: float  # of one task; of no meaning to Lambdas
    requests: float
    received: float  # bytes
    rows: float
    row_bytes: float  # of one row


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a bill."""

    item: Item
    part: str
    quantity: float
    unit: str
    per: float
    price: float  # dollars for `per` units
    dollars: float


def of_run(run: RunFigures, assumed: Assumptions) -> Used:
    """What a run adds to the bill; what stands all month anyway is not in it."""
    return _together(
        _workers(run, assumed), _engine(run, assumed), _bucket_and_logs(run, assumed), _database(run, assumed)
    )


def _engine(run: RunFigures, assumed: Assumptions) -> Used:
    """Plan, close, the state machine, the schedule that starts it, and the secret that every function reads."""
    plan = assumed.plan * run.executions + assumed.plan_per_target * run.targets
    close = assumed.close * run.executions + assumed.close_per_object * run.invocations
    again = max(0.0, run.invocations - run.chunks)
    return {
        Item.LAMBDA_GB_SECOND: _gb("plan") * plan + _gb("close") * close,
        Item.LAMBDA_REQUEST: 2 * run.executions,
        Item.STATE_TRANSITION: TRANSITIONS_A_RUN * run.executions
        + TRANSITIONS_A_CHUNK[run.workflow] * run.chunks
        + TRANSITIONS_A_ROUND[run.workflow] * again,
        Item.SCHEDULE_CALL: 1,
        Item.SECRET_CALL: run.invocations + 2 * run.executions,
    }


def _while_running(seconds: float, every: float) -> float:
    """Uploads of a worker's statistics: regular at first, then each tenth of its life, as hawker_core.upload does."""
    first = min(1.0, seconds / (10 * every)) * 10
    return first + max(0.0, math.log(max(1.0, seconds / (10 * every)), 1.1))


def _bucket_and_logs(run: RunFigures, assumed: Assumptions) -> Used:
    evidence = min(Settings().evidence, run.failures)
    uploads = run.invocations * (1 + _while_running(_each(run.wall, run.invocations), assumed.statistics_seconds))
    lists = run.executions + run.invocations / _KEYS_OF_A_LIST
    logs = run.failures * assumed.log_per_failure + (run.invocations + 2 * run.executions) * assumed.log_per_worker
    return {
        Item.S3_PUT: run.executions + uploads + evidence + lists,  # one a manifest
        Item.S3_GET: run.executions + run.invocations,
        Item.S3_GB_MONTH: assumed.retention * evidence * _each(run.received, run.requests) / GB,
        Item.LOG_GB: logs / GB,
        Item.LOG_GB_MONTH: assumed.retention * logs / GB,
    }


def _workers(run: RunFigures, assumed: Assumptions) -> Used:
    out = run.requests * assumed.sent / GB
    if run.workflow == stack.LAMBDA:
        memory = _each(run.gb_seconds, run.wall)
        return {
            Item.LAMBDA_GB_SECOND: run.gb_seconds + memory * assumed.start * run.invocations,
            Item.LAMBDA_REQUEST: run.invocations,
            Item.NAT_GB: (run.received * assumed.wire / GB + out) if assumed.nat_gateways else 0.0,
            Item.DATA_OUT_GB: out,
        }
    # Tasks have a public address each and go past the NAT gateway. A task is billed for a minute at least.
    hours = max(run.wall + assumed.task_start * run.invocations, 60.0 * run.invocations) / _HOUR
    cpu, memory = run.cores * hours, _each(run.gb_seconds, run.wall) * hours
    return {
        Item.FARGATE_SPOT_VCPU_HOUR: cpu * assumed.spot,
        Item.FARGATE_SPOT_GB_HOUR: memory * assumed.spot,
        Item.FARGATE_VCPU_HOUR: cpu * (1 - assumed.spot),
        Item.FARGATE_GB_HOUR: memory * (1 - assumed.spot),
        Item.PUBLIC_IPV4_HOUR: hours,
        Item.DATA_OUT_GB: out,
    }


def _database(run: RunFigures, assumed: Assumptions) -> Used:
    cpu = run.targets * assumed.database_per_target + run.rows * assumed.database_per_row
    written = run.rows * (run.row_bytes + assumed.row_overhead)
    return {
        Item.AURORA_ACU_HOUR: cpu * assumed.acu_per_cpu * assumed.database_instances / _HOUR,
        Item.AURORA_IO: run.targets * assumed.io_per_target + written * assumed.io_per_row_byte,
        Item.AURORA_GB_MONTH: written * assumed.retention / GB,
    }


def standing(assumed: Assumptions) -> Used:
    """What a month costs when nothing runs."""
    return {
        Item.AURORA_ACU_HOUR: assumed.acu * assumed.database_instances * HOURS_A_MONTH,
        Item.NAT_HOUR: assumed.nat_gateways * HOURS_A_MONTH,
        Item.PUBLIC_IPV4_HOUR: assumed.nat_gateways * HOURS_A_MONTH,
        Item.SECRET_MONTH: assumed.secrets,
        Item.ALARM_MONTH: assumed.alarms,
        Item.IMAGE_GB_MONTH: assumed.images,
    }


def machine(assumed: Assumptions) -> Used:
    """A month of the machine that the fleet replaced, with its disk and address."""
    return {
        Item.VM_HOUR: HOURS_A_MONTH,
        Item.VM_DISK_GB_MONTH: assumed.vm_disk,
        Item.PUBLIC_IPV4_HOUR: HOURS_A_MONTH,
    }


def of_month(runs: Iterable[tuple[RunFigures, float]], assumed: Assumptions) -> Used:
    """A month of runs, each with how often it runs, and of what stands all month."""
    ran = ({item: times * quantity for item, quantity in of_run(run, assumed).items()} for run, times in runs)
    return _together(standing(assumed), *ran)


def busy_cores(runs: Iterable[tuple[RunFigures, float]]) -> float:
    """How many cores a month of runs keeps busy on the average: those of its tasks, and the CPU of its Lambdas."""
    seconds = sum(times * (run.wall * run.cores if run.workflow == stack.FARGATE else run.cpu) for run, times in runs)
    return seconds / (HOURS_A_MONTH * _HOUR)


def bill(used: Used, prices: Mapping[Item, Price], *, free: bool = False) -> list[Line]:
    """The parts that cost anything, the dearest first; `free` takes off what a month has for nothing."""
    lines = []
    for item, quantity in used.items():
        price = prices[item]
        billed = max(0.0, quantity - price.free) if free else quantity
        if billed > 0:
            lines.append(
                Line(
                    item=item,
                    part=price.part,
                    quantity=billed,
                    unit=price.unit,
                    per=price.per,
                    price=price.dollars,
                    dollars=billed / price.per * price.dollars,
                )
            )
    return sorted(lines, key=lambda line: (-line.dollars, line.item))


def total(lines: Iterable[Line]) -> float:
    """Dollars of all parts."""
    return sum(line.dollars for line in lines)


def _together(*parts: Used) -> Used:
    whole: dict[Item, float] = {}
    for part in parts:
        for item, quantity in part.items():
            whole[item] = whole.get(item, 0.0) + quantity
    return whole


def _gb(role: str) -> float:
    return stack.SIZES[role].memory / 1024


def _each(amount: float, count: float) -> float:
    return amount / count if count else 0.0
