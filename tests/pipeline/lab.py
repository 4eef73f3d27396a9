"""A whole Hawker for the tests: local cloud, database, offline shops, and questions to ask of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import psutil
import psycopg

from hawker_core import registry
from hawker_orchestrator import migrate, stack, target_store
from hawker_orchestrator.engine import Engine
from hawker_orchestrator.local import daemon, database
from hawker_orchestrator.local.endpoint import client
from hawker_orchestrator.local.stack import deploy_all, images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hawker_orchestrator.engine import Execution, Progress
    from hawker_orchestrator.stack import FunctionSize, TaskSize

MINUTES = 60.0


class Lab:
    """One local cloud with its own data folder; started again after it was killed, it has the same database."""

    def __init__(self, database_url: str | None = None) -> None:
        # Not pytest's tmp_path: PostgreSQL's own user must be able to reach it.
        self.folder = Path(tempfile.mkdtemp(prefix="hawker-lab-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self._external = database_url
        self.state: daemon.State | None = None

    def start(self) -> None:
        """A cloud and a database with nothing on them."""
        options = daemon.Options(images=images(), data_dir=self.folder, database_url=self._external)
        self.state = daemon.up(options)

    def up(self) -> None:
        self.start()
        migrate.upgrade(self.database_url)

    def close(self) -> None:
        daemon.down(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def database_url(self) -> str:
        assert self.state is not None
        return self.state.database_url

    @property
    def endpoint(self) -> str:
        assert self.state is not None
        return self.state.endpoint

    @property
    def engine(self) -> Engine:
        return Engine(self.database_url, self.endpoint, "eu-central-1")

    def kill(self) -> None:
        """SIGKILL to the whole local cloud: engine, S3 and every worker go at once."""
        assert self.state is not None
        process = psutil.Process(self.state.pid)
        children = process.children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs([process], timeout=20)
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive, "workers outlived the local cloud"

    def restart_database(self) -> None:
        database.restart(self.folder)

    def deploy(
        self,
        settings: Mapping[str, str],
        sizes: Mapping[str, FunctionSize] | None = None,
        task_size: TaskSize = stack.TASK_SIZE,
        by_role: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Deploy all functions and tasks with these HAWKER_ settings, named without the prefix and in lower case."""
        given = {f"HAWKER_{name.upper()}": value for name, value in settings.items()}
        with mock.patch.dict(os.environ, given):
            deploy_all(self.endpoint, self.database_url, sizes or stack.SIZES, task_size, by_role)

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql, values).fetchall()

    def only(self, scraper: str, fields: list[dict[str, Any]]) -> None:
        """Make these the scraper's only active targets."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute("UPDATE hawker.target SET active = false WHERE scraper = %s", [scraper])
        target = registry.load(scraper).target
        target_store.add(self.database_url, scraper, [target.from_fields(one) for one in fields])

    def finish(self, execution: Execution, within: float = 5 * MINUTES) -> Progress:
        """Wait for a run's end."""
        give_up = time.monotonic() + within
        for progress in self.engine.watch(execution, every=0.2):
            assert time.monotonic() < give_up, progress
        return progress

    def run(self, scraper: str, **options: Any) -> tuple[str, Progress]:
        execution = self.engine.start(scraper, **options)
        return execution.run, self.finish(execution)

    def summary(self, run: str) -> dict[str, Any]:
        with psycopg.connect(self.database_url, row_factory=psycopg.rows.dict_row) as connection:
            row = connection.execute("SELECT * FROM hawker.run_summary WHERE run_id = %s", [run]).fetchone()
        assert row is not None
        return row

    def outcomes(self, run: str) -> dict[str, str]:
        """Outcome by target key."""
        return dict(
            self.query(
                "SELECT t.key, o.outcome FROM hawker.outcome o JOIN hawker.target t ON t.id = o.target_id "
                "WHERE o.run_id = %s",
                run,
            )
        )

    def check_accounts(self, run: str, targets: int) -> None:
        """Nothing lost, nothing doubled: one outcome a target, and exactly the rows that its outcome tells of."""
        scraper = self.engine.run(run)["scraper"]
        assert self.query("SELECT count(*), count(outcome) FROM hawker.outcome WHERE run_id = %s", run) == [
            (targets, targets)
        ]
        assert not self.query(
            f"""
            SELECT o.target_id, o.outcome, o.rows, count(r.target_id), count(DISTINCT r.position), max(r.position)
            FROM hawker.outcome o LEFT JOIN raw.{scraper} r ON r.run_id = o.run_id AND r.target_id = o.target_id
            WHERE o.run_id = %s GROUP BY 1, 2, 3
            HAVING o.rows <> count(r.target_id) OR o.rows <> count(DISTINCT r.position)
                OR o.rows <> coalesce(max(r.position), 0) OR (o.rows > 0) <> (o.outcome = 'ok')
            """,  # noqa: S608  the scraper's name is ours
            run,
        )

    def in_flight(self) -> dict[str, Any]:
        """What the local Lambda measured: by function, workers at once and their peak memory."""
        answer: dict[str, Any] = get_json(f"{self.endpoint}/_hawker/lambdas")
        return answer

    def tasks(self) -> dict[str, Any]:
        """What the local ECS measured, and the tasks that it has now."""
        found: dict[str, Any] = get_json(f"{self.endpoint}/_hawker/tasks")
        return found

    def objects(self, run: str) -> list[str]:
        found = client("s3", self.endpoint, "eu-central-1").list_objects_v2(Bucket="hawker", Prefix=f"runs/{run}/")
        return [item["Key"] for item in found.get("Contents", [])]


def get_json(url: str, method: str = "GET") -> Any:
    request = urllib.request.Request(url, method=method)  # noqa: S310  127.0.0.1
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  the same
        return json.load(answer)


@contextmanager
def storefront(*arguments: str) -> Iterator[str]:
    """An offline shop in a process of its own, as `hawker-storefront serve` starts it; gives its origin."""
    process = subprocess.Popen(
        ["hawker-storefront", "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        origin = next((word for word in line.split() if word.startswith("http://")), None)
        assert origin, line
        yield origin.rstrip("/.")
    finally:
        process.terminate()
        process.wait(20)
