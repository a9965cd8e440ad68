"""Take a plan apart by who must say yes to it: nobody, a coordinator, or the rider. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from uuid import UUID

from .changes import Offered, PlanChange, RunChange
from .modelling import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What takes effect `now`, offers among it, what is `held` for a coordinator, and whether to plan once more."""

    now: PlanChange
    held: PlanChange | None = None
    is_more_to_come: bool = False


def split(model: Model, change: PlanChange) -> Parts:
    """The parts of a change.

    An order that is offered is left out of its rider's run until they say yes. A coordinator's yes is asked for
    everything at once; only what need not wait for it, in a plan that has both, goes ahead.
    """
    modes = {order.id: model.snapshot.mode_of(order) for order in model.snapshot.orders}
    fresh = {order.id for order in model.snapshot.orders if model.is_waiting(order.id)}
    offered = {order_id for order_id in change.given if order_id in fresh and modes[order_id] == "offer"}
    offers = tuple(_offered(change, order_id) for order_id in offered)
    rest = without(model, change, offered)
    held = {order_id for order_id in rest.given if modes[order_id] == "propose"}
    if not rest.changed_runs or not (held or model.snapshot.mode == "propose"):
        return Parts(now=replace(rest, offered=offers))
    if held <= fresh and len(held) < len(rest.given):
        return Parts(now=replace(without(model, rest, held), offered=offers), is_more_to_come=True)
    return Parts(now=PlanChange(runs=(), given={}, unserved={}, offered=offers), held=rest)


def without(model: Model, change: PlanChange, order_ids: Set[UUID]) -> PlanChange:
    """The change as it is if these orders, which are in no run yet, stay in none.

    Times of the other stops keep the detour: an arrival that is told too late is milder than one told too early.
    """
    if not order_ids:
        return change
    left_out = {task.id for order_id in order_ids for task in model.order_of[str(order_id)].tasks}
    return replace(
        change,
        runs=tuple(_run_without(run, left_out) for run in change.runs),
        given={order_id: run_id for order_id, run_id in change.given.items() if order_id not in order_ids},
    )


def _run_without(run: RunChange, left_out: Set[UUID]) -> RunChange:
    return replace(run, stops=tuple(stop for stop in run.stops if stop.task_id not in left_out))


def _offered(change: PlanChange, order_id: UUID) -> Offered:
    run = next(run for run in change.runs if run.run_id == change.given[order_id])
    return Offered(order_id=order_id, run_id=run.run_id, rider_id=run.rider_id, stops=run.stops)
