"""Make the record of each decision: who could have taken an order, at what cost, who got it and by whose rules. Pure.

Never an input, so never in a record: ratings, declines, battery, sick leave, union activity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from routing.engines.live_plan import Candidate, LivePlan
from routing.solution import Solution, schedule_run

from .changes import PlanChange
from .modelling import Model

EXPLAINED = 4
"""Candidates whose cost is taken apart into terms; of the others the sum is kept."""

WEIGHED = ("position", "stops", "promises", "capacity", "shift", "certificates", "longest_day")
"""What candidates are compared by."""

MOST_RECORDS = 80
"""Decisions of one round that are taken apart; a flood of orders is recorded more briefly."""


def records(model: Model, change: PlanChange, solution: Solution) -> dict[UUID, dict[str, Any]]:
    """A record for every order that the plan gives to a run it was not in."""
    live = LivePlan(model.problem, solution.plan)
    return {
        order_id: _record(model, live, str(order_id), str(run_id), solution, is_brief=number >= MOST_RECORDS)
        for number, (order_id, run_id) in enumerate(change.given.items())
    }


def _record(
    model: Model, live: LivePlan, name: str, winner: str, solution: Solution, *, is_brief: bool
) -> dict[str, Any]:
    offers = []
    if not is_brief and live.remove(name):
        candidates = live.candidates(name)
        # the winner's cost is taken apart whatever its rank: a search may give up a cheapest place for the whole
        explained = {each.courier_id for each in candidates[:EXPLAINED]} | {winner}
        stops = {run_id: len(refs) for run_id, refs in live.plan.items()}
        offers = [
            offer(live, name, each, _rider(model, each.courier_id), in_full=each.courier_id in explained)
            | {"stops": stops[each.courier_id]}
            for each in candidates
        ]
        live.give(name, winner)
    others = [each for each in offers if each["run_id"] != winner and each["cost"] is not None]
    return {
        "rule_version": model.snapshot.rules.version,
        "engine": solution.engine,
        "seed": solution.seed,
        "iterations": solution.iterations,
        "plan_cost": solution.cost,
        "weights": asdict(model.problem.weights),
        "data": list(WEIGHED),
        "candidates": offers,
        "winner": {"run_id": winner, **_rider(model, winner)},
        "runner_up": others[0] if others else None,
        "override": None,
    }


def _rider(model: Model, run_id: str) -> dict[str, str]:
    member = model.member_of[run_id]
    return {"rider_id": str(member.rider_id), "name": member.name}


def offer(
    live: LivePlan, name: str, candidate: Candidate, rider: Mapping[str, str], *, in_full: bool
) -> dict[str, Any]:
    """One candidate as records keep it: the cost or what ruled the rider out; `in_full`: taken apart, with times."""
    found: dict[str, Any] = {
        "run_id": candidate.courier_id,
        **rider,
        "cost": candidate.cost,
        "failed": str(candidate.failed) if candidate.failed else None,
    }
    run = live.run_with(name, candidate.courier_id) if in_full and candidate.cost is not None else None
    terms = live.explain(name, candidate.courier_id) if run is not None else None
    if run is not None and terms is not None:
        courier = live.problem.courier_by_id[candidate.courier_id]
        visits = [visit for visit in schedule_run(live.problem, courier, run).visits if visit.shipment_id == name]
        found["terms"] = {term: value for term, value in asdict(terms).items() if value}
        found["first_stop_in_s"] = visits[0].start_s
        found["last_stop_in_s"] = visits[-1].start_s
    return found
