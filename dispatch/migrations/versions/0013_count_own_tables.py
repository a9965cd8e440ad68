"""The owner's counting of a new city's rows never means a caller's temporary tables."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER FUNCTION count_city_rows() SET search_path = public, pg_temp")


def downgrade() -> None:
    op.execute("ALTER FUNCTION count_city_rows() SET search_path = public")
