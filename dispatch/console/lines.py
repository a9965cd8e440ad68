"""The streets that runs follow, for the map. Legs are kept while map and hazards stay the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from dispatch.core import clock
from dispatch.core.errors import PacelineError
from dispatch.core.units import LonLat
from dispatch.geo import travel

from .queries import Board

NEW_LEGS_S = 0.25
"""Real seconds for legs not yet known; the rest is drawn straight until the next look."""

KEPT_LEGS = 20_000

Points = tuple[tuple[float, float], ...]


def lines_of(board: Board) -> tuple[list[dict[str, Any]], bool]:
    """Each run's way from where the rider is through all open stops; and whether every leg follows the streets."""
    ends_at = clock.monotonic_s() + NEW_LEGS_S
    runs = []
    for rider in board.riders:
        places = [rider.lonlat, *(stop.task.lonlat for stop in rider.stops)]
        points: list[tuple[float, float]] = []
        for start, end in zip(places, places[1:], strict=False):
            points += _leg(board.zone.city_id, start, end, rider.crew.profile, ends_at)
        runs.append({"id": str(rider.crew.run.id), "colour": rider.colour, "coordinates": points})
    return runs, clock.monotonic_s() <= ends_at


def _leg(city_id: UUID, start: LonLat, end: LonLat, profile: str, ends_at: float) -> Points:
    straight = ((start.lon, start.lat), (end.lon, end.lat))
    if start == end or clock.monotonic_s() > ends_at:
        return straight
    try:
        return _known_leg(travel.conditions(city_id), city_id, start, end, profile)
    except PacelineError:
        return straight


@lru_cache(maxsize=KEPT_LEGS)
def _known_leg(_conditions: str, city_id: UUID, start: LonLat, end: LonLat, profile: str) -> Points:
    return tuple((lon, lat) for lon, lat in travel.leg(city_id, start, end, profile).coordinates)
