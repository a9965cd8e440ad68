"""Bring a parcel back: the linked, paid order that follows a failed dropoff, or its end if it did not fail."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict
from dispatch.geo.services import want_plan

from . import runs
from .models import Order, Task
from .need_rules import Needs
from .services import (
    Actor,
    NewOrder,
    NewTask,
    Stamp,
    act_on_task,
    content_sha256,
    insert_order,
    list_tasks,
    new_task,
    settle_state,
)


def place_return(coop_id: UUID, order: Order, failed: Task, *, coop_key: str, rider_run_id: UUID | None) -> Order:
    """The linked, paid order that brings a parcel back: its pickup is done (on board), its dropoff is the merchant.

    It joins the run of the rider who has the parcel; a test order is in nobody's run.
    """
    tasks = list_tasks(coop_id, order.id)
    origin = next(task for task in tasks if task.kind == "pickup")
    now = clock.now()
    back = NewOrder(
        merchant_id=order.merchant_id,
        zone_id=order.zone_id,
        pickup=NewTask(address=failed.address, lonlat=failed.lonlat, note=failed.note, service_s=0),
        dropoffs=(
            NewTask(
                address=origin.address,
                lonlat=origin.lonlat,
                contact_name=origin.contact_name,
                contact_phone=origin.contact_phone,
                floor=origin.floor,
                has_lift=origin.has_lift,
                service_s=origin.service_s,
            ),
        ),
        external_id=None,
        currency=order.currency,
        price_cents=0,
        tax_cents=0,
        tariff_version=order.tariff_version,
        pay_version=order.pay_version,
        route_m=order.route_m,
        weight_g=order.weight_g,
        volume_ml=order.volume_ml,
        needs=Needs(priority=order.priority, is_solidarity=order.is_solidarity),
        note=order.note,
        is_test=order.is_test,
    )
    returned = insert_order(coop_id, back, content_sha256({"return_of": str(order.id)}), coop_key)
    returned.return_of_id = order.id
    pickup = new_task(coop_id, returned.id, "pickup", 0, back.pickup)
    dropoff = new_task(coop_id, returned.id, "dropoff", 1, back.dropoffs[0])
    pickup.state, pickup.arrived_at, pickup.ended_at, pickup.ended_by = "done", now, now, failed.ended_by
    dropoff.state = "assigned"
    if rider_run_id is not None:
        dropoff.run_id, dropoff.position = rider_run_id, runs.next_position(coop_id, rider_run_id)
    db.session.add_all([pickup, dropoff])
    returned.state = "picked_up"
    db.session.flush()
    if rider_run_id is not None:
        runs.bump_run(coop_id, rider_run_id)
    outbox.record(
        coop_id, events.OrderPlaced(order_id=returned.id, merchant_id=order.merchant_id, zone_id=order.zone_id)
    )
    settle_state(order, tasks)
    want_plan(coop_id, order.zone_id)
    return returned


def cancel_return(coop_id: UUID, failed: Task, *, actor: Actor) -> None:
    """Give up the way back of a dropoff whose failure is taken back.

    Conflict once the rider has set off for the merchant; for a coordinator, once the parcel is there.
    """
    returned = _find_return(coop_id, failed)
    if returned is None:
        return
    runs.lock_runs_of(coop_id, [returned.id])
    pickup, dropoff = list_tasks(coop_id, returned.id)
    still_open = ("todo", "assigned", "started", "arrived") if actor.kind == "coordinator" else ("todo", "assigned")
    if dropoff.state not in still_open:
        raise Conflict("the way back is begun already: call the coordinator", code="return_placed")
    run_id = dropoff.run_id
    pickup.state = "cancelled"  # as it was made: without an action of anybody's
    returned.cancel_reason = "not_failed"
    db.session.flush()
    act_on_task(coop_id, dropoff.id, "cancel", actor=actor, stamp=Stamp())
    dropoff.run_id = dropoff.position = None
    if run_id is not None:
        runs.bump_run(coop_id, run_id)
    outbox.record(
        coop_id,
        events.OrderCancelled(order_id=returned.id, merchant_id=returned.merchant_id, zone_id=returned.zone_id),
    )


def _find_return(coop_id: UUID, failed: Task) -> Order | None:
    """The order that brings this parcel back, locked: of several, the one that began at this door."""
    found = select(Order).where(
        Order.coop_id == coop_id, Order.return_of_id == failed.order_id, Order.state != "cancelled"
    )
    for returned in db.session.scalars(found.with_for_update().execution_options(populate_existing=True)).all():
        pickup = list_tasks(coop_id, returned.id)[0]
        if (pickup.address, pickup.lonlat) == (failed.address, failed.lonlat):
            return returned
    return None
