"""Cheapest insertion: keep the given runs, put every unserved shipment where it costs least. Milliseconds."""

from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan
from routing.engines.pace import Pace
from routing.engines.start import better_of, has_given_up
from routing.problem import Plan, Problem
from routing.solution import Solution


class Insertion:
    """The event layer's engine, and the start of every search."""

    name = "insertion"

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """Insert once; what the deadline cuts off is left out."""
        pace = Pace(deadline)
        live = LivePlan(problem, start, seed)
        gave_up = has_given_up(live, start)
        live.insert_all(pace)
        live.keep_announced()
        solution = live.solution(self.name, seed, pace)
        return better_of(problem, start, solution) if gave_up else solution
