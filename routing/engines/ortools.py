"""The second engine: OR-Tools' routing model, started from a finished plan and stopped by the wall clock.

Measured (design notes): it needs a warm start in which every order is placed already, simulated annealing, no large
neighbourhoods, and the bandit that picks its operators. It holds Python's GIL while it searches, so it belongs into a
worker process. Its answer counts only if the checker finds nothing and it is cheaper than what it started from.
"""

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.check import check
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline, Engine
from routing.engines.ortools_model import RoutingModel
from routing.objective import cost
from routing.problem import Courier, Plan, Problem, StopRef
from routing.solution import Reason, Solution, Unserved, schedule

SEARCH_SHARE = 0.9
"""Part of the time given to the search; the rest is for stating the model and reading the answer."""

MODEL_S = 0.4e-6
"""Time to state the model, for each pair of its nodes: stops, and the start and end of each courier."""

MOST_MODEL_SHARE = 0.5
"""Where stating the model takes more than this of OR-Tools' time, the first engine makes better use of all of it."""

LONGEST_S = 20.0
"""Whatever happens: a search that holds the GIL must end."""

LARGE_NEIGHBOURHOODS = (
    "path_lns",
    "full_path_lns",
    "tsp_lns",
    "inactive_lns",
    # with hard windows each of these may work for seconds on one neighbour without a look at the clock
    "global_cheapest_insertion_path_lns",
    "local_cheapest_insertion_path_lns",
    "relocate_path_global_cheapest_insertion_insert_unperformed",
    "global_cheapest_insertion_visit_types_lns",
    "local_cheapest_insertion_visit_types_lns",
)


class OrTools:
    """OR-Tools after `first`, the engine that makes the plan it starts from in its share of the time."""

    name = "ortools"

    def __init__(self, first: Engine, first_share: float = 0.0) -> None:
        self.first = first
        self.first_share = first_share

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """The best of the first engine's plan and what OR-Tools makes of it; never worse than the former."""
        began = monotonic()
        is_worth_it = self._is_worth_it(problem, deadline)
        share = self.first_share if is_worth_it else 1.0
        base = replace(self.first.solve(problem, start, _share(deadline, share), seed), engine=self.name, seed=seed)
        if not is_worth_it or not problem.couriers or not problem.shipments:
            return base
        model = RoutingModel(problem, _full(problem, base))
        if not model.nodes:
            return base
        left_s = None if deadline.seconds is None else deadline.seconds - (monotonic() - began)
        if left_s is not None and left_s <= 0.01:
            return base
        plan = _search(model, base.plan, left_s, deadline.iterations)
        return base if plan is None else _better(problem, base, plan, seed)

    def _is_worth_it(self, problem: Problem, deadline: Deadline) -> bool:
        """Whether there is time for more than stating the model."""
        if deadline.seconds is None:
            return True
        nodes = sum(len(shipment.refs) for shipment in problem.shipments) + 2 * len(problem.couriers)
        return MODEL_S * nodes**2 <= MOST_MODEL_SHARE * (1 - self.first_share) * deadline.seconds


def _share(deadline: Deadline, share: float) -> Deadline:
    """Part of a deadline; an engine without a share, which takes no time worth planning for, may use all of it."""
    return Deadline(
        seconds=None if deadline.seconds is None else deadline.seconds * (share or 1.0),
        iterations=None if deadline.iterations is None else int(deadline.iterations * share),
    )


def _full(problem: Problem, base: Solution) -> frozenset[str]:
    """Couriers whose committed work alone lasts beyond their latest end."""
    latest = {courier.id: courier.latest_end_s for courier in problem.couriers}
    return frozenset(
        route.courier_id
        for route in base.routes
        if (end_s := latest[route.courier_id]) is not None and route.finish_s > end_s
    )


def _search(model: RoutingModel, plan: Plan, left_s: float | None, solutions: int | None) -> Plan | None:
    """What OR-Tools makes of a plan; None if it cannot even read it in time."""
    ends_at = None if left_s is None else monotonic() + left_s * SEARCH_SHARE
    parameters = _parameters(left_s, solutions)
    if ends_at is not None:
        limit = model.routing.solver().CustomLimit(lambda: monotonic() > ends_at)
        model.routing.AddSearchMonitor(limit)
    # the model must be closed before it can read routes
    model.routing.CloseModelWithParameters(parameters)
    hint = model.routing.ReadAssignmentFromRoutes(model.routes_of(plan), True)
    if hint is None:
        return None
    answer = model.routing.SolveFromAssignmentWithParameters(hint, parameters)
    return None if answer is None else model.plan_of(answer)


def _parameters(left_s: float | None, solutions: int | None) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    # annealing has no end of its own: without a clock, descend to the nearest optimum and stop there
    heuristics = routing_enums_pb2.LocalSearchMetaheuristic
    is_timed = left_s is not None
    parameters.local_search_metaheuristic = heuristics.SIMULATED_ANNEALING if is_timed else heuristics.GREEDY_DESCENT
    parameters.use_multi_armed_bandit_concatenate_operators = True
    for name in LARGE_NEIGHBOURHOODS:
        setattr(parameters.local_search_operators, f"use_{name}", 2)  # BOOL_FALSE
    limit_s = LONGEST_S if left_s is None else left_s * SEARCH_SHARE
    parameters.time_limit.FromMilliseconds(max(1, int(1000 * limit_s)))
    if solutions is not None:
        parameters.solution_limit = max(1, solutions)
    return parameters


def _better(problem: Problem, base: Solution, plan: Plan, seed: int) -> Solution:
    """The found plan with its breaks, if it costs less; else the base.

    What it may not do and the model does not know (goods on board that bind new work) goes elsewhere, or is left out.
    """
    whole = _with_breaks(problem, plan, base.plan)
    served = {ref.shipment_id for refs in whole.values() for ref in refs}
    reasons = {entry.shipment_id: entry for entry in base.unserved}
    names = [shipment.id for shipment in problem.shipments] + list(problem.break_by_id)
    found = Solution(
        routes=schedule(problem, whole),
        unserved=tuple(
            reasons.get(name) or Unserved(shipment_id=name, reason=Reason.NO_ROOM)
            for name in names
            if name not in served
        ),
        cost=cost(problem, whole).total,
        engine="ortools",
        seed=seed,
    )
    if found.cost < base.cost and check(problem, found):
        found = replace(Insertion().solve(problem, whole, Deadline(iterations=0), seed), engine=base.engine)
    return base if found.cost >= base.cost or check(problem, found) else found


def _with_breaks(problem: Problem, plan: Plan, base: Plan) -> dict[str, tuple[StopRef, ...]]:
    """Put each break that the base plan serves where it costs least in the new run."""
    whole = dict(plan)
    pinned = {ref for refs in problem.pinned.values() for ref in refs}
    for courier in problem.couriers:
        for rest in courier.breaks:
            ref = StopRef(rest.id, 0)
            if ref in base.get(courier.id, ()) and ref not in pinned:
                whole[courier.id] = _cheapest(problem, courier, whole, ref)
    return whole


def _cheapest(
    problem: Problem, courier: Courier, plan: Mapping[str, tuple[StopRef, ...]], ref: StopRef
) -> tuple[StopRef, ...]:
    run = plan.get(courier.id, ())
    first = len(problem.pinned.get(courier.id, ()))
    places = [run[:at] + (ref,) + run[at:] for at in range(first, len(run) + 1)]
    return min(places, key=lambda refs: cost(problem, {**plan, courier.id: refs}).total)
