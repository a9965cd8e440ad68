"""The application may have the rows of a new city counted, which PostgreSQL lets only their owner do."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION count_city_rows() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
        BEGIN
            ANALYZE geo_street, geo_address, geo_place, geo_name;
        END $$
    """)
    op.execute("REVOKE EXECUTE ON FUNCTION count_city_rows() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION count_city_rows() TO paceline_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION count_city_rows()")
