"""Rows of the raw tables: typed structs whose fields are the table's columns."""

from __future__ import annotations

import types
import typing
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import msgspec


class RawRow(msgspec.Struct, kw_only=True):
    """One row of a scraper's raw table. Subclass it with typed fields; `| None` makes a column nullable.

    Types: str, int, float, bool, Decimal (money and other exact numbers), datetime (aware), date, and list or dict
    (kept as JSON). The runner adds where the row came from: `PROVENANCE`.
    """


class Column(NamedTuple):
    """A column of a raw table: its name, its PostgreSQL type and whether it may be null."""

    name: str
    sql_type: str
    nullable: bool


PROVENANCE = (
    Column("run_id", "text", nullable=False),
    Column("target_id", "bigint", nullable=False),
    Column("position", "integer", nullable=False),  # of the row among its target's rows, from 1
    Column("url", "text", nullable=False),
    Column("scraped_at", "timestamptz", nullable=False),
)

_SQL_TYPES: dict[type, str] = {
    str: "text",
    int: "bigint",
    float: "double precision",
    bool: "boolean",
    Decimal: "numeric",
    datetime: "timestamptz",
    date: "date",
    list: "jsonb",
    dict: "jsonb",
}


@cache
def columns(row: type[RawRow]) -> tuple[Column, ...]:
    """The row's own columns, in field order.

    Raises:
        TypeError: a field has a type that no column can hold.
    """
    return tuple(_column(row, name, hint) for name, hint in typing.get_type_hints(row).items())


def _column(row: type[RawRow], name: str, hint: Any) -> Column:
    arms = typing.get_args(hint) if typing.get_origin(hint) in {types.UnionType, typing.Union} else (hint,)
    kinds = [arm for arm in arms if arm is not type(None)]
    sql_type = _SQL_TYPES.get(typing.get_origin(kinds[0]) or kinds[0]) if len(kinds) == 1 else None
    if sql_type is None:
        known = ", ".join(kind.__name__ for kind in _SQL_TYPES)
        raise TypeError(f"{row.__name__}.{name}: {hint} is no column type; use one of {known}")
    if name in {column.name for column in PROVENANCE}:
        raise TypeError(f"{row.__name__}.{name}: the runner fills this column; leave it out")
    return Column(name, sql_type, nullable=len(arms) > len(kinds))
