"""What would it cost to give an order to each rider, and whom? Tried on the last published plan; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import redis

from routing.engines.live_plan import Candidate, LivePlan
from routing.problem import Problem, StopRef
from routing.solution import schedule_run

from . import published

EXPLAINED = 12

FELT_S = 60
"""A shift of an arrival that nobody notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """What another order in that rider's run would feel: so much later at its last door, so late after its promise."""

    order_id: UUID
    later_s: int
    late_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One rider's price for an order, in seconds of riding; None with the rule that forbids it.

    `delays`: the other orders of the run that would come later, the worst first. `own_late_s`: how late after its
    promise the order itself would be.
    """

    run_id: UUID
    cost_s: int | None
    late_s: int | None
    failed: str | None
    own_late_s: int = 0
    delays: tuple[Delay, ...] = ()


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
    return [
        _offer(live, name, candidate, view.aim_early_s if number < EXPLAINED else None)
        for number, candidate in enumerate(live.candidates(name, is_forced=True))
    ]


def _offer(live: LivePlan, name: str, candidate: Candidate, aim_early_s: int | None) -> Offer:
    """One price; with `aim_early_s`, so much before the real promises those of the problem are, also who feels it."""
    courier_id, cost = candidate.courier_id, candidate.cost
    run = live.run_with(name, courier_id) if aim_early_s is not None and cost is not None else None
    if cost is None or run is None or aim_early_s is None:
        cost_s = None if cost is None else round(cost / 1000)
        failed = str(candidate.failed) if candidate.failed else None
        return Offer(run_id=UUID(courier_id), cost_s=cost_s, late_s=None, failed=failed)
    before = _doors(live.problem, courier_id, live.plan.get(courier_id, ()), aim_early_s)
    after = _doors(live.problem, courier_id, run, aim_early_s)
    delays = [
        Delay(order_id=UUID(other), later_s=at_s - before[other][0], late_s=late_s)
        for other, (at_s, late_s) in after.items()
        if other in before and at_s - before[other][0] >= FELT_S
    ]
    return Offer(
        run_id=UUID(courier_id),
        cost_s=round(cost / 1000),
        late_s=max(0, sum(late_s for _, late_s in after.values()) - sum(late_s for _, late_s in before.values())),
        failed=None,
        own_late_s=after[name][1],
        delays=tuple(sorted(delays, key=lambda delay: (-delay.late_s, -delay.later_s, str(delay.order_id)))),
    )


def _doors(
    problem: Problem, courier_id: str, refs: tuple[StopRef, ...], aim_early_s: int
) -> dict[str, tuple[int, int]]:
    """Of each order in a run, when its last stop begins and how late that is after its promise, seconds."""
    doors: dict[str, tuple[int, int]] = {}
    for visit in schedule_run(problem, problem.courier_by_id[courier_id], refs).visits:
        shipment = problem.shipment_by_id.get(visit.shipment_id)
        if shipment is not None:
            due_s = shipment.stop(visit.stop_index).promised_s
            late_s = 0 if due_s is None else max(0, visit.start_s - due_s - aim_early_s)
            doors[visit.shipment_id] = visit.start_s, late_s
    return doors
