"""Learn where an address really is from pins that people move: the next search of the co-op finds it there."""

from __future__ import annotations

from uuid import UUID

from dispatch.core.units import LonLat, distance_m

from . import geocode, services

RIGHT_M = 8.0
"""So near to its place on the map an address needs no correction."""

FARTHEST_M = 400.0
"""Farther from a door that is well known, a pin is a slip of the hand or another errand, and nobody else's business."""


def learn_pin(coop_id: UUID, city_id: UUID, address: str, at: LonLat) -> bool:
    """Remember that `address` is at `at`, where somebody put the pin, if that says something; whether it did.

    Only a door or a named place is learned: a street as such has no pin of its own.
    """
    best = next(iter(geocode.search(coop_id, city_id, address, limit=1, near=at)), None)
    label = best.label if best is not None and best.is_sure else address
    if best is not None and best.is_sure:
        says_something = RIGHT_M < distance_m(best.at, at) <= FARTHEST_M
    else:
        says_something = any(map(str.isdigit, address.split(",")[0]))
    if says_something:
        services.save_place(coop_id, city_id, label, at)
    return says_something
