"""Take back what was done to a stop: a start, an arrival, a delivery, a failure whose way back is not begun.

Never commits.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from dispatch.core.db import db
from dispatch.core.errors import Conflict, NotFound
from dispatch.orders import returns, runs
from dispatch.orders import services as orders
from dispatch.orders.models import Order, Run, Task
from dispatch.orders.rules import ENDED_TASK_STATES
from dispatch.orders.services import Actor, Stamp

from . import pay


def take_back(coop_id: UUID, task: Task, *, actor: Actor, stamp: Stamp) -> tuple[Task, Order]:
    """Open a stop again in the run that it was done in, and reverse what it had earned.

    Conflict once something that follows from it has begun: a drop after a pickup, the way back after a failed drop (for
    its rider; a coordinator may stop that until the parcel is there), the next shift.
    """
    _check_run(coop_id, task)
    run_id, was = task.run_id, task.state
    if was == "failed" and task.kind == "dropoff":
        returns.cancel_return(coop_id, task, actor=actor)
    moved, order = orders.act_on_task(coop_id, task.id, "restore", actor=actor, stamp=stamp)
    if was in ENDED_TASK_STATES:
        pay.undo_earning(coop_id, moved, reason=f"taken back by the {actor.kind}")
    if order.return_of_id is not None:  # the goods are not back after all
        original = orders.lock_order(coop_id, order.return_of_id)
        orders.settle_state(original, orders.list_tasks(coop_id, original.id))
    if run_id is not None and was in ENDED_TASK_STATES and moved.kind == "pickup":
        fresh = [other for other in orders.list_tasks(coop_id, order.id) if other.state == "todo"]
        append(coop_id, run_id, fresh, actor=actor)
    return moved, order


def take_back_by_hand(coop_id: UUID, order_id: UUID, task_id: UUID, member_id: UUID) -> Order:
    """As a coordinator, where the phone cannot or for a rider who calls; the rider's phone is told."""
    runs.lock_runs_of(coop_id, [order_id])
    task = next((each for each in orders.list_tasks(coop_id, order_id) if each.id == task_id), None)
    if task is None:
        raise NotFound(f"order {order_id} has no task {task_id}")
    actor = Actor(kind="coordinator", member_id=member_id)
    moved, order = take_back(coop_id, task, actor=actor, stamp=Stamp())
    if moved.run_id is not None:
        runs.bump_run(coop_id, moved.run_id)
    return order


def append(coop_id: UUID, run_id: UUID, tasks: list[Task], *, actor: Actor) -> None:
    """Put tasks behind the open stops of a run, as its rider wants."""
    if not tasks:
        return
    stops = [runs.as_it_is(item) for item in [*runs.open_tasks(coop_id, run_id), *tasks]]
    runs.set_stops(coop_id, run_id, stops, actor=actor.kind, member_id=actor.member_id)
    runs.bump_run(coop_id, run_id)


def _check_run(coop_id: UUID, task: Task) -> None:
    closed = select(Run.closed_at).where(Run.coop_id == coop_id, Run.id == task.run_id)
    if task.run_id is None or db.session.scalar(closed) is not None:
        raise Conflict("the shift of this stop is over: it cannot be opened again", code="stop_closed")
