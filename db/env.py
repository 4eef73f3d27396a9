"""Alembic's environment: one for the branches of all packages. See `hawker migrate --help`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context

from hawker_core.settings import database_url
from hawker_orchestrator.migrate import RAW_SCHEMA, SCHEMA, full_metadata, owner, sqlalchemy_url

# An upgrade needs the revisions alone: only what compares the schema with its description loads every scraper.
upgrading = context.config.attributes.get("upgrading", False)


def _ours(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave alone what is not Hawker's, and what belongs to another branch than the one being revised."""
    del reflected, compare_to
    only = context.config.attributes.get("only")
    if kind != "table" or only is None or name is None:
        return True
    return bool(owner(name, item.schema) == only)


def _schemas(name: str | None, kind: str, parents: Any) -> bool:
    del parents
    return kind != "schema" or name in {SCHEMA, RAW_SCHEMA}


url = context.config.attributes.get("url") or sqlalchemy_url(database_url())
with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
    # A user named like a schema has it on the search path, and reflected references to it would come without its name.
    connection.execute(sa.text("SET search_path TO public"))
    connection.dialect.default_schema_name = "public"
    for schema in (SCHEMA, RAW_SCHEMA):
        connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=None if upgrading else full_metadata(),
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_object=_ours,
        include_name=_schemas,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
