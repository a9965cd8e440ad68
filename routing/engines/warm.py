"""Compile the kernels, or load what was compiled, before anybody waits for them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routing.conditions import Conditions
from routing.engines.fleet import FewestCouriers
from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan
from routing.engines.pool import Pool
from routing.engines.ruin_recreate import RuinRecreate
from routing.problem import Courier, Problem, Shipment, Stop, TravelMatrix


def warm() -> None:
    """Compile or load every kernel on a problem that reaches them all; call it before serving anyone."""
    seconds = TravelMatrix(seconds=_small_town())
    stops = [Stop(place=place, due_s=600, weight_g=1) for place in range(1, 5)]
    shipments = tuple(
        Shipment(id=str(k), pickup=Stop(place=k), dropoffs=tuple(stops[: 1 + k % 2])) for k in range(1, 5)
    )
    couriers = tuple(Courier(id=name, place=0, is_deep_box=name == "a") for name in "ab")
    problem = Problem(couriers=couriers, shipments=shipments, matrices={"bike": seconds},
                      conditions=Conditions(most_each=len(shipments)))
    live = LivePlan(problem)
    live.insert_all()
    for several_or_one in ("1", "2"):
        live.remove(several_or_one)
        live.candidates(several_or_one)
        live.run_with(several_or_one, "b")
        live.give(several_or_one, "b")
    Pool().exchange(live)
    solution = RuinRecreate().solve(problem, live.plan, Deadline(iterations=50), 1)
    RuinRecreate().solve(replace(problem, announced=solution.plan), None, Deadline(iterations=50), 1)
    FewestCouriers().solve(problem, None, Deadline(iterations=50), 1)


def _small_town() -> NDArray[np.int32]:
    places = np.arange(5, dtype=np.int32)
    apart: NDArray[np.int32] = np.abs(places[:, None] - places[None, :]) * np.int32(100)
    return apart
