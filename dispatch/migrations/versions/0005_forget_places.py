"""Let the places of riders' taps be forgotten; the rest of a task's history stays as it was written."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FORGET = """
DROP TRIGGER append_only ON task_event;
CREATE TRIGGER append_only BEFORE DELETE ON task_event
    FOR EACH ROW EXECUTE FUNCTION paceline_append_only();
CREATE TRIGGER only_places_go BEFORE UPDATE ON task_event FOR EACH ROW
    WHEN (NEW.lonlat IS NOT NULL OR to_jsonb(NEW.*) - 'lonlat' IS DISTINCT FROM to_jsonb(OLD.*) - 'lonlat')
    EXECUTE FUNCTION paceline_append_only();
GRANT UPDATE (lonlat) ON task_event TO paceline_app
"""

KEEP = """
REVOKE UPDATE (lonlat) ON task_event FROM paceline_app;
DROP TRIGGER only_places_go ON task_event;
DROP TRIGGER append_only ON task_event;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON task_event
    FOR EACH ROW EXECUTE FUNCTION paceline_append_only()
"""


def upgrade() -> None:
    """A place may become unknown, and nothing else may change."""
    op.execute(FORGET)


def downgrade() -> None:
    """Nothing may change again."""
    op.execute(KEEP)
