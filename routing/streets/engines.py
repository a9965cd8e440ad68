"""The one interface behind which every routing engine stands, and how to choose one by name."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from routing.streets.hazards import Hazard
from routing.streets.leg import Leg
from routing.streets.network import Lonlat
from routing.streets.snap import Snapped


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """Junctions within reach: `lonlat` (k, 2) degrees and `seconds` (k,) float64 until there, in no order."""

    lonlat: Lonlat
    seconds: NDArray[np.float64]


class Engine(Protocol):
    """Travel times and legs between points. Safe to use from many threads.

    Points are (n, 2), n >= 1, lon/lat in degrees, already checked by `snap.as_points`; profiles are names in
    `profiles.PROFILES`. UnknownProfile, OffStreet, NoRoute, NotSupported and EngineFailed are what may be raised.
    """

    def snap(self, points: Lonlat, profile: str) -> Snapped:
        """Where on the network each point lies."""

    def table(self, sources: Lonlat, targets: Lonlat, profile: str) -> NDArray[np.float32]:
        """Seconds from every source to every target, (n, m); NaN where no path leads."""

    def leg(self, start: Lonlat, end: Lonlat, profile: str) -> Leg:
        """The ride a careful cyclist would choose between two points (1, 2), with its real time."""

    def reach(self, start: Lonlat, profile: str, limit_s: float) -> Reach:
        """Where a rider from a point (1, 2) gets within `limit_s`; for isochrones."""

    def set_hazards(self, hazards: tuple[Hazard, ...]) -> None:
        """Replace all hazards; queries that begin after the return see them."""


ENGINES = ("cch", "scipy", "valhalla")
"""Names that `travel.Streets` takes."""
