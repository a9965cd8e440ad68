"""Goods on the bike of a rider who cannot ride on: they stay there until somebody has them who can. Never commits."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update

from dispatch.core import clock
from dispatch.core.db import db

from . import runs, services
from .models import Order, Run, Task
from .rules import OPEN_TASK_STATES

STRANDED = "stranded"
"""Why such an order has no rider: its goods are on the bike of one who has stopped."""


def strand(coop_id: UUID, order_ids: Collection[UUID]) -> None:
    """Say so of orders whose rider has stopped; what was told of their times holds no longer."""
    unserved = {"code": STRANDED, "facts": {}, "since": clock.now().isoformat()}
    db.session.execute(
        update(Order).where(Order.coop_id == coop_id, Order.id.in_(order_ids)).values(unserved=unserved)
    )
    db.session.execute(
        update(Task)
        .where(Task.coop_id == coop_id, Task.order_id.in_(order_ids), Task.state.in_(OPEN_TASK_STATES))
        .values(planned_at=None, eta_at=None, eta_late_at=None, leg_s=None)
    )


def take_along(coop_id: UUID, rider_id: UUID, run_id: UUID, member_id: UUID) -> None:
    """Put what stayed on the bike of a rider who rides again into the new run."""
    order_ids = {task.order_id for task in _left_with(coop_id, rider_id)}
    if not order_ids:
        return
    runs.lock_runs_of(coop_id, order_ids)
    services.lock_orders(coop_id, order_ids)
    stops = [runs.as_it_is(task) for task in _left_with(coop_id, rider_id)]
    touched = runs.set_stops(coop_id, run_id, stops, actor="rider", member_id=member_id)
    db.session.execute(update(Order).where(Order.coop_id == coop_id, Order.id.in_(touched)).values(unserved=None))
    services.settle_states(coop_id, touched)


def _left_with(coop_id: UUID, rider_id: UUID) -> list[Task]:
    """Open tasks in runs of a rider that are over: their goods are on the bike."""
    return list(
        db.session.scalars(
            select(Task)
            .join(Run, (Run.coop_id == Task.coop_id) & (Run.id == Task.run_id))
            .where(
                Task.coop_id == coop_id,
                Task.state.in_(OPEN_TASK_STATES),
                Run.rider_id == rider_id,
                Run.closed_at.is_not(None),
            )
            .order_by(Run.opened_at, Task.position)
            .execution_options(populate_existing=True)
        )
    )
