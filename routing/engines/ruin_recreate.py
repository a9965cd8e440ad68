"""Ruin and recreate with annealing: the engine of choice (kernels in `search_kernel`)."""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan
from routing.engines.search_kernel import anneal
from routing.problem import Courier, Plan, Problem, Shipment, Stop, TravelMatrix
from routing.solution import Solution

CHUNK_S = 0.02
"""Aim for the time between two looks at the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Start and end temperature as shares of the mean cost per served order."""

    start: float = 0.06
    end: float = 0.0006


class RuinRecreate:
    """Slack induction by string removals for pickup and delivery."""

    name = "ruin_recreate"

    def __init__(self, heat: Heat | None = None) -> None:
        self.heat = heat or Heat()

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """Insert what is missing, then search until the deadline; the best plan seen is the answer."""
        began = time.perf_counter()
        live = LivePlan(problem, start, seed)
        live.insert_all()
        iterations = 0
        if live.encoded.facts.orders and live.encoded.facts.couriers:
            iterations = self._search(live, deadline, began)
            live.restore_best()
        return live.solution(self.name, seed, iterations)

    def _search(self, live: LivePlan, deadline: Deadline, began: float) -> int:
        """Anneal in chunks, cooling by the share of time or iterations used; returns the iterations made."""
        scale = _cost_per_order(live)
        done, chunk = 0, 1 if deadline.iterations is None else 100
        while True:
            before = time.perf_counter()
            used = _used(deadline, before - began, done)
            if used >= 1:
                return done
            heat = scale * self.heat.start * (self.heat.end / self.heat.start) ** used
            if deadline.iterations is not None:
                chunk = min(chunk, deadline.iterations - done)
            anneal(live.encoded.facts, live.state, chunk, (heat, heat))
            done += chunk
            if deadline.iterations is None:
                took = time.perf_counter() - before
                chunk = max(1, min(2 * chunk, int(chunk * CHUNK_S / max(took, 1e-6))))


def _used(deadline: Deadline, elapsed_s: float, iterations: int) -> float:
    """Share of the deadline used up, 1 or more when it is over."""
    by_time = 0.0 if deadline.seconds is None else elapsed_s / max(deadline.seconds, 1e-9)
    by_count = 0.0 if deadline.iterations is None else iterations / max(deadline.iterations, 1e-9)
    return max(by_time, by_count)


def _cost_per_order(live: LivePlan) -> float:
    """Mean cost of what is served, at least one second of riding."""
    state, facts = live.state, live.encoded.facts
    routes = sum(int(state.run[courier].cost) for courier in range(facts.couriers))
    served = facts.orders - int(state.now[0].out_count)
    return max(1000.0, routes / max(1, served))


def warm() -> None:
    """Compile or load every kernel on a problem that reaches them all; call it before serving anyone."""
    seconds = TravelMatrix(seconds=_small_town())
    stops = [Stop(place=place, due_s=600, weight_g=1) for place in range(1, 5)]
    shipments = tuple(
        Shipment(id=str(k), pickup=Stop(place=k), dropoffs=tuple(stops[: 1 + k % 2])) for k in range(1, 5)
    )
    couriers = tuple(Courier(id=name, place=0, is_deep_box=name == "a") for name in "ab")
    problem = Problem(couriers=couriers, shipments=shipments, matrices={"bike": seconds})
    live = LivePlan(problem)
    live.insert_all()
    live.remove("1")
    live.candidates("1")
    live.run_with("1", "b")
    live.give("1", "b")
    solution = RuinRecreate().solve(problem, live.plan, Deadline(iterations=50), 1)
    RuinRecreate().solve(replace(problem, announced=solution.plan), None, Deadline(iterations=50), 1)


def _small_town() -> NDArray[np.int32]:
    places = np.arange(5, dtype=np.int32)
    apart: NDArray[np.int32] = np.abs(places[:, None] - places[None, :]) * np.int32(100)
    return apart
