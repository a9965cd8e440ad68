"""The only writers of runs: open, close, and put tasks into an order of stops."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import NotFound, StaleVersion

from . import rules
from .models import Run, Task, TaskEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStop:
    """One task in its place in a run: when the plan is there, what is told of it, and the leg that leads to it."""

    task_id: UUID
    planned_at: datetime | None = None
    eta_at: datetime | None = None
    eta_late_at: datetime | None = None
    leg_s: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept with an offer or a proposal."""
        moments = {name: getattr(self, name) for name in MOMENTS}
        texts = {name: at.isoformat() if at else None for name, at in moments.items()}
        return {"task_id": str(self.task_id), **texts, "leg_s": self.leg_s}


MOMENTS = ("planned_at", "eta_at", "eta_late_at")


def stop_from_json(kept: Mapping[str, Any]) -> PlannedStop:
    """A stop that was kept with an offer or a proposal."""
    moments = {name: datetime.fromisoformat(text) if (text := kept.get(name)) else None for name in MOMENTS}
    return PlannedStop(task_id=UUID(kept["task_id"]), leg_s=kept["leg_s"], **moments)


def as_it_is(task: Task) -> PlannedStop:
    """A task whose times stay until the planner has new ones."""
    return PlannedStop(task_id=task.id, leg_s=task.leg_s, **{name: getattr(task, name) for name in MOMENTS})


def open_run(coop_id: UUID, *, shift_id: UUID, rider_id: UUID, zone_id: UUID) -> Run:
    """The empty run of a shift that just began."""
    run = Run(
        coop_id=coop_id,
        id=uuid4(),
        shift_id=shift_id,
        rider_id=rider_id,
        zone_id=zone_id,
        version=1,
        touched=1,
        opened_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    return run


def close_run(coop_id: UUID, run_id: UUID, *, strands: bool = False) -> list[UUID]:
    """End a run: tasks not begun go back to be planned again. Returns the tasks handed back.

    Tasks whose parcel is on the bike stay in the run: the rider keeps them until they are delivered. `strands`: the
    rider cannot bring them, the run is over all the same.
    """
    run = lock_run(coop_id, run_id)
    carried = carried_orders(coop_id, run_id)
    handed_back = []
    for task in open_tasks(coop_id, run_id):
        if task.order_id not in carried:
            take_out(task, actor="system", member_id=None)
            handed_back.append(task.id)
    if strands or not carried:
        run.closed_at = clock.now()
    db.session.flush()
    bump_run(coop_id, run_id)
    return handed_back


def lock_runs_of(coop_id: UUID, order_ids: Collection[UUID]) -> None:
    """Locks are taken in one order, so that nobody waits in a circle: runs by id, then orders, then tasks."""
    run_ids = select(Task.run_id).where(
        Task.coop_id == coop_id, Task.order_id.in_(order_ids), Task.run_id.is_not(None)
    )
    db.session.execute(
        select(Run.id).where(Run.coop_id == coop_id, Run.id.in_(run_ids)).order_by(Run.id).with_for_update()
    )


def lock_run(coop_id: UUID, run_id: UUID, *, expected_version: int | None = None) -> Run:
    """The run, locked; NotFound if absent, StaleVersion if someone changed its plan since `expected_version`."""
    run = db.session.get(Run, (coop_id, run_id), with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFound(f"run {run_id} does not exist")
    if expected_version is not None and run.version != expected_version:
        raise StaleVersion(
            f"run {run_id} has version {run.version}, you saw {expected_version}: look at it again",
            current_version=run.version,
        )
    return run


def open_tasks(coop_id: UUID, run_id: UUID) -> list[Task]:
    """A run's tasks that are still to be done, in order."""
    return list(
        db.session.scalars(
            select(Task)
            .where(Task.coop_id == coop_id, Task.run_id == run_id, Task.state.in_(rules.OPEN_TASK_STATES))
            .order_by(Task.position)
            .execution_options(populate_existing=True)
        )
    )


def carried_orders(coop_id: UUID, run_id: UUID) -> set[UUID]:
    """Orders whose parcel is on this run's bike: picked up, not yet dropped."""
    drop = select(Task.order_id).where(
        Task.coop_id == coop_id,
        Task.run_id == run_id,
        Task.kind == "dropoff",
        Task.state.in_(rules.OPEN_TASK_STATES),
    )
    return set(
        db.session.scalars(
            select(Task.order_id).where(
                Task.coop_id == coop_id, Task.kind == "pickup", Task.state == "done", Task.order_id.in_(drop)
            )
        )
    )


def set_stops(
    coop_id: UUID, run_id: UUID, stops: Sequence[PlannedStop], *, actor: str, member_id: UUID | None = None
) -> set[UUID]:
    """Make `stops` the run's open tasks in this order; returns the orders whose state may have changed.

    The caller holds the run's lock and has checked the plan. Tasks that leave are open for planning again (or have been
    put into another run by the same transaction already). Tasks are moved in from wherever they are.
    """
    wanted = [stop.task_id for stop in stops]
    touched: set[UUID] = set()
    for task in open_tasks(coop_id, run_id):
        if task.id not in set(wanted):
            take_out(task, actor=actor, member_id=member_id)
            touched.add(task.order_id)
    tasks = {
        task.id: task
        for task in db.session.scalars(
            select(Task)
            .where(Task.coop_id == coop_id, Task.id.in_(wanted))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    start = _ended_count(coop_id, run_id)
    now = clock.now()
    for stops_before, stop in enumerate(stops):
        if stop.task_id not in tasks:
            raise NotFound(f"task {stop.task_id} does not exist")
        task = tasks[stop.task_id]
        if task.state == "todo" or task.run_id != run_id:
            _put_in(task, run_id, actor, member_id)
            touched.add(task.order_id)
        task.run_id, task.position = run_id, start + stops_before
        task.planned_at, task.eta_at, task.eta_late_at = stop.planned_at, stop.eta_at, stop.eta_late_at
        task.leg_s = stop.leg_s
        if task.announced_at is None:
            task.announced_at = now
            task.first_planned_at, task.first_stops_before = stop.planned_at, stops_before
    db.session.flush()
    return touched


def _ended_count(coop_id: UUID, run_id: UUID) -> int:
    last = db.session.scalar(
        select(func.max(Task.position)).where(
            Task.coop_id == coop_id, Task.run_id == run_id, Task.state.not_in(rules.OPEN_TASK_STATES)
        )
    )
    return 0 if last is None else int(last) + 1


def _put_in(task: Task, run_id: UUID, actor: str, member_id: UUID | None) -> None:
    before = task.state
    if before in ("started", "arrived"):
        task.state = rules.next_task_state(before, "unassign")
    task.state = rules.next_task_state(task.state, "assign")
    task.announced_at = None
    _remember(task, "assign", before, actor=actor, member_id=member_id, data={"run_id": str(run_id)})


def take_out(task: Task, *, actor: str, member_id: UUID | None) -> None:
    """Take an open task out of its run; it waits to be planned again."""
    before, run_id = task.state, task.run_id
    task.state = rules.next_task_state(before, "unassign")
    task.run_id = task.position = None
    task.planned_at = task.eta_at = task.eta_late_at = task.announced_at = task.started_at = task.arrived_at = None
    task.leg_s = None
    _remember(task, "unassign", before, actor=actor, member_id=member_id, data={"run_id": str(run_id)})


def _remember(
    task: Task, action: str, before: str, *, actor: str, member_id: UUID | None, data: dict[str, str]
) -> None:
    now = clock.now()
    db.session.add(
        TaskEvent(
            coop_id=task.coop_id,
            id=uuid4(),
            task_id=task.id,
            action=action,
            state_before=before,
            state_after=task.state,
            actor=actor,
            member_id=member_id,
            happened_at=now,
            received_at=now,
            data=data,
        )
    )


def touch_run(coop_id: UUID, run_id: UUID) -> None:
    """Note that something in a run moved, so that phones fetch it again."""
    db.session.execute(update(Run).where(Run.coop_id == coop_id, Run.id == run_id).values(touched=Run.touched + 1))


def touch_unmoved(coop_id: UUID, seen: Mapping[UUID, int]) -> set[UUID]:
    """Touch those of the runs at whose stops nothing has moved since `touched` was as `seen`; their ids.

    Nobody is waited for: whoever holds a run writes newer times than we have.
    """
    rows = select(Run.id, Run.touched).where(Run.coop_id == coop_id, Run.id.in_(seen))
    held = dict(db.session.execute(rows.with_for_update(skip_locked=True)).tuples().all())
    unmoved = {run_id for run_id, touched in held.items() if touched == seen[run_id]}
    db.session.execute(update(Run).where(Run.coop_id == coop_id, Run.id.in_(unmoved)).values(touched=Run.touched + 1))
    return unmoved


def bump_run(coop_id: UUID, run_id: UUID) -> None:
    """Give a run another version and tell its rider."""
    row = db.session.execute(
        update(Run)
        .where(Run.coop_id == coop_id, Run.id == run_id)
        .values(
            version=Run.version + 1,
            touched=Run.touched + 1,
            unseen_since=func.coalesce(Run.unseen_since, clock.now()),
        )
        .returning(Run.rider_id, Run.version)
    ).one()
    outbox.record(coop_id, events.RunChanged(run_id=run_id, rider_id=row.rider_id, version=row.version))


def note_seen(coop_id: UUID, run_id: UUID, version: int) -> None:
    """The rider's phone has the run as it is in this version."""
    db.session.execute(
        update(Run)
        .where(Run.coop_id == coop_id, Run.id == run_id, Run.version == version)
        .values(unseen_since=None)
    )


def next_position(coop_id: UUID, run_id: UUID) -> int:
    """The position after a run's last task."""
    last = db.session.scalar(select(func.max(Task.position)).where(Task.coop_id == coop_id, Task.run_id == run_id))
    return 0 if last is None else int(last) + 1
