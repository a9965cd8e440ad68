"""Hazards make streets near them slower, never forbidden: ice, glass, flood, roadworks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.errors import StreetsError
from routing.streets.grid import rings_for, slots_near
from routing.streets.network import METRES_PER_DEGREE, Network, degrees

MAX_RADIUS_M = 2_000.0
MAX_FACTOR = 50.0


class BadHazard(StreetsError):
    """A hazard whose place, radius or factor makes no sense."""

    code = "bad_hazard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A place where riding takes `factor` times as long (1 to MAX_FACTOR) within `radius_m`."""

    lon: float
    lat: float
    radius_m: float
    factor: float

    def __post_init__(self) -> None:
        if not (abs(self.lon) <= 180 and abs(self.lat) <= 90):
            raise BadHazard(f"hazard at {self.lon}, {self.lat}: no place on earth")
        if not 0 < self.radius_m <= MAX_RADIUS_M:
            raise BadHazard(f"hazard radius {self.radius_m} m: must be above 0 and at most {MAX_RADIUS_M:.0f}")
        if not (math.isfinite(self.factor) and 1 <= self.factor <= MAX_FACTOR):
            raise BadHazard(f"hazard factor {self.factor}: must be 1 to {MAX_FACTOR:.0f}")


class Slowing:
    """What each hazard does to the slots near it, kept from one set of hazards to the next."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: dict[Hazard, tuple[NDArray[np.int32], NDArray[np.float32]]] = {}

    def factors(self, hazards: Sequence[Hazard]) -> NDArray[np.float32] | None:
        """Factor on the riding time of each slot, (P,), at least 1; None if there is no hazard.

        A segment partly inside is slowed for that part only. Where hazards overlap the worst counts, because two
        reports are more often one puddle than two.
        """
        known = self._known
        self._known = {hazard: known.get(hazard) or self._near(hazard) for hazard in hazards}
        if not hazards:
            return None
        factors = np.ones(len(self._network.point), dtype=np.float32)
        for slots, slowed in self._known.values():
            factors[slots] = np.maximum(factors[slots], slowed)
        return factors

    def _near(self, hazard: Hazard) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        network = self._network
        cells = (network.cell_key, network.cell_start, network.cell_slot)
        _, slots = slots_near(cells, np.array([[hazard.lon, hazard.lat]]), rings_for(hazard.radius_m))
        slots = np.unique(slots)
        share = _share_inside(network, slots, hazard)
        return slots, (1.0 + (hazard.factor - 1.0) * share).astype(np.float32)


def _share_inside(network: Network, slots: NDArray[np.int32], hazard: Hazard) -> NDArray[np.float64]:
    """Share of each segment that lies within the circle: where a straight line enters and leaves it."""
    scale = np.array([math.cos(math.radians(hazard.lat)), 1.0]) * METRES_PER_DEGREE
    start = (degrees(network.point[slots]) - (hazard.lon, hazard.lat)) * scale
    step = (degrees(network.point[slots + 1]) - (hazard.lon, hazard.lat)) * scale - start
    a = np.maximum((step**2).sum(axis=1), 1e-9)
    b = (start * step).sum(axis=1)
    c = (start**2).sum(axis=1) - hazard.radius_m**2
    root = np.sqrt(np.maximum(b**2 - a * c, 0.0))
    enter, leave = np.clip((-b - root) / a, 0.0, 1.0), np.clip((-b + root) / a, 0.0, 1.0)
    return np.asarray(np.where(b**2 > a * c, leave - enter, 0.0))
