"""Valhalla over HTTP, for regions beyond one process.

Its bicycle model is its own: of our profiles it takes the cruising speed and the kind of bike, and it can neither keep
a cargo bike off steps nor weigh a place anew, so hazards are refused rather than ignored. Its service must allow the
matrices asked for (`service_limits.bicycle.max_matrix_location_pairs`, 2,500 by default, is what BLOCK stands for).
"""

from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from routing.streets.engines import Reach
from routing.streets.errors import EngineFailed, NoRoute, NotSupported, OffStreet
from routing.streets.hazards import Hazard
from routing.streets.leg import Leg, Step
from routing.streets.network import METRES_PER_DEGREE, Lonlat
from routing.streets.profiles import get_profile
from routing.streets.snap import Snapped, off_street

BLOCK = 50
"""Sources and targets of one request."""
TIMEOUT_S = 60.0

_BIKES = {"bike": "hybrid", "ebike": "hybrid", "cargo": "cross", "trailer": "cross"}
_NO_PATH = (170, 441, 442)
_NO_STREET = (171,)
_TURNS = {
    8: "continue", 9: "slight_right", 10: "right", 11: "sharp_right", 12: "u_turn", 13: "u_turn", 14: "sharp_left",
    15: "left", 16: "slight_left", 18: "slight_right", 19: "slight_left", 20: "right", 21: "left", 23: "slight_right",
    24: "slight_left",
}
"""Maneuver types of its API reference; the others go on."""


class ValhallaEngine:
    """`engines.Engine` that asks a Valhalla service."""

    def __init__(self, url: str, limit_m: float) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        self._limit_m = limit_m

    def snap(self, points: Lonlat, profile: str) -> Snapped:
        """See `engines.Engine`. Edges and slots belong to a network of ours, so here they are -1."""
        body = {"locations": _places(points), **_costing(profile)}
        answers = self._ask("/locate", body)
        best = [_nearest_edge(answer) for answer in answers]
        found = np.array([[edge["correlated_lon"], edge["correlated_lat"]] if edge else [np.nan] * 2 for edge in best])
        distance = _metres(points, found)
        if not (distance <= self._limit_m).all():
            raise off_street(points, np.flatnonzero(~(distance <= self._limit_m)), self._limit_m)
        none = np.full(len(points), -1, dtype=np.int32)
        fraction = np.array([edge["percent_along"] if edge else 0.0 for edge in best])
        return Snapped(
            edge=none, slot=none, slot_share=fraction, fraction=fraction, lonlat=found, distance_m=distance
        )

    def table(self, sources: Lonlat, targets: Lonlat, profile: str) -> NDArray[np.float32]:
        """See `engines.Engine`. In blocks, because the service limits the pairs of one request."""
        from_ = self.snap(sources, profile).lonlat
        to = from_ if targets is sources else self.snap(targets, profile).lonlat
        return np.vstack(
            [np.hstack([self._block(rows, columns, profile) for columns in _blocks(to)]) for rows in _blocks(from_)]
        )

    def leg(self, start: Lonlat, end: Lonlat, profile: str) -> Leg:
        """See `engines.Engine`. Valhalla's own balance of comfort and time."""
        ends = self.snap(np.vstack([start, end]), profile).lonlat
        answer = self._ask("/route", {"locations": _places(ends), "units": "kilometers", **_costing(profile)})
        if answer is None:
            raise NoRoute("Valhalla finds no path from the first point to the second")
        leg = answer["trip"]["legs"][0]
        return Leg(
            duration_s=float(leg["summary"]["time"]),
            length_m=float(leg["summary"]["length"]) * 1000.0,
            coordinates=_decode(leg["shape"]),
            steps=tuple(_step(maneuver) for maneuver in leg["maneuvers"]),
        )

    def reach(self, start: Lonlat, profile: str, limit_s: float) -> Reach:
        """See `engines.Engine`. NotSupported: its isochrones are areas, not junctions."""
        raise NotSupported("Valhalla tells areas, not junctions within reach; use the engine cch")

    def set_hazards(self, hazards: tuple[Hazard, ...]) -> None:
        """See `engines.Engine`. NotSupported unless there is none."""
        if hazards:
            raise NotSupported("Valhalla cannot weigh streets near a hazard anew; use the engine cch")

    def _block(self, sources: Lonlat, targets: Lonlat, profile: str) -> NDArray[np.float32]:
        body = {"sources": _places(sources), "targets": _places(targets), "verbose": False, **_costing(profile)}
        answer = self._ask("/sources_to_targets", body)
        if answer is None:
            return np.full((len(sources), len(targets)), np.nan, dtype=np.float32)
        durations = np.array(answer["sources_to_targets"]["durations"], dtype=np.float32)
        return np.asarray(durations.reshape(len(sources), len(targets)))

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        """The answer, or None where there is no path."""
        try:
            response = self._http.post(path, json=body)
        except httpx.HTTPError as error:
            raise EngineFailed(f"Valhalla at {self._http.base_url} does not answer: {error}") from error
        if response.status_code == 200:
            return response.json()
        code = _error_code(response)
        if code in _NO_PATH:
            return None
        if code in _NO_STREET:
            raise OffStreet("Valhalla finds no street near one of the points")
        raise EngineFailed(f"Valhalla refused {path}: {response.text[:200]}")


def _error_code(response: httpx.Response) -> int:
    try:
        return int(response.json().get("error_code", 0))
    except ValueError:
        return 0


def _blocks(points: Lonlat) -> list[Lonlat]:
    return np.array_split(points, -(-len(points) // BLOCK))


def _costing(profile: str) -> dict[str, Any]:
    speed = round(get_profile(profile).cruise_ms * 3.6, 1)
    options = {"bicycle_type": _BIKES.get(profile, "hybrid"), "cycling_speed": speed}
    return {"costing": "bicycle", "costing_options": {"bicycle": options}}


def _places(points: Lonlat) -> list[dict[str, float]]:
    return [{"lon": float(lon), "lat": float(lat), "node_snap_tolerance": 0} for lon, lat in points]


def _nearest_edge(answer: dict[str, Any]) -> dict[str, float] | None:
    narrow = float(np.cos(np.radians(answer["input_lat"])))

    def away(edge: dict[str, float]) -> float:
        east, north = edge["correlated_lon"] - answer["input_lon"], edge["correlated_lat"] - answer["input_lat"]
        return float(np.hypot(east * narrow, north))

    return min(answer.get("edges") or [], key=away, default=None)


def _metres(points: Lonlat, found: Lonlat) -> NDArray[np.float64]:
    step = found - points
    return np.asarray(np.hypot(step[:, 0] * np.cos(np.radians(points[:, 1])), step[:, 1]) * METRES_PER_DEGREE)


def _step(maneuver: dict[str, Any]) -> Step:
    kind = int(maneuver["type"])
    turn = "depart" if kind in (1, 2, 3) else "arrive" if kind in (4, 5, 6) else _TURNS.get(kind, "continue")
    return Step(
        name=(maneuver.get("street_names") or [""])[0],
        turn=turn,
        street="road",
        push=False,
        length_m=float(maneuver["length"]) * 1000.0,
        duration_s=float(maneuver["time"]),
        index=int(maneuver["begin_shape_index"]),
    )


def _decode(shape: str) -> tuple[tuple[float, float], ...]:
    """Its encoded polyline with six decimals: differences, zigzag, five bits a character."""
    numbers, value, shift = [], 0, 0
    for character in shape:
        bits = ord(character) - 63
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value, shift = 0, 0
    places = np.cumsum(np.array(numbers, dtype=np.int64).reshape(-1, 2), axis=0) / 1e6
    return tuple((lon, lat) for lat, lon in places.tolist())
