"""The database's tables as SQLAlchemy metadata: the schema's one description, from which migrations are made.

Schema `hawker` holds targets, runs, chunks, outcomes and summaries; schema `raw` one table per scraper. Not in core:
workers need no SQLAlchemy, which costs more CPU to import than all else they load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from hawker_core.model import Outcome
from hawker_core.rows import PROVENANCE, Column, columns

if TYPE_CHECKING:
    from hawker_core.rows import RawRow

SCHEMA = "hawker"
RAW_SCHEMA = "raw"

_OUTCOMES = ", ".join(f"'{outcome}'" for outcome in Outcome)
_SA_TYPES: dict[str, Any] = {
    "text": sa.Text(),
    "bigint": sa.BigInteger(),
    "integer": sa.Integer(),
    "double precision": sa.Double(),
    "boolean": sa.Boolean(),
    "numeric": sa.Numeric(),
    "timestamptz": sa.DateTime(timezone=True),
    "date": sa.Date(),
    "jsonb": JSONB(),
}

# Migrations must name constraints alike on every machine.
metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)
_NOW = sa.text("now()")
_EMPTY = sa.text("'{}'::jsonb")


def _moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


target = sa.Table(
    "target",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("scraper", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, comment="the canonical key: what tells two targets apart"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    _moment("added_at", nullable=False, server_default=_NOW),
    sa.UniqueConstraint("scraper", "key"),
    schema=SCHEMA,
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, comment="the name of the run's first execution"),
    sa.Column("scraper", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False, server_default="1", comment="1, and one more for each resume"),
    sa.Column("execution", sa.Text, nullable=False, comment="the state machine's execution of the present round"),
    sa.Column("workers", sa.Integer, nullable=False, comment="workers at once, as planned for the present round"),
    sa.Column(
        "evidence",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="pages kept for its targets",
    ),
    _moment("started_at", nullable=False, server_default=_NOW),
    _moment("closed_at"),
    sa.CheckConstraint("status IN ('running', 'stopping', 'complete', 'partial', 'stopped')", name="status"),
    sa.Index(None, "scraper", "started_at"),
    schema=SCHEMA,
)

chunk = sa.Table(
    "chunk",
    metadata,
    sa.Column("run_id", sa.Text, sa.ForeignKey(f"{SCHEMA}.run.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("targets", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default="planned"),
    sa.Column("error", sa.Text, comment="why it failed"),
    sa.Column("statistics", JSONB, nullable=False, server_default=_EMPTY, comment="by invocation"),
    sa.CheckConstraint("status IN ('planned', 'done', 'failed', 'superseded')", name="status"),
    schema=SCHEMA,
)

outcome = sa.Table(
    "outcome",
    metadata,
    sa.Column("run_id", sa.Text, sa.ForeignKey(f"{SCHEMA}.run.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("target_id", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.target.id"), primary_key=True),
    sa.Column("chunk", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, comment="null until the target is settled"),
    sa.Column("detail", sa.Text),
    sa.Column("rows", sa.Integer, nullable=False, server_default="0"),
    sa.Column("requests", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seconds", sa.Double, comment="from taking the target to its outcome, without its waits for the rate"),
    sa.Column("evidence", sa.Text, comment="key in S3 of the page that it ended with"),
    _moment("settled_at"),
    sa.CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome"),
    sa.Index(None, "run_id", "chunk", postgresql_where=sa.text("outcome IS NULL")),
    sa.Index(None, "target_id"),
    schema=SCHEMA,
)

run_summary = sa.Table(
    "run_summary",
    metadata,
    sa.Column("run_id", sa.Text, sa.ForeignKey(f"{SCHEMA}.run.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False, comment="good or bad"),
    sa.Column("reasons", JSONB, nullable=False, comment="the expectations that the run missed"),
    sa.Column("targets", sa.Integer, nullable=False),
    sa.Column("outcomes", JSONB, nullable=False, comment="targets by outcome; pending: without one"),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("failed_chunks", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False, comment="from the run's start to its closing"),
    sa.Column("seconds_per_target", sa.Double, comment="p95 of a target's time in a worker"),
    sa.Column("statistics", JSONB, nullable=False, comment="all chunks' statistics added up"),
    _moment("closed_at", nullable=False),
    schema=SCHEMA,
)


def raw_table(name: str, row: type[RawRow], into: sa.MetaData = metadata) -> sa.Table:
    """The raw table of a scraper: provenance first, then the row's own columns."""
    if (known := into.tables.get(f"{RAW_SCHEMA}.{name}")) is not None:
        return known
    return sa.Table(
        name,
        into,
        *(_sa_column(column) for column in (*PROVENANCE, *columns(row))),
        sa.PrimaryKeyConstraint("run_id", "target_id", "position"),
        sa.ForeignKeyConstraint(
            ["run_id", "target_id"],
            [f"{SCHEMA}.outcome.run_id", f"{SCHEMA}.outcome.target_id"],
            ondelete="CASCADE",
        ),
        sa.Index(None, "target_id", "scraped_at"),
        schema=RAW_SCHEMA,
        comment=(row.__doc__ or name).splitlines()[0],
    )


def _sa_column(column: Column) -> sa.Column[Any]:
    return sa.Column(column.name, _SA_TYPES[column.sql_type], nullable=column.nullable)
