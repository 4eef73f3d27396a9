"""Sizes and limits of a deployment: the presets `dev` and `prod`, chosen by `-c stage=...`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from aws_cdk.aws_logs import RetentionDays

from hawker_orchestrator import stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hawker_orchestrator.stack import FunctionSize, TaskSize


class ConfigError(ValueError):
    """A choice on the command line that there is none of; one line for the user."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """One deployment. An account and region hold one: functions, parameters and dashboard have fixed names."""

    stage: str

    # Network
    nat_gateways: int  # 1 is cheap; 2 survive the loss of a zone

    bastion: bool = True  # a small machine, through which a laptop reaches the database by Session Manager

    # Aurora's capacity, in ACU (2 GB of memory each). It pauses at a minimum of 0 alone, and never behind a proxy.
    min_acu: float
    max_acu: float
    pause_minutes: int | None
    readers: int  # in another zone, which takes over when the writer's fails
    proxy: bool  # RDS Proxy: for more workers at once than the database takes connections
    backup_days: int
    rotation_days: int  # how old a database password gets
    keep_data: bool  # outlive `cdk destroy`: a snapshot of the database, and the bucket

    # What lies in the bucket, in days
    runs_days: int = 7  # close deletes a run's objects; this is for runs that were never closed
    evidence_days: int = 30
    access_logs_days: int = 90

    # Workers
    architecture: Literal["arm64", "x86_64"] = "arm64"
    functions: Mapping[str, FunctionSize]  # by role, as `stack.HANDLERS`
    task: TaskSize
    reserved_concurrency: int | None  # of a marketplace's worker function; None: what the account has left

    # More of docs/settings.md for all functions and tasks, e.g. {"HAWKER_USER_AGENT": "Acme/1.0 (+https://acme.example)"}
    settings: Mapping[str, str] = field(default_factory=dict)

    # Operation
    schedules: bool  # whether schedules start runs
    logs: RetentionDays
    alarm_mail: str | None = None  # gets an e-mail to confirm


DEV: Final = Config(
    stage="dev",
    nat_gateways=1,
    min_acu=0,
    max_acu=2,
    pause_minutes=10,
    readers=0,
    proxy=False,
    backup_days=1,
    rotation_days=30,
    keep_data=False,
    functions=stack.SIZES,
    task=stack.TASK_SIZE,
    reserved_concurrency=None,
    schedules=False,
    logs=RetentionDays.ONE_WEEK,
)
PROD: Final = replace(
    DEV,
    stage="prod",
    nat_gateways=2,
    min_acu=0.5,
    max_acu=16,
    pause_minutes=None,
    readers=1,
    backup_days=14,
    keep_data=True,
    reserved_concurrency=100,
    schedules=True,
    logs=RetentionDays.THREE_MONTHS,
)
CONTEXT: Final = ("stage", "alarm-mail")  # as `-c stage=prod -c alarm-mail=team@example.com`
PRESETS: Final[Mapping[str, Config]] = {config.stage: config for config in (DEV, PROD)}


def chosen(context: Mapping[str, str | None]) -> Config:
    """The configuration that the context of a command line asks for; without any, the preset `dev`.

    Raises:
        ConfigError: it holds something else than CONTEXT, there is no such stage, or the address is none.
    """
    if unknown := context.keys() - set(CONTEXT):
        raise ConfigError(f"unknown context {', '.join(sorted(unknown))}; there are {', '.join(CONTEXT)}")
    stage, mail = context.get("stage") or DEV.stage, context.get("alarm-mail")
    if stage not in PRESETS:
        raise ConfigError(f"unknown stage {stage!r}; there are {', '.join(PRESETS)}: write -c stage={PROD.stage}")
    if mail and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", mail):
        raise ConfigError(f"{mail!r} is no mail address; write -c alarm-mail=team@example.com")
    return replace(PRESETS[stage], alarm_mail=mail or None)
