"""Random places on streets, for robots, benchmarks and tests."""

import numpy as np

from routing.streets.grid import rings_for, slots_near
from routing.streets.network import Lonlat, Network, degrees
from routing.streets.profiles import get_profile
from routing.streets.weights import pace


def street_points(
    network: Network,
    count: int,
    seed: int,
    *,
    near: tuple[float, float] | None = None,
    radius_m: float = 3_000.0,
    profile: str = "bike",
) -> Lonlat:
    """`count` points (n, 2) on streets of the largest component, as likely on each metre of street.

    With `near` (lon, lat), only on streets about `radius_m` around it. ValueError if there is no street there.
    """
    usable = pace(network, get_profile(profile)).snappable & (network.slot_length > 0)
    slots = np.flatnonzero(usable)
    if near is not None:
        cells = (network.cell_key, network.cell_start, network.cell_slot)
        _, around = slots_near(cells, np.array([near]), rings_for(radius_m))
        slots = np.intersect1d(slots, around)
    if not len(slots):
        raise ValueError(f"no street within {radius_m:.0f} m of {near}")
    rng = np.random.default_rng(seed)
    length = network.slot_length[slots].astype(np.float64)
    chosen = rng.choice(slots, size=count, p=length / length.sum())
    start, end = degrees(network.point[chosen]), degrees(network.point[chosen + 1])
    return np.asarray(start + (end - start) * rng.random((count, 1)))
