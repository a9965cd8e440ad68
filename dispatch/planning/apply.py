"""Write a plan, in one short transaction, onto the rows it was made for. Never onto rows that changed meanwhile.

Locks are taken in the order that everybody keeps: runs by id, orders by id, tasks, and the zone last.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, or_, select, update

from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import StaleVersion
from dispatch.orders import decisions, forgetting, runs, services
from dispatch.orders.models import Order, Task
from dispatch.orders.rules import OPEN_TASK_STATES

from .changes import PlanChange, RunChange
from .models import PlanProposal, PlanRound, RiderChoice, WorkOffer
from .rules import in_riding_order

DECISIONS_KEPT = timedelta(days=365)
ROUNDS_KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(days=30)
"""What riders said to offers, and who was not to be asked again for an order that has long ended."""


_IS_OPEN = or_(*(Task.state == state for state in OPEN_TASK_STATES))
_NEW_TIMES = (
    update(Task)
    .where(
        Task.coop_id == bindparam("coop"),
        Task.id == bindparam("task"),
        Task.run_id == bindparam("run"),
        _IS_OPEN,
    )
    .values(
        planned_at=bindparam("planned"), eta_at=bindparam("eta"), eta_late_at=bindparam("late"), leg_s=bindparam("leg")
    )
)
"""One statement for all stops whose times moved: they are many, and often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Whose plan it is: the planner's own (`automatic`), or a proposal that a coordinator accepted."""

    actor: str = "planner"
    mode: str = "automatic"
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTimes:
    """When a rider is expected at stops of their run: as likely as not by the first, nine times in ten by the other."""

    rider_id: UUID
    times: Mapping[UUID, tuple[datetime, datetime | None]]

    def as_json(self) -> dict[str, Any]:
        """As phones hear it."""
        times = {str(task_id): [at and at.isoformat() for at in both] for task_id, both in self.times.items()}
        return {"rider_id": str(self.rider_id), "times": times}


def write_plan(
    coop_id: UUID, change: PlanChange, records: Mapping[UUID, dict[str, Any]], author: Author, rule_version: str
) -> int:
    """Put the plan into force; the number of runs that changed.

    StaleVersion if a run was changed, or an order that would move was begun, since the plan was made. A stop begun or
    finished meanwhile in a run that keeps it is respected.
    """
    wanted = [run for run in sorted(change.changed_runs, key=lambda run: run.run_id)]
    for run in wanted:
        runs.lock_run(coop_id, run.run_id, expected_version=run.version)
    _lock_orders(coop_id, wanted, [offered.order_id for offered in change.offered])
    tasks = _tasks(coop_id, wanted)
    touched: set[UUID] = set()
    bumped = 0
    for run in wanted:
        stops = _still_to_do(run, tasks)
        before = [task.id for task in runs.open_tasks(coop_id, run.run_id)]
        touched |= runs.set_stops(coop_id, run.run_id, stops, actor=author.actor, member_id=author.member_id)
        if before != [stop.task_id for stop in stops]:
            runs.bump_run(coop_id, run.run_id)
            bumped += 1
        else:
            runs.touch_run(coop_id, run.run_id)
    services.settle_states(coop_id, touched)
    _clear_unserved(coop_id, change.given.keys())
    note_unserved(coop_id, change.unserved)
    for order_id, record in records.items():
        if order_id not in change.given:
            continue
        decisions.store(
            coop_id,
            order_id,
            rider_id=UUID(record["winner"]["rider_id"]),
            run_id=change.given[order_id],
            mode=author.mode,
            rule_version=rule_version,
            record=record if author.member_id is None else {**record, "accepted_by": str(author.member_id)},
        )
    db.session.flush()
    return bumped


def refresh_times(coop_id: UUID, change: PlanChange, *, at_least_s: int = 20) -> list[NewTimes]:
    """Bring arrival times of unchanged runs up to date, where they differ by more than a trifle; what phones show now.

    The runs are touched: a phone that does not hear of the new times gets them with the next answer to its question.
    Runs whose riders have got on since the plan was begun are left to the next plan: they know newer times.
    """
    stops = {stop.task_id: (run, stop) for run in change.runs if not run.is_changed for stop in run.stops}
    if not stops:
        return []
    known = db.session.execute(
        select(Task.id, Task.eta_at)
        .where(Task.coop_id == coop_id, Task.id.in_(stops), _IS_OPEN)
        .order_by(Task.id)
    )
    other = [
        {"coop": coop_id, "task": task_id, "run": run.run_id, "planned": stop.planned_at, "eta": stop.eta_at,
         "late": stop.eta_late_at, "leg": stop.leg_s}
        for task_id, eta_at in known.all()
        for run, stop in (stops[task_id],)
        if stop.eta_at is not None and not (eta_at and abs((eta_at - stop.eta_at).total_seconds()) < at_least_s)
    ]
    if not other:
        return []
    run_of = {run.run_id: run for run in change.runs}
    unmoved = runs.touch_unmoved(coop_id, {row["run"]: run_of[row["run"]].touched for row in other})
    times: dict[UUID, dict[UUID, tuple[datetime, datetime | None]]] = {run_id: {} for run_id in unmoved}
    kept = [row for row in other if row["run"] in unmoved]
    for row in kept:
        times[row["run"]][row["task"]] = row["eta"], row["late"]
    if kept:
        db.session.connection().execute(_NEW_TIMES, kept)
    return [NewTimes(rider_id=run_of[run_id].rider_id, times=moved) for run_id, moved in times.items()]


def record_round(coop_id: UUID, zone_id: UUID, **facts: Any) -> None:
    """Keep what a round of planning looked at, found and took."""
    db.session.add(PlanRound(coop_id=coop_id, id=uuid4(), zone_id=zone_id, **facts))


def refuse(coop_id: UUID, zone_id: UUID, reason: str) -> None:
    """Raise the alert that the checker refused a plan."""
    outbox.record(coop_id, events.PlanRefused(zone_id=zone_id, reason=reason[:500]))


def _lock_orders(coop_id: UUID, wanted: Sequence[RunChange], offered: Sequence[UUID]) -> None:
    """Lock every order with a task in a changed run, before or after, and those to be offered."""
    ids = {task_id for run in wanted for task_id in (*run.before, *(stop.task_id for stop in run.stops))}
    db.session.execute(
        select(Order.id)
        .where(Order.coop_id == coop_id, Order.id.in_(_orders_of(coop_id, ids).union(offered)))
        .order_by(Order.id)
        .with_for_update()
    )


def _orders_of(coop_id: UUID, task_ids: Collection[UUID]) -> set[UUID]:
    """The orders of these tasks; asked for on their own, because a flood of new rows spoils plans of joint queries."""
    return set(db.session.scalars(select(Task.order_id).where(Task.coop_id == coop_id, Task.id.in_(task_ids))))


def _tasks(coop_id: UUID, wanted: Sequence[RunChange]) -> dict[UUID, Task]:
    """Every task of those orders as it is now that nobody else can change it."""
    ids = {stop.task_id for run in wanted for stop in run.stops}
    rows = db.session.scalars(
        select(Task)
        .where(Task.coop_id == coop_id, Task.order_id.in_(_orders_of(coop_id, ids)))
        .execution_options(populate_existing=True)
    )
    return {task.id: task for task in rows}


def _still_to_do(run: RunChange, tasks: Mapping[UUID, Task]) -> list[runs.PlannedStop]:
    """The planned stops without those finished or cancelled meanwhile, what was begun meanwhile in front."""
    ended_orders = {task.order_id for task in tasks.values() if task.state in ("done", "failed")}
    staying = set(run.before)
    stops = []
    for stop in run.stops:
        task = tasks[stop.task_id]
        if task.state not in OPEN_TASK_STATES:
            continue
        if task.id not in staying and (task.state not in ("todo", "assigned") or _has_begun(task, tasks, ended_orders)):
            raise StaleVersion(f"order {task.order_id} was begun while it was being planned for another rider")
        stops.append(stop)
    state_of = {stop.task_id: tasks[stop.task_id] for stop in stops}
    order = [task.id for task in in_riding_order([state_of[stop.task_id] for stop in stops])]
    return sorted(stops, key=lambda stop: order.index(stop.task_id))


def _has_begun(task: Task, tasks: Mapping[UUID, Task], ended_orders: set[UUID]) -> bool:
    """Whether the goods of a task are on somebody's bike."""
    return task.order_id in ended_orders and any(
        other.order_id == task.order_id and other.kind == "pickup" and other.state == "done" and other.run_id
        for other in tasks.values()
    )


def _clear_unserved(coop_id: UUID, served: Collection[UUID]) -> None:
    """Say nothing more of orders that have a rider now."""
    if served:
        db.session.execute(
            update(Order)
            .where(Order.coop_id == coop_id, Order.id.in_(served), Order.unserved.is_not(None))
            .values(unserved=None)
        )


def note_unserved(coop_id: UUID, reasons: Mapping[UUID, dict[str, Any]]) -> None:
    """Say of each order without a rider why: a code with its facts."""
    known = dict(
        db.session.execute(
            select(Order.id, Order.unserved).where(Order.coop_id == coop_id, Order.id.in_(reasons))
        ).tuples().all()
    )
    now, alike = clock.now().isoformat(), defaultdict(list)
    for order_id, reason in reasons.items():
        old = known.get(order_id)
        if old and old.get("code") == reason["code"] and old.get("facts") == reason["facts"]:
            continue
        since = old["since"] if old and old.get("code") == reason["code"] else now
        alike[json.dumps({**reason, "since": since}, sort_keys=True)].append(order_id)
    for unserved, order_ids in alike.items():
        db.session.execute(
            update(Order)
            .where(Order.coop_id == coop_id, Order.id.in_(order_ids), Order.ended_at.is_(None))
            .values(unserved=json.loads(unserved))
        )


def forget_old(coop_id: UUID) -> int:
    """Delete decision records after 12 months; rounds, decided proposals and answers to offers after 30 days."""
    now = clock.now()
    gone = decisions.forget_before(coop_id, now - DECISIONS_KEPT)
    forgetting.forget_barred(coop_id, now - ANSWERS_KEPT)
    for statement in (
        delete(PlanProposal).where(
            PlanProposal.coop_id == coop_id, PlanProposal.state != "open", PlanProposal.made_at < now - ROUNDS_KEPT
        ),
        delete(PlanRound).where(PlanRound.coop_id == coop_id, PlanRound.started_at < now - ROUNDS_KEPT),
        delete(RiderChoice).where(RiderChoice.coop_id == coop_id, RiderChoice.made_at < now - ANSWERS_KEPT),
        delete(WorkOffer).where(
            WorkOffer.coop_id == coop_id, WorkOffer.state != "open", WorkOffer.made_at < now - ANSWERS_KEPT
        ),
    ):
        gone += int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
    return gone
