"""Cheapest insertion: keep the given runs, put every unserved shipment where it costs least. Milliseconds."""

from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan
from routing.problem import Plan, Problem
from routing.solution import Solution


class Insertion:
    """The event layer's engine, and the start of every search."""

    name = "insertion"

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """Insert once; the deadline is not needed."""
        live = LivePlan(problem, start, seed)
        live.insert_all()
        return live.solution(self.name, seed)
