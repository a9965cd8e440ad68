"""What coordinators decide by hand: assign, unassign, reorder, and lift it again. Never commits.

A choice by hand is a constraint for the planner until it is lifted. Everything is versioned: who acts on a run they saw
in an older version gets StaleVersion and looks again. `weighed` is what `weighing` found the choice to cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from dispatch.coop.rules import PLAN_MODES
from dispatch.core import events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, Invalid
from dispatch.geo.services import want_plan
from dispatch.geo.zones import list_zones
from dispatch.orders import by_hand, decisions, queries, runs, services
from dispatch.orders.models import Order, Task
from dispatch.orders.need_rules import Needs
from dispatch.orders.rules import OPEN_TASK_STATES
from dispatch.orders.views import RunView
from riders.queries import get_rider

from . import rules

NOT_WEIGHED: Mapping[str, Any] = {"not_weighed": by_hand.NO_PLAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """Who decides by hand, and what they say about it."""

    member_id: UUID
    name: str
    reason: str = ""


def assign(
    coop_id: UUID,
    order_id: UUID,
    rider_id: UUID,
    by: Coordinator,
    *,
    run_version: int | None,
    position: int | None,
    weighed: Mapping[str, Any] = NOT_WEIGHED,
) -> None:
    """Give an order to a rider, at a place in the run or wherever the planner finds best.

    NotFound for an unknown order or rider, Conflict for goods on board or a rider who is not at work, StaleVersion if
    the rider's run is not the one that was seen.
    """
    target = _run_of(coop_id, rider_id)
    order, tasks, sources = _lock(coop_id, order_id, target.id, run_version)
    _check_movable(order, tasks)
    mine = [task for task in tasks if task.state in OPEN_TASK_STATES]
    for run_id in sorted(sources - {target.id}):
        _keep_without(coop_id, run_id, order_id, by)
    stops = [task for task in runs.open_tasks(coop_id, target.id) if task.order_id != order_id]
    begun = sum(rules.is_begun(task) for task in stops)
    at = len(stops) if position is None else max(begun, min(position, len(stops)))
    _set(coop_id, target.id, [*stops[:at], *mine, *stops[at:]], by)
    for task in mine:
        task.pinned_rider_id = rider_id
        task.is_sequenced = position is not None
    order.barred_riders = [barred for barred in order.barred_riders if barred != str(rider_id)]
    order.unserved = None
    services.settle_state(order, services.list_tasks(coop_id, order_id))
    _remember(coop_id, order, by, weighed, winner=target)
    _replan(coop_id, {order.zone_id, target.zone_id}, "assigned by hand")


def unassign(
    coop_id: UUID,
    order_id: UUID,
    by: Coordinator,
    *,
    run_version: int | None,
    weighed: Mapping[str, Any] = NOT_WEIGHED,
) -> None:
    """Take an order from its rider, who does not get it again; the planner looks for another.

    Conflict for goods on board and for an order nobody has.
    """
    current = queries.get_order(coop_id, order_id)
    run_id = next((task.run_id for task in current.tasks if task.is_open and task.run_id), None)
    if run_id is None or current.rider_id is None:
        raise Conflict(f"order {current.number} is in nobody's run", code="not_assigned")
    order, tasks, sources = _lock(coop_id, order_id, run_id, run_version)
    _check_movable(order, tasks)
    for source in sorted(sources):
        _keep_without(coop_id, source, order_id, by)
    for task in tasks:
        task.pinned_rider_id, task.is_sequenced = None, False
    order.barred_riders = sorted({*order.barred_riders, str(current.rider_id)})
    services.settle_state(order, services.list_tasks(coop_id, order_id))
    _remember(coop_id, order, by, weighed, loser=queries.get_run(coop_id, run_id))
    _replan(coop_id, {order.zone_id}, "unassigned by hand")


def hand_over(coop_id: UUID, order_id: UUID, rider_id: UUID, by: Coordinator, *, run_version: int | None) -> None:
    """Note that a rider has the goods of one who has stopped: they are brought in this run from now on.

    NotFound for an unknown order or rider, Conflict unless the goods are stranded and the rider at work, StaleVersion
    if the rider's run is not the one that was seen.
    """
    target = _run_of(coop_id, rider_id)
    order, tasks, sources = _lock(coop_id, order_id, target.id, run_version)
    before = [queries.get_run(coop_id, run_id) for run_id in sources]
    is_fetched = any(task.kind == "pickup" and task.state == "done" for task in tasks)
    mine = [task for task in tasks if task.state in OPEN_TASK_STATES]
    if not mine or not is_fetched or any(run.closed_at is None for run in before):
        raise Conflict(f"the goods of order {order.number} are not with a rider who has stopped", code="not_stranded")
    _set(coop_id, target.id, [*runs.open_tasks(coop_id, target.id), *mine], by)
    order.unserved = None
    services.settle_state(order, services.list_tasks(coop_id, order_id))
    told = {"not_weighed": by_hand.GOODS_TOLD}
    _remember(coop_id, order, by, told, winner=target, loser=before[0] if before else None)
    _replan(coop_id, {order.zone_id, target.zone_id}, "handed over")


def release(coop_id: UUID, order_id: UUID) -> None:
    """Lift what was decided by hand about an order: the planner is free again."""
    order, tasks, _sources = _lock(coop_id, order_id, None, None)
    for task in tasks:
        task.pinned_rider_id, task.is_sequenced = None, False
    order.barred_riders = []
    _replan(coop_id, {order.zone_id}, "released")


def set_mode(coop_id: UUID, order_id: UUID, mode: str | None) -> None:
    """Let one order find its rider otherwise than the co-op's orders do; None: like all of them."""
    if mode is not None and mode not in PLAN_MODES:
        raise Invalid(f"mode {mode!r}: use one of {', '.join(PLAN_MODES)}")
    order = services.lock_order(coop_id, order_id)
    order.plan_mode = mode
    _replan(coop_id, {order.zone_id}, "mode of an order changed")


def set_needs(coop_id: UUID, order_id: UUID, needs: Needs) -> None:
    """Change what the planner keeps to for one order."""
    order = services.lock_order(coop_id, order_id)
    for name, value in needs.as_columns().items():
        setattr(order, name, value)
    _replan(coop_id, {order.zone_id}, "needs of an order changed")


def reorder(
    coop_id: UUID,
    run_id: UUID,
    version: int,
    task_ids: Sequence[UUID],
    by: Coordinator,
    *,
    weighed: Mapping[str, Any] = NOT_WEIGHED,
) -> None:
    """Put a run's open stops into this order; it stays until it is lifted. Each order that moves keeps why.

    Invalid unless the stops are exactly the open ones, begun ones first, every pickup before its dropoffs.
    """
    run = runs.lock_run(coop_id, run_id, expected_version=version)
    tasks = {task.id: task for task in runs.open_tasks(coop_id, run_id)}
    services.lock_orders(coop_id, {task.order_id for task in tasks.values()})
    if len(task_ids) != len(tasks) or set(task_ids) != tasks.keys():
        raise Invalid("the stops are not those of the run: look at it again", code="other_stops")
    wanted = [tasks[task_id] for task_id in task_ids]
    _check_sequence(wanted)
    before = list(tasks)
    moved = [place for place, task in enumerate(wanted) if before[place] != task.id]
    _set(coop_id, run_id, wanted, by)
    for place, task in enumerate(wanted):
        task.is_sequenced = bool(moved) and place <= moved[-1]
    of_orders = [wanted[place].order_id for place in moved]
    _remember_sequence(coop_id, queries.get_run(coop_id, run_id), of_orders, by, weighed)
    _replan(coop_id, {run.zone_id}, "reordered by hand")


def release_run(coop_id: UUID, run_id: UUID) -> None:
    """Let the planner order a run's stops again."""
    run = runs.lock_run(coop_id, run_id)
    db.session.execute(
        update(Task).where(Task.coop_id == coop_id, Task.run_id == run_id).values(is_sequenced=False)
    )
    _replan(coop_id, {run.zone_id}, "released")


def replan_all(coop_id: UUID, reason: str) -> None:
    """Make every zone's plan anew, because what holds for all of them changed."""
    _replan(coop_id, {zone.id for zone in list_zones(coop_id)}, reason)


def _run_of(coop_id: UUID, rider_id: UUID) -> RunView:
    run = queries.find_open_run_of_rider(coop_id, rider_id)
    if run is None:
        raise Conflict(f"{get_rider(coop_id, rider_id).name} is not at work: choose another rider", code="rider_off")
    return run


def _lock(
    coop_id: UUID, order_id: UUID, target: UUID | None, run_version: int | None
) -> tuple[Order, list[Task], set[UUID]]:
    """Lock runs by id, then the order: `(order, tasks, runs that have its open tasks)`."""
    rows = db.session.execute(
        select(Task.run_id).where(
            Task.coop_id == coop_id,
            Task.order_id == order_id,
            Task.run_id.is_not(None),
            Task.state.in_(OPEN_TASK_STATES),
        )
    )
    sources = {run_id for (run_id,) in rows}
    for run_id in sorted(sources | ({target} if target else set())):
        runs.lock_run(coop_id, run_id, expected_version=run_version if run_id == target else None)
    order = services.lock_order(coop_id, order_id)
    return order, services.list_tasks(coop_id, order_id), sources


def _check_movable(order: Order, tasks: Sequence[Task]) -> None:
    if order.ended_at is not None or not any(task.state in OPEN_TASK_STATES for task in tasks):
        raise Conflict(f"order {order.number} has ended", code="order_ended")
    if any(task.kind == "pickup" and task.state == "done" for task in tasks):
        raise Conflict(
            f"the goods of order {order.number} are on a bike: only its rider can bring them", code="on_board"
        )


def _check_sequence(tasks: Sequence[Task]) -> None:
    begun = [rules.is_begun(task) for task in tasks]
    if sorted(begun, reverse=True) != begun:
        raise Invalid("a stop that the rider is on the way to stays first", code="begun_first")
    waiting = {task.order_id for task in tasks if task.kind == "pickup"}
    for task in tasks:
        if task.kind == "pickup":
            waiting.discard(task.order_id)
        elif task.order_id in waiting:
            raise Invalid("goods are picked up before they are brought: move the pickup first", code="pickup_first")


def _keep_without(coop_id: UUID, run_id: UUID, order_id: UUID, by: Coordinator) -> None:
    _set(coop_id, run_id, [task for task in runs.open_tasks(coop_id, run_id) if task.order_id != order_id], by)


def _set(coop_id: UUID, run_id: UUID, tasks: Sequence[Task], by: Coordinator) -> None:
    """Make these a run's stops; times stay as they were until the planner has new ones."""
    stops = [runs.as_it_is(task) for task in tasks]
    runs.set_stops(coop_id, run_id, stops, actor="coordinator", member_id=by.member_id)
    runs.bump_run(coop_id, run_id)


def _remember(
    coop_id: UUID,
    order: Order,
    by: Coordinator,
    weighed: Mapping[str, Any],
    *,
    winner: RunView | None = None,
    loser: RunView | None = None,
) -> None:
    """Keep who decided it, why, and what it costs: to whom the order was given, or from whom it was taken."""
    chosen = winner or loser
    others = [each for each in weighed.get("candidates", ()) if chosen is None or each["run_id"] != str(chosen.id)]
    decisions.store(
        coop_id,
        order.id,
        rider_id=winner.rider_id if winner else None,
        run_id=winner.id if winner else None,
        mode="manual",
        rule_version=weighed.get("rule_version", ""),
        record={
            "candidates": [],
            **weighed,
            "winner": _whose(coop_id, winner),
            "taken_from": _whose(coop_id, loser),
            "runner_up": next((each for each in others if each["cost"] is not None), None),
            "override": _override(by),
        },
    )


def _remember_sequence(
    coop_id: UUID, run: RunView, order_ids: Sequence[UUID], by: Coordinator, weighed: Mapping[str, Any]
) -> None:
    """Keep with each order that was moved within a run who did it, why, and what it costs."""
    whose = _whose(coop_id, run)
    for order_id in dict.fromkeys(order_ids):
        decisions.store(
            coop_id,
            order_id,
            rider_id=run.rider_id,
            run_id=run.id,
            mode=decisions.REORDERED,
            rule_version=weighed.get("rule_version", ""),
            record={"candidates": [], "winner": whose, "override": _override(by), "sequence": dict(weighed)},
        )


def _override(by: Coordinator) -> dict[str, str]:
    return {"by": by.name, "member_id": str(by.member_id), "reason": by.reason}


def _whose(coop_id: UUID, run: RunView | None) -> dict[str, str] | None:
    """A run as records name it."""
    if run is None:
        return None
    return {"run_id": str(run.id), "rider_id": str(run.rider_id), "name": get_rider(coop_id, run.rider_id).name}


def _replan(coop_id: UUID, zone_ids: set[UUID], reason: str) -> None:
    db.session.flush()
    for zone_id in sorted(zone_ids):
        outbox.record(coop_id, events.PlanWanted(zone_id=zone_id, reason=reason))
        want_plan(coop_id, zone_id)
