"""Keep plans within conditions that hold for a plan as a whole, which no kernel knows: by single moves, and by runs.

`fit` brings a plan within them order by order. `runs_within` makes runs that keep to them, for the choice in
`routing.assign`: a search that knows nothing of a rider's share meets few short runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routing.conditions import Conditions, moved, open_orders
from routing.engines.compiled import flat
from routing.engines.live_plan import LivePlan
from routing.engines.pool import Run
from routing.engines.pool_kernel import price_alone, price_trial
from routing.engines.route_kernel import ANY_PRICE
from routing.objective import unserved_cost
from routing.problem import Plan, Problem, StopRef
from routing.solution import Solution

TAKERS = 3
"""Riders to whom an order is offered, as their only one and as one more: those for whom it would be cheapest."""

MOST_CUT = 300
"""Runs that are cut down to a rider's share."""


def fit(problem: Problem, found: Solution, conditions: Conditions) -> Solution:
    """The plan with what is too much for a rider, or on too many bikes of a kind, where it costs least elsewhere.

    Where nobody else may take it, an order that is announced stays, and a new one is left out. What is bound to a
    rider stays with them, and so does what changed hands.
    """
    if not conditions.broken_by(problem, found.plan):
        return found
    live = LivePlan(problem, found.plan, found.seed)
    given = {ref.shipment_id: courier_id for courier_id, refs in found.plan.items() for ref in refs}
    for name in _surplus(problem, found.plan, conditions):
        live.remove(name)
    gone = [name for name in live.unserved if name in given]
    for name in sorted(gone, key=lambda name: -unserved_cost(problem, name)):
        if not _place(live, name, conditions) and problem.announced_to.get(name) == given[name]:
            live.give(name, given[name])
    fitted = replace(live.solution(found.engine, found.seed), iterations=found.iterations)
    return min((found, fitted), key=lambda one: (conditions.shortfall(problem, one.plan), one.cost))


def _surplus(problem: Problem, plan: Plan, conditions: Conditions) -> Iterator[str]:
    """Orders to be taken out of their runs: new ones before announced ones, late stops before early ones."""
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


def _place(live: LivePlan, name: str, conditions: Conditions) -> bool:
    """Put an order where it costs least within the conditions, if that is cheaper than leaving it out."""
    problem, plan = live.problem, live.plan
    for offer in live.candidates(name):
        if offer.cost is None or offer.cost >= unserved_cost(problem, name):
            return False
        longer = {**plan, offer.courier_id: (*plan[offer.courier_id], StopRef(name, 0))}
        if _keeps(problem, longer, offer.courier_id, conditions):
            return live.give(name, offer.courier_id)
    return False


def _keeps(problem: Problem, plan: Plan, courier_id: str, conditions: Conditions) -> bool:
    """Whether the run that has just grown keeps to the conditions."""
    if open_orders(problem, plan[courier_id]) > conditions.share_of(courier_id):
        return False
    changed = sum(moved(problem, name, refs) for name, refs in plan.items())
    if conditions.most_moved is not None and moved(problem, courier_id, plan[courier_id]):
        if changed > conditions.most_moved:
            return False
    kind = problem.courier_by_id[courier_id].kind
    if kind not in conditions.scarce or open_orders(problem, plan[courier_id]) > 1:
        return True
    out = [name for name, refs in plan.items() if open_orders(problem, refs)]
    return sum(problem.courier_by_id[name].kind == kind for name in out) <= conditions.scarce[kind]


def runs_within(problem: Problem, plan: Plan, runs: Sequence[Run], conditions: Conditions) -> list[Run]:
    """Runs that no search need have met.

    They are what is bound, alone and with one order beside it; the plan's runs with one order more or less; and runs
    cut down to a rider's share.
    """
    is_bound = problem.committed | set(problem.break_by_id)
    bound = {name: tuple(ref for ref in refs if ref.shipment_id in is_bound) for name, refs in plan.items()}
    alone, live = LivePlan(problem, bound), LivePlan(problem, plan)
    found: list[Run] = []
    costs, costs_alone = (_costs(one) for one in (live, alone))
    for name, refs in alone.plan.items():
        found.extend(_priced(alone, name, refs))
    for name in alone.unserved:
        found.extend(_with(alone, name, costs_alone))
    for courier_id, refs in live.plan.items():
        for name in _free(problem, refs):
            found.extend(_priced(live, courier_id, tuple(ref for ref in refs if ref.shipment_id != name)))
            found.extend(_with(live, name, costs, holder=courier_id))
    too_long = [run for run in runs if open_orders(problem, run.refs) > conditions.share_of(run.courier_id)]
    for run in too_long[-MOST_CUT:]:
        found.extend(_cut(live, run, conditions.share_of(run.courier_id)))
    return found


def _costs(live: LivePlan) -> NDArray[np.int64]:
    """What each rider's run costs."""
    return np.array([live.state.run[courier].cost for courier in range(live.encoded.facts.couriers)], dtype=np.int64)


def _with(live: LivePlan, name: str, costs: NDArray[np.int64], holder: str | None = None) -> Iterator[Run]:
    """The runs of those for whom an order more would come to least; not of its holder."""
    prices = flat(np.zeros(live.encoded.facts.couriers))
    price_alone(live.encoded.facts, live.state, live.encoded.order_of[name], prices)
    added = np.asarray(prices) - costs
    if holder is not None:
        added[live.encoded.courier_of[holder]] = ANY_PRICE
    for courier in np.argsort(added, kind="stable")[:TAKERS]:
        courier_id = live.problem.couriers[courier].id
        if added[courier] < ANY_PRICE and (refs := live.longer_run(name, courier_id)):
            yield Run(courier_id=courier_id, refs=refs, cost=int(prices[courier]))


def _cut(live: LivePlan, run: Run, share: int) -> Iterator[Run]:
    """A run with only the first, and only the last, of its open orders."""
    free = _free(live.problem, run.refs)
    kept = share - (open_orders(live.problem, run.refs) - len(free))
    for gone in (free[kept:], free[:-kept]) if kept > 0 else ():
        yield from _priced(live, run.courier_id, tuple(ref for ref in run.refs if ref.shipment_id not in gone))


def _priced(live: LivePlan, courier_id: str, refs: tuple[StopRef, ...]) -> Iterator[Run]:
    """A courier's run with its price, if it can be ridden."""
    for at, ref in enumerate(refs, start=1):
        live.state.trial[at] = live.encoded.node_of[ref]
    price = int(price_trial(live.encoded.facts, live.state, live.encoded.courier_of[courier_id], len(refs)))
    if refs and price < ANY_PRICE:
        yield Run(courier_id=courier_id, refs=refs, cost=price)
