"""Decide how long a hazard lasts, how much it slows riders, and when votes clear it. Pure.

Factors multiply the riding time inside the radius. They are deliberate round numbers: a pothole costs a moment, ice
makes a rider walk. Nothing forbids a street, so that a stop inside a hazard stays reachable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta


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


def is_gone(votes: Iterable[bool], *, reporter_says_gone: bool) -> bool:
    """Whether a hazard counts as cleared: its reporter says so, or two more say gone than still there.

    `votes` holds one word per member, True for gone.
    """
    if reporter_says_gone:
        return True
    said = list(votes)
    return sum(said) - (len(said) - sum(said)) >= _GONE_VOTES
