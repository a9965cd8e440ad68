"""A city's names are found among its own, other cities in the database cost it nothing; each knows where it is."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.execute("ALTER TABLE geo_name ADD COLUMN at geometry(POINT, 4326)")
    op.execute("""
        UPDATE geo_name n SET at = s.middle FROM geo_street s WHERE s.version_id = n.version_id AND s.id = n.street_id
    """)
    op.execute("UPDATE geo_name n SET at = p.at FROM geo_place p WHERE p.version_id = n.version_id AND p.id = n.place_id")
    op.execute("ALTER TABLE geo_name ALTER COLUMN at SET NOT NULL")
    op.execute("DROP INDEX ix_geo_name_trigram")
    op.execute(
        "CREATE INDEX ix_geo_name_trigram ON geo_name USING gin (version_id, name gin_trgm_ops) WITH (fastupdate = off)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE geo_name DROP COLUMN at")
    op.execute("DROP INDEX ix_geo_name_trigram")
    op.execute("CREATE INDEX ix_geo_name_trigram ON geo_name USING gin (name gin_trgm_ops) WITH (fastupdate = off)")
    op.execute("DROP EXTENSION btree_gin")
