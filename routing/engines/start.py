"""What an engine owes to the plan it was given: it never ends with a dearer one."""

from dataclasses import replace

from routing.check import check
from routing.engines.live_plan import LivePlan
from routing.engines.reasons import why_unserved
from routing.excess import shortfall
from routing.objective import cost
from routing.problem import Plan, Problem, StopRef
from routing.solution import Reason, Solution, Unserved, schedule

KEPT = (Reason.NO_TIME, Reason.BEYOND_RULES)
"""Reasons that cannot be found again from the problem alone."""

Runs = dict[str, tuple[StopRef, ...]]


def has_given_up(live: LivePlan, start: Plan | None) -> bool:
    """Whether a plan that was taken over lost something on the way.

    Where committed goods break a hard limit anyway, what can be left out is, and may come back at a dearer place.
    """
    given = {ref.shipment_id for refs in (start or {}).values() for ref in refs}
    return not given.isdisjoint(live.unserved)


def better_of(problem: Problem, start: Plan | None, answer: Solution) -> Solution:
    """The answer, or a sound start that is nearer to the conditions or costs less, without what is known no more."""
    if start is None:
        return answer
    known = problem.shipment_by_id.keys() | problem.break_by_id.keys()
    runs = {
        courier.id: tuple(ref for ref in start.get(courier.id, ()) if ref.shipment_id in known)
        for courier in problem.couriers
    }
    kept = answer_of(problem, runs, {}, answer)
    owed_kept, owed = shortfall(problem, kept.plan), shortfall(problem, answer.plan)
    is_better = (owed_kept, kept.cost) < (owed, answer.cost)
    return kept if is_better and not check(problem, kept) else answer


def answer_of(problem: Problem, plan: Runs, reasons: dict[str, Unserved], blank: Solution) -> Solution:
    """The merged plan with times; a rider of another group may be the reason why an order stays out."""
    planned = {ref.shipment_id for refs in plan.values() for ref in refs}
    left_out = [id_ for id_ in [*problem.shipment_by_id, *problem.break_by_id] if id_ not in planned]
    unserved = tuple(
        reasons[id_] if id_ in reasons and reasons[id_].reason in KEPT else why_unserved(problem, id_)
        for id_ in left_out
    )
    return replace(blank, routes=schedule(problem, plan), unserved=unserved, cost=cost(problem, plan).total)
