"""Tell riders of work: by push at once, and by SMS or mail if their phone has not fetched it after a while.

Fetching is the acknowledgement: `run.unseen_since` and `work_offer.seen_at` say what a phone has not asked for yet.
Delivering owns its transactions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import and_, select

from dispatch.coop.models import Member
from dispatch.core import clock
from dispatch.core.db import db, end_read
from dispatch.core.errors import TransientError
from dispatch.notify import channels
from dispatch.notify import services as notify
from dispatch.notify.rules import Message
from dispatch.orders.models import Run
from dispatch.planning.models import WorkOffer
from riders import queries as riders
from riders.models import Rider

from . import queries
from .queries import OfferView


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Something a rider's phone has not fetched; `id` names it, the same at each look."""

    id: UUID
    member_id: UUID
    email: str
    phone: str
    is_offer: bool


def push_offer(coop_id: UUID, event_id: UUID, offer_id: UUID) -> None:
    """Say that work waits for an answer, and by when; what it is, the phone fetches itself."""
    found = queries.list_open(coop_id, WorkOffer.id == offer_id)
    if not found:
        end_read()
        return
    offer = found[0]
    rider = riders.get_rider(coop_id, offer.rider_id)
    locale = riders.locale_of(coop_id, rider.member_id)
    end_read()
    with force_locale(locale):
        message = _message(
            _("%(name)s asks you", name=offer.from_name) if offer.from_name else _("Work for you, if you like"),
            _("Open Paceline to look at it. No answer is fine, too."),
            seconds_worth=max(30, round((offer.expires_at - clock.now()).total_seconds() / clock.speed())),
        )
    notify.deliver_push(coop_id, event_id, rider.member_id, message)


def push_answer(coop_id: UUID, event_id: UUID, offer_id: UUID) -> None:
    """Tell who asked a colleague what came of it; of the planner's own offers nobody needs to hear."""
    found = queries.list_offers(coop_id, WorkOffer.id == offer_id)
    offer = found[0] if found else None
    if offer is None or offer.from_rider_id is None or offer.state not in ("accepted", "declined", "lapsed"):
        end_read()
        return
    giver = riders.get_rider(coop_id, offer.from_rider_id)
    locale = riders.locale_of(coop_id, giver.member_id)
    end_read()
    with force_locale(locale):
        message = _message(_answer_words(offer), _("Open Paceline to see your run."), seconds_worth=900)
    notify.deliver_push(coop_id, event_id, giver.member_id, message)


def reach_riders(coop_id: UUID) -> int:
    """Write to riders by SMS, or else by mail, what their phone has not fetched in time; how many were written to.

    Once per stretch in which the phone is out of reach, however much changes in it.
    """
    missed = _list_missed(coop_id)
    locales = {item.member_id: riders.locale_of(coop_id, item.member_id) for item in missed}
    end_read()
    return sum(_reach(coop_id, item, locales[item.member_id]) for item in missed)


def _reach(coop_id: UUID, item: Missed, locale: str) -> bool:
    with force_locale(locale):
        subject = _("Work is offered to you") if item.is_offer else _("Your run changed")
        text = _("%(subject)s. Your phone has not fetched it yet: open %(url)s", subject=subject, url=_app_url())
    gateway = channels.sms()
    try:
        if gateway is not None and item.phone:
            return notify.deliver_sms(coop_id, item.id, item.phone, text, via=gateway)
        return notify.deliver_mail(coop_id, item.id, item.email, (subject, text))
    except TransientError:
        return False  # the next sweep tries again


def _list_missed(coop_id: UUID) -> list[Missed]:
    settings = current_app.extensions["settings"]
    before = clock.now() - timedelta(seconds=settings.reach_after_s * clock.speed())
    reachable = and_(Member.coop_id == Rider.coop_id, Member.id == Rider.member_id)
    changed = db.session.execute(
        select(Run.id, Run.unseen_since, Member.id, Member.email, Rider.phone)
        .join(Rider, and_(Rider.coop_id == Run.coop_id, Rider.id == Run.rider_id))
        .join(Member, reachable)
        .where(Run.coop_id == coop_id, Run.closed_at.is_(None), Run.unseen_since <= before)
    ).all()
    offered = db.session.execute(
        select(WorkOffer.id, Member.id, Member.email, Rider.phone)
        .join(Rider, and_(Rider.coop_id == WorkOffer.coop_id, Rider.id == WorkOffer.rider_id))
        .join(Member, reachable)
        .where(
            WorkOffer.coop_id == coop_id,
            WorkOffer.state == "open",
            WorkOffer.seen_at.is_(None),
            WorkOffer.made_at <= before,
        )
    ).all()
    missed = [
        Missed(id=uuid5(run_id, since.isoformat()), member_id=member_id, email=email, phone=phone, is_offer=False)
        for run_id, since, member_id, email, phone in changed
    ]
    return missed + [
        Missed(id=offer_id, member_id=member_id, email=email, phone=phone, is_offer=True)
        for offer_id, member_id, email, phone in offered
    ]


def _answer_words(offer: OfferView) -> str:
    if offer.state == "accepted":
        return _("%(name)s takes it over", name=offer.rider_name)
    return _("It stays with you")


def _message(title: str, body: str, *, seconds_worth: int) -> Message:
    return Message(
        title=title, body=body, path="/app", tag="offer", kind="offer", is_urgent=True, seconds_worth=seconds_worth
    )


def _app_url() -> str:
    return f"{current_app.extensions['settings'].public_url}/app"
