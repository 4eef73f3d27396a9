"""Starts, resumes, stops and watches runs, through Step Functions and the database alone, on AWS and locally."""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import msgspec
import psycopg
from botocore.config import Config
from botocore.exceptions import ClientError
from psycopg.rows import dict_row

from hawker_core import registry
from hawker_orchestrator import deployment, stack
from hawker_orchestrator.plan import Input

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_orchestrator.deployment import Deployed


class RunError(Exception):
    """A run that cannot be started, resumed or stopped; one line for the user, who it is to be shown to."""


class Progress(NamedTuple):
    """How far a run has come. `outcomes` counts targets by outcome, `pending` those without one."""

    status: str  # of the run; "planning" before it is in the database
    targets: int
    outcomes: dict[str, int]
    execution: str  # RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED
    cause: str | None  # why the execution failed

    @property
    def settled(self) -> int:
        """Targets that have an outcome."""
        return self.targets - self.outcomes.get("pending", 0)

    @property
    def running(self) -> bool:
        """Whether the state machine is still at it."""
        return self.execution == "RUNNING"


class Execution(NamedTuple):
    """A started execution and the run that it scrapes."""

    arn: str
    run: str


class Engine:
    """One deployment's runs: `endpoint` None is AWS itself, else the local cloud."""

    def __init__(self, database_url: str, endpoint: str | None = None, region: str | None = None) -> None:
        self._database_url = database_url
        options: dict[str, Any] = {"endpoint_url": endpoint, "region_name": region}
        if endpoint:
            options |= {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        self._states = boto3.client("stepfunctions", **options)
        self._ssm = boto3.client("ssm", **options)
        # A close may take minutes; boto3 gives up after one.
        self._functions = boto3.client(
            "lambda", config=Config(read_timeout=900, retries={"total_max_attempts": 1}), **options
        )

    @cached_property
    def _deployed(self) -> Deployed:
        return deployment.find(self._ssm)

    def start(self, scraper: str, *, limit: int | None = None, concurrency: int | None = None) -> Execution:
        """Start a run of a scraper's active targets.

        Raises:
            UnknownScraperError: there is no such scraper.
            NotDeployedError: its marketplace is not deployed.
        """
        registry.load(scraper)
        name = f"{scraper}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        return self._execute(scraper, name, Input(scraper=scraper, limit=limit, concurrency=concurrency), run=name)

    def resume(self, run: str, *, concurrency: int | None = None) -> Execution:
        """Scrape what has no outcome yet, or one worth another try, in a new round of the same run.

        Raises:
            RunError: there is no such run, or it is still going on.
        """
        row = self.run(run)
        if self._status_of(self._arn(row["scraper"], row["execution"]))[0] == "RUNNING":
            raise RunError(f"run {run} is still going on; stop it first with `hawker runs stop {run}`")
        name = f"{run[:60]}-r{row['round'] + 1}-{secrets.token_hex(3)}"
        return self._execute(row["scraper"], name, Input(resume=run, concurrency=concurrency), run=run)

    def stop(self, run: str) -> dict[str, Any]:
        """Let workers finish what they have in flight, start no more, and close the run; returns its summary.

        Raises:
            RunError: there is no such run, or it is closed already.
        """
        row = self.run(run)
        if row["status"] not in {"running", "stopping"}:
            raise RunError(f"run {run} is {row['status']}: there is nothing to stop")
        with psycopg.connect(self._database_url) as connection:
            connection.execute("UPDATE hawker.run SET status = 'stopping' WHERE id = %s", [run])
        arn = self._arn(row["scraper"], row["execution"])
        if self._status_of(arn)[0] == "RUNNING":
            self._states.stop_execution(executionArn=arn, error="Stopped", cause="hawker runs stop")
        return self.close(run, row["scraper"])

    def close(self, run: str, scraper: str) -> dict[str, Any]:
        """Invoke the closing Lambda; it may be invoked any number of times.

        Raises:
            RunError: it failed.
        """
        name = self._deployed.part(registry.marketplace(scraper), "close")
        answer = self._functions.invoke(FunctionName=name, Payload=json.dumps({"run": run}).encode())
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RunError(f"run {run} cannot be closed: {payload.get('errorType')}: {payload.get('errorMessage')}")
        return payload

    def run(self, run: str) -> dict[str, Any]:
        """The run's row.

        Raises:
            RunError: there is no such run.
        """
        with psycopg.connect(self._database_url, row_factory=dict_row) as connection:
            row = connection.execute("SELECT * FROM hawker.run WHERE id = %s", [run]).fetchone()
        if row is None:
            raise RunError(f"unknown run {run!r}; see `hawker runs list`")
        return row

    def execution(self, run: str) -> Execution:
        """The present execution of a run.

        Raises:
            RunError: there is no such run.
        """
        row = self.run(run)
        return Execution(self._arn(row["scraper"], row["execution"]), run)

    def watch(self, execution: Execution, every: float = 0.5) -> Iterator[Progress]:
        """The run's progress, every so many seconds, until its execution has ended; that last state included."""
        while True:
            progress = self.progress(execution)
            yield progress
            if not progress.running:
                return
            time.sleep(every)

    def progress(self, execution: Execution) -> Progress:
        """The run's progress now."""
        # The execution first: what it has stored by its end is then counted below.
        state, cause = self._status_of(execution.arn)
        try:
            with psycopg.connect(self._database_url) as connection:
                row = connection.execute("SELECT status FROM hawker.run WHERE id = %s", [execution.run]).fetchone()
                counts = connection.execute(
                    "SELECT coalesce(outcome, 'pending'), count(*) FROM hawker.outcome WHERE run_id = %s GROUP BY 1",
                    [execution.run],
                ).fetchall()
        except psycopg.OperationalError:
            if state != "RUNNING":
                raise
            row, counts = None, []  # a database that restarts comes back; the workers wait for it too
        outcomes: dict[str, int] = dict(counts)
        return Progress(row[0] if row else "planning", sum(outcomes.values()), outcomes, state, cause)

    def _execute(self, scraper: str, name: str, what: Input, run: str) -> Execution:
        machine = self._machine_arn(scraper)
        given = {key: value for key, value in msgspec.structs.asdict(what).items() if value not in (None, "")}
        started = self._states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))
        return Execution(started["executionArn"], run)

    def _machine_arn(self, scraper: str) -> str:
        workflow = stack.workflow(registry.load(scraper))
        return self._deployed.part(registry.marketplace(scraper), "state-machine", workflow)

    def _arn(self, scraper: str, execution: str) -> str:
        return self._machine_arn(scraper).replace(":stateMachine:", ":execution:") + f":{execution}"

    def _status_of(self, arn: str) -> tuple[str, str | None]:
        """An execution's status and why it failed; one that the engine no longer knows was lost with it."""
        try:
            found = self._states.describe_execution(executionArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return "FAILED", "the engine was lost while the run was going on"
        return found["status"], _cause(found) if found["status"] != "RUNNING" else None


def _cause(execution: dict[str, Any]) -> str | None:
    """One line on why an execution failed; a Lambda's error carries its message inside JSON."""
    cause, error = execution.get("cause"), execution.get("error")
    try:
        details = json.loads(cause or "")
        return f"{details['errorType']}: {details['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return ": ".join(part for part in (error, cause) if part) or None
