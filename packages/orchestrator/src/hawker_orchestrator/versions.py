"""Which revisions of a branch a database has: Alembic's version table, one for each branch.

So an image that holds one marketplace works on a database that others have migrated: it never meets their revisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from hawker_orchestrator.tables import SCHEMA

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

COMMON = "alembic_version"  # of all branches together, in databases that were made before each had its own
CORE = "core"


def table(branch: str) -> str:
    """The name of a branch's version table."""
    return f"{COMMON}_{branch}"


def known(scripts: ScriptDirectory) -> set[str]:
    """All revisions that a branch's package has."""
    return {script.revision for script in scripts.walk_revisions()}


def applied(connection: sa.Connection, branch: str, scripts: ScriptDirectory) -> tuple[str, ...]:
    """The newest revisions of a branch that the database has; none before the first."""
    return _context(connection, table(branch)).get_current_heads() or _in_common(connection, branch, scripts)


def adopt(connection: sa.Connection, branch: str, scripts: ScriptDirectory) -> None:
    """Move what the common table says of a branch into the branch's own, and drop the common one when it is empty."""
    own = _context(connection, table(branch))
    if own.get_current_heads() or not (revisions := _in_common(connection, branch, scripts)):
        return
    for revision in revisions:
        own.stamp(scripts, revision)
    common = sa.table(COMMON, sa.column("version_num"), schema=SCHEMA)
    connection.execute(common.delete().where(common.c.version_num.in_(revisions)))
    if not connection.scalar(sa.select(sa.func.count()).select_from(common)):
        connection.execute(sa.schema.DropTable(sa.Table(COMMON, sa.MetaData(), schema=SCHEMA)))


def _in_common(connection: sa.Connection, branch: str, scripts: ScriptDirectory) -> tuple[str, ...]:
    rows = _context(connection, COMMON).get_current_heads()
    found = tuple(row for row in rows if row in known(scripts))
    # Alembic left out a revision that another one depends on, as each marketplace's first did on core's first.
    return found or (tuple(scripts.get_bases()) if rows and branch == CORE else ())


def _context(connection: sa.Connection, name: str) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": name, "version_table_schema": SCHEMA})
