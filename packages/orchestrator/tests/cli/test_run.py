"""Runs, from the command line to the rows, on a local cloud of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from hawker_orchestrator.cli import demo, session
from hawker_orchestrator.cli.demo_report import Accounts
from hawker_orchestrator.engine import Execution, RunError
from hawker_orchestrator.local import daemon
from hawker_storefront import Config, Persistent, start, targets
from hawker_storefront.ledger import Entry, Ledger

from .conftest import seed_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .conftest import Answer

SCRAPER = "walmart_product"


@pytest.fixture(scope="module")
def shop() -> Iterator[Mapping[str, str]]:
    """Settings for shops that block two targets in five."""
    running = start(Config(persistent=Persistent(captcha=40)))
    yield {"HAWKER_GATEWAY": running.origin, "HAWKER_PER_SECOND": "0", "HAWKER_CONCURRENCY": "2"}
    running.stop()


def add(hawker: Callable[..., Answer], count: int) -> None:
    keys = [target["item_id"] for target in targets(SCRAPER, count)]
    assert hawker("targets", "add", SCRAPER, *keys).code == 0


def test_run_watch_resume_and_stop(
    hawker: Callable[..., Answer], home: Path, shop: Mapping[str, str], environment: pytest.MonkeyPatch
) -> None:
    environment.setattr("hawker_orchestrator.local.stack._code", list)  # somebody may be editing it
    add(hawker, 12)
    # Some are blocked, so the run is complete but not as expected.
    answer = hawker("run", SCRAPER, **shop)
    assert answer.code == 3
    assert "12 of 12 settled" in answer.err
    assert "\x1b" not in answer.out + answer.err
    for part in ("ok ", "blocked ", "status       complete", "verdict      bad", "because "):
        assert part in answer.out, part
    run = json.loads(hawker("runs", "list", "--json").out)[0]
    assert run["run"] in answer.out
    assert len(hawker("rows", SCRAPER, "--format", "csv").out.splitlines()) == run["outcomes"]["ok"] + 1
    # Deployed already, so the second run's workers are the first one's.
    state = daemon.status(home)
    assert state is not None
    before = workers(state)
    answer = hawker("run", SCRAPER, "--limit", "1", "--no-wait")
    assert answer.code == 0
    name = answer.out.strip()
    assert f"`hawker runs watch {name}`" in answer.err
    assert hawker("runs", "watch", name).code in {0, 3}
    assert workers(state) <= before
    answer = hawker("runs", "stop", "latest")
    assert answer.code == 2
    assert "there is nothing to stop" in answer.err
    assert hawker("runs", "resume", run["run"]).code == 3
    assert "round        2" in hawker("runs", "show", run["run"]).out


def workers(state: daemon.State) -> set[int]:
    """The processes that the local cloud runs."""
    import psutil  # noqa: PLC0415  for this question alone

    return {child.pid for child in psutil.Process(state.pid).children(recursive=True)}


def test_good_shops_end_with_0_and_a_running_run_can_be_stopped(hawker: Callable[..., Answer]) -> None:
    with_faults_gone = start(Config())
    settings = {"HAWKER_GATEWAY": with_faults_gone.origin, "HAWKER_CONCURRENCY": "2"}
    try:
        add(hawker, 5)
        assert hawker("run", SCRAPER, **settings, HAWKER_PER_SECOND="0").code == 0
        name = hawker("run", SCRAPER, "--no-wait", HAWKER_PER_SECOND="0.1").out.strip()
        answer = hawker("runs", "resume", name)
        assert (answer.code, answer.out) == (2, "")
        assert f"stop it first with `hawker runs stop {name}`" in answer.err
        answer = hawker("runs", "stop", name)
        assert answer.code == 0
        assert answer.out.startswith(f"{name}: stopped, ")
        assert hawker("runs", "watch", name).code == 3
    finally:
        with_faults_gone.stop()


def test_ctrl_c_leaves_the_run_to_itself(hawker: Callable[..., Answer], home: Path, shop: Mapping[str, str]) -> None:
    add(hawker, 5)
    environment = {**os.environ, **shop, "HAWKER_PER_SECOND": "0.1", "HAWKER_DATA_DIR": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "hawker_orchestrator.cli", "run", SCRAPER],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    while not (line := process.stderr.readline()).startswith("run "):
        assert line, process.wait()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    name = line.split()[1]
    assert f"`hawker runs stop {name}`" in error
    assert "Traceback" not in error
    assert hawker("runs", "stop", name).code in {0, 2}  # 2: its plan had not even been made


def test_a_failed_run_is_told_with_its_cause(hawker: Callable[..., Answer], url: str, shop: Mapping[str, str]) -> None:
    add(hawker, 1)
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE hawker.outcome RENAME TO elsewhere")
    try:
        answer = hawker("run", SCRAPER, **shop)
    finally:
        with psycopg.connect(url) as connection:
            connection.execute("ALTER TABLE hawker.elsewhere RENAME TO outcome")
    assert answer.code in {1, 2}
    assert "hawker.outcome" in answer.err


def test_up_status_down(hawker: Callable[..., Answer], home: Path) -> None:
    assert hawker("local", "up").code == 0
    status = json.loads(hawker("local", "status", "--json").out)
    assert status["running"]
    assert status["data_dir"] == str(home)
    taken = hawker("local", "up", "--port", "1")
    assert taken.code == 2
    assert "stop it first by `hawker local down`" in taken.err
    other = hawker("local", "up", HAWKER_DATABASE_URL=status["database_url"].replace("@/hawker", "@/postgres"))
    assert other.code == 2
    assert "runs on another database" in other.err


def test_migrate_tells_and_mends(hawker: Callable[..., Answer], url: str) -> None:
    def status() -> list[list[str]]:
        return [line.split() for line in hawker("migrate", "--status").out.splitlines()[1:]]

    assert {row[-1] for row in status()} == {"0"}
    assert status()[0][0] == "core"
    bare = "hawker_bare"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {bare}")
    try:
        other = url.replace("@/hawker", f"@/{bare}")
        behind = hawker("targets", "list", SCRAPER, HAWKER_DATABASE_URL=other)
        assert behind.code == 2
        assert "run `hawker migrate`" in behind.err
        assert {row[1] for row in status()} == {"none"}
        assert hawker("migrate").out == "the database is up to date\n"
        assert {row[-1] for row in status()} == {"0"}
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {bare} WITH (FORCE)")


@pytest.fixture
def empty_home(environment: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hawker-demo-", dir="/var/tmp"))
    folder.chmod(0o755)
    environment.setenv("HAWKER_DATA_DIR", str(folder))
    yield folder
    daemon.down(folder / demo.FOLDER)
    shutil.rmtree(folder, ignore_errors=True)


def test_the_demo_with_fewer_targets(
    empty_home: Path, bare: Callable[..., Answer], environment: pytest.MonkeyPatch
) -> None:
    environment.setattr(demo, "TARGETS", {"walmart_product": 30, "ebay_search": 10})
    environment.setattr(demo, "BROWSER_TARGETS", {})
    environment.setitem(demo.SETTINGS, "HAWKER_TIMEOUT_SECONDS", "2")
    answer = bare("demo")
    assert answer.code == 0, answer
    assert "All 40 outcomes are what the shops served." in answer.out
    assert f"export HAWKER_DATA_DIR={empty_home / demo.FOLDER}" in answer.out
    assert daemon.status(empty_home / demo.FOLDER) is None
    assert not (empty_home / "postgres").exists(), "the demo keeps to its own folder"
    environment.setenv("HAWKER_DATA_DIR", str(empty_home / demo.FOLDER))
    assert len(json.loads(bare("runs", "list", "--json").out)) == 2
    assert "has no targets" in bare("run", "walmart_product").err, "the demo's targets are not left to the real shops"


def test_the_demos_accounts_name_what_differs(url: str) -> None:
    run = seed_run(url, SCRAPER, {"1001": "ok", "1002": "gone", "1003": "timeout"})
    ledger = Ledger()
    for key, expected in (("1001", "ok"), ("1002", "blocked")):
        ledger.entries[SCRAPER, key] = Entry("walmart", SCRAPER, key, "https://www.walmart.com/", None, expected)
    assert [(d.key, d.expected, d.found) for d in Accounts(url, {SCRAPER: run}, ledger).differences] == [
        ("1002", "blocked", "gone"),
        ("1003", "never asked for", "timeout"),
    ]


def test_several_scrapers_at_once(hawker: Callable[..., Answer], shop: Mapping[str, str]) -> None:
    add(hawker, 6)
    keywords = [target["keyword"] for target in targets("ebay_search", 6)]
    assert hawker("targets", "add", "ebay_search", *keywords).code == 0
    answer = hawker("run", "ebay_*", SCRAPER, **shop)
    assert answer.code == 3  # two in five are blocked
    assert "left out, as they have no targets: ebay_seller_feedback" in answer.err
    assert "ebay_search: 6 of 6 settled" in answer.err
    assert f"{SCRAPER}: 6 of 6 settled" in answer.err
    lines = answer.out.splitlines()
    assert [line.partition("-")[0] for line in lines[1:3]] == ["ebay_search", SCRAPER]  # one table, in the order named
    assert all("complete" in line for line in lines[1:3])
    runs = json.loads(hawker("runs", "list", "--json").out)
    assert {run["run"] for run in runs} == {line.split()[0] for line in lines[1:3]}
    names = hawker("run", "ebay_search", SCRAPER, "--limit", "1", "--no-wait").out.split()
    assert [name.partition("-")[0] for name in names] == ["ebay_search", SCRAPER]
    assert all(hawker("runs", "watch", name).code in {0, 3} for name in names)


@pytest.mark.parametrize(("fault", "code"), [(RunError("AWS says no"), 2), (KeyboardInterrupt(), 130)])
def test_runs_that_have_begun_are_told_of_when_the_next_cannot(
    hawker: Callable[..., Answer], environment: pytest.MonkeyPatch, fault: BaseException, code: int
) -> None:
    class Engine:
        def start(self, scraper: str, **_: object) -> Execution:
            if scraper != SCRAPER:
                raise fault
            return Execution("arn", f"{SCRAPER}-1")

    environment.setattr(session, "engine", Engine)
    add(hawker, 1)
    assert hawker("targets", "add", "ebay_search", "lamp").code == 0
    answer = hawker("run", SCRAPER, "ebay_search")
    assert answer.code == code
    assert f"the run goes on; see `hawker runs watch {SCRAPER}-1`" in answer.err


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (("nothing_*",), "no scraper is called like 'nothing_*'"),
        ((SCRAPER, "walmart_prodct"), "unknown scraper 'walmart_prodct'"),
        (("ebay_*",), "have no targets; add some by `hawker targets add`"),
        ((SCRAPER, "ebay_search"), "ebay_search has no targets"),
    ],
)
def test_what_cannot_begin_starts_nothing(hawker: Callable[..., Answer], named: tuple[str, ...], said: str) -> None:
    add(hawker, 1)
    answer = hawker("run", *named)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert json.loads(hawker("runs", "list", "--json").out) == []
