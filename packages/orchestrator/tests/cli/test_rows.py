from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from hawker_core import RawRow, registry
from hawker_core.rows import columns
from hawker_orchestrator import raw_rows

from .conftest import seed_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Answer


class Kinds(RawRow):
    """A column of each type."""

    text: str
    whole: int | None
    real: float
    flag: bool | None
    money: Decimal | None
    moment: datetime
    day: date | None
    texts: list[str]
    objects: list[dict[str, Any]]
    table: dict[str, str] | None


class Scraper:
    name = "toy_kinds"
    row = Kinds


NOON = datetime(2026, 1, 2, 12, 0, 0, 5, tzinfo=UTC)
FULL = ("a, \u00fc", 2**40, 0.5, True, Decimal("12.50"), NOON, date(2026, 1, 2), ["x", "y"], [{"n": 1}], {"k": "v"})
EMPTY: tuple[Any, ...] = ("", None, 0.0, None, None, NOON, None, [], [], None)


@pytest.fixture
def kinds(url: str) -> Iterator[str]:
    """A run with two rows of every type of column."""
    run = seed_run(url, "toy_kinds", {"one": "ok", "two": "ok"})
    types = sql.SQL(", ").join(sql.Identifier(c.name) + sql.SQL(" " + c.sql_type) for c in columns(Kinds))
    with psycopg.connect(url) as connection:
        connection.execute(
            sql.SQL(
                "CREATE TABLE raw.toy_kinds (run_id text, target_id bigint, position int, url text, "
                "scraped_at timestamptz, {})"
            ).format(types)
        )
        ids = connection.execute("SELECT id FROM hawker.target WHERE scraper = 'toy_kinds' ORDER BY id").fetchall()
        for (target,), row in zip(ids, (FULL, EMPTY), strict=True):
            values = [Jsonb(v) if isinstance(v, list | dict) else v for v in row]
            marks = sql.SQL(", ").join([sql.Placeholder()] * (5 + len(values)))
            connection.execute(
                sql.SQL("INSERT INTO raw.toy_kinds VALUES ({})").format(marks),
                [run, target, 1, "https://x/", NOON, *values],
            )
    yield run
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE raw.toy_kinds")


def test_csv_is_plain_and_exact(url: str, kinds: str) -> None:
    stream = io.StringIO()
    with raw_rows.read(url, Scraper(), kinds) as found:  # type: ignore[arg-type]  # its name and row are all that is read
        assert raw_rows.write_csv(found, stream) == 2
    full, empty = csv.DictReader(io.StringIO(stream.getvalue()))
    assert (full["target"], full["text"], full["money"], full["flag"]) == ("one", "a, \u00fc", "12.50", "true")
    assert json.loads(full["objects"]) == [{"n": 1}]
    assert (empty["whole"], empty["money"], empty["texts"]) == ("", "", "[]")


def test_json_lines_keep_types_and_digits(url: str, kinds: str) -> None:
    stream = io.StringIO()
    with raw_rows.read(url, Scraper(), kinds, limit=1) as found:  # type: ignore[arg-type]  # as above
        assert raw_rows.write_jsonl(found, stream) == 1
    assert '"money":12.50' in stream.getvalue()
    row = json.loads(stream.getvalue())
    assert (row["whole"], row["flag"], row["texts"], row["table"]) == (2**40, True, ["x", "y"], {"k": "v"})
    assert row["moment"] == "2026-01-02T12:00:00.000005Z"


def test_parquet_is_typed(url: str, kinds: str, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with raw_rows.read(url, Scraper(), kinds) as found:  # type: ignore[arg-type]  # as above
        assert raw_rows.write_parquet(found, Scraper(), path) == 2  # type: ignore[arg-type]  # as above
    table = pq.read_table(path)
    assert {name: str(table.schema.field(name).type) for name in table.column_names[5:]} == {
        "text": "string",
        "whole": "int64",
        "real": "double",
        "flag": "bool",
        "money": "decimal128(38, 10)",
        "moment": "timestamp[us, tz=UTC]",
        "day": "date32[day]",
        "texts": "list<element: string>",
        "objects": "string",
        "table": "string",
    }
    full, empty = table.to_pylist()
    assert (full["money"], full["moment"], full["texts"]) == (Decimal("12.50"), NOON, ["x", "y"])
    assert (empty["money"], empty["day"], empty["table"], empty["texts"]) == (None, None, None, [])


def test_a_number_with_more_digits_than_parquet_keeps_is_rounded(url: str, kinds: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE raw.toy_kinds SET money = 1.123456789012")
    with raw_rows.read(url, Scraper(), kinds) as found:  # type: ignore[arg-type]  # as above
        raw_rows.write_parquet(found, Scraper(), tmp_path / "x")  # type: ignore[arg-type]  # as above
    assert pq.read_table(tmp_path / "x").to_pylist()[0]["money"] == Decimal("1.1234567890")


def test_rows_are_read_a_few_at_a_time(url: str, kinds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_rows, "_AT_ONCE", 1)
    with raw_rows.read(url, Scraper(), kinds) as found:  # type: ignore[arg-type]  # as above
        next(found.rows)
        with psycopg.connect(url) as connection:
            cursors = connection.execute(
                "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'FETCH FORWARD 1 %'"
            ).fetchall()
        assert cursors


def test_an_error_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("old", "utf-8")

    def half() -> None:
        with raw_rows.replacing(path) as part:
            part.write_text("half", "utf-8")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    with raw_rows.replacing(path) as part:
        part.write_text("new", "utf-8")
    assert path.read_text("utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_not_replaced() -> None:
    from pathlib import Path  # noqa: PLC0415  for types alone above

    with raw_rows.replacing(Path(os.devnull)) as path:
        assert path == Path(os.devnull)


def test_rows_of_the_latest_run(hawker: Callable[..., Answer], url: str, tmp_path: Path) -> None:
    assert "there is no run of ebay_search yet" in hawker("rows", "ebay_search").err
    run = seed_run(url, "ebay_search", {"usb cable": "ok"})
    assert f"run {run} has no rows" in hawker("rows", "ebay_search").err
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO raw.ebay_search (run_id, target_id, position, url, scraped_at, item_id, title, price) "
            "SELECT %s, id, n, 'https://www.ebay.com/', now(), n::text, 'A cable' || chr(27) || '[31m', 9.5 "
            "FROM hawker.target, generate_series(1, 30) n WHERE scraper = 'ebay_search'",
            [run],
        )
    table = hawker("rows", "ebay_search")
    assert len(table.out.splitlines()) == 21
    assert "usb cable" in table.out
    assert "\x1b" not in table.out, "what a shop wrote must not command the terminal"
    assert f"run {run}; " in table.err
    assert len(hawker("rows", "ebay_search", "--format", "csv").out.splitlines()) == 31
    assert (
        len(hawker("rows", "ebay_search", "--run", run[:15], "--format", "jsonl", "--limit", "3").out.splitlines()) == 3
    )
    output = tmp_path / "x.parquet"
    answer = hawker("rows", "ebay_search", "--format", "parquet", "--output", str(output))
    assert (answer.code, answer.out) == (0, "")
    assert pq.read_table(output).num_rows == 30
    assert hawker("rows", "ebay_search", "--format", "csv", "-o", str(tmp_path / "no" / "x")).code == 2


def test_every_scrapers_row_fits_parquet(tmp_path: Path) -> None:
    for name in registry.names():
        found = raw_rows.Rows(columns(registry.load(name).row), iter(()))
        assert raw_rows.write_parquet(found, registry.load(name), tmp_path / name) == 0
