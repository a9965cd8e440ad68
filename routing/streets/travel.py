"""Streets: travel times, legs and snapping for dispatch, over whichever engine is chosen."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from routing.streets.cch import CchSearch
from routing.streets.dijkstra import DijkstraSearch
from routing.streets.engines import ENGINES, Engine, Reach
from routing.streets.errors import OffStreet, StreetsError
from routing.streets.graph_engine import GraphEngine
from routing.streets.hazards import Hazard
from routing.streets.kept import KeptPairs
from routing.streets.leg import Leg, at_pace
from routing.streets.network import Network, degrees
from routing.streets.profiles import PROFILES, get_profile
from routing.streets.snap import DEFAULT_LIMIT_M, Snapped, as_points
from routing.streets.valhalla import ValhallaEngine

DEFAULT_VALHALLA_URL = "http://127.0.0.1:8002"


class Streets:
    """Thread-safe facade. Points are lon/lat in degrees; seconds are those of the co-op's riders.

    `speed_factors` says per profile how much faster than the model they ride (1.1 is ten percent faster); it scales
    times and changes no route. Replacing hazards or factors affects the queries that begin afterwards. `network` may
    be None with the engine valhalla, which has its own.
    """

    def __init__(
        self,
        network: Network | None,
        engine: str = "cch",
        *,
        speed_factors: Mapping[str, float] | None = None,
        limit_m: float = DEFAULT_LIMIT_M,
        valhalla_url: str = DEFAULT_VALHALLA_URL,
    ) -> None:
        self._network = network
        self._engine = _open_engine(network, engine, limit_m, valhalla_url)
        self._kept = KeptPairs()
        self._hazards: tuple[Hazard, ...] = ()
        self._speed_factors: Mapping[str, float] = MappingProxyType({})
        self.set_speed_factors(speed_factors or {})

    @property
    def network(self) -> Network:
        """The network underneath; StreetsError with an engine that has none of ours."""
        if self._network is None:
            raise StreetsError("this engine runs without a street network of ours")
        return self._network

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """Hazards in force."""
        return self._hazards

    @property
    def speed_factors(self) -> Mapping[str, float]:
        """Factor of every profile, 1.0 unless calibrated."""
        return self._speed_factors

    def warm(self, profiles: Sequence[str] = tuple(PROFILES)) -> None:
        """Prepare profiles now, so that the first query of each does not wait (a web process does so at start)."""
        if self._network is None:
            return
        middle = degrees(self.network.node_point[self.network.arc_tail[:1]])
        for profile in profiles:
            try:
                self._engine.table(middle, middle, profile)
                self._engine.leg(middle, middle, profile)
            except StreetsError:
                continue

    def snap(self, points: object, profile: str) -> Snapped:
        """The place on a street of each point (n, 2); OffStreet names points beyond the limit."""
        get_profile(profile)
        return self._engine.snap(as_points(points), profile)

    def on_street(self, points: object, profile: str) -> NDArray[np.bool_]:
        """Which of the points (n, 2) lie near enough to a street that bike may use, (n,)."""
        checked = as_points(points)
        near = np.ones(len(checked), dtype=bool)
        try:
            self.snap(checked, profile)
        except OffStreet as error:
            near[list(error.indices)] = False
        return near

    def matrix(self, points: object, profile: str) -> NDArray[np.float32]:
        """Seconds between all points, (n, n) float32; NaN where no path leads, 0 on the diagonal."""
        checked = as_points(points)
        return self._table(checked, checked, profile)

    def kept_matrix(self, points: object, profile: str) -> NDArray[np.float32]:
        """As `matrix`, for planning: pairs that were asked for before under the same hazards are not computed again."""
        get_profile(profile)
        checked = as_points(points)
        if not len(checked):
            return np.zeros((0, 0), dtype=np.float32)
        try:
            seconds = self._kept.matrix(checked, profile, lambda a, b: self._engine.table(a, b, profile))
        except OffStreet:
            self.snap(checked, profile)  # raises the same with the caller's own indices
            raise
        return seconds / np.float32(self._speed_factors[profile])

    def reach(self, point: Sequence[float], profile: str, limit_s: float) -> Reach:
        """Every junction that a rider from that point (lon, lat) reaches within `limit_s` seconds, and when."""
        factor = self._speed_factors[get_profile(profile).name]
        reach = self._engine.reach(as_points([point]), profile, limit_s * factor)
        return Reach(lonlat=reach.lonlat, seconds=reach.seconds / factor)

    def table(self, sources: object, targets: object, profile: str) -> NDArray[np.float32]:
        """Seconds from every source to every target, (n, m) float32; NaN where no path leads."""
        return self._table(as_points(sources), as_points(targets), profile)

    def leg(self, start: Sequence[float], end: Sequence[float], profile: str) -> Leg:
        """The most comfortable ride between two points (lon, lat), with its real time. NoRoute if there is none."""
        get_profile(profile)
        leg = self._engine.leg(as_points([start]), as_points([end]), profile)
        return at_pace(leg, self._speed_factors[profile])

    def set_hazards(self, hazards: Sequence[Hazard]) -> None:
        """Replace all hazards, for every profile."""
        self._engine.set_hazards(tuple(hazards))
        # Whoever still holds the old one fills that, never the new one with old durations.
        self._kept = KeptPairs()
        self._hazards = tuple(hazards)

    def set_speed_factors(self, factors: Mapping[str, float]) -> None:
        """Replace the calibration; profiles not named ride at the model's pace. Factors lie between 0.2 and 5."""
        for profile, factor in factors.items():
            get_profile(profile)
            if not 0.2 <= factor <= 5.0:
                raise StreetsError(f"speed factor of {profile} is {factor}: must be 0.2 to 5")
        self._speed_factors = MappingProxyType({name: float(factors.get(name, 1.0)) for name in PROFILES})

    def _table(
        self, sources: NDArray[np.float64], targets: NDArray[np.float64], profile: str
    ) -> NDArray[np.float32]:
        get_profile(profile)
        if not len(sources) or not len(targets):
            return np.zeros((len(sources), len(targets)), dtype=np.float32)
        seconds = self._engine.table(sources, targets, profile)
        return seconds / np.float32(self._speed_factors[profile])


def _open_engine(network: Network | None, name: str, limit_m: float, valhalla_url: str) -> Engine:
    if name == "valhalla":
        return ValhallaEngine(valhalla_url, limit_m)
    if network is None:
        raise StreetsError(f"engine {name!r} needs a street network")
    if name == "cch":
        return GraphEngine(network, CchSearch(network), limit_m)
    if name == "scipy":
        return GraphEngine(network, DijkstraSearch(network), limit_m)
    raise StreetsError(f"unknown engine {name!r}: choose one of {', '.join(ENGINES)}")
