"""Messages to people. Deliveries are unique per (event, recipient, channel): a repeat sends nothing new."""

from __future__ import annotations

from uuid import UUID

from dispatch.console import alerts
from dispatch.core.db import use_coop
from riders import messages

from .main import app
from .once import finish


@app.task(name="notifying.push_run")
def push_run(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell a rider's phones that their run changed."""
    use_coop(UUID(coop_id))
    messages.push_run(UUID(coop_id), UUID(event_id), UUID(payload["rider_id"]), UUID(payload["run_id"]))
    finish(coop_id, event_id, "notifying.push_run")


@app.task(name="notifying.push_test")
def push_test(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Send the trial message a rider asked for."""
    use_coop(UUID(coop_id))
    messages.push_test(UUID(coop_id), UUID(event_id), UUID(payload["member_id"]))
    finish(coop_id, event_id, "notifying.push_test")


@app.task(name="notifying.alert_coordinators")
def alert_coordinators(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell the coordinators that the planner needs them."""
    use_coop(UUID(coop_id))
    alerts.alert_coordinators(UUID(coop_id), UUID(event_id), payload)
    finish(coop_id, event_id, "notifying.alert_coordinators")
