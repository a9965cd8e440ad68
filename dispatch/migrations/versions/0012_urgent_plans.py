"""Riders' progress may wait for the next round of planning; the rest is planned at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("zone", sa.Column("plan_urgent", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("zone", "plan_urgent")
