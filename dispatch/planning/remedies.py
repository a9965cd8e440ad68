"""For a promise in danger: which other rider would keep it best, and what would that cost everybody? Pure.

In danger is what the board shows as such: expected late, or more than a little late one time in ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dispatch.orders.arrival_rules import BLANK, Book, occasion_of
from routing.engines.live_plan import LivePlan
from routing.problem import Plan, Problem
from routing.solution import Route, schedule, schedule_run

from .rules import AT_RISK_TOLERANCE, LEAST_REMEDY_S

MOST_ORDERS = 12
"""Promises looked at per round, the latest first: a coordinator cannot act on more."""

MOST_RIDERS = 5
"""Other riders tried per promise, the cheapest first."""


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
