"""Draw the ride between two stops, remembered per pair while map and hazards stay; else a straight line."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any
from uuid import UUID

import structlog

from dispatch.core.errors import PacelineError
from dispatch.core.units import LonLat, distance_m
from dispatch.geo import travel

KEPT = 20_000
DETOUR = 1.35
CALM_M_PER_S = 4.3
SAME_PLACE_M = 5.0

log = structlog.get_logger()
_drawn: OrderedDict[tuple[object, ...], dict[str, Any]] = OrderedDict()
_lock = Lock()


def leg(city_id: UUID, start: LonLat, end: LonLat, profile: str, *, conditions: str) -> dict[str, Any]:
    """Seconds (as we ride, and as the map's model has it), metres, `[lon, lat]` line and steps, ready for JSON.

    Under which `conditions` (of `travel`) says who asks, so that they are looked up once for many.
    """
    key = (conditions, city_id, start, end, profile)
    with _lock:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    drawn = _ask(city_id, start, end, profile)
    with _lock:
        _drawn[key] = drawn
        while len(_drawn) > KEPT:
            _drawn.popitem(last=False)
    return drawn


def at_speed(drawn: dict[str, Any], speed: float) -> dict[str, Any]:
    """The same ride by somebody who rides that much faster than the co-op in the middle."""
    if speed == 1.0:
        return drawn
    steps = [step | {"duration_s": round(step["duration_s"] / speed)} for step in drawn["steps"]]
    return drawn | {"duration_s": round(drawn["duration_s"] / speed), "steps": steps}


def _ask(city_id: UUID, start: LonLat, end: LonLat, profile: str) -> dict[str, Any]:
    straight_m = distance_m(start, end)
    if straight_m < SAME_PLACE_M:
        line = [start.as_pair(), end.as_pair()]
        return {"duration_s": 0, "model_s": 0, "length_m": 0, "coordinates": line, "steps": []}
    try:
        found = travel.leg(city_id, start, end, profile)
    except PacelineError as error:
        log.info("leg.straight", error=error.message)
        return {
            "duration_s": round(straight_m * DETOUR / CALM_M_PER_S),
            "model_s": round(straight_m * DETOUR / CALM_M_PER_S),
            "length_m": round(straight_m * DETOUR),
            "coordinates": [start.as_pair(), end.as_pair()],
            "steps": [],
        }
    return {
        "duration_s": round(found.duration_s),
        "model_s": round(found.duration_s * travel.speed_factor(city_id, profile)),
        "length_m": round(found.length_m),
        "coordinates": [[round(lon, 6), round(lat, 6)] for lon, lat in found.coordinates],
        "steps": [
            {
                "name": step.name,
                "turn": step.turn,
                "push": step.push,
                "length_m": round(step.length_m),
                "duration_s": round(step.duration_s),
                "index": step.index,
            }
            for step in found.steps
        ],
    }
