"""Forecasts of orders, nudges to idle riders, and riders who are not sent to the same counter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dispatch.core import db
from dispatch.migrations import security

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GUARDED = ("zone_forecast", "nudge", "riders_apart")


def upgrade() -> None:
    _create_zone_forecast()
    _create_nudge()
    _create_riders_apart()
    for table in GUARDED:
        op.execute(security.guard(table))
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO paceline_app")


def _create_zone_forecast() -> None:
    op.create_table(
        "zone_forecast",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("begins_at", db.UtcDateTime(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"],
            ["zone.coop_id", "zone.id"],
            name=op.f("fk_zone_forecast_coop_id_zone_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_zone_forecast_coop_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("coop_id", "zone_id", name=op.f("pk_zone_forecast")),
    )


def _create_nudge() -> None:
    op.create_geospatial_table(
        "nudge",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("lonlat", db.LonLatType(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"], ["rider.coop_id", "rider.id"], name=op.f("fk_nudge_coop_id_rider_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "run_id"], ["run.coop_id", "run.id"], name=op.f("fk_nudge_coop_id_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_nudge_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_nudge_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_nudge")),
    )
    op.create_index("ix_nudge_in_force", "nudge", ["coop_id", "zone_id", "ends_at"], unique=False)
    op.create_index("ix_nudge_run", "nudge", ["coop_id", "run_id", "ends_at"], unique=False)


def _create_riders_apart() -> None:
    op.create_table(
        "riders_apart",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("rider_id < other_id", name=op.f("ck_riders_apart_once")),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"],
            ["rider.coop_id", "rider.id"],
            name=op.f("fk_riders_apart_coop_id_rider_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "other_id"],
            ["rider.coop_id", "rider.id"],
            name=op.f("fk_riders_apart_coop_id_other_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_riders_apart_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "rider_id", "other_id", name=op.f("pk_riders_apart")),
    )


def downgrade() -> None:
    for table in reversed(GUARDED):
        op.drop_table(table)
