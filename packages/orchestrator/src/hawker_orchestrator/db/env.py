"""Alembic's environment, run for one package's branch at a time: see `hawker_orchestrator.migrate`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context

from hawker_orchestrator import versions
from hawker_orchestrator.migrate import RAW_SCHEMA, SCHEMA, full_metadata, owner

branch: str = context.config.attributes["branch"]
# An upgrade needs the revisions alone: only what compares the schema with its description loads every scraper.
upgrading: bool = context.config.attributes["upgrading"]


def _ours(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave alone what belongs to another branch than the one being revised."""
    del reflected, compare_to
    return kind != "table" or name is None or bool(owner(name, item.schema) == branch)


def _named(name: str | None, kind: str, parents: Any) -> bool:
    """Leave alone what is not Hawker's, and Alembic's own tables."""
    del parents
    if kind == "schema":
        return name in {SCHEMA, RAW_SCHEMA}
    return kind != "table" or not str(name).startswith(versions.COMMON)


with context.config.attributes["engine"].connect() as connection:
    # A user named like a schema has it on the search path, and reflected references to it would come without its name.
    connection.execute(sa.text("SET search_path TO public"))
    connection.dialect.default_schema_name = "public"
    for schema in (SCHEMA, RAW_SCHEMA):
        connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=None if upgrading else full_metadata(),
        version_table=versions.table(branch),
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_object=_ours,
        include_name=_named,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
