"""What orders need, what riders and bikes have, and where bikes come back to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dispatch.core import db
from dispatch.migrations import security

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _list(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]")


def _number(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=default is None, server_default=default)


def upgrade() -> None:
    new: dict[str, list[sa.Column[Any]]] = {
        "orders": [_list("skills"), _number("longest_ride_s"), _flag("is_solidarity")],
        "task": [_flag("is_strict"), _number("floor", "0"), _flag("has_lift")],
        "merchant": [
            _number("handling_s"),
            _number("longest_ride_s"),
            _list("skills"),
            _number("priority", "1"),
            _flag("is_solidarity"),
        ],
        "rider": [_flag("is_deep_box"), _number("longest_day_m")],
        "bike": [_flag("is_deep_box"), _flag("returns_to_depot"), _list("equipment")],
        "shift": [_flag("is_deep_box"), _flag("returns_to_depot"), _list("equipment")],
        "zone": [
            sa.Column("depot_address", sa.String(length=200), nullable=False, server_default=""),
            sa.Column("depot_lonlat", db.LonLatType(), nullable=True),
        ],
    }
    for table, columns in new.items():
        for column in columns:
            op.add_column(table, column)
            if column.server_default is not None:
                op.alter_column(table, column.name, server_default=None)
    op.create_index(
        "ix_orders_return_of",
        "orders",
        ["coop_id", "return_of_id"],
        unique=False,
        postgresql_where=sa.text("return_of_id IS NOT NULL"),
    )
    _create_certificates()


def _create_certificates() -> None:
    op.create_table(
        "rider_certificate",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_rider_certificate_coop_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"],
            ["rider.coop_id", "rider.id"],
            name=op.f("fk_rider_certificate_coop_id_rider_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("coop_id", "rider_id", "skill", name=op.f("pk_rider_certificate")),
    )
    op.execute(security.guard("rider_certificate"))
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rider_certificate TO paceline_app")


def downgrade() -> None:
    op.drop_table("rider_certificate")
    op.drop_index("ix_orders_return_of", table_name="orders")
    gone = {
        "zone": ("depot_lonlat", "depot_address"),
        "shift": ("equipment", "returns_to_depot", "is_deep_box"),
        "bike": ("equipment", "returns_to_depot", "is_deep_box"),
        "rider": ("longest_day_m", "is_deep_box"),
        "merchant": ("is_solidarity", "priority", "skills", "longest_ride_s", "handling_s"),
        "task": ("has_lift", "floor", "is_strict"),
        "orders": ("is_solidarity", "longest_ride_s", "skills"),
    }
    for table, columns in gone.items():
        for column in columns:
            op.drop_column(table, column)
