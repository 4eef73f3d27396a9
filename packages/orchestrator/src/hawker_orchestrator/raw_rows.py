"""Reads raw rows, however many there are, and writes them as CSV, JSON Lines or Parquet."""

from __future__ import annotations

import csv
import json
import secrets
import typing
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import msgspec
import psycopg
from psycopg import sql

from hawker_core.rows import PROVENANCE, Column, columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from hawker_core.scraper import Scraper

_AT_ONCE = 2000  # rows that are in memory at once
_DIGITS, _SCALE = 38, 10  # of a Parquet decimal: in all, and after the point


class Rows(NamedTuple):
    """Rows of a raw table: the columns, and the rows as they are read from the database."""

    columns: tuple[Column, ...]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def read(url: str, scraper: Scraper[Any, Any], run: str, limit: int | None = None) -> Iterator[Rows]:
    """A run's rows, in the order of targets and positions; each begins with its provenance, its target by key."""
    every = [*(c if c.name != "target_id" else Column("target", "text", nullable=False) for c in PROVENANCE)]
    every += columns(scraper.row)
    names = [sql.SQL("t.key") if column.name == "target" else sql.Identifier("r", column.name) for column in every]
    query = sql.SQL(
        "SELECT {} FROM {} r JOIN hawker.target t ON t.id = r.target_id "
        "WHERE r.run_id = %s ORDER BY r.target_id, r.position LIMIT %s"
    ).format(sql.SQL(", ").join(names), sql.Identifier("raw", scraper.name))
    with psycopg.connect(url) as connection, connection.cursor("rows") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(query, [run, limit])
        yield Rows(tuple(every), iter(cursor))


def write_csv(found: Rows, stream: TextIO) -> int:
    """Write a header and the rows; lists and objects as JSON, null as nothing. Returns how many rows."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(column.name for column in found.columns)
    count = 0
    for count, row in enumerate(found.rows, start=1):  # noqa: B007  the last count is the answer
        writer.writerow(_text(value) for value in row)
    return count


def write_jsonl(found: Rows, stream: TextIO) -> int:
    """Write an object a line; numbers are exact, times are ISO 8601. Returns how many rows."""
    encoder = msgspec.json.Encoder(decimal_format="number")
    names = [column.name for column in found.columns]
    count = 0
    for count, row in enumerate(found.rows, start=1):  # noqa: B007  the last count is the answer
        stream.write(encoder.encode(dict(zip(names, row, strict=True))).decode() + "\n")
    return count


def write_parquet(found: Rows, scraper: Scraper[Any, Any], path: Path) -> int:
    """Write a Parquet file: money as decimals, times in UTC, lists of texts as such, other JSON as text.

    Returns how many rows.
    """
    import pyarrow as pa  # noqa: PLC0415  takes a second, for this format alone
    from pyarrow import parquet  # noqa: PLC0415  the same

    hints = typing.get_type_hints(scraper.row)
    schema = pa.schema([pa.field(c.name, _arrow(c, hints.get(c.name)), nullable=c.nullable) for c in found.columns])
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        while batch := list(islice(found.rows, _AT_ONCE)):
            arrays = [
                pa.array([_value(row[n], field.type) for row in batch], field.type) for n, field in enumerate(schema)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(batch)
    return count


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` when all is written; nothing half-written is left on an error."""
    if path.exists() and not path.is_file():
        yield path  # a pipe or a device cannot be replaced
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _text(value: object) -> object:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else value


def _arrow(column: Column, hint: Any) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415  as above

    if column.sql_type == "jsonb" and list[str] in {hint, *typing.get_args(hint)}:
        return pa.list_(pa.string())
    return {
        "text": pa.string(),
        "jsonb": pa.string(),
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "double precision": pa.float64(),
        "boolean": pa.bool_(),
        "numeric": pa.decimal128(_DIGITS, _SCALE),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
    }[column.sql_type]


def _value(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, Decimal):
        return round(value, _SCALE)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) and str(kind) == "string" else value
