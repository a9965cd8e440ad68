"""How late stops come: learned from finished ones, read by whoever tells a time, applied when a stop has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock
from dispatch.core.db import db

from . import arrival_rules, rules
from .models import Lateness, Task

LEARN_FROM = timedelta(days=60)
"""Older arrivals say little of today: other riders, another number of orders."""

MOST_ARRIVALS = 600
"""The newest of each kind and occasion count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessView:
    """What is known of one kind of stop on one occasion."""

    kind: str
    occasion: str
    lateness: arrival_rules.Lateness
    learned_at: datetime


def learn(coop_id: UUID) -> int:
    """Weigh anew how late stops come; the number of arrivals looked at. A repeat finds the same."""
    count = 0
    for kind in arrival_rules.KINDS:
        for occasion in arrival_rules.OCCASIONS:
            arrivals = list(_arrivals(coop_id, kind, occasion))
            if arrivals:
                _keep(coop_id, kind, occasion, arrival_rules.learn(arrivals, occasion))
            count += len(arrivals)
    return count


def book_of(coop_id: UUID) -> arrival_rules.Book:
    """What to add to planned times in this co-op; what is believed without history where it has none."""
    return {**arrival_rules.BLANK, **{(view.kind, view.occasion): view.lateness for view in list_lateness(coop_id)}}


def list_lateness(coop_id: UUID) -> list[LatenessView]:
    """One per kind and occasion that was met, by name."""
    rows = db.session.scalars(
        select(Lateness).where(Lateness.coop_id == coop_id).order_by(Lateness.kind.desc(), Lateness.occasion.desc())
    )
    return [
        LatenessView(
            kind=row.kind,
            occasion=row.occasion,
            lateness=arrival_rules.Lateness(
                points=tuple((ahead, middle, late) for ahead, middle, late in row.points), sample_size=row.sample_size
            ),
            learned_at=row.learned_at,
        )
        for row in rows
    ]


def retime(coop_id: UUID, run_id: UUID) -> None:
    """Bring a run's times up to date after a stop has ended: its rider is free to go now.

    Arithmetic on the legs of the plan, so that the phone has them with its answer; the planner's own follow. If
    somebody else holds one of the rows, all are left alone: whoever holds it writes newer times.
    """
    now = clock.now()
    mine = Task.coop_id == coop_id, Task.run_id == run_id, Task.state.in_(rules.OPEN_TASK_STATES)
    count = select(func.count()).select_from(Task).where(*mine).correlate(None).scalar_subquery()
    rows = db.session.execute(
        select(Task, count).where(*mine).order_by(Task.position).with_for_update(skip_locked=True)
    ).all()
    stops = [task for task, _ in rows]
    if any(len(stops) < of for _, of in rows) or any(task.leg_s is None or task.state != "assigned" for task in stops):
        return
    ahead = [
        arrival_rules.StopAhead(leg_s=task.leg_s or 0, opens_at=opens_at(task), service_s=task.service_s)
        for task in stops
    ]
    book = book_of(coop_id)
    for before, (task, planned_at) in enumerate(zip(stops, arrival_rules.schedule(ahead, now), strict=True)):
        task.planned_at = planned_at
        task.eta_at, task.eta_late_at = arrival_rules.told(book, task.kind, before, planned_at=planned_at, now=now)


def opens_at(task: Task) -> datetime | None:
    """Before this nothing can be done there."""
    return max((at for at in (task.ready_at, task.window_from) if at is not None), default=None)


def _arrivals(coop_id: UUID, kind: str, occasion: str) -> Iterator[arrival_rules.Arrival]:
    """Arrivals against what the plan said when the rider set off, or when a stop behind others was announced."""
    planned_at, since = (
        (Task.set_off_planned_at, Task.started_at)
        if occasion == "next"
        else (Task.first_planned_at, Task.announced_at)
    )
    begun_at = func.greatest(Task.arrived_at, Task.ready_at, Task.window_from).label("begun_at")
    chosen = select(planned_at.label("planned_at"), since.label("since"), begun_at).where(
        Task.coop_id == coop_id,
        Task.kind == kind,
        Task.arrived_at > clock.now() - LEARN_FROM,
        planned_at.is_not(None),
        since.is_not(None),
    )
    if occasion == "later":
        chosen = chosen.where(Task.first_stops_before > 0)
    rows = db.session.execute(chosen.order_by(Task.arrived_at.desc()).limit(MOST_ARRIVALS))
    return map(_arrival, rows)


def _arrival(row: Row[tuple[datetime, datetime, datetime]]) -> arrival_rules.Arrival:
    return arrival_rules.Arrival(
        ahead_s=(row.planned_at - row.since).total_seconds(), delay_s=(row.begun_at - row.planned_at).total_seconds()
    )


def _keep(coop_id: UUID, kind: str, occasion: str, found: arrival_rules.Lateness) -> None:
    values = {
        "points": [[ahead, round(middle, 1), round(late, 1)] for ahead, middle, late in found.points],
        "sample_size": found.sample_size,
        "learned_at": clock.now(),
    }
    row = insert(Lateness).values(coop_id=coop_id, kind=kind, occasion=occasion, **values)
    db.session.execute(
        row.on_conflict_do_update(index_elements=[Lateness.coop_id, Lateness.kind, Lateness.occasion], set_=values)
    )


def note(task: Task, action: str, happened_at: datetime, *, was: str) -> None:
    """Write down when a task was begun, reached or ended, or that it was not. `was`: its state before.

    Conflict for a step that is heard after what followed it and was not before that.
    """
    is_late = task.state == was
    if is_late and action == "start":
        reached_at = task.arrived_at or task.ended_at
        rules.check_heard_late(action, happened_at, known_at=task.started_at, before=reached_at)
        task.started_at = happened_at
    elif is_late and action == "arrive":
        rules.check_heard_late(action, happened_at, known_at=task.arrived_at, before=task.ended_at)
        task.arrived_at = happened_at
    elif action == "start":
        task.started_at, task.set_off_planned_at = happened_at, task.planned_at
    elif action == "arrive":
        task.arrived_at = happened_at
    elif action in ("complete", "fail"):
        task.arrived_at, task.ended_at = task.arrived_at or happened_at, happened_at
    elif action == "restore":
        _forget(task)


def _forget(task: Task) -> None:
    """What was taken back has no time."""
    if task.state != "arrived":
        task.arrived_at = None
    if task.state == "assigned":
        task.started_at = task.set_off_planned_at = None
    task.ended_at = task.ended_by = task.fail_reason = None
