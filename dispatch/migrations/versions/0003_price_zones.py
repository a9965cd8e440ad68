"""Outlines of price zones, and what an order's price is made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from dispatch.core import db
from dispatch.migrations import security

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_geospatial_table(
        "price_area",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=False),
        sa.Column(
            "area",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("drawn_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_price_area_city_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_price_area_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_price_area")),
    )
    op.execute(security.guard("price_area"))
    op.execute("GRANT SELECT, INSERT ON price_area TO paceline_app")
    op.add_column(
        "orders",
        sa.Column("price_lines", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("orders", "price_lines")
    op.drop_geospatial_table("price_area")
