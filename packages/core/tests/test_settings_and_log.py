from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawker_core.log import JsonFormatter, bound, configure
from hawker_core.settings import BadSettingError, Settings, database_url, read, settings

if TYPE_CHECKING:
    from collections.abc import Iterator


# Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read({}) == read({"HAWKER_PROXY": " ", "HAWKER_CONCURRENCY": "", "PATH": "/bin"}) == Settings()


def test_every_setting_is_read_from_its_variable() -> None:
    given_ = {
        "DATABASE_URL": "postgresql://h/d", "DATABASE_SECRET": "arn:aws:x", "BUCKET": "b", "USER_AGENT": "Acme/1.0",
        "HEADERS": '{"X-Key": "v"}', "PROXY": "http://user:word@proxy:3128", "GATEWAY": "http://127.0.0.1:8600",
        "PER_SECOND": "0", "TIMEOUT_SECONDS": "1.5", "CONCURRENCY": "7", "WORKER_SECONDS": "60",
        "TASK_CHUNK_SECONDS": "61", "TASK_SECONDS": "62", "TASK_MEMORY": "63", "STOP_SECONDS": "64",
        "FLUSH_SECONDS": "0.5", "STATISTICS_SECONDS": "2", "LOG_LEVEL": "debug",
    }  # fmt: skip
    found = msgspec.structs.asdict(read({f"HAWKER_{name}": f" {value} " for name, value in given_.items()}))
    assert set(found) >= {name.lower() for name in given_}
    assert found["headers"] == {"X-Key": "v"}
    assert (found["per_second"], found["concurrency"], found["timeout_seconds"]) == (0.0, 7, 1.5)
    assert {name: str(found[name]) for name in ("proxy", "gateway", "bucket", "log_level", "stop_seconds")} == {
        "proxy": "http://user:word@proxy:3128",
        "gateway": "http://127.0.0.1:8600",
        "bucket": "b",
        "log_level": "debug",
        "stop_seconds": "64.0",
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PER_SECOND", "fast", "HAWKER_PER_SECOND='fast': Expected `float | null`, got `str`"),
        ("PER_SECOND", "-1", "HAWKER_PER_SECOND='-1': Expected `float` >= 0.0"),
        ("PER_SECOND", "nan", "HAWKER_PER_SECOND='nan': Expected `float` >= 0.0"),
        ("PER_SECOND", "inf", "HAWKER_PER_SECOND='inf': Expected `float` <= 1000000.0"),
        ("TIMEOUT_SECONDS", "0", "HAWKER_TIMEOUT_SECONDS='0': Expected `float` > 0.0"),
        ("CONCURRENCY", "many", "HAWKER_CONCURRENCY='many': Expected `int`, got `str`"),
        ("CONCURRENCY", "0", "HAWKER_CONCURRENCY='0': Expected `int` >= 1"),
        ("CONCURRENCY", "10001", "HAWKER_CONCURRENCY='10001': Expected `int` <= 10000"),
        ("WORKER_SECONDS", "0", "HAWKER_WORKER_SECONDS='0': Expected `float` > 0.0"),
        ("TASK_CHUNK_SECONDS", "1h", "HAWKER_TASK_CHUNK_SECONDS='1h': Expected `float`, got `str`"),
        ("TASK_SECONDS", "-1", "HAWKER_TASK_SECONDS='-1': Expected `float` > 0.0"),
        ("TASK_MEMORY", "2 GB", "HAWKER_TASK_MEMORY='2 GB': Expected `int`, got `str`"),
        ("STOP_SECONDS", "0", "HAWKER_STOP_SECONDS='0': Expected `float` > 0.0"),
        ("FLUSH_SECONDS", "", None),
        ("FLUSH_SECONDS", "never", "HAWKER_FLUSH_SECONDS='never': Expected `float`, got `str`"),
        ("STATISTICS_SECONDS", "-5", "HAWKER_STATISTICS_SECONDS='-5': Expected `float` > 0.0"),
        ("LOG_LEVEL", "loud", "HAWKER_LOG_LEVEL='loud': Expected `str` matching regex"),
        ("GATEWAY", "localhost:8600", "HAWKER_GATEWAY='localhost:8600': Expected `str` matching regex"),
        ("USER_AGENT", "a\r\nHost: b", r"HAWKER_USER_AGENT='a\r\nHost: b': Expected `str` matching regex"),
        ("PROXY", "socks5://user:word@proxy", "HAWKER_PROXY: Expected `str` matching regex '^https?://"),
        ("HEADERS", "X-Key: word", 'HAWKER_HEADERS: write a JSON object such as {"Accept": "*/*"}'),
        ("HEADERS", '["word"]', "HAWKER_HEADERS: Expected `object`, got `array`"),
        ("HEADERS", '{"X-Key": 1}', "HAWKER_HEADERS: Expected `str`, got `int`"),
        ("HEADERS", '{"X-Key": "word\\n"}', "HAWKER_HEADERS: Expected `str` matching regex"),
        ("HEADERS", '{"\\u00e9": "word"}', "HAWKER_HEADERS: Expected `str` matching regex"),
    ],
)
def test_a_malformed_setting_is_told_in_one_line(name: str, value: str, message: str | None) -> None:
    if message is None:
        assert read({f"HAWKER_{name}": value}) == Settings()
        return
    with pytest.raises(BadSettingError) as bad:
        read({f"HAWKER_{name}": value})
    assert str(bad.value).startswith(message)
    assert "\n" not in str(bad.value)
    assert "word" not in str(bad.value)  # what may be a secret is not repeated


@given(st.sampled_from(Settings.__struct_fields__), st.text())
def test_whatever_a_variable_says_is_read_or_told_in_one_line(name: str, value: str) -> None:
    try:
        assert read({f"HAWKER_{name.upper()}": value})
    except BadSettingError as bad:
        told = str(bad)
    else:
        told = f"HAWKER_{name.upper()}"
    assert told.startswith(f"HAWKER_{name.upper()}")
    assert "\n" not in told


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.delenv("HAWKER_DATABASE_URL", raising=False)
    monkeypatch.delenv("HAWKER_DATABASE_SECRET", raising=False)
    monkeypatch.delenv("HAWKER_DATABASE_HOST", raising=False)
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def test_a_database_must_be_named(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSettingError, match="set HAWKER_DATABASE_URL="):
        database_url()
    environment.setenv("HAWKER_DATABASE_URL", "postgresql://h/d")
    settings.cache_clear()
    assert database_url() == "postgresql://h/d"


def test_the_secret_that_names_the_database_is_read_each_time(environment: pytest.MonkeyPatch) -> None:
    words = iter(["first/@:", "second"])

    class Secrets:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803  boto3's name
            assert SecretId == "arn:aws:secret"
            return {"SecretString": json.dumps({"host": "db", "username": "h@w", "password": next(words)})}

    environment.setenv("HAWKER_DATABASE_SECRET", "arn:aws:secret")
    environment.setattr(boto3, "client", lambda _service: Secrets())
    assert database_url() == "postgresql://h%40w:first%2F%40%3A@db:5432/hawker"
    assert database_url() == "postgresql://h%40w:second@db:5432/hawker"  # rotated


@pytest.mark.parametrize(("host", "where"), [("proxy", "proxy:6543"), ("localhost:15432", "localhost:15432")])
def test_a_proxy_or_a_tunnel_stands_in_for_the_secrets_host(
    environment: pytest.MonkeyPatch, host: str, where: str
) -> None:
    class Secrets:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803  boto3's name
            told = {"host": "db", "port": 6543, "username": "u", "password": "p", "dbname": SecretId}
            return {"SecretString": json.dumps(told)}

    environment.setenv("HAWKER_DATABASE_SECRET", "shop")
    environment.setenv("HAWKER_DATABASE_HOST", host)
    environment.setattr(boto3, "client", lambda _service: Secrets())
    assert database_url() == f"postgresql://u:p@{where}/shop"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ('{"host": "db", "username": "u"}', "no database's: Object missing required field `password`"),
        ('{"username": "u", "password": "hush"}', "tells no host; set HAWKER_DATABASE_HOST"),
        ('{"username": "u", "password": ["hush"]}', "no database's: Expected `str`, got `array`"),
        ("hush", "no database's: JSON is malformed"),
    ],
)
def test_a_secret_of_something_else_is_told_without_what_it_holds(
    environment: pytest.MonkeyPatch, told: str, words: str
) -> None:
    class Secrets:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: ARG002, N803  boto3's name
            return {"SecretString": told}

    environment.setenv("HAWKER_DATABASE_SECRET", "arn:other")
    environment.setattr(boto3, "client", lambda _service: Secrets())
    with pytest.raises(BadSettingError, match=f"the secret arn:other .*{re.escape(words)}") as raised:
        database_url()
    assert "hush" not in str(raised.value)


# Logs


def line(message: str = "hello", **extra: Any) -> dict[str, Any]:
    record = logging.LogRecord("shop", logging.INFO, "file.py", 1, message, None, None)
    vars(record).update(extra)
    formatted = JsonFormatter().format(record)
    assert "\n" not in formatted
    found: dict[str, Any] = json.loads(formatted)
    return found


def test_a_line_is_json() -> None:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    found = line('multi\nline \u20ac "quoted" \x00', count=3, when=when, odd={1, 2}, path=Path("/x"))
    assert found["message"] == 'multi\nline \u20ac "quoted" \x00'
    assert (found["level"], found["logger"], found["count"]) == ("INFO", "shop", 3)
    assert found["when"] == "2026-01-02T00:00:00Z"
    assert sorted(found["odd"]) == [1, 2]
    assert found["path"] == "/x"
    assert set(found) == {"time", "level", "logger", "message", "count", "when", "odd", "path"}


def test_the_context_is_on_every_line_inside() -> None:
    with bound(run="r", chunk=1):
        with bound(target="t", chunk=2):
            assert {"run": "r", "chunk": 2, "target": "t"}.items() <= line().items()
        assert line()["chunk"] == 1
        assert "target" not in line()
    assert "run" not in line()


def test_targets_scraped_at_once_have_their_own_context() -> None:
    async def one(target: str) -> str:
        with bound(target=target):
            await asyncio.sleep(0)
            return await asyncio.to_thread(lambda: line()["target"])

    async def main() -> list[str]:
        with bound(run="r"):
            return await asyncio.gather(*(one(str(n)) for n in range(10)))

    assert asyncio.run(main()) == [str(n) for n in range(10)]


def test_a_traceback_stays_in_its_line() -> None:
    try:
        raise ValueError("broken")  # noqa: TRY301  to be caught below
    except ValueError:
        found = line(exc_info=sys.exc_info())
    assert "ValueError: broken" in found["traceback"]


def test_configured_logs_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        configure("info")
        logging.getLogger("shop").info("heard")
        logging.getLogger("shop").debug("too low")
        logging.getLogger("httpx2").info("too chatty")
    finally:
        logging.root.handlers[:], level = before[0], before[1]
        logging.root.setLevel(level)
    (only,) = capsys.readouterr().err.splitlines()
    found = json.loads(only)
    assert found["message"] == "heard"
    logged = datetime.strptime(found["time"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - logged).total_seconds()) < 60
