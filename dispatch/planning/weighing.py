"""What a choice by hand costs, tried on the last published plan before the choice is made, for its record.

A trial insertion, never a search: it runs in the web process. It holds no lock, and a choice by hand is never refused
or held up for want of it: the record then says why nothing was compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import redis
import structlog
from sqlalchemy import and_, select

from dispatch.core import clock
from dispatch.core.db import db, end_read
from dispatch.core.errors import PacelineError
from dispatch.orders import queries as orders
from dispatch.orders.by_hand import FAILED, NO_PLAN, NOT_IN_PLAN
from dispatch.orders.models import Run
from dispatch.orders.need_rules import Needs
from dispatch.orders.services import NewTask
from dispatch.orders.views import OrderView, TaskView
from riders.models import Rider
from routing.engines.live_plan import LivePlan
from routing.objective import route_terms
from routing.problem import Problem, StopRef
from routing.solution import Route, schedule_run

from . import promise, published
from .explain import EXPLAINED, WEIGHED, offer
from .promise import REAL_STREETS, Streets
from .published import Published
from .rules import in_riding_order

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """Who is to have it; `position`: the place in their run that is asked for, where it is not left to the planner."""

    rider_id: UUID
    position: int | None = None


def of_order(
    client: redis.Redis | None, coop_id: UUID, order_id: UUID, taker: Taker | None = None,
    streets: Streets = REAL_STREETS,
) -> dict[str, Any]:
    """Every candidate's cost and whom the plan would choose, as a record keeps them; `not_weighed` says why not.

    What is in no plan, as on the open board, is tried as a new order is.
    """
    return _tried(lambda: _of_order(client, coop_id, orders.get_order(coop_id, order_id), taker, streets), order_id)


def of_sequence(
    client: redis.Redis | None, coop_id: UUID, run_id: UUID, task_ids: Sequence[UUID]
) -> dict[str, Any]:
    """What another order of a run's stops costs against the one before, in all and for each order of the run.

    `riding_s`, `late_s` and `orders` (later, or sooner, at its last stop) are seconds, `cost` and `terms` the plan's.
    """
    return _tried(lambda: _of_sequence(client, coop_id, run_id, task_ids), run_id)


def _tried(weigh: Callable[[], dict[str, Any]], about: UUID) -> dict[str, Any]:
    """What was weighed about an order or a run, or why nothing was."""
    try:
        return weigh()
    except PacelineError:  # who decides is told by what decides
        return {"not_weighed": NOT_IN_PLAN}
    except Exception:  # a record without costs is worth less than a choice that could not be made
        log.exception("weighing.failed", about=str(about))
        return {"not_weighed": FAILED}
    finally:
        end_read()


def _of_order(
    client: redis.Redis | None, coop_id: UUID, order: OrderView, taker: Taker | None, streets: Streets
) -> dict[str, Any]:
    view, name = published.find_fresh(client, coop_id, order.zone_id), str(order.id)
    if view is None:
        return {"not_weighed": NO_PLAN}
    problem = view.problem
    if name not in problem.shipment_by_id and order.rider_id is None and order.is_open and not order.is_on_board:
        problem, name = promise.with_trial(view, _wish(order), clock.now(), streets), promise.TRIAL
    shipment = problem.shipment_by_id.get(name)
    if shipment is None or order.is_on_board or shipment.on_board_of:
        return {"not_weighed": NOT_IN_PLAN}
    live = LivePlan(published.without_choice(problem, name), view.plan)
    holder = next((run_id for run_id, refs in live.plan.items() if any(ref.shipment_id == name for ref in refs)), None)
    live.remove(name)
    if name not in live.unserved:
        return {"not_weighed": NOT_IN_PLAN}
    riders = _riders(coop_id, [UUID(courier.id) for courier in problem.couriers])
    wanted = None if taker is None else str(taker.rider_id)
    chosen = next((run_id for run_id, rider in riders.items() if rider["rider_id"] == wanted), None)
    found = [each for each in live.candidates(name) if each.courier_id in riders and each.courier_id != chosen]
    # a choice by hand may go beyond the rules for the plan as a whole, and has its price all the same
    found += [each for each in live.candidates(name, is_forced=True) if each.courier_id == chosen]
    found.sort(key=lambda each: (each.cost is None, each.cost or 0))
    full = {each.courier_id for each in found[:EXPLAINED]} | {chosen, holder}
    candidates = [
        offer(live, name, each, riders[each.courier_id], in_full=each.courier_id in full)
        | {"stops": len(live.plan[each.courier_id])}
        for each in found
    ]
    # whom a coordinator had chosen before, the plan did not choose
    own = holder if shipment.pinned_to is None and not shipment.forbidden_couriers else None
    able = (each for each in candidates if each["cost"] is not None)
    planned = next((each for each in candidates if each["run_id"] == own), None) or next(able, None)
    if chosen is not None and taker is not None and taker.position is not None:
        at_place = _at_place(live, name, chosen, taker.position)
        candidates = [each | at_place if each["run_id"] == chosen else each for each in candidates]
    return {
        "candidates": candidates,
        "plans_choice": planned,
        **_basis(view),
    }


def _of_sequence(
    client: redis.Redis | None, coop_id: UUID, run_id: UUID, task_ids: Sequence[UUID]
) -> dict[str, Any]:
    run = orders.get_run(coop_id, run_id)
    view = published.find_fresh(client, coop_id, run.zone_id)
    if view is None:
        return {"not_weighed": NO_PLAN}
    refs = _refs(coop_id, view.problem, [task.order_id for task in run.tasks])
    before = [refs.get(task.id) for task in in_riding_order(run.tasks)]
    after = [refs.get(task_id) for task_id in task_ids]
    if str(run_id) not in view.problem.courier_by_id or None in before or None in after:
        return {"not_weighed": NOT_IN_PLAN}
    old, new = (_ridden(view.problem, str(run_id), [ref for ref in each if ref]) for each in (before, after))
    terms = route_terms(view.problem, new) - route_terms(view.problem, old)
    ends = [{visit.shipment_id: visit.start_s for visit in route.visits} for route in (old, new)]
    return {
        "riding_s": new.riding_s - old.riding_s,
        "late_s": _late_s(view, new) - _late_s(view, old),
        "orders": {name: at_s - ends[0][name] for name, at_s in ends[1].items()},
        "cost": terms.total,
        "terms": {term: value for term, value in asdict(terms).items() if value},
        **_basis(view),
    }


def _wish(order: OrderView) -> promise.Wish:
    """An order as a merchant would ask for it now, by when it was promised."""
    needs = Needs(priority=order.priority, skills=order.skills, longest_ride_s=order.longest_ride_s,
                  is_solidarity=order.is_solidarity)
    return promise.Wish(
        pickup=_place(order.pickup, None), dropoffs=tuple(_place(drop, order.due_at) for drop in order.dropoffs),
        weight_g=order.weight_g, volume_ml=order.volume_ml, needs=needs,
    )


def _place(task: TaskView, due_at: datetime | None) -> NewTask:
    return NewTask(
        address=task.address, lonlat=task.lonlat, ready_at=task.ready_at, window_from=task.window_from,
        window_by=task.window_by or due_at, is_strict=task.is_strict, service_s=task.service_s,
    )


def _basis(view: Published) -> dict[str, Any]:
    """What the costs rest on."""
    weights = asdict(view.problem.weights)
    return {"as_of": view.taken_at.isoformat(), "weights": weights, "data": list(WEIGHED), **view.made_by}


def _riders(coop_id: UUID, run_ids: Sequence[UUID]) -> dict[str, dict[str, str]]:
    """Who rides which run, as records name them."""
    rows = db.session.execute(
        select(Run.id, Rider.id, Rider.name)
        .join(Rider, and_(Rider.coop_id == Run.coop_id, Rider.id == Run.rider_id))
        .where(Run.coop_id == coop_id, Run.id.in_(run_ids))
    )
    return {str(run_id): {"rider_id": str(rider_id), "name": name} for run_id, rider_id, name in rows}


def _at_place(live: LivePlan, name: str, run_id: str, position: int) -> dict[str, Any]:
    """What an order costs with all its stops at one place of a run, whatever the best place is."""
    problem, without = live.problem, live.plan[run_id]
    places = [at for at, ref in enumerate(without) if ref.shipment_id not in problem.break_by_id]
    at = places[position] if position < len(places) else len(without)
    route = _ridden(problem, run_id, [*without[:at], *problem.shipment_by_id[name].refs, *without[at:]])
    terms = route_terms(problem, route) - route_terms(problem, _ridden(problem, run_id, without))
    starts = [visit.start_s for visit in route.visits if visit.shipment_id == name]
    return {
        "cost": terms.total,
        "failed": None,
        "terms": {term: value for term, value in asdict(terms).items() if value},
        "first_stop_in_s": starts[0],
        "last_stop_in_s": starts[-1],
    }


def _refs(coop_id: UUID, problem: Problem, order_ids: Sequence[UUID]) -> dict[UUID, StopRef]:
    """The optimiser's stop of each open task; those of an order that has moved on since the plan are left out."""
    refs: dict[UUID, StopRef] = {}
    for order in orders.list_orders_by_id(coop_id, order_ids):
        shipment = problem.shipment_by_id.get(str(order.id))
        tasks = [task.id for task in order.tasks if task.is_open]
        if shipment is not None and len(tasks) == len(shipment.refs):
            refs |= dict(zip(tasks, shipment.refs, strict=True))
    return refs


def _ridden(problem: Problem, run_id: str, refs: Sequence[StopRef]) -> Route:
    return schedule_run(problem, problem.courier_by_id[run_id], tuple(refs))


def _late_s(view: Published, route: Route) -> int:
    """How late the stops of a run begin after their real promises, in all."""
    late_s = 0
    for visit in route.visits:
        due_s = view.problem.shipment_by_id[visit.shipment_id].stop(visit.stop_index).promised_s
        late_s += 0 if due_s is None else max(0, visit.start_s - due_s - view.aim_early_s)
    return late_s
