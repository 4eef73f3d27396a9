"""what a target's seconds leave out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'f2f2fefc2f6c'
down_revision = '7fa6dbe6dc3d'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column('outcome', 'seconds',
               existing_type=sa.DOUBLE_PRECISION(precision=53),
               comment='from taking the target to its outcome, without its waits for the rate',
               existing_comment='from taking the target to its outcome',
               existing_nullable=True,
               schema='hawker')


def downgrade() -> None:
    op.alter_column('outcome', 'seconds',
               existing_type=sa.DOUBLE_PRECISION(precision=53),
               comment='from taking the target to its outcome',
               existing_comment='from taking the target to its outcome, without its waits for the rate',
               existing_nullable=True,
               schema='hawker')
