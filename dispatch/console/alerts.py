"""What coordinators are told when the planner or a rider needs them.

Called by worker tasks; delivering owns its transactions.
"""

from __future__ import annotations

from uuid import UUID, uuid5

import redis
from flask_babel import force_locale
from flask_babel import gettext as _

from dispatch.coop.queries import get_coop, list_members
from dispatch.core.db import end_read
from dispatch.notify import services as notify
from dispatch.notify.rules import Message
from dispatch.planning import silence
from riders import questions
from riders.trouble.queries import get_incident
from riders.trouble.words import kind


def alert_coordinators(coop_id: UUID, event_id: UUID, payload: dict[str, str]) -> None:
    """Push to every coordinator that a plan waits for a yes, or that the checker refused one."""
    with force_locale(get_coop(coop_id).locale):
        is_proposal = "proposal_id" in payload
        message = Message(
            title=_("A plan waits for you") if is_proposal else _("A plan was refused by the checker"),
            body=_("Open the board to look at it."),
            path="/board",
            tag="plan",
            kind="plan",
            is_urgent=True,
            seconds_worth=900,
        )
    _push(coop_id, event_id, message)


def alert_help(coop_id: UUID, event_id: UUID, incident_id: UUID) -> None:
    """Push to every coordinator that a rider needs them."""
    incident = get_incident(coop_id, incident_id)
    with force_locale(get_coop(coop_id).locale):
        title = _("%(name)s: %(what)s", name=incident.rider_name, what=kind(incident.kind))
        message = _about_rider(title, f"help-{incident_id}")
    _push(coop_id, event_id, message)


def alert_silences(client: redis.Redis, coop_id: UUID) -> None:
    """Push to every coordinator, once for each silence, that nothing is heard of a rider in the middle of work."""
    for each in silence.list_silent(client, coop_id, is_priced=False):
        rider = each.on_shift.rider
        with force_locale(get_coop(coop_id).locale):
            message = _about_rider(_("Nothing is heard of %(name)s", name=rider.name), f"silence-{rider.id}")
        _push(coop_id, uuid5(rider.id, each.heard_at.isoformat()), message)


def _about_rider(title: str, tag: str) -> Message:
    return Message(
        title=title,
        body=_("Open the board: it shows where, and how to call."),
        path="/board",
        tag=tag,
        kind="help",
        is_urgent=True,
        seconds_worth=3600,
    )


def alert_question(coop_id: UUID, event_id: UUID, question_id: UUID) -> None:
    """Push to everybody who may answer that a member waits for a person's answer."""
    question = questions.get(coop_id, question_id)
    with force_locale(get_coop(coop_id).locale):
        message = Message(
            title=_("%(name)s asks for a person to look", name=question.member_name),
            body=_("A line of pay") if question.kind == "pay" else _("A decision of the planner"),
            path="/app/questions",
            tag=f"question-{question_id}",
            kind="question",
            seconds_worth=86_400,
        )
    _push(coop_id, event_id, message, ("coordinator", "treasurer", "admin"), but=question.member_id)


def _push(
    coop_id: UUID,
    event_id: UUID,
    message: Message,
    roles: tuple[str, ...] = ("coordinator", "admin"),
    *,
    but: UUID | None = None,
) -> None:
    told = [m.id for m in list_members(coop_id) if m.is_active and set(roles) & set(m.roles) and m.id != but]
    end_read()
    for member_id in told:
        notify.deliver_push(coop_id, event_id, member_id, message)
