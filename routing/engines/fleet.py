"""Fewest couriers first, then least cost: for day planning and for the benchmarks of the literature."""

from routing.engines.fleet_kernel import close_unused, reopen_best, shrink
from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan
from routing.engines.pace import Pace
from routing.engines.ruin_recreate import Heat, RuinRecreate, cost_per_order
from routing.problem import Plan, Problem
from routing.solution import Solution

TIGHT = Heat(start=0.1, end=0.001)
"""Cooler than usual: with a tight fleet most of what is taken out finds no other place."""


class FewestCouriers:
    """Spend a share of the deadline on closing routes, the rest on their cost."""

    name = "fewest_couriers"

    def __init__(self, heat: Heat = TIGHT, share: float = 0.6) -> None:
        self.heat = heat
        self.share = share

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """Serve all with few couriers; where not all can be served, improve the cost alone."""
        pace = Pace(deadline)
        live = LivePlan(problem, start, seed)
        live.insert_all(pace)
        facts, state = live.encoded.facts, live.state
        if facts.orders and facts.couriers:
            if not live.unserved:
                close_unused(facts, state)
                self._shrink(live, pace)
                reopen_best(facts, state)
            RuinRecreate().search(live, pace, self.heat)
            live.restore_best()
        return live.solution(self.name, seed, pace.done)

    def _shrink(self, live: LivePlan, pace: Pace) -> None:
        scale = cost_per_order(live)
        while (used := pace.used()) < self.share:
            heat = scale * self.heat.at(used / self.share)
            shrink(live.encoded.facts, live.state, pace.next_chunk(), heat)
