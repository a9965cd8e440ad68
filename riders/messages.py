"""What riders are told, in their own language. Called by worker tasks; delivering owns its transactions."""

from __future__ import annotations

from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _

from dispatch.coop.queries import get_coop, list_members
from dispatch.core import clock
from dispatch.core.db import end_read
from dispatch.core.web import money
from dispatch.geo import hazards
from dispatch.geo.hazard_words import hazard_label
from dispatch.ledger import queries as ledger
from dispatch.notify import services as notify
from dispatch.notify.rules import Message
from dispatch.orders import queries as orders

from . import queries, statements


def push_run(coop_id: UUID, event_id: UUID, rider_id: UUID, run_id: UUID) -> None:
    """Say only that the run changed: the phone fetches the rest, and the push service learns nothing."""
    rider = queries.get_rider(coop_id, rider_id)
    run = orders.get_run(coop_id, run_id)
    locale = queries.locale_of(coop_id, rider.member_id)
    end_read()
    if run.closed_at is not None:
        return
    with force_locale(locale):
        message = Message(
            title=_("Your run changed"),
            body=_("Open Paceline to see the next stop."),
            path="/app",
            tag="run",
            kind="run",
            is_urgent=True,
            seconds_worth=900,
        )
    notify.deliver_push(coop_id, event_id, rider.member_id, message)


def warn_of_hazard(coop_id: UUID, event_id: UUID, rider_id: UUID, hazard_id: UUID) -> None:
    """Say what lies on the way; where exactly is on the phone's own map."""
    rider = queries.get_rider(coop_id, rider_id)
    hazard = hazards.get_hazard(coop_id, hazard_id)
    locale = queries.locale_of(coop_id, rider.member_id)
    end_read()
    if not hazard.is_open(clock.now()):
        return
    with force_locale(locale):
        message = Message(
            title=_("%(hazard)s on your way", hazard=hazard_label(hazard.kind)),
            body=_("Open Paceline: the map shows where, and your way is drawn anew."),
            path="/app#map",
            tag=f"hazard:{hazard_id}",
            kind="hazard",
            is_urgent=True,
            seconds_worth=900,
        )
    notify.deliver_push(coop_id, event_id, rider.member_id, message)


def push_test(coop_id: UUID, event_id: UUID, member_id: UUID) -> None:
    """The trial message at the start of a shift."""
    locale = queries.locale_of(coop_id, member_id)
    end_read()
    with force_locale(locale):
        message = Message(
            title=_("It works"),
            body=_("New work will reach you like this."),
            path="/app",
            tag="test",
            kind="test",
            is_urgent=True,
            seconds_worth=300,
        )
    notify.deliver_push(coop_id, event_id, member_id, message)


def push_question_answer(coop_id: UUID, event_id: UUID, member_id: UUID) -> None:
    """Say that a person has answered; what, only the page says."""
    locale = queries.locale_of(coop_id, member_id)
    end_read()
    with force_locale(locale):
        message = Message(
            title=_("Your question is answered"),
            body=_("Open Paceline to read the answer."),
            path="/app/questions",
            tag="question",
            kind="question",
            seconds_worth=7 * 86_400,
        )
    notify.deliver_push(coop_id, event_id, member_id, message)


def announce_statements(coop_id: UUID, event_id: UUID, period_id: UUID) -> None:
    """Mail each member that their statement of a period is ready."""
    period = ledger.get_period(coop_id, period_id)
    coop = get_coop(coop_id)
    people = {member.id: member for member in list_members(coop_id)}
    found = [item for item in statements.list_of_period(coop_id, period_id) if item.member_id in people]
    locales = {item.member_id: queries.locale_of(coop_id, item.member_id) for item in found}
    end_read()
    for item in found:
        person = people[item.member_id]
        with force_locale(locales[item.member_id]):
            subject = _("Your pay from %(first)s to %(last)s", first=period.first_day, last=period.last_day)
            body = _(
                "Hello %(name)s,\n\nyour statement is ready: %(total)s.\nSee /app/statements/%(id)s\n\n%(coop)s",
                name=person.name,
                total=money(item.total_cents, item.currency),
                id=item.id,
                coop=coop.name,
            )
        notify.deliver_mail(coop_id, event_id, person.email, (subject, body))
