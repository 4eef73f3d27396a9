"""The Lambda handler, the task and what both do around a chunk, with S3, database and network played by fakes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from fakes import Fetcher, Row, Shop, Store

from hawker_core import Outcome, handler, task, trace, upload
from hawker_core import work as work_module
from hawker_core.db import ChunkTakenError
from hawker_core.registry import UnknownScraperError
from hawker_core.settings import settings
from hawker_core.stats import Meter, decode
from hawker_core.upload import StatisticsUpload, statistics_key
from hawker_core.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hawker_core import Page

EVENT = {"run": "r1", "scraper": "shop_things", "chunk": 7, "workers": 2}


class Context:
    """What Lambda gives."""

    aws_request_id = "invocation-1"
    memory_limit_in_mb = "1024"

    def __init__(self, lifetime: float = 60.0) -> None:
        self._lifetime = lifetime

    def get_remaining_time_in_millis(self) -> int:
        return int(self._lifetime * 1000)


class Bucket:
    """S3, in memory; `refuses` so many writes first."""

    def __init__(self, refuses: int = 0, seconds: float = 0.0) -> None:
        self.objects: dict[str, bytes] = {}
        self.writes: list[bytes] = []
        self._refuses, self._seconds = refuses, seconds

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803  boto3's names
        assert Bucket == "hawker"
        time.sleep(self._seconds)
        if self._refuses:
            self._refuses -= 1
            raise ConnectionError("no S3")
        self.objects[Key] = Body
        self.writes.append(Body)


class Fleet:
    """One worker's surroundings."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self.fetcher = Fetcher()
        self.store = Store(range(1, 6))
        self.scraper = Shop()
        self.taken = False
        self.opened: list[tuple[Any, ...]] = []


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    around = Fleet()

    class Opened:
        def __init__(self, *arguments: Any) -> None:
            around.opened.append(arguments)

        async def __aexit__(self, *error: object) -> None:
            pass

    class OpenedStore(Opened):
        async def __aenter__(self) -> Store:
            if around.taken:
                raise ChunkTakenError("taken")
            return around.store

    class OpenedFetcher(Opened):
        async def __aenter__(self) -> Fetcher:
            return around.fetcher

    def load(name: str) -> Shop:
        if name != "shop_things":
            raise UnknownScraperError(name)
        return around.scraper

    monkeypatch.setattr(work_module, "ChunkStore", OpenedStore)
    monkeypatch.setattr(work_module, "open_fetcher", OpenedFetcher)
    monkeypatch.setattr(upload, "s3", lambda: around.bucket)
    monkeypatch.setattr("hawker_core.registry.load", load)
    for name in (handler, task, work_module):
        monkeypatch.setattr(name, "configure", lambda _level: None, raising=False)
    monkeypatch.setenv("HAWKER_DATABASE_URL", "postgresql://h/d")
    monkeypatch.setenv("HAWKER_FLUSH_SECONDS", "0.01")
    monkeypatch.setenv("HAWKER_EVIDENCE", "0")
    settings.cache_clear()
    yield around
    settings.cache_clear()


# The handler


def test_a_chunk_is_scraped_and_reported(fleet: Fleet) -> None:
    assert handler.handle(EVENT, Context()) == {"settled": 5, "unfinished": 0, "taken": False}
    assert set(fleet.store.outcomes.values()) == {Outcome.OK}
    written = decode(fleet.bucket.objects[statistics_key("r1", 7, "invocation-1")])
    assert (written.settled, written.rows, written.complete) == (5, 5, True)
    assert written.gb_seconds == pytest.approx(written.wall)  # with 1 GB


def test_a_worker_has_what_it_was_given(fleet: Fleet) -> None:
    handler.handle(EVENT, Context())
    store, fetcher = fleet.opened
    assert fetcher[0] is fleet.scraper
    assert fetcher[-1] == EVENT["workers"]
    assert store == ("postgresql://h/d", "r1", 7, "shop_things", Row)


def test_a_chunk_at_work_elsewhere_is_left(fleet: Fleet) -> None:
    fleet.taken = True
    assert handler.handle(EVENT, Context()) == {"settled": 0, "unfinished": 1, "taken": True}
    assert not fleet.fetcher.asked
    assert len(fleet.opened) == 1  # no browser was started for it
    assert not fleet.bucket.objects


def test_a_deadline_is_kept_and_told(fleet: Fleet) -> None:
    fleet.fetcher = Fetcher({"/2": 60})
    started = time.monotonic()
    assert handler.handle(EVENT, Context(1.0)) == {"settled": 4, "unfinished": 1, "taken": False}
    assert time.monotonic() - started < 1.0


def test_a_parser_that_hangs_keeps_no_worker_from_reporting(fleet: Fleet) -> None:
    released = threading.Event()

    def parse(page: Page) -> Iterator[Any]:
        released.wait(30)
        yield Row(page=1)

    fleet.scraper = Shop({2: parse})
    started = time.monotonic()
    try:
        assert handler.handle(EVENT, Context(1.0)) == {"settled": 4, "unfinished": 1, "taken": False}
        assert time.monotonic() - started < 2.0
    finally:
        released.set()


def test_a_store_that_fails_fails_the_invocation(fleet: Fleet) -> None:
    fleet.store = Store([1, 2, 3], fail_after=0)
    with pytest.raises(ConnectionError, match="the database is gone"):
        handler.handle(EVENT, Context())


@pytest.mark.parametrize("event", [{}, EVENT | {"chunk": "one"}, {**EVENT, "run": None}])
def test_what_is_no_manifest_item(fleet: Fleet, event: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        handler.handle(event, Context())


def test_an_unknown_scraper_fails_at_once(fleet: Fleet) -> None:
    with pytest.raises(UnknownScraperError):
        handler.handle(EVENT | {"scraper": "shop_nothing"}, Context())
    assert not fleet.opened


# The task


def test_a_task_reads_its_chunk_from_the_environment() -> None:
    environment = {"HAWKER_RUN": "r1", "HAWKER_SCRAPER": "shop_things", "HAWKER_CHUNK": "7", "HAWKER_WORKERS": "2"}
    assert task.read_work(environment) == Work(**EVENT)  # type: ignore[arg-type]
    with pytest.raises(msgspec.ValidationError, match="workers"):
        task.read_work({name: value for name, value in environment.items() if name != "HAWKER_WORKERS"})
    with pytest.raises(msgspec.ValidationError, match="chunk"):
        task.read_work(environment | {"HAWKER_CHUNK": "seven"})


@pytest.fixture
def as_task(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    for name, value in EVENT.items():
        monkeypatch.setenv(f"HAWKER_{name.upper()}", str(value))
    return fleet


def test_a_task_that_finishes(as_task: Fleet) -> None:
    assert task.main() == task.FINISHED == 0
    ((key, body),) = as_task.bucket.objects.items()
    assert key.startswith("runs/r1/statistics/000007-")
    assert decode(body).complete


def test_a_task_that_fails(as_task: Fleet) -> None:
    as_task.store = Store([1], fail_after=0)
    assert task.main() == task.FAILED == 1


def test_a_task_whose_time_is_over(as_task: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAWKER_TASK_SECONDS", "1")
    settings.cache_clear()
    as_task.fetcher = Fetcher({"/2": 60})
    assert task.main() == task.UNFINISHED == 75
    assert set(as_task.store.settled) == {1, 3, 4, 5}


def test_a_task_that_is_told_to_end(as_task: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAWKER_STOP_SECONDS", "0.5")
    settings.cache_clear()
    as_task.fetcher = Fetcher({"/2": 60})
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()
    started = time.monotonic()
    assert task.main() == task.UNFINISHED
    assert time.monotonic() - started < 2
    assert decode(as_task.bucket.writes[-1]).complete
    timer.join()


def test_a_task_ends_though_a_thread_does_not() -> None:
    code = (
        "import runpy, threading, hawker_core.registry as registry\n"
        "def load(name):\n"
        "    threading.Thread(target=threading.Event().wait).start()\n"
        "    raise LookupError('after the thread')\n"
        "registry.load = load\n"
        "runpy.run_module('hawker_core.task', run_name='__main__')"
    )
    environment = {f"HAWKER_{name.upper()}": str(value) for name, value in EVENT.items()}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == task.FAILED
    assert "after the thread" in done.stderr  # the logs are out


# Statistics on their way to S3


def test_statistics_are_written_while_running() -> None:
    async def main() -> tuple[Bucket, Meter]:
        bucket, meter = Bucket(), Meter(512)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(upload, "s3", lambda: bucket)
            writer = StatisticsUpload(meter, "hawker", "key", 0.05)
            writing = asyncio.create_task(writer.keep_going())
            meter.statistics.rows = 3
            await asyncio.sleep(0.18)
            meter.statistics.rows = 4
            await writer.finish()
            writing.cancel()
        return bucket, meter

    bucket, _ = asyncio.run(main())
    read = [decode(body) for body in bucket.writes]
    assert 3 <= len(read) <= 5
    assert [one.complete for one in read] == [False] * (len(read) - 1) + [True]
    assert (read[0].rows, read[-1].rows) == (3, 4)


def test_an_upload_that_fails_while_running_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> Bucket:
        bucket = Bucket(refuses=2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(upload, "s3", lambda: bucket)
            writing = asyncio.create_task(StatisticsUpload(Meter(512), "hawker", "key", 0.02).keep_going())
            await asyncio.sleep(0.2)
            writing.cancel()
        return bucket

    assert asyncio.run(main()).writes
    assert caplog.text.count("statistics not written") == 2


def test_the_last_statistics_that_cannot_be_written_fail_the_invocation(fleet: Fleet) -> None:
    fleet.bucket = Bucket(refuses=1)
    with pytest.raises(ConnectionError, match="no S3"):
        handler.handle(EVENT, Context())


def test_an_earlier_reading_never_overwrites_the_last() -> None:
    async def main() -> Bucket:
        bucket = Bucket(seconds=0.1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(upload, "s3", lambda: bucket)
            writer = StatisticsUpload(Meter(512), "hawker", "key", 0.01)
            writing = asyncio.create_task(writer.keep_going())
            await asyncio.sleep(0.05)
            await writer.finish()
            writing.cancel()
            await asyncio.sleep(0.2)
        return bucket

    assert decode(asyncio.run(main()).objects["key"]).complete


# Tracing, and what a worker loads


def test_tracing_is_off_without_a_daemon() -> None:
    assert not trace._ON
    with trace.span("chunk", run="r1"):
        pass


def python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_daemons_address_alone_turns_no_tracing_on() -> None:
    """Lambda sets it in every function; the extra need not be installed."""
    code = (
        "import sys; sys.modules['aws_xray_sdk'] = None\n"
        "import importlib.util as u; u.find_spec = lambda name: None\n"
        "from hawker_core import trace\n"
        "with trace.span('chunk'): print(trace._ON)"
    )
    assert python(code, AWS_XRAY_DAEMON_ADDRESS="169.254.79.129:2000") == "False"


@pytest.mark.parametrize("sampled", [0, 1])
def test_only_a_sampled_invocation_pays_for_tracing(sampled: int) -> None:
    pytest.importorskip("aws_xray_sdk")
    code = (
        "import sys; from hawker_core import trace\nwith trace.span('chunk'): print('aws_xray_sdk.core' in sys.modules)"
    )
    environment = {
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "AWS_XRAY_CONTEXT_MISSING": "IGNORE_ERROR",
        "_X_AMZN_TRACE_ID": f"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={sampled}",
    }
    assert python(code, **environment) == str(bool(sampled))


def test_a_worker_starts_without_what_it_may_not_need() -> None:
    heavy = ("boto3", "botocore", "sqlalchemy", "pydantic", "babel", "dateparser", "pytest", "selenium", "aws_xray_sdk")
    code = f"import sys, hawker_core.handler; print([name for name in {heavy!r} if name in sys.modules])"
    assert python(code) == "[]"
