"""What would it cost to give an order to each rider? Tried on the planner's last published plan; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import redis

from routing.engines.live_plan import LivePlan

from . import published

EXPLAINED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One rider's price for an order, in seconds of riding; None with the rule that forbids it."""

    run_id: UUID
    cost_s: int | None
    late_s: int | None
    failed: str | None


def offers(client: redis.Redis, coop_id: UUID, zone_id: UUID, order_id: UUID) -> list[Offer]:
    """Every rider's price, cheapest first; empty while nothing is published or the order is not in it.

    A choice by hand does not count here: the question is what another choice would cost.
    """
    view = published.find(client, coop_id, zone_id)
    name = str(order_id)
    if view is None or name not in view.problem.shipment_by_id or view.problem.shipment_by_id[name].on_board_of:
        return []
    live = LivePlan(published.without_choice(view.problem, name), view.plan)
    live.remove(name)
    if name not in live.unserved:
        return []
    found = []
    for number, candidate in enumerate(live.candidates(name)):
        terms = None
        if number < EXPLAINED and candidate.cost is not None:
            terms = live.explain(name, candidate.courier_id)
        found.append(
            Offer(
                run_id=UUID(candidate.courier_id),
                cost_s=None if candidate.cost is None else round(candidate.cost / 1000),
                late_s=None
                if terms is None
                else max(0, round(terms.lateness / max(1, view.problem.weights.lateness_per_s))),
                failed=str(candidate.failed) if candidate.failed else None,
            )
        )
    return found
