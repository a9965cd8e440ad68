"""Ride test orders: a robot courier moves them through the real state machine, webhooks and tracking included."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db, end_read, transaction
from dispatch.orders import returns
from dispatch.orders import services as orders
from dispatch.orders.models import Order, Task
from dispatch.orders.rules import OPEN_TASK_STATES
from dispatch.orders.services import Actor, Stamp

from . import simulation_rules as rules

ROBOT = Actor(kind="simulation")
NO_RIDER = {"code": "no_rider", "detail": "the scenario of this test order is that no rider is found"}


def ride_test_orders(coop_id: UUID) -> None:
    """Take every step that is due on a co-op's open test orders, one transaction an order."""
    open_tests = select(Order.id).where(
        Order.coop_id == coop_id, Order.is_test.is_(True), Order.ended_at.is_(None)
    )
    order_ids = db.session.scalars(open_tests.order_by(Order.id)).all()
    end_read()
    for order_id in order_ids:
        with transaction():
            ride(coop_id, order_id)


def ride(coop_id: UUID, order_id: UUID) -> None:
    """Take the due steps of one test order; harmless to repeat. Never commits."""
    order = orders.lock_order(coop_id, order_id)
    chosen = order.simulation
    if chosen is None or order.ended_at is not None:
        return
    if chosen["scenario"] == "no_rider":
        order.unserved = order.unserved or NO_RIDER | {"since": clock.now().isoformat()}
        return
    tasks = orders.list_tasks(coop_id, order_id)
    script = rules.write_script(chosen["scenario"], _ride_of(order, len(tasks) - 1))
    due = rules.count_due(script, _seconds_since(order.placed_at), chosen["speed"])
    for step in script[chosen["steps_taken"] : due]:
        _take(coop_id, order, tasks[step.task], step)
    order.simulation = {**chosen, "steps_taken": max(due, chosen["steps_taken"])}


def _take(coop_id: UUID, order: Order, task: Task, step: rules.Step) -> None:
    if step.action == "assign" and task.state not in OPEN_TASK_STATES:
        return
    orders.act_on_task(coop_id, task.id, step.action, actor=ROBOT, stamp=Stamp(), reason=step.reason)
    if step.action == "fail":
        returned = returns.place_return(coop_id, order, task, coop_key=get_coop(coop_id).key, rider_run_id=None)
        returned.simulation = choose("delivered", (order.simulation or {}).get("speed", rules.USUAL_SPEED))


def choose(scenario: str = "delivered", speed: float = rules.USUAL_SPEED) -> dict[str, Any]:
    """What an order remembers of its simulation."""
    return {"scenario": scenario, "speed": speed, "steps_taken": 0}


def _ride_of(order: Order, drops: int) -> rules.Ride:
    promised = order.promised_dropoff_at
    return rules.Ride(
        drops=drops,
        route_m=order.route_m,
        promised_s=(promised - order.placed_at).total_seconds() if promised else None,
        is_return=order.return_of_id is not None,
    )


def _seconds_since(moment: datetime) -> float:
    return (clock.now() - moment).total_seconds()
