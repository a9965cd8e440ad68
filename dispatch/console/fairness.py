"""Read how work and pay were shared over the shifts of a day, a week and a fortnight."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select, union

from dispatch.coop.queries import get_coop
from dispatch.core.db import db
from dispatch.orders.decisions import REORDERED
from dispatch.orders.models import Decision, Order, Run, Task
from dispatch.planning.models import WorkOffer
from riders.earned import list_earned

from .rules import Carried, Shares, is_night, shares

SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=14))


def shares_by_span(coop_id: UUID, now: datetime) -> list[tuple[timedelta, Shares | None]]:
    """The spread over each span; None where too few riders worked."""
    carried, offered = _list_carried(coop_id, now - SPANS[-1], now), _list_offered(coop_id, now - SPANS[-1], now)
    found = []
    for span in SPANS:
        since = now - span
        own = {rider_id: [one for at, one in rows if at >= since] for rider_id, rows in carried.items()}
        asked = {rider_id: len({order for at, order in rows if at >= since}) for rider_id, rows in offered.items()}
        found.append((span, shares(list_earned(coop_id, (since, now)), own, asked)))
    return found


def _list_carried(coop_id: UUID, since: datetime, until: datetime) -> dict[UUID, list[tuple[datetime, Carried]]]:
    """By rider, when each of their deliveries ended and what it was like."""
    zone = ZoneInfo(get_coop(coop_id).timezone)
    rows = db.session.execute(
        select(Run.rider_id, Task.ended_at, Order.weight_g, Order.route_m)
        .join(Run, and_(Run.coop_id == Task.coop_id, Run.id == Task.run_id))
        .join(Order, and_(Order.coop_id == Task.coop_id, Order.id == Task.order_id))
        .where(
            Task.coop_id == coop_id,
            Task.kind == "dropoff",
            Task.state == "done",
            Task.ended_at >= since,
            Task.ended_at < until,
        )
    )
    found: dict[UUID, list[tuple[datetime, Carried]]] = {}
    for rider_id, ended_at, weight_g, route_m in rows:
        is_at_night = is_night(ended_at.astimezone(zone).hour)
        one = Carried(weight_g=weight_g, route_m=route_m, is_at_night=is_at_night)
        found.setdefault(rider_id, []).append((ended_at, one))
    return found


def _list_offered(coop_id: UUID, since: datetime, until: datetime) -> dict[UUID, list[tuple[datetime, UUID]]]:
    """By rider, when which order was given or offered to them, whatever they answered."""
    given = select(Decision.rider_id, Decision.decided_at, Decision.order_id).where(
        Decision.coop_id == coop_id,
        Decision.rider_id.is_not(None),
        Decision.decided_at.between(since, until),
        Decision.mode != REORDERED,
    )
    asked = select(WorkOffer.rider_id, WorkOffer.made_at, WorkOffer.order_id).where(
        WorkOffer.coop_id == coop_id, WorkOffer.made_at.between(since, until)
    )
    found: dict[UUID, list[tuple[datetime, UUID]]] = {}
    for rider_id, at, order_id in db.session.execute(union(given, asked)):
        found.setdefault(rider_id, []).append((at, order_id))
    return found
