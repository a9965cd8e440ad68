"""Webhooks keep a line per attempt, and an end for a secret that is being rotated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dispatch.core import db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; both have no value to fill in for what exists."""
    op.add_column("webhook_endpoint", sa.Column("old_secret_until", db.UtcDateTime(), nullable=True))
    op.add_column(
        "webhook_message",
        sa.Column("log", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("webhook_message", "log")
    op.drop_column("webhook_endpoint", "old_secret_until")
