"""Messages to people. Deliveries are unique per (event, recipient, channel): a repeat sends nothing new."""

from __future__ import annotations

from uuid import UUID

from dispatch.console import alerts
from dispatch.core.db import use_coop
from dispatch.planning import hazards
from dispatch.planning.forecast import nudges
from dispatch.planning.offers import reaching
from riders import messages

from .main import app
from .once import finish, once


@app.task(name="notifying.push_run")
def push_run(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell a rider's phones that their run changed."""
    use_coop(UUID(coop_id))
    messages.push_run(UUID(coop_id), UUID(event_id), UUID(payload["rider_id"]), UUID(payload["run_id"]))
    finish(coop_id, event_id, "notifying.push_run")


@app.task(name="notifying.push_offer")
def push_offer(coop_id: str, event_id: str, payload: dict[str, str | None]) -> None:
    """Tell a rider that work waits for their yes."""
    use_coop(UUID(coop_id))
    reaching.push_offer(UUID(coop_id), UUID(event_id), UUID(str(payload["offer_id"])))
    finish(coop_id, event_id, "notifying.push_offer")


@app.task(name="notifying.push_nudge")
def push_nudge(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell a rider without work where orders are likely."""
    use_coop(UUID(coop_id))
    nudges.push(UUID(coop_id), UUID(event_id), UUID(payload["nudge_id"]))
    finish(coop_id, event_id, "notifying.push_nudge")


@app.task(name="notifying.push_answer")
def push_answer(coop_id: str, event_id: str, payload: dict[str, str | None]) -> None:
    """Tell a rider what became of a question to a colleague."""
    use_coop(UUID(coop_id))
    reaching.push_answer(UUID(coop_id), UUID(event_id), UUID(str(payload["offer_id"])))
    finish(coop_id, event_id, "notifying.push_answer")


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


@app.task(name="notifying.alert_help")
def alert_help(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell the coordinators that a rider needs them."""
    use_coop(UUID(coop_id))
    alerts.alert_help(UUID(coop_id), UUID(event_id), UUID(payload["incident_id"]))
    finish(coop_id, event_id, "notifying.alert_help")


@app.task(name="notifying.alert_question")
def alert_question(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell those who may answer that a member waits for an answer."""
    use_coop(UUID(coop_id))
    alerts.alert_question(UUID(coop_id), UUID(event_id), UUID(payload["question_id"]))
    finish(coop_id, event_id, "notifying.alert_question")


@app.task(name="notifying.push_question_answer")
def push_question_answer(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell a member that their question is answered."""
    use_coop(UUID(coop_id))
    messages.push_question_answer(UUID(coop_id), UUID(event_id), UUID(payload["member_id"]))
    finish(coop_id, event_id, "notifying.push_question_answer")


@app.task(name="planning.find_riders_near")
def find_riders_near(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Find the riders whose way crosses a new hazard; once, so that nobody is warned twice."""
    hazard_id = UUID(payload["hazard_id"])
    once(coop_id, event_id, "planning.find_riders_near", lambda coop, _: hazards.find_riders_near(coop, hazard_id))


@app.task(name="notifying.warn_rider")
def warn_rider(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Tell a rider's phones of a hazard on the way."""
    use_coop(UUID(coop_id))
    messages.warn_of_hazard(UUID(coop_id), UUID(event_id), UUID(payload["rider_id"]), UUID(payload["hazard_id"]))
    finish(coop_id, event_id, "notifying.warn_rider")
