"""Bring a plan within the conditions for a plan as a whole, where it began or was made beyond them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routing.engines.live_plan import LivePlan
from routing.excess import excess, open_orders, shortfall
from routing.objective import unserved_cost
from routing.problem import Plan, Problem, StopRef
from routing.solution import Solution


def fit(problem: Problem, found: Solution) -> Solution:
    """The plan with what is too much for a rider, or on too many bikes of a kind, where it costs least elsewhere.

    Where nobody else may take it, an order that is announced stays, and a new one is left out. What is bound to a
    rider stays with them, and so does what changed hands.
    """
    if not excess(problem, found.plan):
        return found
    live = LivePlan(problem, found.plan, found.seed)
    given = {ref.shipment_id: courier_id for courier_id, refs in found.plan.items() for ref in refs}
    for name in _surplus(problem, found.plan):
        live.remove(name)
    gone = [name for name in live.unserved if name in given]
    for name in sorted(gone, key=lambda name: -unserved_cost(problem, name)):
        if live.insert(name) is None and problem.announced_to.get(name) == given[name]:
            live.give(name, given[name])
    fitted = replace(live.solution(found.engine, found.seed), iterations=found.iterations)
    return min((found, fitted), key=lambda one: (shortfall(problem, one.plan), one.cost))


def _surplus(problem: Problem, plan: Plan) -> Iterator[str]:
    """Orders to be taken out of their runs: new ones before announced ones, late stops before early ones."""
    conditions = problem.conditions
    for courier_id, refs in plan.items():
        too_many = open_orders(problem, refs) - conditions.share_of(courier_id)
        names = sorted(reversed(_free(problem, refs)), key=lambda name: name in problem.announced_to)
        yield from names[: max(0, too_many)]
    for kind, most in conditions.scarce.items():
        out = {name: refs for name, refs in plan.items()
               if problem.courier_by_id[name].kind == kind and open_orders(problem, refs)}
        able = [name for name, refs in out.items() if len(_free(problem, refs)) == open_orders(problem, refs)]
        able.sort(key=lambda name: (any(ref.shipment_id in problem.announced_to for ref in out[name]), len(out[name])))
        for name in able[: max(0, len(out) - most)]:
            yield from _free(problem, out[name])


def _free(problem: Problem, refs: Iterable[StopRef]) -> list[str]:
    """Open orders of a run that another rider may have."""
    names = dict.fromkeys(ref.shipment_id for ref in refs)
    return [name for name in names if name in problem.shipment_by_id and name not in problem.committed
            and problem.shipment_by_id[name].bound_to is None]
