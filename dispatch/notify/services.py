"""Deliver messages once per (event, recipient, channel), and keep where people can be reached.

`deliver_push` and `deliver_mail` talk to the network, so they open short transactions of their own around it, as
`plan_zone` does: what was sent is noted in one transaction, never held open while sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock, events, outbox
from dispatch.core.db import db, transaction
from dispatch.core.errors import TransientError

from . import channels, rules
from .channels import Address, Mail, Push, Sent, Sms
from .models import Delivery, PushEndpoint
from .rules import Message

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a browser hands out when it agrees to be told things."""

    endpoint: str
    p256dh: str
    auth: str


def add_endpoint(coop_id: UUID, member_id: UUID, given: Subscription, *, user_agent: str) -> None:
    """Remember a browser; one that belonged to somebody else of the co-op (a shared phone) changes hands."""
    rules.check_endpoint(given.endpoint, may_be_local=channels.may_be_local())
    values = {
        "member_id": member_id,
        "p256dh": given.p256dh,
        "auth": given.auth,
        "user_agent": user_agent,
        "created_at": clock.real_now(),
        "gone_at": None,
    }
    statement = insert(PushEndpoint).values(coop_id=coop_id, id=uuid4(), endpoint=given.endpoint, **values)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["coop_id", "endpoint"], set_=values)
    )


def drop_endpoint(coop_id: UUID, member_id: UUID, endpoint: str) -> None:
    """Tell a browser nothing any more."""
    db.session.execute(
        update(PushEndpoint)
        .where(
            PushEndpoint.coop_id == coop_id,
            PushEndpoint.member_id == member_id,
            PushEndpoint.endpoint == endpoint,
            PushEndpoint.gone_at.is_(None),
        )
        .values(gone_at=clock.real_now())
    )


def want_test(coop_id: UUID, member_id: UUID) -> None:
    """Ask for a trial message to a member's own browsers."""
    outbox.record(coop_id, events.TestPushWanted(member_id=member_id))


def deliver_push(
    coop_id: UUID, event_id: UUID, member_id: UUID, message: Message, *, via: Push | None = None
) -> int:
    """Tell all browsers of a member, each once per event; the number told by this call.

    TransientError if some could not be reached just now: call again, those already told are left alone.
    """
    with transaction():
        open_endpoints = db.session.execute(
            select(PushEndpoint.id, PushEndpoint.endpoint, PushEndpoint.p256dh, PushEndpoint.auth).where(
                PushEndpoint.coop_id == coop_id, PushEndpoint.member_id == member_id, PushEndpoint.gone_at.is_(None)
            )
        ).all()
        todo = [row for row in open_endpoints if _begin(coop_id, event_id, str(row.id), "push")]
    if not todo:
        return 0
    push = via or channels.push()
    results = []
    for row in todo:
        sent = push.send(Address(endpoint=row.endpoint, p256dh=row.p256dh, auth=row.auth), message)
        results.append(sent)
        with transaction():
            _end(coop_id, event_id, (str(row.id), "push"), sent)
            if sent.status is not None and rules.is_gone(sent.status):
                _mark_gone(coop_id, row.id)
    _raise_if_worth_retrying(results)
    return sum(sent.is_sent for sent in results)


def deliver_mail(
    coop_id: UUID, event_id: UUID, to: str, text: tuple[str, str], *, via: Mail | None = None
) -> bool:
    """Send `(subject, body)` to a mailbox once per event; whether this call sent it. TransientError: call again."""
    with transaction():
        is_todo = _begin(coop_id, event_id, to, "email")
    if not is_todo:
        return False
    sent = (via or channels.mail()).send(to, *text)
    with transaction():
        _end(coop_id, event_id, (to, "email"), sent)
    _raise_if_worth_retrying([sent])
    return sent.is_sent


def deliver_sms(coop_id: UUID, event_id: UUID, to: str, text: str, *, via: Sms) -> bool:
    """Send a short text once per event; whether this call sent it. TransientError: call again."""
    with transaction():
        is_todo = _begin(coop_id, event_id, to, "sms")
    if not is_todo:
        return False
    sent = via.send(to, text)
    with transaction():
        _end(coop_id, event_id, (to, "sms"), sent)
    _raise_if_worth_retrying([sent])
    return sent.is_sent


def _begin(coop_id: UUID, event_id: UUID, recipient: str, channel: str) -> bool:
    """Note an attempt; False if the message was delivered (or given up) before."""
    db.session.execute(
        insert(Delivery)
        .values(
            coop_id=coop_id,
            id=uuid4(),
            event_id=event_id,
            recipient=recipient,
            channel=channel,
            attempts=0,
            created_at=clock.real_now(),
        )
        .on_conflict_do_nothing()
    )
    row = db.session.execute(
        update(Delivery)
        .where(*_one(coop_id, event_id, recipient, channel), Delivery.sent_at.is_(None), Delivery.failed_at.is_(None))
        .values(attempts=Delivery.attempts + 1)
        .returning(Delivery.id)
    ).one_or_none()
    return row is not None


def _end(coop_id: UUID, event_id: UUID, where: tuple[str, str], sent: Sent) -> None:
    now = clock.real_now()
    values: dict[str, object] = {"error": sent.error}
    if sent.is_sent:
        values["sent_at"] = now
    elif not rules.is_worth_retrying(sent.status):
        values["failed_at"] = now
    db.session.execute(update(Delivery).where(*_one(coop_id, event_id, *where)).values(**values))


def _one(coop_id: UUID, event_id: UUID, recipient: str, channel: str):  # type: ignore[no-untyped-def]
    return (
        Delivery.coop_id == coop_id,
        Delivery.event_id == event_id,
        Delivery.recipient == recipient,
        Delivery.channel == channel,
    )


def _mark_gone(coop_id: UUID, endpoint_id: UUID) -> None:
    db.session.execute(
        update(PushEndpoint)
        .where(PushEndpoint.coop_id == coop_id, PushEndpoint.id == endpoint_id)
        .values(gone_at=clock.real_now())
    )


def _raise_if_worth_retrying(results: list[Sent]) -> None:
    for sent in results:
        if not sent.is_sent and rules.is_worth_retrying(sent.status):
            raise TransientError(f"a message could not be delivered just now: {sent.error}")


def forget_old(coop_id: UUID) -> int:
    """Delete which messages went where after 30 days, and browsers that are long gone; the number deleted."""
    before = clock.real_now() - KEPT
    gone = 0
    for statement in (
        delete(Delivery).where(Delivery.coop_id == coop_id, Delivery.created_at < before),
        delete(PushEndpoint).where(PushEndpoint.coop_id == coop_id, PushEndpoint.gone_at < before),
    ):
        gone += int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
    return gone
