"""Measure by how much a plan goes beyond the conditions of its problem. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from routing.conditions import ANYTHING, Conditions
from routing.problem import Plan, Problem, StopRef


def excess(problem: Problem, plan: Plan) -> dict[str, int]:
    """By how much a plan breaks each condition, by its name; only what is broken."""
    conditions, changed, out = problem.conditions, _changed(problem, plan), _out(problem, plan)
    much = {
        "most_moved": 0 if conditions.most_moved is None else max(0, changed - conditions.most_moved),
        "most_orders": sum(max(0, open_orders(problem, refs) - conditions.share_of(k)) for k, refs in plan.items()),
        "scarce": sum(max(0, out.count(kind) - most) for kind, most in conditions.scarce.items()),
    }
    return {name: count for name, count in much.items() if count}


def shortfall(problem: Problem, plan: Plan) -> tuple[int, int]:
    """How far a plan is from what it owes: announced orders that it leaves out, then by how much it breaks conditions.

    No condition is worth it that an order somebody has on the phone is in nobody's run. Without conditions: 0, 0.
    """
    if problem.conditions == ANYTHING:
        return 0, 0
    planned = {ref.shipment_id for refs in plan.values() for ref in refs}
    return len(problem.announced_to.keys() - planned), sum(excess(problem, plan).values())


def left_by(problem: Problem, plan: Plan) -> Conditions:
    """What some riders, who ride this plan, leave of the conditions to all the others."""
    changed, out = _changed(problem, plan), _out(problem, plan)
    conditions = problem.conditions
    return replace(
        conditions,
        most_moved=None if conditions.most_moved is None else max(0, conditions.most_moved - changed),
        scarce={kind: max(0, most - out.count(kind)) for kind, most in conditions.scarce.items()},
    )


def open_orders(problem: Problem, refs: Iterable[StopRef]) -> int:
    """Orders in a run that are still anybody's."""
    names = {ref.shipment_id for ref in refs}
    return len(names - problem.committed - problem.break_by_id.keys())


def moved(problem: Problem, courier_id: str, refs: Iterable[StopRef]) -> int:
    """Orders in a run that are announced to another rider, who could still have them."""
    homes = (problem.announced_to.get(name, courier_id) for name in {ref.shipment_id for ref in refs})
    return sum(home != courier_id and home in problem.courier_by_id for home in homes)


def _changed(problem: Problem, plan: Plan) -> int:
    """Orders in other hands than announced."""
    return sum(moved(problem, courier_id, refs) for courier_id, refs in plan.items())


def _out(problem: Problem, plan: Plan) -> list[str]:
    """The bike of every rider who has open orders."""
    return [problem.courier_by_id[name].kind for name, refs in plan.items() if open_orders(problem, refs)]
