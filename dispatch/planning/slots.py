"""How many orders each coming hour can take: its capacity follows the shifts that riders have agreed to."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db, take_turns
from dispatch.core.web import to_zone
from dispatch.orders.models import Order, Task
from riders.models import Shift
from riders.queries import ShiftView, list_shifts

from . import slot_rules
from .slot_rules import Slot, Work
from .snapshot import active_rules

LONGEST_LOOK = timedelta(days=7)


def list_slots(coop_id: UUID, zone_id: UUID, since: datetime, until: datetime) -> list[Slot]:
    """The slots of a zone that touch `[since, until)`, a week at most, soonest first."""
    begins = list(slot_rules.beginnings(since, min(until, since + LONGEST_LOOK)))
    if not begins:
        return []
    ends_at = begins[-1] + slot_rules.SLOT
    timezone = get_coop(coop_id).timezone
    per_hour = active_rules(coop_id, clock.now()).orders_per_rider_hour
    day = timedelta(days=1)
    shifts = _agreed(coop_id, zone_id, begins[0] - day, ends_at + day)
    planned_days = {to_zone(shift.starts_at, timezone).date() for shift in shifts}
    work = [_work(shift) for shift in shifts]
    booked = _booked(coop_id, zone_id, begins[0], ends_at)
    return [_slot(at, work, booked[at], _is_planned(at, timezone, planned_days), per_hour) for at in begins]


def are_full(coop_id: UUID, zone_id: UUID, *, begins_at: datetime | None, due_at: datetime | None) -> bool:
    """Whether no slot between two moments can take one more order.

    Only of what begins beyond the rules' look-ahead: for what is to be done now, a trial on the riders' runs says more.
    Until the transaction ends nobody else gets an answer for the zone: the last place is given to one order.
    """
    now = clock.now()
    if begins_at is None:
        return False
    rules = active_rules(coop_id, now)
    if rules.orders_per_rider_hour is None or rules.policy.is_in_sight((begins_at - now).total_seconds()):
        return False
    take_turns(f"slots {coop_id} {zone_id}")
    until = due_at if due_at is not None and due_at > begins_at else begins_at + slot_rules.SLOT
    return not slot_rules.have_room(list_slots(coop_id, zone_id, begins_at, until))


def _slot(at: datetime, work: list[Work], booked: int, is_planned: bool, per_hour: float | None) -> Slot:
    riders = slot_rules.riders_in(at, work)
    known = is_planned and per_hour is not None
    return Slot(
        begins_at=at,
        riders=riders,
        capacity=slot_rules.capacity(riders, per_hour) if known and per_hour is not None else None,
        booked=booked,
    )


def _is_planned(at: datetime, timezone: str, planned_days: set[date]) -> bool:
    """Whether the co-op has agreed shifts for the day of a slot; after midnight those of the evening count."""
    day = to_zone(at, timezone).date()
    return day in planned_days or (to_zone(at, timezone).hour < 4 and day - timedelta(days=1) in planned_days)


def _agreed(coop_id: UUID, zone_id: UUID, since: datetime, until: datetime) -> list[ShiftView]:
    return list_shifts(
        coop_id,
        Shift.zone_id == zone_id,
        Shift.cancelled_at.is_(None),
        Shift.signed_off_at.is_(None),
        Shift.starts_at < until,
        Shift.ends_at > since,
    )


def _work(shift: ShiftView) -> Work:
    return Work(starts_at=shift.starts_at, ends_at=shift.ends_at, break_s=shift.planned_break_s)


def _booked(coop_id: UUID, zone_id: UUID, since: datetime, until: datetime) -> Counter[datetime]:
    """Orders that are still to be done, by the slot in which their last stop is due."""
    due_at = func.coalesce(func.max(Task.window_by), Order.promised_dropoff_at)
    rows = db.session.execute(
        select(due_at)
        .join(Task, (Task.coop_id == Order.coop_id) & (Task.order_id == Order.id))
        .where(
            Order.coop_id == coop_id,
            Order.zone_id == zone_id,
            Order.is_test.is_(False),
            Order.ended_at.is_(None),
            Task.kind == "dropoff",
        )
        .group_by(Order.coop_id, Order.id)
        .having(due_at >= since, due_at < until)
    )
    return Counter(at.replace(minute=0, second=0, microsecond=0) for (at,) in rows)
