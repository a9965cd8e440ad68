"""Begin and end a break: repeatable, late, and known to the plan at once. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, NotFound
from dispatch.geo.services import want_plan
from dispatch.orders.rules import happened_at
from riders.models import Rider, RiderBreak, Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A tap on the phone: its UUID, when by the phone's clock, and how long it waited there."""

    client_uuid: UUID
    device_at: datetime | None = None
    queued_s: float = 0.0


def begin(coop_id: UUID, rider_id: UUID, tap: Tap) -> RiderBreak:
    """Begin a break; a repeat gets the same one. Conflict if one runs already or the rider is not at work."""
    _lock_rider(coop_id, rider_id)
    before = _find(coop_id, RiderBreak.began_uuid == tap.client_uuid, rider_id)
    if before is not None:
        return before
    shift = _open_shift(coop_id, rider_id)
    if shift.break_began_at is not None:
        raise Conflict("you are on a break already", code="on_break")
    at = happened_at(tap.device_at, clock.now(), queued_s=tap.queued_s, not_before=_not_before(shift))
    rest = RiderBreak(coop_id=coop_id, id=uuid4(), shift_id=shift.id, began_at=at, began_uuid=tap.client_uuid)
    db.session.add(rest)
    shift.break_began_at = at
    _plan_again(shift, "a break began")
    return rest


def end(coop_id: UUID, rider_id: UUID, tap: Tap) -> RiderBreak:
    """End the break that runs; a repeat gets the same one. Conflict if none does."""
    _lock_rider(coop_id, rider_id)
    before = _find(coop_id, RiderBreak.ended_uuid == tap.client_uuid, rider_id)
    if before is not None:
        return before
    shift = _open_shift(coop_id, rider_id)
    rest = _running(shift)
    if rest is None:
        raise Conflict("you are not on a break", code="no_break")
    at = happened_at(tap.device_at, clock.now(), queued_s=tap.queued_s, not_before=rest.began_at)
    rest.ended_uuid = tap.client_uuid
    close(shift, at)
    _plan_again(shift, "a break ended")
    return rest


def close(shift: Shift, at: datetime) -> None:
    """End what break runs in a shift, because it is over or the shift is."""
    if shift.break_began_at is None:
        return
    rest = _running(shift)
    if rest is not None:
        rest.ended_at = at
    shift.unpaid_break_s += max(0, round((at - shift.break_began_at).total_seconds()))
    shift.break_began_at = None


def _running(shift: Shift) -> RiderBreak | None:
    return db.session.scalar(
        select(RiderBreak).where(
            RiderBreak.coop_id == shift.coop_id, RiderBreak.shift_id == shift.id, RiderBreak.ended_at.is_(None)
        )
    )


def _find(coop_id: UUID, where: object, rider_id: UUID) -> RiderBreak | None:
    """A break under this UUID; NotFound if it is another rider's."""
    row = db.session.execute(
        select(RiderBreak, Shift.rider_id)
        .join(Shift, (Shift.coop_id == RiderBreak.coop_id) & (Shift.id == RiderBreak.shift_id))
        .where(RiderBreak.coop_id == coop_id, where)  # type: ignore[arg-type]
    ).one_or_none()
    if row is None:
        return None
    if row[1] != rider_id:
        raise NotFound("this break does not exist")
    found: RiderBreak = row[0]
    return found


def _open_shift(coop_id: UUID, rider_id: UUID) -> Shift:
    shift = db.session.scalar(
        select(Shift)
        .where(
            Shift.coop_id == coop_id,
            Shift.rider_id == rider_id,
            Shift.signed_on_at.is_not(None),
            Shift.signed_off_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    if shift is None:
        raise Conflict("you are not at work: sign on first", code="not_on_shift")
    return shift


def _not_before(shift: Shift) -> datetime | None:
    """A break cannot begin before the shift or before the last one was over."""
    last = db.session.scalar(
        select(RiderBreak.ended_at)
        .where(RiderBreak.coop_id == shift.coop_id, RiderBreak.shift_id == shift.id)
        .order_by(RiderBreak.ended_at.desc().nulls_last())
        .limit(1)
    )
    return last or shift.signed_on_at


def _plan_again(shift: Shift, reason: str) -> None:
    db.session.flush()
    outbox.record(shift.coop_id, events.PlanWanted(zone_id=shift.zone_id, reason=reason))
    want_plan(shift.coop_id, shift.zone_id)


def _lock_rider(coop_id: UUID, rider_id: UUID) -> None:
    db.session.execute(select(Rider.id).where(Rider.coop_id == coop_id, Rider.id == rider_id).with_for_update())
