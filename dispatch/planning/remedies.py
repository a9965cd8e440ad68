"""For a promise in danger: which other rider would keep it best, and what would that cost everybody? Pure.

In danger is what the board shows as such: expected late, or more than a little late one time in ten. And for a rider
who may have stopped: what would the others pay for taking over?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dispatch.orders.arrival_rules import BLANK, Book, occasion_of
from routing.engines.live_plan import LivePlan
from routing.objective import Terms, route_terms
from routing.problem import Plan, Problem
from routing.solution import Route, schedule, schedule_run

from .rules import AT_RISK_TOLERANCE, LEAST_REMEDY_S

MOST_ORDERS = 12
"""Promises looked at per round, the latest first: a coordinator cannot act on more."""

MOST_RIDERS = 5
"""Other riders tried per promise, the cheapest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What becomes of a rider's orders if others take over what is not fetched: seconds of riding that their runs cost
    more, everybody's lateness included, and how many orders nobody could take."""

    cost_s: int
    nobody: int


def hand_over(problem: Problem, plan: Plan, run_id: str) -> Handover | None:
    """The price of a rider's orders for the others, by insertion; None if the plan does not know the rider."""
    if run_id not in problem.courier_by_id:
        return None
    theirs = {ref.shipment_id for ref in (*plan.get(run_id, ()), *problem.pinned.get(run_id, ()))}
    others = replace(
        problem,
        couriers=tuple(courier for courier in problem.couriers if courier.id != run_id),
        shipments=tuple(
            replace(
                each,
                pinned_to=None if each.pinned_to == run_id else each.pinned_to,
                forbidden_couriers=each.forbidden_couriers - {run_id},
                allowed_couriers=None if each.allowed_couriers is None else each.allowed_couriers - {run_id},
            )
            for each in problem.shipments
            if each.on_board_of != run_id
        ),
        announced={name: refs for name, refs in problem.announced.items() if name != run_id},
        pinned={name: refs for name, refs in problem.pinned.items() if name != run_id},
        bias={key: cost for key, cost in problem.bias.items() if key[1] != run_id},
        apart=tuple(pair for pair in problem.apart if run_id not in pair),
    )
    live = LivePlan(others, {name: refs for name, refs in plan.items() if name != run_id})
    before = _total(others, live.plan)
    left = [name for name in live.unserved if name in theirs and live.insert(name) is None]
    return Handover(cost_s=round((_total(others, live.plan) - before) / 1000), nobody=len(left))


def _total(problem: Problem, plan: Plan) -> int:
    """What everybody's rides cost, without what is left out."""
    routes = (schedule_run(problem, problem.courier_by_id[name], refs) for name, refs in plan.items())
    return sum((route_terms(problem, route) for route in routes), Terms()).total


def remedies(
    problem: Problem, plan: Plan, *, aim_early_s: int = 0, book: Book = BLANK
) -> dict[str, dict[str, Any] | None]:
    """Per order in danger that was tried elsewhere the rider who would be earliest: `{run_id, at_s, saves_s, cost_s}`.

    None where others were tried and none would be much earlier; absent is what was not tried: what has begun or has
    stops that were fixed, and more than a coordinator can act on.

    `at_s`: start of the last stop since the epoch; `saves_s`: so much earlier than planned; `cost_s`: what the whole
    plan would cost more, in seconds of riding. Goods on board stay where they are. The problem's promises are
    `aim_early_s` before the real ones; `book`: how late stops come against plans.
    """
    danger = in_danger(problem, schedule(problem, plan), aim_early_s=aim_early_s, book=book)
    late = [entry for entry in danger if entry[1] not in problem.committed]
    if not late:
        return {}
    live = LivePlan(problem, plan)
    found: dict[str, dict[str, Any] | None] = {}
    for _late_s, name, holder, at_s in late[:MOST_ORDERS]:
        if not live.remove(name):
            continue
        offers = [offer for offer in live.candidates(name) if offer.cost is not None]
        price = {offer.courier_id: int(offer.cost or 0) for offer in offers}
        others = [offer.courier_id for offer in offers if offer.courier_id != holder][:MOST_RIDERS]
        times = {courier_id: _last_start_s(problem, live, name, courier_id) for courier_id in others}
        best = min(times, key=lambda courier_id: (times[courier_id], courier_id), default=None)
        found[name] = None
        if best is not None and at_s - times[best] >= LEAST_REMEDY_S:
            saves_s = at_s - times[best]
            cost_s = round((price[best] - price.get(holder, price[best])) / 1000)
            found[name] = {"run_id": best, "at_s": times[best], "saves_s": saves_s, "cost_s": cost_s}
        live.give(name, holder)
    return found


def in_danger(
    problem: Problem, routes: Sequence[Route], *, aim_early_s: int = 0, book: Book = BLANK
) -> list[tuple[int, str, str, int]]:
    """`(late by, order, run, start of its last stop)` of every order in danger, the latest first."""
    worst: dict[str, tuple[int, str, str, int]] = {}
    tolerance_s = round(AT_RISK_TOLERANCE.total_seconds())
    for route in routes:
        for before, visit in enumerate(route.visits):
            shipment = problem.shipment_by_id.get(visit.shipment_id)
            if shipment is None or visit.stop_index == 0:
                continue
            promised_s = shipment.stop(visit.stop_index).promised_s
            if promised_s is None:
                continue
            due_s = promised_s + aim_early_s
            lateness = book["dropoff", occasion_of(before)]
            expected_s = visit.start_s + lateness.middle_s(visit.start_s)
            if max(expected_s, visit.start_s + lateness.late_s(visit.start_s) - tolerance_s) > due_s:
                worst[shipment.id] = (visit.start_s - due_s, shipment.id, route.courier_id, visit.start_s)
    return sorted(worst.values(), reverse=True)


def _last_start_s(problem: Problem, live: LivePlan, name: str, courier_id: str) -> int:
    run = live.run_with(name, courier_id) or ()
    visits = schedule_run(problem, problem.courier_by_id[courier_id], run).visits
    return max(visit.start_s for visit in visits if visit.shipment_id == name)
