"""All tables as they were at the start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from dispatch.core import db
from dispatch.migrations import security

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARDED = (
    "bike",
    "hazard",
    "idempotency_key",
    "ledger_account",
    "ledger_entry",
    "member",
    "merchant",
    "notify_delivery",
    "outbox_event",
    "pace",
    "pay_period",
    "rule_set",
    "saved_place",
    "zone",
    "api_key",
    "hazard_photo",
    "hazard_vote",
    "ledger_posting",
    "member_role",
    "merchant_contact",
    "orders",
    "outbox_task",
    "pay_statement",
    "plan_proposal",
    "plan_round",
    "push_endpoint",
    "quote",
    "rider",
    "rider_question",
    "shift_opening",
    "webhook_endpoint",
    "decision",
    "incident",
    "rider_availability",
    "rider_choice",
    "rider_device",
    "shift",
    "webhook_message",
    "work_offer",
    "rider_break",
    "rider_position",
    "run",
    "task",
    "proof",
    "ridden_leg",
    "task_event",
)


def upgrade() -> None:
    op.execute(security.ROLES)
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE SEQUENCE live_seq")
    op.execute("CREATE SEQUENCE outbox_event_seq")
    op.create_table(
        "city",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
        sa.UniqueConstraint("name", name=op.f("uq_city_name")),
    )
    op.create_geospatial_table(
        "city_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "area",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("centre", db.LonLatType(), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.String(length=2)), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_city_version_city_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_version")),
        sa.UniqueConstraint("city_id", "number", name=op.f("uq_city_version_city_id_number")),
    )
    op.create_index(
        "uq_city_version_current", "city_version", ["city_id"], unique=True, postgresql_where=sa.text("is_current")
    )
    op.create_table(
        "coop",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=True),
        sa.Column("plan_mode", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("plan_mode IN ('automatic', 'propose', 'offer', 'open')", name=op.f("ck_coop_plan_mode")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_coop_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coop")),
        sa.UniqueConstraint("key", name=op.f("uq_coop_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_coop_slug")),
    )
    op.create_table(
        "bike",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("capacity_g", sa.Integer(), nullable=False),
        sa.Column("capacity_ml", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("fault_at", db.UtcDateTime(), nullable=True),
        sa.Column("retired_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("profile IN ('bike', 'ebike', 'cargo', 'trailer')", name=op.f("ck_bike_profile")),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_bike_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_bike")),
        sa.UniqueConstraint("coop_id", "name", name=op.f("uq_bike_coop_id_name")),
    )
    op.create_table(
        "geo_name",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("street_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(street_id IS NULL) <> (place_id IS NULL)", name=op.f("ck_geo_name_one_target")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["city_version.id"], name=op.f("fk_geo_name_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "version_id", name=op.f("pk_geo_name")),
    )
    op.create_index(
        "ix_geo_name_prefix", "geo_name", ["name"], unique=False, postgresql_ops={"name": "text_pattern_ops"}
    )
    op.create_index(
        "ix_geo_name_trigram",
        "geo_name",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
        postgresql_with={"fastupdate": "off"},
    )
    op.create_geospatial_table(
        "geo_place",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_locality", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("at", db.LonLatType(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["city_version.id"], name=op.f("fk_geo_place_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "id", name=op.f("pk_geo_place")),
    )
    op.create_geospatial_table(
        "geo_street",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("length_m", sa.Integer(), nullable=False),
        sa.Column("middle", db.LonLatType(), nullable=False),
        sa.Column(
            "line",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["city_version.id"], name=op.f("fk_geo_street_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "id", name=op.f("pk_geo_street")),
    )
    op.create_geospatial_index(
        "ix_geo_street_line", "geo_street", ["line"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "hazard",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", db.LonLatType(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column("reported_at", db.UtcDateTime(), nullable=False),
        sa.Column("changed_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("cleared_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_hazard_city_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_hazard_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_hazard")),
    )
    op.create_index(
        "ix_hazard_open",
        "hazard",
        ["coop_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_sha256", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_idempotency_key_coop_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("coop_id", "caller", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "ledger_account",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bank', 'merchant_receivable', 'rider_payable', 'tips_payable', 'vat_payable', 'patronage_payable', 'member_capital', 'indivisible_reserve', 'solidarity_fund', 'guarantee_fund', 'delivery_revenue', 'rider_pay', 'floor_top_up', 'expenses')",
            name=op.f("ck_ledger_account_kind"),
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_ledger_account_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint(
            "coop_id",
            "kind",
            "owner_id",
            name=op.f("uq_ledger_account_coop_id_kind_owner_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_at", db.UtcDateTime(), nullable=False),
        sa.Column("posted_at", db.UtcDateTime(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("chain_no", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "reverses_id"],
            ["ledger_entry.coop_id", "ledger_entry.id"],
            name=op.f("fk_ledger_entry_coop_id_reverses_id"),
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_ledger_entry_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("coop_id", "chain_no", name=op.f("uq_ledger_entry_coop_id_chain_no")),
        sa.UniqueConstraint("coop_id", "source_key", name=op.f("uq_ledger_entry_coop_id_source_key")),
    )
    op.create_index("ix_ledger_entry_effective", "ledger_entry", ["coop_id", "effective_at"], unique=False)
    op.create_index(
        "ix_ledger_entry_shift", "ledger_entry", ["coop_id", sa.literal_column("(facts ->> 'shift_id')")], unique=False
    )
    op.create_index(
        "ix_ledger_entry_task", "ledger_entry", ["coop_id", sa.literal_column("(facts ->> 'task_id')")], unique=False
    )
    op.create_table(
        "member",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_member_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_member")),
        sa.UniqueConstraint("coop_id", "email", name=op.f("uq_member_coop_id_email")),
    )
    op.create_geospatial_table(
        "merchant",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("store_address", sa.String(), nullable=False),
        sa.Column("store_lonlat", db.LonLatType(), nullable=False),
        sa.Column("store_note", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("required_proof", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_merchant_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_merchant")),
        sa.UniqueConstraint("coop_id", "name", name=op.f("uq_merchant_coop_id_name")),
    )
    op.create_table(
        "notify_delivery",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("sent_at", db.UtcDateTime(), nullable=True),
        sa.Column("failed_at", db.UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint("channel IN ('push', 'email', 'sms', 'null')", name=op.f("ck_notify_delivery_channel")),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_notify_delivery_coop_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_notify_delivery")),
        sa.UniqueConstraint(
            "coop_id",
            "event_id",
            "recipient",
            "channel",
            name=op.f("uq_notify_delivery_coop_id_event_id_recipient_channel"),
        ),
    )
    op.create_table(
        "outbox_event",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", db.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", db.UtcDateTime(), nullable=False),
        sa.Column("routed_at", db.UtcDateTime(), nullable=True),
        sa.Column("live_seq", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_outbox_event_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_outbox_event")),
    )
    op.create_index("ix_outbox_event_live_seq", "outbox_event", ["live_seq"], unique=False)
    op.create_index(
        "ix_outbox_event_unrouted",
        "outbox_event",
        ["seq"],
        unique=False,
        postgresql_where=sa.text("routed_at IS NULL"),
    )
    op.create_table(
        "pace",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.String(length=20), nullable=False),
        sa.Column("speed_factor", sa.Float(), nullable=False),
        sa.Column("p90", sa.Float(), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.Column("error", sa.Float(), nullable=True),
        sa.Column("learned_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_pace_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_pace")),
        sa.UniqueConstraint("coop_id", "profile", name=op.f("uq_pace_coop_id_profile")),
    )
    op.create_table(
        "pay_period",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closed_at", db.UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_pay_period_days")),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_pay_period_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_pay_period")),
        sa.UniqueConstraint("coop_id", "first_day", name=op.f("uq_pay_period_coop_id_first_day")),
    )
    op.create_table(
        "rule_set",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active_from", db.UtcDateTime(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('pay', 'tariff', 'dispatch', 'surplus', 'data')", name=op.f("ck_rule_set_kind")),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rule_set_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("coop_id", "kind", "number", name=op.f("uq_rule_set_coop_id_kind_number")),
    )
    op.create_geospatial_table(
        "saved_place",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", db.LonLatType(), nullable=False),
        sa.Column("times_used", sa.Integer(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("changed_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_saved_place_city_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_saved_place_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_saved_place")),
        sa.UniqueConstraint("coop_id", "city_id", "key", name=op.f("uq_saved_place_coop_id_city_id_key")),
    )
    op.create_index(
        "ix_saved_place_trigram",
        "saved_place",
        ["key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"key": "gin_trgm_ops"},
    )
    op.create_geospatial_table(
        "zone",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
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
        sa.Column("plan_wanted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("plan_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("plan_version", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("plan_done <= plan_wanted", name=op.f("ck_zone_done_after_wanted")),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_zone_city_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_zone_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_zone")),
        sa.UniqueConstraint("coop_id", "name", name=op.f("uq_zone_coop_id_name")),
    )
    op.create_geospatial_index(
        "ix_zone_area", "zone", ["area"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(
        "ix_zone_unplanned", "zone", ["coop_id"], unique=False, postgresql_where=sa.text("plan_done < plan_wanted")
    )
    op.create_table(
        "api_key",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("start", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id", "merchant_id"],
            ["merchant.coop_id", "merchant.id"],
            name=op.f("fk_api_key_coop_id_merchant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_api_key_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("coop_id", "secret_sha256", name=op.f("uq_api_key_coop_id_secret_sha256")),
    )
    op.create_geospatial_table(
        "geo_address",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("street_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_key", sa.String(), nullable=False),
        sa.Column("number_value", sa.Integer(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("at", db.LonLatType(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id", "street_id"],
            ["geo_street.version_id", "geo_street.id"],
            name=op.f("fk_geo_address_version_id_street_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "id", name=op.f("pk_geo_address")),
    )
    op.create_geospatial_index(
        "ix_geo_address_at", "geo_address", ["at"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_geo_address_key", "geo_address", ["version_id", "street_id", "number_key"], unique=False)
    op.create_index("ix_geo_address_value", "geo_address", ["version_id", "street_id", "number_value"], unique=False)
    op.create_table(
        "hazard_photo",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "hazard_id"],
            ["hazard.coop_id", "hazard.id"],
            name=op.f("fk_hazard_photo_coop_id_hazard_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_hazard_photo_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "hazard_id", name=op.f("pk_hazard_photo")),
    )
    op.create_table(
        "hazard_vote",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("voted_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "hazard_id"],
            ["hazard.coop_id", "hazard.id"],
            name=op.f("fk_hazard_vote_coop_id_hazard_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_hazard_vote_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "hazard_id", "member_id", name=op.f("pk_hazard_vote")),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=True),
        sa.Column("quantity", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_ledger_posting_amount")),
        sa.ForeignKeyConstraint(
            ["coop_id", "account_id"],
            ["ledger_account.coop_id", "ledger_account.id"],
            name=op.f("fk_ledger_posting_coop_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "entry_id"],
            ["ledger_entry.coop_id", "ledger_entry.id"],
            name=op.f("fk_ledger_posting_coop_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_ledger_posting_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_ledger_posting")),
    )
    op.create_index("ix_ledger_posting_account", "ledger_posting", ["coop_id", "account_id"], unique=False)
    op.create_index("ix_ledger_posting_entry", "ledger_posting", ["coop_id", "entry_id"], unique=False)
    op.create_table(
        "login",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "member_id"],
            ["member.coop_id", "member.id"],
            name=op.f("fk_login_coop_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_login")),
    )
    op.create_table(
        "member_role",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.CheckConstraint(
            "role IN ('member', 'coordinator', 'merchant', 'treasurer', 'admin')", name=op.f("ck_member_role_role")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "member_id"],
            ["member.coop_id", "member.id"],
            name=op.f("fk_member_role_coop_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_member_role_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "member_id", "role", name=op.f("pk_member_role")),
    )
    op.create_table(
        "merchant_contact",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "member_id"],
            ["member.coop_id", "member.id"],
            name=op.f("fk_merchant_contact_coop_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "merchant_id"],
            ["merchant.coop_id", "merchant.id"],
            name=op.f("fk_merchant_contact_coop_id_merchant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_merchant_contact_coop_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("coop_id", "member_id", name=op.f("pk_merchant_contact")),
    )
    op.create_table(
        "orders",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("track_token", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status_seq", sa.Integer(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("simulation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("return_of_id", sa.Uuid(), nullable=True),
        sa.Column("quote_id", sa.Uuid(), nullable=True),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("tax_cents", sa.Integer(), nullable=False),
        sa.Column("tip_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("tariff_version", sa.String(), nullable=False),
        sa.Column("pay_version", sa.String(), nullable=False),
        sa.Column("weight_g", sa.Integer(), nullable=False),
        sa.Column("volume_ml", sa.Integer(), nullable=False),
        sa.Column("route_m", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unserved", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("barred_riders", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_mode", sa.String(), nullable=True),
        sa.Column("promised_pickup_at", db.UtcDateTime(), nullable=True),
        sa.Column("promised_dropoff_at", db.UtcDateTime(), nullable=True),
        sa.Column("placed_at", db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'assigned', 'en_route_pickup', 'at_pickup', 'picked_up', 'at_dropoff', 'delivered', 'returning', 'returned', 'failed', 'cancelled')",
            name=op.f("ck_orders_state"),
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "merchant_id"], ["merchant.coop_id", "merchant.id"], name=op.f("fk_orders_coop_id_merchant_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "return_of_id"], ["orders.coop_id", "orders.id"], name=op.f("fk_orders_coop_id_return_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_orders_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_orders_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "coop_id", "merchant_id", "external_id", name=op.f("uq_orders_coop_id_merchant_id_external_id")
        ),
        sa.UniqueConstraint("coop_id", "number", name=op.f("uq_orders_coop_id_number")),
        sa.UniqueConstraint("coop_id", "track_token", name=op.f("uq_orders_coop_id_track_token")),
    )
    op.create_index("ix_orders_merchant_placed", "orders", ["coop_id", "merchant_id", "placed_at"], unique=False)
    op.create_index(
        "ix_orders_open", "orders", ["coop_id", "zone_id"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "outbox_task",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("send_at", db.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", db.UtcDateTime(), nullable=True),
        sa.Column("failed_at", db.UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id", "event_id"],
            ["outbox_event.coop_id", "outbox_event.id"],
            name=op.f("fk_outbox_task_coop_id_event_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_outbox_task_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "event_id", "task", name=op.f("pk_outbox_task")),
    )
    op.create_index(
        "ix_outbox_task_open",
        "outbox_task",
        ["send_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "pay_statement",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("total_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "member_id"], ["member.coop_id", "member.id"], name=op.f("fk_pay_statement_coop_id_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "period_id"],
            ["pay_period.coop_id", "pay_period.id"],
            name=op.f("fk_pay_statement_coop_id_period_id"),
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_pay_statement_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_pay_statement")),
        sa.UniqueConstraint(
            "coop_id", "period_id", "member_id", name=op.f("uq_pay_statement_coop_id_period_id_member_id")
        ),
    )
    op.create_table(
        "plan_proposal",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("decided_at", db.UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'accepted', 'rejected', 'stale')", name=op.f("ck_plan_proposal_state")),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_plan_proposal_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_plan_proposal_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_plan_proposal")),
    )
    op.create_index("ix_plan_proposal_open", "plan_proposal", ["coop_id", "zone_id", "state"], unique=False)
    op.create_table(
        "plan_round",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", db.UtcDateTime(), nullable=False),
        sa.Column("took_s", sa.Float(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("riders", sa.Integer(), nullable=False),
        sa.Column("cost_before", sa.BigInteger(), nullable=True),
        sa.Column("cost_after", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_plan_round_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_plan_round_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_plan_round")),
    )
    op.create_index("ix_plan_round_zone", "plan_round", ["coop_id", "zone_id", "started_at"], unique=False)
    op.create_table(
        "push_endpoint",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("gone_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id", "member_id"],
            ["member.coop_id", "member.id"],
            name=op.f("fk_push_endpoint_coop_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_push_endpoint_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_push_endpoint")),
        sa.UniqueConstraint("coop_id", "endpoint", name=op.f("uq_push_endpoint_coop_id_endpoint")),
    )
    op.create_table(
        "quote",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "merchant_id"], ["merchant.coop_id", "merchant.id"], name=op.f("fk_quote_coop_id_merchant_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_quote_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_quote")),
    )
    op.create_table(
        "rider",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("capacity_g", sa.Integer(), nullable=False),
        sa.Column("capacity_ml", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("shares_position", sa.Boolean(), nullable=False),
        sa.CheckConstraint("profile IN ('bike', 'ebike', 'cargo', 'trailer')", name=op.f("ck_rider_profile")),
        sa.ForeignKeyConstraint(
            ["coop_id", "member_id"], ["member.coop_id", "member.id"], name=op.f("fk_rider_coop_id_member_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rider_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rider")),
        sa.UniqueConstraint("coop_id", "member_id", name=op.f("uq_rider_coop_id_member_id")),
    )
    op.create_table(
        "rider_question",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.Column("answered_at", db.UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('pay', 'decision')", name=op.f("ck_rider_question_kind")),
        sa.ForeignKeyConstraint(
            ["coop_id", "member_id"], ["member.coop_id", "member.id"], name=op.f("fk_rider_question_coop_id_member_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rider_question_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rider_question")),
        sa.UniqueConstraint(
            "coop_id", "member_id", "kind", "subject", name=op.f("uq_rider_question_coop_id_member_id_kind_subject")
        ),
    )
    op.create_index(
        "ix_rider_question_open",
        "rider_question",
        ["coop_id", "asked_at"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "shift_opening",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("break_s", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("published_at", db.UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_opening_times")),
        sa.CheckConstraint("places BETWEEN 1 AND 99", name=op.f("ck_shift_opening_places")),
        sa.ForeignKeyConstraint(
            ["coop_id", "published_by"],
            ["member.coop_id", "member.id"],
            name=op.f("fk_shift_opening_coop_id_published_by"),
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_shift_opening_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_shift_opening_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_shift_opening")),
    )
    op.create_index("ix_shift_opening_starts", "shift_opening", ["coop_id", "starts_at"], unique=False)
    op.create_table(
        "webhook_endpoint",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("old_secret", sa.String(), nullable=True),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("disabled_at", db.UtcDateTime(), nullable=True),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id", "merchant_id"],
            ["merchant.coop_id", "merchant.id"],
            name=op.f("fk_webhook_endpoint_coop_id_merchant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_webhook_endpoint_coop_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_table(
        "decision",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", db.UtcDateTime(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "order_id"],
            ["orders.coop_id", "orders.id"],
            name=op.f("fk_decision_coop_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_decision_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_order", "decision", ["coop_id", "order_id", "decided_at"], unique=False)
    op.create_index("ix_decision_rider", "decision", ["coop_id", "rider_id", "decided_at"], unique=False)
    op.create_geospatial_table(
        "incident",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("client_uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("lonlat", db.LonLatType(), nullable=True),
        sa.Column("happened_at", db.UtcDateTime(), nullable=False),
        sa.Column("received_at", db.UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", db.UtcDateTime(), nullable=True),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("photo_sha256", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('sos', 'crash', 'threat', 'bike', 'parcel', 'other')", name=op.f("ck_incident_kind")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"], ["rider.coop_id", "rider.id"], name=op.f("fk_incident_coop_id_rider_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "taken_by"], ["member.coop_id", "member.id"], name=op.f("fk_incident_coop_id_taken_by")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_incident_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_incident")),
        sa.UniqueConstraint("coop_id", "client_uuid", name=op.f("uq_incident_coop_id_client_uuid")),
    )
    op.create_index(
        "ix_incident_open",
        "incident",
        ["coop_id", "happened_at"],
        unique=False,
        postgresql_where=sa.text("taken_at IS NULL"),
    )
    op.create_table(
        "rider_availability",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("until_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_minute >= 0 AND until_minute <= 1440 AND from_minute < until_minute",
            name=op.f("ck_rider_availability_minutes"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_rider_availability_weekday")),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"],
            ["rider.coop_id", "rider.id"],
            name=op.f("fk_rider_availability_coop_id_rider_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_rider_availability_coop_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rider_availability")),
        sa.UniqueConstraint(
            "coop_id", "rider_id", "weekday", name=op.f("uq_rider_availability_coop_id_rider_id_weekday")
        ),
    )
    op.create_table(
        "rider_choice",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_uuid", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("device_at", db.UtcDateTime(), nullable=True),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"], ["rider.coop_id", "rider.id"], name=op.f("fk_rider_choice_coop_id_rider_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rider_choice_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rider_choice")),
        sa.UniqueConstraint("coop_id", "client_uuid", name=op.f("uq_rider_choice_coop_id_client_uuid")),
    )
    op.create_index("ix_rider_choice_subject", "rider_choice", ["coop_id", "subject_id", "made_at"], unique=False)
    op.create_table(
        "rider_device",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("clock_offset_s", sa.Integer(), nullable=False),
        sa.Column("seen_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"], ["rider.coop_id", "rider.id"], name=op.f("fk_rider_device_coop_id_rider_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rider_device_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rider_device")),
        sa.UniqueConstraint(
            "coop_id", "rider_id", "device_id", name=op.f("uq_rider_device_coop_id_rider_id_device_id")
        ),
    )
    op.create_geospatial_table(
        "shift",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(), nullable=False),
        sa.Column("signed_on_at", db.UtcDateTime(), nullable=True),
        sa.Column("signed_off_at", db.UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", db.UtcDateTime(), nullable=True),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("capacity_g", sa.Integer(), nullable=False),
        sa.Column("capacity_ml", sa.Integer(), nullable=False),
        sa.Column("start_lonlat", db.LonLatType(), nullable=False),
        sa.Column("unpaid_break_s", sa.Integer(), nullable=False),
        sa.Column("break_began_at", db.UtcDateTime(), nullable=True),
        sa.Column("planned_break_s", sa.Integer(), nullable=False),
        sa.Column("break_from", db.UtcDateTime(), nullable=True),
        sa.Column("break_by", db.UtcDateTime(), nullable=True),
        sa.Column("opening_id", sa.Uuid(), nullable=True),
        sa.Column("bike_id", sa.Uuid(), nullable=True),
        sa.Column("bike_check", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sign_on_uuid", sa.Uuid(), nullable=True),
        sa.Column("sign_off_uuid", sa.Uuid(), nullable=True),
        sa.Column("handed_back", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_times")),
        sa.ForeignKeyConstraint(
            ["coop_id", "bike_id"], ["bike.coop_id", "bike.id"], name=op.f("fk_shift_coop_id_bike_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "opening_id"],
            ["shift_opening.coop_id", "shift_opening.id"],
            name=op.f("fk_shift_coop_id_opening_id"),
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"], ["rider.coop_id", "rider.id"], name=op.f("fk_shift_coop_id_rider_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_shift_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_shift_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_shift")),
        sa.UniqueConstraint("coop_id", "sign_off_uuid", name=op.f("uq_shift_coop_id_sign_off_uuid")),
        sa.UniqueConstraint("coop_id", "sign_on_uuid", name=op.f("uq_shift_coop_id_sign_on_uuid")),
    )
    op.create_index("ix_shift_rider", "shift", ["coop_id", "rider_id", "starts_at"], unique=False)
    op.create_index(
        "uq_shift_open",
        "shift",
        ["coop_id", "rider_id"],
        unique=True,
        postgresql_where=sa.text("signed_on_at IS NOT NULL AND signed_off_at IS NULL"),
    )
    op.create_table(
        "webhook_message",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("due_at", db.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("sent_at", db.UtcDateTime(), nullable=True),
        sa.Column("given_up_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_message_attempts")),
        sa.ForeignKeyConstraint(
            ["coop_id", "endpoint_id"],
            ["webhook_endpoint.coop_id", "webhook_endpoint.id"],
            name=op.f("fk_webhook_message_coop_id_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id"], ["coop.id"], name=op.f("fk_webhook_message_coop_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_webhook_message")),
        sa.UniqueConstraint(
            "coop_id", "endpoint_id", "event_id", name=op.f("uq_webhook_message_coop_id_endpoint_id_event_id")
        ),
    )
    op.create_index(
        "ix_webhook_message_due",
        "webhook_message",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_table(
        "work_offer",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("from_rider_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("seen_at", db.UtcDateTime(), nullable=True),
        sa.Column("answered_at", db.UtcDateTime(), nullable=True),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("source IN ('planner', 'colleague', 'board')", name=op.f("ck_work_offer_source")),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'lapsed', 'withdrawn', 'handed_back')",
            name=op.f("ck_work_offer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "from_rider_id"],
            ["rider.coop_id", "rider.id"],
            name=op.f("fk_work_offer_coop_id_from_rider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "order_id"],
            ["orders.coop_id", "orders.id"],
            name=op.f("fk_work_offer_coop_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"], ["rider.coop_id", "rider.id"], name=op.f("fk_work_offer_coop_id_rider_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_work_offer_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_work_offer_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_work_offer")),
    )
    op.create_index("ix_work_offer_order", "work_offer", ["coop_id", "order_id", "made_at"], unique=False)
    op.create_index("ix_work_offer_rider", "work_offer", ["coop_id", "rider_id", "made_at"], unique=False)
    op.create_index(
        "uq_work_offer_open",
        "work_offer",
        ["coop_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "rider_break",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("began_uuid", sa.Uuid(), nullable=False),
        sa.Column("ended_uuid", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id", "shift_id"],
            ["shift.coop_id", "shift.id"],
            name=op.f("fk_rider_break_coop_id_shift_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rider_break_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rider_break")),
        sa.UniqueConstraint("coop_id", "began_uuid", name=op.f("uq_rider_break_coop_id_began_uuid")),
        sa.UniqueConstraint("coop_id", "ended_uuid", name=op.f("uq_rider_break_coop_id_ended_uuid")),
    )
    op.create_index("ix_rider_break_shift", "rider_break", ["coop_id", "shift_id", "began_at"], unique=False)
    op.create_geospatial_table(
        "rider_position",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("lonlat", db.LonLatType(), nullable=False),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id", "shift_id"],
            ["shift.coop_id", "shift.id"],
            name=op.f("fk_rider_position_coop_id_shift_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_rider_position_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_rider_position")),
    )
    op.create_index("ix_rider_position_at", "rider_position", ["at"], unique=False)
    op.create_index("ix_rider_position_shift", "rider_position", ["coop_id", "shift_id", "at"], unique=False)
    op.create_table(
        "run",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("opened_at", db.UtcDateTime(), nullable=False),
        sa.Column("closed_at", db.UtcDateTime(), nullable=True),
        sa.Column("unseen_since", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coop_id", "rider_id"], ["rider.coop_id", "rider.id"], name=op.f("fk_run_coop_id_rider_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "shift_id"], ["shift.coop_id", "shift.id"], name=op.f("fk_run_coop_id_shift_id")
        ),
        sa.ForeignKeyConstraint(
            ["coop_id", "zone_id"], ["zone.coop_id", "zone.id"], name=op.f("fk_run_coop_id_zone_id")
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_run_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_run")),
        sa.UniqueConstraint("coop_id", "shift_id", name=op.f("uq_run_coop_id_shift_id")),
    )
    op.create_index(
        "ix_run_open", "run", ["coop_id", "zone_id"], unique=False, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_geospatial_table(
        "task",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("pinned_rider_id", sa.Uuid(), nullable=True),
        sa.Column("is_sequenced", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lonlat", db.LonLatType(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("contact_phone", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("ready_at", db.UtcDateTime(), nullable=True),
        sa.Column("window_from", db.UtcDateTime(), nullable=True),
        sa.Column("window_by", db.UtcDateTime(), nullable=True),
        sa.Column("service_s", sa.Integer(), nullable=False),
        sa.Column("required_proof", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("eta_at", db.UtcDateTime(), nullable=True),
        sa.Column("eta_late_at", db.UtcDateTime(), nullable=True),
        sa.Column("leg_s", sa.Integer(), nullable=True),
        sa.Column("announced_at", db.UtcDateTime(), nullable=True),
        sa.Column("started_at", db.UtcDateTime(), nullable=True),
        sa.Column("arrived_at", db.UtcDateTime(), nullable=True),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("fail_reason", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('pickup', 'dropoff')", name=op.f("ck_task_kind")),
        sa.CheckConstraint(
            "state IN ('todo', 'assigned', 'started', 'arrived', 'done', 'failed', 'cancelled')",
            name=op.f("ck_task_state"),
        ),
        sa.CheckConstraint("(run_id IS NULL) = (position IS NULL)", name=op.f("ck_task_run_has_position")),
        sa.ForeignKeyConstraint(
            ["coop_id", "order_id"],
            ["orders.coop_id", "orders.id"],
            name=op.f("fk_task_coop_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id", "run_id"], ["run.coop_id", "run.id"], name=op.f("fk_task_coop_id_run_id")),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_task_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_order", "task", ["coop_id", "order_id"], unique=False)
    op.create_index("ix_task_run", "task", ["coop_id", "run_id", "position"], unique=False)
    op.create_table(
        "proof",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("client_uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("taken_at", db.UtcDateTime(), nullable=False),
        sa.Column("received_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('photo', 'signature', 'code', 'barcode', 'name', 'age', 'weight')", name=op.f("ck_proof_kind")
        ),
        sa.CheckConstraint("(content IS NULL) <> (text IS NULL)", name=op.f("ck_proof_content_or_text")),
        sa.ForeignKeyConstraint(
            ["coop_id", "task_id"],
            ["task.coop_id", "task.id"],
            name=op.f("fk_proof_coop_id_task_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_proof_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_proof")),
        sa.UniqueConstraint("coop_id", "client_uuid", name=op.f("uq_proof_coop_id_client_uuid")),
    )
    op.create_index("ix_proof_task", "proof", ["coop_id", "task_id"], unique=False)
    op.create_table(
        "ridden_leg",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("predicted_s", sa.Float(), nullable=False),
        sa.Column("actual_s", sa.Float(), nullable=False),
        sa.Column("ridden_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "task_id"],
            ["task.coop_id", "task.id"],
            name=op.f("fk_ridden_leg_coop_id_task_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_ridden_leg_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "task_id", name=op.f("pk_ridden_leg")),
    )
    op.create_index("ix_ridden_leg_profile", "ridden_leg", ["coop_id", "profile", "ridden_at"], unique=False)
    op.create_geospatial_table(
        "task_event",
        sa.Column("coop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state_before", sa.String(), nullable=False),
        sa.Column("state_after", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("rider_id", sa.Uuid(), nullable=True),
        sa.Column("client_uuid", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("device_seq", sa.Integer(), nullable=True),
        sa.Column("device_at", db.UtcDateTime(), nullable=True),
        sa.Column("happened_at", db.UtcDateTime(), nullable=False),
        sa.Column("received_at", db.UtcDateTime(), nullable=False),
        sa.Column("skew_s", sa.Integer(), nullable=True),
        sa.Column("lonlat", db.LonLatType(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["coop_id", "task_id"],
            ["task.coop_id", "task.id"],
            name=op.f("fk_task_event_coop_id_task_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["coop_id"], ["coop.id"], name=op.f("fk_task_event_coop_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("coop_id", "id", name=op.f("pk_task_event")),
        sa.UniqueConstraint("coop_id", "client_uuid", name=op.f("uq_task_event_coop_id_client_uuid")),
    )
    op.create_index("ix_task_event_task", "task_event", ["coop_id", "task_id", "happened_at"], unique=False)
    for table in GUARDED:
        op.execute(security.guard(table))
    op.execute(security.LEDGER)
    op.execute(security.WAKE_RELAY)
    op.execute(security.RIGHTS)


def downgrade() -> None:
    raise NotImplementedError("the first migration has nothing before it: drop the database instead")
