"""Webhooks: each status change becomes one message per endpoint; sending has its own schedule in `periodic`."""

from __future__ import annotations

from uuid import UUID

from dispatch.core.db import use_coop
from merchants import webhooks

from .main import app
from .once import once


@app.task(name="webhooks.queue_status")
def queue_status(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Write the messages of a status change, then try them at once; unique per (event, endpoint)."""
    is_new = once(
        coop_id, event_id, "webhooks.queue_status", lambda coop, event: webhooks.queue_status(coop, event, payload)
    )
    if is_new:
        use_coop(UUID(coop_id))
        webhooks.send_due(UUID(coop_id))
