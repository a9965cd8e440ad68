"""A synthetic evening of a courier co-op: shops in clusters, homes all around, three kinds of bikes.

Deterministic by seed. The soft model has promises that cost lateness; its twin has hard windows and counts
riding alone, because that is what the peers can do.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routing.problem import Courier, Problem, Shipment, Stop, TimeWindow, TravelMatrix
from routing.weights import Weights

RADIUS_M = 4_000
DETOUR = 1.3
"""Streets are that much longer than the bird's flight."""

SPEED_M_PER_S = {"bike": 4.4, "ebike": 5.3, "cargo": 3.9}
CAPACITY_G = {"bike": 15_000, "ebike": 15_000, "cargo": 80_000}
EVENING_S = 5_400
PROMISE_S = 2_400
"""From ready to the door, besides the direct ride."""

BOX_ML = 100_000
"""What every box holds; weight is what is scarce here."""

GRACE_S = 900
"""By so much the hard windows close after the promise."""


def evening(riders: int, orders: int, seed: int) -> Problem:
    """All orders of ninety minutes, known at once; riders are spread over the town and free at 0."""
    random = np.random.default_rng(seed)
    shops = max(4, orders // 6)
    centres = disc(random, 6, RADIUS_M * 0.6)
    at_shops = centres[random.integers(0, 6, shops)] + random.normal(0, 350, (shops, 2))
    places = np.concatenate([disc(random, riders, RADIUS_M), at_shops, disc(random, orders, RADIUS_M)])
    matrices = town_matrices(places)
    profiles = random.choice(list(SPEED_M_PER_S), size=riders, p=(0.6, 0.25, 0.15))
    couriers = tuple(
        Courier(id=f"rider-{k}", place=k, shift_end_s=int(random.integers(7_200, 12_600)),
                profile=str(profile), capacity_g=CAPACITY_G[str(profile)], capacity_ml=BOX_ML)
        for k, profile in enumerate(profiles)
    )
    shipments = tuple(
        _order(random, k, riders + int(random.integers(0, shops)), riders + shops + k, matrices["bike"])
        for k in range(orders)
    )
    return Problem(couriers=couriers, shipments=shipments, matrices=matrices)


def hard_twin(problem: Problem) -> Problem:
    """The same evening with promises as hard windows; cost is riding alone, unserved orders aside."""
    shipments = tuple(
        replace(shipment, dropoffs=tuple(_closing(stop) for stop in shipment.dropoffs))
        for shipment in problem.shipments
    )
    couriers = tuple(replace(courier, latest_end_s=14_400, shift_end_s=14_400) for courier in problem.couriers)
    weights = Weights(waiting_per_s=0, lateness_per_s=0, steep_lateness_per_s=0, overtime_per_s=0)
    return Problem(couriers=couriers, shipments=shipments, matrices=problem.matrices, weights=weights)


def _closing(stop: Stop) -> Stop:
    closes_s = (stop.due_s or 0) + GRACE_S
    return replace(stop, due_s=None, window=TimeWindow(opens_s=0, closes_s=closes_s))


def disc(random: np.random.Generator, count: int, radius: float) -> NDArray[np.float64]:
    """Places (count, 2), in metres, spread evenly over a disc."""
    angle, share = random.uniform(0, 2 * np.pi, count), np.sqrt(random.uniform(0, 1, count))
    points: NDArray[np.float64] = radius * np.stack([share * np.cos(angle), share * np.sin(angle)], axis=1)
    return points


def town_matrices(places: NDArray[np.float64]) -> dict[str, TravelMatrix]:
    """Ride times between places (n, 2), in metres, for every kind of bike.

    Row by row, because a large town's distances would fill the memory before its times do.
    """
    seconds = {profile: np.empty((len(places), len(places)), dtype=np.int32) for profile in SPEED_M_PER_S}
    for row, place in enumerate(places):
        metres = DETOUR * np.hypot(*(places - place).T)
        for profile, speed in SPEED_M_PER_S.items():
            seconds[profile][row] = np.ceil(metres / speed)
    return {profile: TravelMatrix(seconds=matrix) for profile, matrix in seconds.items()}


def _order(
    random: np.random.Generator, number: int, shop: int, home: int, matrix: TravelMatrix
) -> Shipment:
    ready_s = int(random.integers(0, EVENING_S))
    due_s = ready_s + int(matrix.seconds[shop, home]) + int(random.integers(PROMISE_S // 2, PROMISE_S))
    weight_g = int(random.choice([500, 1_000, 2_000, 5_000, 9_000], p=(0.3, 0.3, 0.2, 0.15, 0.05)))
    door = Stop(place=home, service_s=int(random.integers(60, 180)), due_s=due_s, weight_g=weight_g)
    return Shipment(id=f"order-{number}", pickup=Stop(place=shop, service_s=90, ready_s=ready_s), dropoffs=(door,))
