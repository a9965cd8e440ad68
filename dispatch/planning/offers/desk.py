"""What one decision of a rider looks at, locked, and how an order comes into a run or leaves it. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Conflict
from dispatch.orders import queries as orders
from dispatch.orders import runs
from dispatch.orders import services as order_services
from dispatch.orders.models import Order, Task
from dispatch.orders.rules import OPEN_TASK_STATES
from dispatch.orders.runs import PlannedStop
from dispatch.orders.views import RunView
from dispatch.planning.crew import today
from dispatch.planning.models import WorkOffer
from dispatch.planning.rules import mode_of
from dispatch.planning.snapshot import active_rules
from riders import able
from riders.queries import RiderView, ShiftView, get_shift

from . import rules


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What one decision looks at, all of it locked: the rider's run and shift, the order, its tasks, who has it."""

    coop_id: UUID
    rider: RiderView
    run: RunView
    shift: ShiftView
    order: Order
    tasks: list[Task]
    offer: WorkOffer | None
    mode: str

    @property
    def open_tasks(self) -> list[Task]:
        """What is still to be done for the order."""
        return [task for task in self.tasks if task.state in OPEN_TASK_STATES]

    @property
    def holder(self) -> UUID | None:
        """The run that has the order."""
        return next((task.run_id for task in self.open_tasks if task.run_id), None)

    @property
    def facts(self) -> rules.OrderFacts:
        """The order as the rules see it."""
        return rules.OrderFacts(
            is_open=bool(self.open_tasks) and self.order.ended_at is None,
            is_picked_up=any(task.kind == "pickup" and task.state == "done" for task in self.tasks),
            holder=self.holder,
            offered_to=self.offer.rider_id if self.offer is not None else None,
            weight_g=self.order.weight_g,
            volume_ml=self.order.volume_ml,
            skills=frozenset(self.order.skills),
        )

    @property
    def waiting(self) -> int:
        """Orders in the rider's run that they are not under way to fetch yet."""
        stops = runs.open_tasks(self.coop_id, self.run.id)
        return sum(task.kind == "pickup" and task.state == "assigned" for task in stops)

    def check_fits(self, rider: RiderView, shift: ShiftView) -> None:
        """Conflict unless this rider may carry the order, on the bike of this shift."""
        held = able.skills_on(self.coop_id, today(self.coop_id)).get(rider.id, frozenset())
        rules.check_fits(
            self.facts,
            capacity_g=shift.capacity_g,
            capacity_ml=shift.capacity_ml,
            skills=held.union(shift.equipment),
        )


def open_desk(coop_id: UUID, rider: RiderView, order_id: UUID) -> Desk:
    """Lock everything that deciding about an order may change; Conflict for a rider who is not at work."""
    mine = orders.find_open_run_of_rider(coop_id, rider.id)
    if mine is None:
        raise Conflict("you are not at work: sign on first", code="not_on_shift")
    held = db.session.scalars(
        select(Task.run_id).where(Task.coop_id == coop_id, Task.order_id == order_id, Task.run_id.is_not(None))
    )
    locked = {mine.id, *(run_id for run_id in held if run_id is not None)}
    for run_id in sorted(locked):
        runs.lock_run(coop_id, run_id)
    order = order_services.lock_order(coop_id, order_id)
    tasks = order_services.list_tasks(coop_id, order_id)
    if any(task.run_id not in locked for task in tasks if task.run_id and task.state in OPEN_TASK_STATES):
        raise Conflict("this order has gone to somebody else meanwhile", code="taken")
    shift = get_shift(coop_id, mine.shift_id)
    if not shift.is_open:
        raise Conflict("your shift is over", code="not_on_shift")
    return Desk(
        coop_id=coop_id,
        rider=rider,
        run=mine,
        shift=shift,
        order=order,
        tasks=tasks,
        offer=_lock_open_offer(coop_id, order_id),
        mode=_mode(coop_id, order),
    )


def take(desk: Desk, plan: Sequence[dict[str, Any]]) -> None:
    """Put the order into the rider's run, where the plan had it if the run is still as it was then."""
    source = desk.holder
    if source is not None and source != desk.run.id:
        leave(desk.coop_id, source, desk.order.id, desk.rider.member_id)
    stays = {task.id: task for task in runs.open_tasks(desk.coop_id, desk.run.id)}
    comes = {task.id: task for task in desk.open_tasks}
    planned = [UUID(stop["task_id"]) for stop in plan]
    times = {UUID(stop["task_id"]): stop for stop in plan}
    begun = [task.id for task in stays.values() if task.state in ("started", "arrived")]
    ids = rules.merged(planned, list(stays), list(comes))
    ordered = [*begun, *(task_id for task_id in ids if task_id not in begun)]
    stops = [
        runs.as_it_is(stays[task_id]) if task_id in stays else _new(task_id, times.get(task_id))
        for task_id in ordered
    ]
    runs.set_stops(desk.coop_id, desk.run.id, stops, actor="rider", member_id=desk.rider.member_id)
    runs.bump_run(desk.coop_id, desk.run.id)
    for task in desk.tasks:
        task.pinned_rider_id, task.is_sequenced = None, False
    desk.order.barred_riders = [barred for barred in desk.order.barred_riders if barred != str(desk.rider.id)]
    desk.order.unserved = None
    order_services.settle_state(desk.order, order_services.list_tasks(desk.coop_id, desk.order.id))


def leave(coop_id: UUID, run_id: UUID, order_id: UUID, member_id: UUID) -> None:
    """Take an order out of a run."""
    stops = [runs.as_it_is(task) for task in runs.open_tasks(coop_id, run_id) if task.order_id != order_id]
    runs.set_stops(coop_id, run_id, stops, actor="rider", member_id=member_id)
    runs.bump_run(coop_id, run_id)


def _new(task_id: UUID, stop: dict[str, Any] | None) -> PlannedStop:
    return PlannedStop(task_id=task_id) if stop is None else runs.stop_from_json(stop)


def _mode(coop_id: UUID, order: Order) -> str:
    now = clock.now()
    return mode_of(
        order.plan_mode,
        get_coop(coop_id).plan_mode,
        placed_at=order.placed_at,
        now=now,
        board_s=active_rules(coop_id, now).open_board_s,
        is_return=order.return_of_id is not None,
    )


def _lock_open_offer(coop_id: UUID, order_id: UUID) -> WorkOffer | None:
    return db.session.scalar(
        select(WorkOffer)
        .where(WorkOffer.coop_id == coop_id, WorkOffer.order_id == order_id, WorkOffer.state == "open")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
