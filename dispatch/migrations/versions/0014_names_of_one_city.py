"""The trigrams of a city's names are found among its own: other cities in the same database cost it nothing."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.execute("DROP INDEX ix_geo_name_trigram")
    op.execute(
        "CREATE INDEX ix_geo_name_trigram ON geo_name USING gin (version_id, name gin_trgm_ops) WITH (fastupdate = off)"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_geo_name_trigram")
    op.execute("CREATE INDEX ix_geo_name_trigram ON geo_name USING gin (name gin_trgm_ops) WITH (fastupdate = off)")
    op.execute("DROP EXTENSION btree_gin")
