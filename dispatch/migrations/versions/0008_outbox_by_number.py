"""The newest event of a co-op and what it has left to do are found without reading the whole outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_event_coop_seq", "outbox_event", ["coop_id", "seq"])
    op.create_index(
        "ix_outbox_task_undone", "outbox_task", ["coop_id", "task"], postgresql_where=sa.text("done_at IS NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_task_undone", "outbox_task")
    op.drop_index("ix_outbox_event_coop_seq", "outbox_event")
