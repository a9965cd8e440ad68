"""Say what a found plan changes: stops per run with arrival times, orders moved, orders left out and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dispatch.orders import arrival_rules
from dispatch.orders.runs import PlannedStop
from routing.solution import Route, Solution, Unserved

from . import rules
from .modelling import Model

QUEUED = "queued"
"""Why an order is not looked at yet: too many more urgent ones wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """A run as the plan wants it. `version` and `touched` (not of a kept proposal) are what it was planned against."""

    run_id: UUID
    rider_id: UUID
    version: int
    before: tuple[UUID, ...]
    stops: tuple[PlannedStop, ...]
    touched: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether the rider would see other stops or another order of stops."""
        return self.before != tuple(stop.task_id for stop in self.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An order that waits for the yes of a run's rider, with the stops that the run would have."""

    order_id: UUID
    run_id: UUID
    rider_id: UUID
    stops: tuple[PlannedStop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """Everything a plan changes. `given` names the run of each order that is new there; `offered` waits for a yes."""

    runs: tuple[RunChange, ...]
    given: dict[UUID, UUID]
    unserved: dict[UUID, dict[str, Any]]
    offered: tuple[Offered, ...] = ()

    @property
    def changed_runs(self) -> tuple[RunChange, ...]:
        """Runs that riders would see change."""
        return tuple(run for run in self.runs if run.is_changed)


def compare(model: Model, solution: Solution) -> PlanChange:
    """What this answer would change."""
    runs = tuple(_run_change(model, route) for route in solution.routes)
    current = {order.id: next((task.run_id for task in order.tasks if task.is_open), None)
               for order in model.snapshot.orders}
    given = {}
    for route in solution.routes:
        for name in dict.fromkeys(visit.shipment_id for visit in route.visits if visit.ref in model.task_of):
            order_id = UUID(name)
            if str(current[order_id]) != route.courier_id:
                given[order_id] = UUID(route.courier_id)
    missed = [entry for entry in solution.unserved if entry.shipment_id in model.order_of]
    unserved = {UUID(entry.shipment_id): _reason(model, entry) for entry in missed}
    unserved |= {order_id: {"code": code, "facts": {}} for order_id, code in model.set_aside.items()}
    unserved |= {order_id: {"code": QUEUED, "facts": {}} for order_id in model.snapshot.queued}
    return PlanChange(runs=runs, given=given, unserved=unserved)


def _run_change(model: Model, route: Route) -> RunChange:
    member = model.member_of[route.courier_id]
    seen = model.snapshot
    kind_of = {task.id: task.kind for order in seen.orders for task in order.tasks}
    stops: list[PlannedStop] = []
    free_s = model.problem.courier_by_id[route.courier_id].ready_s
    for visit in route.visits:
        leg_s = visit.arrival_s - free_s
        free_s = visit.departure_s
        if visit.ref not in model.task_of:  # a break: time passes, nobody has to be told
            continue
        task_id, planned_at = model.task_of[visit.ref], model.at(visit.start_s)
        eta_at, eta_late_at = arrival_rules.told(
            seen.lateness, kind_of[task_id], len(stops), planned_at=planned_at, now=seen.taken_at
        )
        stops.append(
            PlannedStop(
                task_id=task_id, planned_at=planned_at, eta_at=eta_at, eta_late_at=eta_late_at, leg_s=leg_s
            )
        )
    planned = {stop.task_id for stop in stops}
    before = [task.id for task in rules.in_riding_order(member.run.tasks)]
    # tasks that are none of the problem's business stay where they are, at the end
    foreign = [PlannedStop(task_id=task_id) for task_id in before if task_id not in model.ref_of]
    return RunChange(
        run_id=member.run.id,
        rider_id=member.rider_id,
        version=member.run.version,
        touched=member.run.touched,
        before=tuple(task.id for task in member.run.tasks),
        stops=tuple(stops) + tuple(stop for stop in foreign if stop.task_id not in planned),
    )


def _reason(model: Model, entry: Unserved) -> dict[str, Any]:
    order = model.order_of[entry.shipment_id]
    code = str(entry.reason)
    if order.barred_riders and code == "not_allowed":
        code = "nobody_accepted" if model.snapshot.mode_of(order) == "offer" else "all_barred"
    chosen = next((task.pinned_rider_id for task in order.tasks if task.is_open and task.pinned_rider_id), None)
    facts: dict[str, Any] = dict(entry.facts)
    if chosen is not None:
        code = "chosen_rider_cannot" if chosen in {m.rider_id for m in model.snapshot.crew} else "chosen_rider_off"
        facts["rider_id"] = str(chosen)
        facts["because"] = str(entry.reason)
    return {"code": code, "facts": facts}
