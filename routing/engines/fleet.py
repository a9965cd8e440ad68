"""Fewest couriers first, then least cost: for day planning and for the benchmarks of the literature."""

from routing.engines.fleet_kernel import close_unused, reopen_best, shrink
from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan
from routing.engines.pace import Pace
from routing.engines.ruin_recreate import COLD_START, Heat, RuinRecreate, cost_per_order
from routing.problem import Plan, Problem
from routing.solution import Solution

TIGHT = Heat(start=0.1, end=0.001)
"""Cooler than usual: with a tight fleet most of what is taken out finds no other place."""


LONG = 20
"""Stops from which on a route is long."""


class FewestCouriers:
    """Shape the routes by cost alone, close one after the other, and improve what is left, each for part of the time.

    Closing tears up long routes, of which a fleet has few and closes few: they are shaped for longer first.
    """

    name = "fewest_couriers"

    def __init__(
        self, heat: Heat = TIGHT, shaped: float = 0.05, shaped_long: float = 0.15, closed: float = 0.7
    ) -> None:
        """`shaped`, of long routes `shaped_long`, and `closed`: shares of the deadline at which two parts end."""
        self.heat = heat
        self.shaped = shaped
        self.shaped_long = shaped_long
        self.closed = closed

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """Serve all with few couriers; where not all can be served, improve the cost alone."""
        pace, search = Pace(deadline), RuinRecreate()
        live = LivePlan(problem, start, seed)
        live.insert_all(pace)
        facts, state = live.encoded.facts, live.state
        if facts.orders and facts.couriers:
            used = sum(state.run[courier].count > 0 for courier in range(facts.couriers))
            until = self.shaped_long if facts.nodes > LONG * used else self.shaped
            search.search(live, pace, COLD_START, until=until)
            live.restore_best()
            if not live.unserved:
                close_unused(facts, state)
                self._shrink(live, pace)
                reopen_best(facts, state)
            search.search(live, pace, self.heat)
            live.restore_best()
        return live.solution(self.name, seed, pace)

    def _shrink(self, live: LivePlan, pace: Pace) -> None:
        scale, before = cost_per_order(live), pace.used()
        while (used := pace.used()) < self.closed:
            heat = scale * self.heat.at((used - before) / (self.closed - before))
            shrink(live.encoded.facts, live.state, pace.next_chunk(self.closed), heat)
