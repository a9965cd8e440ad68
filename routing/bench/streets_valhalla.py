"""Compare durations with a Valhalla service that runs over the same extract."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

from routing.streets.errors import EngineFailed
from routing.streets.network import Lonlat
from routing.streets.sample import street_points
from routing.streets.travel import Streets


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """How close two engines are: over `pairs` durations, and how long the other took."""

    pairs: int
    correlation: float
    error_pct: float
    median_ratio: float
    matrix_100_ms: float
    route_p50_ms: float


def compare(streets: Streets, url: str, profile: str, pairs: int, seed: int) -> Peer:
    """Durations of that many random pairs. The error is relative, after scaling by the median ratio."""
    points = street_points(streets.network, pairs * 2, seed, profile=profile).reshape(pairs, 2, 2)
    ours, theirs, times = [], [], []
    with httpx.Client(base_url=url, timeout=120.0) as http:
        for start, end in points:
            began = time.perf_counter()
            seconds = _route_s(http, np.stack([start, end]))
            times.append((time.perf_counter() - began) * 1000.0)
            if seconds is not None:
                theirs.append(seconds)
                ours.append(float(streets.table([start], [end], profile)[0, 0]))
        matrix_ms = _matrix_ms(http, points.reshape(-1, 2)[:100])
    mine, other = np.array(ours), np.array(theirs)
    ratio = float(np.median(mine / other))
    return Peer(
        pairs=len(mine),
        correlation=float(np.corrcoef(mine, other)[0, 1]),
        error_pct=float(np.abs(mine / ratio / other - 1.0).mean() * 100.0),
        median_ratio=ratio,
        matrix_100_ms=matrix_ms,
        route_p50_ms=float(np.median(times)),
    )


def _places(points: Lonlat) -> list[dict[str, float]]:
    return [{"lon": float(lon), "lat": float(lat)} for lon, lat in points]


def _route_s(http: httpx.Client, points: Lonlat) -> float | None:
    """Seconds by bicycle, None where Valhalla finds no path or the pair is too near to compare."""
    answer = _ask(http, "/route", {"locations": _places(points), "costing": "bicycle"})
    if answer is None:
        return None
    seconds = float(answer["trip"]["summary"]["time"])
    return seconds if seconds >= 30.0 else None


def _matrix_ms(http: httpx.Client, points: Lonlat) -> float:
    places = _places(points)
    began = time.perf_counter()
    if _ask(http, "/sources_to_targets", {"sources": places, "targets": places, "costing": "bicycle"}) is None:
        pairs = len(places) ** 2
        raise EngineFailed(
            f"Valhalla at {http.base_url} refuses a matrix of {pairs:,} pairs: raise max_matrix_location_pairs"
        )
    return (time.perf_counter() - began) * 1000.0


def _ask(http: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
    try:
        response = http.post(path, json=body)
    except httpx.HTTPError as error:
        raise EngineFailed(f"Valhalla at {http.base_url} does not answer: {error}") from error
    if response.status_code != 200:
        return None
    answer: dict[str, Any] = response.json()
    return answer
