"""SQL that guards tables: row-level security per co-op, roles' rights, the ledger's triggers. Used by migrations."""

from __future__ import annotations

TENANT = "nullif(current_setting('paceline.coop_id', true), '')::uuid"
OUTBOX = ("outbox_event", "outbox_task")

ROLES = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'paceline_app') THEN
        CREATE ROLE paceline_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXECUTE format('GRANT paceline_app TO %I', current_user);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'paceline_relay') THEN
        CREATE ROLE paceline_relay NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXECUTE format('GRANT paceline_relay TO %I', current_user);
    END IF;
END $$
"""

RIGHTS = """
GRANT USAGE ON SCHEMA public TO paceline_app, paceline_relay;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO paceline_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO paceline_app, paceline_relay;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM paceline_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_event, outbox_task TO paceline_relay;
REVOKE UPDATE, DELETE ON ledger_entry, ledger_posting, task_event FROM paceline_app
"""
"""For the first migration. A later one grants rights on its own tables: this would give back what others took away."""

LEDGER = """
CREATE FUNCTION paceline_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: post a correction instead', TG_TABLE_NAME USING ERRCODE = '23001';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION paceline_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION paceline_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON task_event
    FOR EACH ROW EXECUTE FUNCTION paceline_append_only();

CREATE FUNCTION paceline_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
BEGIN
    SELECT coalesce(sum(amount_cents), 0) INTO total FROM ledger_posting
        WHERE coop_id = NEW.coop_id AND entry_id = NEW.entry_id;
    IF total <> 0 THEN
        RAISE EXCEPTION 'ledger entry % is off by %', NEW.entry_id, total USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entry_balanced AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION paceline_entry_balanced();

CREATE FUNCTION paceline_period_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pay_period p JOIN coop c ON c.id = p.coop_id
        WHERE p.coop_id = NEW.coop_id AND p.closed_at IS NOT NULL
          AND (NEW.effective_at AT TIME ZONE c.timezone)::date BETWEEN p.first_day AND p.last_day
    ) THEN
        RAISE EXCEPTION 'the pay period of % is closed: post into the next one', NEW.effective_at
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER period_open BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION paceline_period_open()
"""

WAKE_RELAY = """
CREATE FUNCTION paceline_wake_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('paceline_outbox', '');
    RETURN NULL;
END $$;

CREATE TRIGGER wake_relay AFTER INSERT ON outbox_event
    FOR EACH STATEMENT EXECUTE FUNCTION paceline_wake_relay()
"""


def guard(table: str) -> str:
    """SQL that confines a table's rows to the co-op of the session, for its owner too."""
    relay = ""
    if table in OUTBOX:
        relay = f"CREATE POLICY relay ON {table} TO paceline_relay USING (true) WITH CHECK (true);"
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO paceline_app USING (coop_id = {TENANT}) WITH CHECK (coop_id = {TENANT});
{relay}"""
