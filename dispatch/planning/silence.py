"""Riders who went silent in the middle of work, and what handing over their orders would cost.

Found when a board looks, so that an alert is gone as soon as the rider is heard of, and each minute for those who look
at none; nobody is stopped for being silent (decision 0195). The price of handing over is a trial on the last published
plan, in the web process, only while somebody is silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import redis
from sqlalchemy import and_, func, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.orders import queries as orders
from dispatch.orders.models import Task, TaskEvent
from dispatch.orders.views import RunView, TaskView
from riders import heard
from riders.models import RiderBreak
from riders.queries import OnShift, list_on_shift
from riders.shifts.queries import count_breaks

from . import published
from .published import Published
from .remedies import Handover, hand_over
from .rules import in_riding_order
from .silence_rules import Limits, Signs, expected_by, is_silent
from .snapshot import active_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A rider of whom nothing is heard since `heard_at`, the stop that should be done by `expected_by`, and the orders.

    `to_others`, `on_bike`: open orders whose goods are not fetched yet, and those whose goods are on the bike.
    `remedy`: what others would pay for the former; None while no fresh plan knows.
    """

    on_shift: OnShift
    heard_at: datetime
    stop: TaskView
    expected_by: datetime
    to_others: int
    on_bike: int
    remedy: Handover | None


def list_silent(client: redis.Redis, coop_id: UUID, *, is_priced: bool = True) -> list[Silence]:
    """The co-op's silent riders whom no coordinator is on, the longest silence first. `is_priced`: with the remedy."""
    now, rules = clock.now(), active_rules(coop_id, clock.now())
    limits = Limits(after_s=rules.silent_after_s, unshared_after_s=rules.silent_unshared_s)
    at_work = {each.run_id: each for each in list_on_shift(coop_id) if each.run_id is not None}
    zones = {each.shift.zone_id for each in at_work.values()}
    runs = [run for zone_id in sorted(zones) for run in orders.list_open_runs(coop_id, zone_id)]
    busy = [run for run in runs if run.tasks and run.id in at_work]
    if not busy:
        return []
    signs = _signs(client, coop_id, [(at_work[run.id], run) for run in busy])
    known = heard.hushed(client, coop_id, [run.rider_id for run in busy])
    found = []
    for run in busy:
        if known.get(run.rider_id) == signs[run.id].heard_at:
            continue
        if not is_silent(in_riding_order(run.tasks)[0], signs[run.id], limits, now):
            continue
        view = published.find_fresh(client, coop_id, run.zone_id) if is_priced else None
        found.append(_silence(view, at_work[run.id], run, signs[run.id]))
    return sorted(found, key=lambda each: each.heard_at)


def hush(client: redis.Redis, coop_id: UUID, rider_id: UUID) -> None:
    """A coordinator is on it: the silence that is there now is told no more."""
    for silence in list_silent(client, coop_id):
        if silence.on_shift.rider.id == rider_id:
            heard.hush(client, coop_id, rider_id, silence.heard_at)


def _silence(view: Published | None, on_shift: OnShift, run: RunView, signs: Signs) -> Silence:
    stop = in_riding_order(run.tasks)[0]
    order_ids = {task.order_id for task in run.tasks}
    waiting = {task.order_id for task in run.tasks if task.kind == "pickup"}
    return Silence(
        on_shift=on_shift,
        heard_at=signs.heard_at,
        stop=stop,
        expected_by=expected_by(stop, signs),
        to_others=len(waiting),
        on_bike=len(order_ids - waiting),
        remedy=None if view is None else hand_over(view.problem, view.plan, str(run.id)),
    )


def _signs(
    client: redis.Redis, coop_id: UUID, busy: Sequence[tuple[OnShift, RunView]]
) -> dict[UUID, Signs]:
    """By run what was heard of its rider, in a fixed number of statements."""
    asked = heard.last(client, coop_id, [each.rider.member_id for each, _run in busy])
    acted = _acted(coop_id, [run.id for _each, run in busy])
    shift_ids = [each.shift.id for each, _run in busy]
    rested, breaks = _rested(coop_id, shift_ids), count_breaks(coop_id, shift_ids)
    return {
        run.id: _signs_of(
            each,
            [at for at in (acted.get(run.id), rested.get(each.shift.id)) if at is not None],
            asked.get(each.rider.member_id),
            has_rested=each.shift.id in breaks,
        )
        for each, run in busy
    }


def _signs_of(on_shift: OnShift, done: Sequence[datetime], asked_at: datetime | None, *, has_rested: bool) -> Signs:
    shift = on_shift.shift
    acted_at = max([*done, shift.signed_on_at or shift.starts_at])
    is_break_due = not has_rested and shift.break_from is not None and shift.break_from <= clock.now()
    return Signs(
        acted_at=acted_at,
        heard_at=max(acted_at, on_shift.seen_at, asked_at or acted_at),
        shares_place=on_shift.rider.shares_position,
        is_resting=shift.break_began_at is not None,
        rest_s=shift.planned_break_s if is_break_due else 0,
    )


def _acted(coop_id: UUID, run_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """By run when its rider last told of something done, as we heard it: a dead zone tells late."""
    rows = db.session.execute(
        select(Task.run_id, func.max(TaskEvent.received_at))
        .join(TaskEvent, and_(TaskEvent.coop_id == Task.coop_id, TaskEvent.task_id == Task.id))
        .where(Task.coop_id == coop_id, Task.run_id.in_(run_ids), TaskEvent.actor == "rider")
        .group_by(Task.run_id)
    )
    return {run_id: at for run_id, at in rows if run_id is not None}


def _rested(coop_id: UUID, shift_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """By shift when its last break ended."""
    rows = db.session.execute(
        select(RiderBreak.shift_id, func.max(RiderBreak.ended_at))
        .where(RiderBreak.coop_id == coop_id, RiderBreak.shift_id.in_(shift_ids), RiderBreak.ended_at.is_not(None))
        .group_by(RiderBreak.shift_id)
    )
    return {shift_id: at for shift_id, at in rows if at is not None}
