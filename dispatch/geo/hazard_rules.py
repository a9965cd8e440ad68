"""Decide how long a hazard lasts, how much it slows riders, and when votes clear it. Pure.

Factors multiply the riding time inside the radius. They are deliberate round numbers: a pothole costs a moment, ice
makes a rider walk. Nothing forbids a street, so that a stop inside a hazard stays reachable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import cos, radians

import shapely

from dispatch.core.units import LonLat


@dataclass(frozen=True, slots=True)
class HazardKind:
    """What one kind of hazard does unless somebody clears it earlier."""

    radius_m: float
    factor: float
    lasts: timedelta


KINDS: dict[str, HazardKind] = {
    "pothole": HazardKind(15, 1.5, timedelta(days=60)),
    "glass": HazardKind(20, 2.0, timedelta(hours=24)),
    "flood": HazardKind(60, 6.0, timedelta(hours=12)),
    "ice": HazardKind(150, 2.5, timedelta(hours=8)),
    "works": HazardKind(50, 4.0, timedelta(days=14)),
    "blocked": HazardKind(30, 4.0, timedelta(hours=6)),
    "stairs": HazardKind(15, 3.0, timedelta(days=365)),
    "danger": HazardKind(80, 3.0, timedelta(hours=24)),
}

_GONE_VOTES = 2
_METRES_PER_DEGREE = 111_195.0


def is_gone(votes: Iterable[bool], *, reporter_says_gone: bool) -> bool:
    """Whether a hazard counts as cleared: its reporter says so, or two more say gone than still there.

    `votes` holds one word per member, True for gone.
    """
    if reporter_says_gone:
        return True
    said = list(votes)
    return sum(said) - (len(said) - sum(said)) >= _GONE_VOTES


def is_on(line: Sequence[Sequence[float]], kind: str, at: LonLat) -> bool:
    """Whether a line of `[lon, lat]` comes into the circle in which a hazard of this kind slows riders."""
    if len(line) < 2:
        return False
    stretch = cos(radians(at.lat))
    metres = [((lon - at.lon) * stretch, lat - at.lat) for lon, lat in line]
    nearest = shapely.LineString(metres).distance(shapely.Point(0, 0)) * _METRES_PER_DEGREE
    return bool(nearest <= KINDS[kind].radius_m)
