"""A colleague may answer a question with an order of their own: two offers that are accepted together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = "fk_work_offer_coop_id_swap_for_id"


def upgrade() -> None:
    op.add_column("work_offer", sa.Column("swap_for_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f(KEY), "work_offer", "work_offer", ["coop_id", "swap_for_id"], ["coop_id", "id"], ondelete="CASCADE"
    )
    op.create_index(
        "ix_work_offer_swap",
        "work_offer",
        ["coop_id", "swap_for_id"],
        postgresql_where=sa.text("swap_for_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_work_offer_swap", table_name="work_offer")
    op.drop_constraint(op.f(KEY), "work_offer", type_="foreignkey")
    op.drop_column("work_offer", "swap_for_id")
