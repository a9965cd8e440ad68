"""Planning tasks: thin, repeatable because `plan_zone` does nothing once the zone's plan is up to date."""

from __future__ import annotations

from uuid import UUID

from dispatch.core import outbox
from dispatch.core.db import end_read, transaction, use_coop
from dispatch.planning import services

from .main import app

NAME = "planning.plan_zone"


@app.task(name=NAME)
def plan_zone(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Bring a zone's plan up to date. One plan answers everything that had happened when it began, whoever asks."""
    coop, about = UUID(coop_id), {"zone_id": payload["zone_id"]}
    use_coop(coop)
    is_open, seq = outbox.is_open(coop, NAME, about=about), outbox.newest_seq(coop)
    end_read()
    if not is_open:
        return

    def finish() -> None:
        with transaction():
            outbox.finish_until(coop, NAME, seq, about=about)

    services.plan_zone(coop, UUID(about["zone_id"]), planned=finish)
    finish()
