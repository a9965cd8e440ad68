"""Make the planner's offers, take back those that no longer hold, and end those whose time is over. Never commits.

Locks are taken in the order that everybody keeps: runs by id, orders by id, tasks, offers, and the zone last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.geo.services import want_plan
from dispatch.orders import services as order_services
from dispatch.orders.models import Order, Task
from dispatch.orders.rules import OPEN_TASK_STATES
from dispatch.orders.runs import PlannedStop
from dispatch.planning.changes import Offered
from dispatch.planning.modelling import Model
from dispatch.planning.models import WorkOffer
from dispatch.planning.rules import mode_of
from dispatch.planning.snapshot import active_rules

from . import rules


def settle(model: Model, offered: Sequence[Offered], records: Mapping[UUID, dict[str, Any]]) -> bool:
    """Make the offers of a plan, keep those that run already, withdraw the others; whether any was withdrawn.

    The caller has locked the orders that are offered. One that found a rider meanwhile is left alone.
    """
    seen = model.snapshot
    running = {offer.order_id: offer for offer in _lock_open(seen.coop_id, seen.zone_id)}
    wanted = {item.order_id: item for item in offered}
    withdrawn = [offer for offer in running.values() if not _still_holds(model, offer, wanted)]
    for offer in withdrawn:
        _end(offer, "withdraw")
    free = _free_orders(seen.coop_id, [order_id for order_id in wanted if order_id not in running])
    for order in free:
        _make(model, order, wanted[order.id], records.get(order.id, {}))
    _tell_open_board(model)
    return any(offer.source == "planner" for offer in withdrawn)


def answer(offer: WorkOffer, action: str) -> None:
    """Move an offer, which the caller has locked, and tell who waits for it; a swap ends with what it answers."""
    offer.state = rules.next_state(offer.state, action)
    offer.answered_at = clock.now()
    outbox.record(
        offer.coop_id,
        events.OfferAnswered(
            offer_id=offer.id,
            order_id=offer.order_id,
            rider_id=offer.rider_id,
            from_rider_id=offer.from_rider_id,
            zone_id=offer.zone_id,
            state=offer.state,
        ),
    )
    if offer.source == "colleague":
        for swap in _locked(
            WorkOffer.coop_id == offer.coop_id, WorkOffer.swap_for_id == offer.id, WorkOffer.state == "open"
        ):
            answer(swap, "withdraw")


def announce(offer: WorkOffer) -> None:
    """Keep a new offer and tell the rider who is asked."""
    db.session.add(offer)
    outbox.record(
        offer.coop_id,
        events.OfferMade(
            offer_id=offer.id,
            order_id=offer.order_id,
            rider_id=offer.rider_id,
            from_rider_id=offer.from_rider_id,
            zone_id=offer.zone_id,
        ),
    )


def withdraw_open(coop_id: UUID, order_id: UUID) -> None:
    """Take back what is being asked about an order, which the caller has locked."""
    for offer in _locked(WorkOffer.coop_id == coop_id, WorkOffer.order_id == order_id, WorkOffer.state == "open"):
        answer(offer, "withdraw")


def end_due(coop_id: UUID) -> int:
    """End offers that nobody answered in time, and bring what nobody picked before the planner; how many ended.

    The planner's offer passes to the next best rider; a colleague's question just ends.
    """
    now = clock.now()
    due = db.session.execute(
        select(WorkOffer.id, WorkOffer.order_id).where(
            WorkOffer.coop_id == coop_id, WorkOffer.state == "open", WorkOffer.expires_at <= now
        )
    ).all()
    orders = {order.id: order for order in order_services.lock_orders(coop_id, [row.order_id for row in due])}
    ended = _locked(
        WorkOffer.coop_id == coop_id, WorkOffer.id.in_([row.id for row in due]), WorkOffer.state == "open"
    )
    for offer in ended:
        _end(offer, "lapse")
        if offer.source == "planner":
            bar(orders[offer.order_id], offer.rider_id)
    for zone_id in sorted({offer.zone_id for offer in ended} | _zones_with_waiting(coop_id), key=str):
        want_plan(coop_id, zone_id)
    return len(ended)


def _end(offer: WorkOffer, action: str) -> None:
    """End an offer that waits, unless it has just ended with the question that it answered."""
    if offer.state == "open":
        answer(offer, action)


def bar(order: Order, rider_id: UUID) -> None:
    """Ask this rider no more for this one order."""
    order.barred_riders = sorted({*order.barred_riders, str(rider_id)})


def plan_json(stops: Sequence[PlannedStop]) -> list[dict[str, Any]]:
    """A run's stops as they are kept with an offer."""
    return [stop.as_json() for stop in stops]


def _make(model: Model, order: Order, item: Offered, record: dict[str, Any]) -> None:
    seen = model.snapshot
    order.unserved = None
    now = clock.now()
    announce(
        WorkOffer(
            coop_id=seen.coop_id,
            id=uuid4(),
            order_id=order.id,
            zone_id=seen.zone_id,
            rider_id=item.rider_id,
            run_id=item.run_id,
            source="planner",
            state="open",
            made_at=now,
            expires_at=now + timedelta(seconds=seen.rules.offer_s),
            rule_version=seen.rules.version,
            plan=plan_json(item.stops),
            record=record,
        )
    )


def _still_holds(model: Model, offer: WorkOffer, wanted: Mapping[UUID, Offered]) -> bool:
    """Whether the planner would make this offer again, or the colleague who asks still has the order to give."""
    if offer.source == "planner":
        item = wanted.get(offer.order_id)
        return item is not None and item.run_id == offer.run_id
    order = model.order_of.get(str(offer.order_id))
    if order is None or order.is_on_board:
        return False
    return order.rider_id == offer.from_rider_id and any(offer.rider_id == m.rider_id for m in model.snapshot.crew)


def _tell_open_board(model: Model) -> None:
    """Say that other orders may be picked than when the planner looked last."""
    now_open = {order_id for order_id, code in model.set_aside.items() if code == "open_board"}
    before = {
        order.id for order in model.snapshot.orders if order.unserved and order.unserved.get("code") == "open_board"
    }
    if now_open != before:
        outbox.record(model.snapshot.coop_id, events.OpenBoardChanged(zone_id=model.snapshot.zone_id))


def _zones_with_waiting(coop_id: UUID) -> set[UUID]:
    """Zones with an order that nobody picked for so long that the planner should offer it."""
    rows = db.session.scalars(
        select(Order).where(
            Order.coop_id == coop_id, Order.ended_at.is_(None), Order.unserved["code"].astext == "open_board"
        )
    ).all()
    if not rows:
        return set()
    now, coop_mode = clock.now(), get_coop(coop_id).plan_mode
    board_s = active_rules(coop_id, now).open_board_s
    return {
        row.zone_id
        for row in rows
        if mode_of(row.plan_mode, coop_mode, placed_at=row.placed_at, now=now, board_s=board_s) != "open"
    }


def _free_orders(coop_id: UUID, order_ids: Sequence[UUID]) -> list[Order]:
    """Those of these orders that are still in nobody's run."""
    taken = select(Task.order_id).where(
        Task.coop_id == coop_id, Task.order_id.in_(order_ids), Task.run_id.is_not(None)
    )
    open_tasks = select(Task.order_id).where(
        Task.coop_id == coop_id, Task.order_id.in_(order_ids), Task.state.in_(OPEN_TASK_STATES)
    )
    return [
        order
        for order in order_services.lock_orders(coop_id, order_ids)
        if order.id not in set(db.session.scalars(taken)) and order.id in set(db.session.scalars(open_tasks))
    ]


def _lock_open(coop_id: UUID, zone_id: UUID) -> list[WorkOffer]:
    return _locked(WorkOffer.coop_id == coop_id, WorkOffer.zone_id == zone_id, WorkOffer.state == "open")


def _locked(*where: Any) -> list[WorkOffer]:
    return list(
        db.session.scalars(
            select(WorkOffer)
            .where(*where)
            .order_by(WorkOffer.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
