"""What the plan said of each stop, how late stops come against it, and speeds of riders who want them to be known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dispatch.core import db
from dispatch.migrations import security

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("planned_at", "first_planned_at", "set_off_planned_at"):
        op.add_column("task", sa.Column(name, db.UtcDateTime(), nullable=True))
    op.add_column("task", sa.Column("first_stops_before", sa.Integer(), nullable=True))
    op.create_index(
        "ix_task_arrived",
        "task",
        ["coop_id", "arrived_at"],
        unique=False,
        postgresql_where=sa.text("arrived_at IS NOT NULL"),
    )
    op.add_column("ridden_leg", sa.Column("fastest_s", sa.Float(), nullable=True))
    op.add_column("pace", sa.Column("detour", sa.Float(), nullable=False, server_default="1.05"))
    op.alter_column("pace", "detour", server_default=None)
    op.add_column("rider", sa.Column("learns_own_pace", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("rider", "learns_own_pace", server_default=None)
    _create_lateness()
    _create_rider_pace()
    for table in ("lateness", "rider_pace"):
        op.execute(security.guard(table))
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO paceline_app")


def _create_lateness() -> None:
    op.create_table(
        "lateness",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.Column("learned_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_lateness_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "kind", "occasion", name=op.f("pk_lateness")),
    )


def _create_rider_pace() -> None:
    op.create_table(
        "rider_pace",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("speed_factor", sa.Float(), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.Column("learned_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"],
            ["rider.coop_id", "rider.id"],
            name=op.f("fk_rider_pace_coop_id_rider_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rider_pace_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "rider_id", "profile", name=op.f("pk_rider_pace")),
    )


def downgrade() -> None:
    op.drop_table("rider_pace")
    op.drop_table("lateness")
    op.drop_column("rider", "learns_own_pace")
    op.drop_column("pace", "detour")
    op.drop_column("ridden_leg", "fastest_s")
    op.drop_index("ix_task_arrived", "task")
    for name in ("first_stops_before", "set_off_planned_at", "first_planned_at", "planned_at"):
        op.drop_column("task", name)
