"""Valhalla over HTTP, for regions beyond one process. Hazards and hills are Valhalla's own affair."""

import httpx
import numpy as np
from numpy.typing import NDArray

from routing.streets.errors import EngineFailed
from routing.streets.hazards import Hazard
from routing.streets.leg import Leg
from routing.streets.network import Lonlat
from routing.streets.snap import Snapped


class ValhallaEngine:
    """`engines.Engine` that asks a Valhalla service."""

    def __init__(self, url: str, limit_m: float) -> None:
        self._http = httpx.Client(base_url=url, timeout=30.0)
        self._limit_m = limit_m

    def snap(self, points: Lonlat, profile: str) -> Snapped:
        raise EngineFailed("not yet")

    def table(self, sources: Lonlat, targets: Lonlat, profile: str) -> NDArray[np.float32]:
        raise EngineFailed("not yet")

    def leg(self, start: Lonlat, end: Lonlat, profile: str) -> Leg:
        raise EngineFailed("not yet")

    def set_hazards(self, hazards: tuple[Hazard, ...]) -> None:
        raise EngineFailed("not yet")
