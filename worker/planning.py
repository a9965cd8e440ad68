"""Planning tasks: thin, repeatable because `plan_zone` does nothing once the zone's plan is up to date."""

from __future__ import annotations

from uuid import UUID

from dispatch.core.db import use_coop
from dispatch.planning import services

from .main import app
from .once import finish


@app.task(name="planning.plan_zone")
def plan_zone(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Bring a zone's plan up to date; a burst of events is one plan."""
    use_coop(UUID(coop_id))
    services.plan_zone(UUID(coop_id), UUID(payload["zone_id"]))
    finish(coop_id, event_id, "planning.plan_zone")
