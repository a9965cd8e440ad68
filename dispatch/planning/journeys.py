"""Ask the streets how long rides take, and put the answer into the optimiser's form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from dispatch.core.units import LonLat
from dispatch.geo import travel
from routing.problem import UNREACHABLE_S, TravelMatrix

from . import rules
from .modelling import Distances
from .snapshot import Snapshot

RideTimes = Callable[[UUID, Sequence[LonLat], str], NDArray[np.float32]]
"""City, places and kind of bike to seconds between all places, (n, n) float32, NaN where no way leads."""

Gauge = Callable[[UUID, str], float]
"""City and kind of bike to the metres of street that are ridden in a second of those rides, on average."""


def matrices(
    city_id: UUID, points: Sequence[LonLat], profiles: Iterable[str], ride_times: RideTimes
) -> dict[str, TravelMatrix]:
    """One travel matrix per kind of bike. A place off all streets cannot be reached, but spoils nobody else's plan."""
    return {profile: to_matrix(_seconds(city_id, points, profile, ride_times)) for profile in sorted(profiles)}


def to_matrix(seconds: NDArray[np.float32]) -> TravelMatrix:
    """A travel matrix of seconds between all places."""
    whole = whole_seconds(seconds)
    np.fill_diagonal(whole, 0)
    return TravelMatrix(seconds=whole)


def at_own_speeds(matrices: Mapping[str, TravelMatrix], bikes: Iterable[str]) -> dict[str, TravelMatrix]:
    """The matrices, and for each bike that is ridden at a speed of its own (`rules.bike_of`) one more."""
    made = dict(matrices)
    for bike in sorted(set(bikes) - made.keys()):
        profile, speed = rules.speed_of(bike)
        made[bike] = _at_speed(matrices[profile], speed)
    return made


def _at_speed(matrix: TravelMatrix, speed: float) -> TravelMatrix:
    seconds = np.ceil(matrix.seconds / speed).astype(np.int32)
    seconds = np.where(matrix.seconds == UNREACHABLE_S, UNREACHABLE_S, seconds).astype(np.int32)
    return TravelMatrix(seconds=seconds, metres=matrix.metres)


def with_metres(matrix: TravelMatrix, metres_per_s: float) -> TravelMatrix:
    """The matrix with the metres that are ridden in its seconds."""
    metres = np.minimum(np.rint(matrix.seconds * metres_per_s), UNREACHABLE_S).astype(np.int32)
    return TravelMatrix(seconds=matrix.seconds, metres=metres)


def distances(snapshot: Snapshot, ride_times: RideTimes, metres_per_s: Gauge) -> Distances:
    """How far riders with a limit rode, and what a second of riding means in metres; without any, nothing is asked."""
    city_id = snapshot.city_id
    limited = [member for member in snapshot.crew if member.longest_day_m is not None]
    gauges = {profile: metres_per_s(city_id, profile) for profile in sorted({member.profile for member in limited})}
    ridden_s = {
        member.rider_id: _ride_s(_seconds(city_id, member.visited, member.profile, ride_times))
        for member in limited
        if len(member.visited) > 1
    }
    gauge_of = {member.rider_id: gauges[member.profile] for member in limited}
    return Distances(
        gauges=gauges, ridden_m={rider_id: round(took_s * gauge_of[rider_id]) for rider_id, took_s in ridden_s.items()}
    )


def _ride_s(seconds: NDArray[np.float32]) -> float:
    """Riding from each place to the next."""
    return float(np.nansum(np.diagonal(seconds, offset=1)))


def whole_seconds(seconds: NDArray[np.float32]) -> NDArray[np.int32]:
    """Rounded up, so that nobody arrives earlier than the streets allow; what is no time becomes unreachable."""
    whole = np.full(seconds.shape, UNREACHABLE_S, dtype=np.int32)
    known = np.isfinite(seconds) & (seconds < UNREACHABLE_S)
    whole[known] = np.ceil(seconds[known]).astype(np.int32)
    return whole


def _seconds(
    city_id: UUID, points: Sequence[LonLat], profile: str, ride_times: RideTimes
) -> NDArray[np.float32]:
    try:
        return ride_times(city_id, points, profile)
    except travel.OffStreet as error:
        lost = {int(index) for index in error.extra.get("indices", ())}  # type: ignore[attr-defined]
        if not lost:
            raise
    kept = [index for index in range(len(points)) if index not in lost]
    seconds = np.full((len(points), len(points)), np.nan, dtype=np.float32)
    if kept:
        seconds[np.ix_(kept, kept)] = ride_times(city_id, [points[index] for index in kept], profile)
    return seconds
