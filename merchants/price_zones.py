"""Price zones of the co-op's tariff: which are around a place, and their only writers. Never commits.

What is charged stands in the tariff, a new version of it for each change; the outlines are kept beside it and never
changed. An order keeps the version it was quoted with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import shapely

from dispatch.core import clock
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.units import LonLat
from dispatch.geo import price_areas
from dispatch.geo import services as geo
from dispatch.geo import zone_rules
from dispatch.governance import queries as rule_sets
from dispatch.governance import services as governance
from dispatch.governance.queries import RuleSetView

from . import tariff_rules
from .tariff_rules import PriceZone, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnZone:
    """A price zone with its outline, and the names of larger ones over which it counts."""

    zone: PriceZone
    outline: shapely.MultiPolygon
    counts_over: tuple[str, ...]


def tariff_in_force(coop_id: UUID) -> RuleSetView:
    """The tariff of the moment."""
    return rule_sets.active(coop_id, "tariff", clock.now())


def list_drawn(coop_id: UUID, tariff: Mapping[str, Any]) -> list[DrawnZone]:
    """A tariff's price zones on the map, the smallest first: in that order they count where they overlap."""
    zones = tariff_rules.price_zones(tariff)
    outlines = _outlines(coop_id, zones)
    drawn = []
    for place, zone in enumerate(zones):
        larger = [one.name for one in zones[place + 1 :] if _compete(zone, one, outlines)]
        drawn.append(DrawnZone(zone=zone, outline=outlines[zone.area], counts_over=tuple(larger)))
    return drawn


def list_visits(
    coop_id: UUID, tariff: Mapping[str, Any], pickup: LonLat, dropoffs: Sequence[LonLat]
) -> tuple[Visit, ...]:
    """The places of an order as its price sees them."""
    areas = [UUID(zone.area) for zone in tariff_rules.price_zones(tariff)]
    if not areas:
        return ()
    around = price_areas.list_around(coop_id, areas, [pickup, *dropoffs])
    return tuple(
        Visit(is_pickup=index == 0, inside=frozenset(map(str, inside))) for index, inside in enumerate(around)
    )


def put_zone(
    coop_id: UUID, city_id: UUID, zone: PriceZone, outline: shapely.MultiPolygon | None, *, by: UUID | None = None
) -> RuleSetView:
    """Add a price zone, or change the one with its `area`; without an outline that one's stays.

    Invalid or Conflict if it makes no sense, has another's name, or is another's area drawn again; NotFound if there
    is none to change.
    """
    tariff_rules.check_zone(zone)
    former = zone.area
    if outline is not None:
        zone = replace(zone, area=str(geo.add_price_area(coop_id, city_id, outline)))
    elif not former:
        raise zone_rules.wrong_area("no_area", "draw an outline, or choose a file")

    def change(document: dict[str, Any]) -> dict[str, Any]:
        rest = _without(document, former) if former else list(tariff_rules.price_zones(document))
        return document | {"price_zones": _as_json(_ranked(coop_id, zone, rest))}

    return governance.amend(coop_id, "tariff", change, by=by)


def remove_zone(coop_id: UUID, area: str, *, by: UUID | None = None) -> RuleSetView:
    """Charge nothing special there any more; NotFound if there is no such zone."""

    def change(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"price_zones": _as_json(_without(document, area))}

    return governance.amend(coop_id, "tariff", change, by=by)


def _without(document: Mapping[str, Any], area: str) -> list[PriceZone]:
    zones = tariff_rules.price_zones(document)
    rest = [one for one in zones if one.area != area]
    if len(rest) == len(zones):
        raise NotFound(f"price zone {area[:40]!r} does not exist (any more)")
    return rest


def _ranked(coop_id: UUID, zone: PriceZone, rest: list[PriceZone]) -> list[PriceZone]:
    """The zones with the new one, the smallest first."""
    if len(rest) >= tariff_rules.MOST_ZONES:
        raise Conflict(f"a tariff has at most {tariff_rules.MOST_ZONES} price zones", code="too_many_zones")
    if any(one.name.casefold() == zone.name.casefold() for one in rest):
        raise Conflict(f"there is a price zone {zone.name!r} already", code="name_taken")
    outlines = _outlines(coop_id, [zone, *rest])
    for one in rest:
        if _compete(zone, one, outlines) and zone_rules.is_same(outlines[zone.area], outlines[one.area]):
            raise zone_rules.wrong_area("same_area", f"this is the area of {one.name!r}: change that zone instead")
    return sorted([zone, *rest], key=lambda one: (outlines[one.area].area, one.name))


def _compete(one: PriceZone, other: PriceZone, outlines: Mapping[str, shapely.MultiPolygon]) -> bool:
    """Whether there is a place at which only one of two zones can count."""
    if "either" not in (one.side, other.side) and one.side != other.side:
        return False
    return bool(outlines[one.area].intersection(outlines[other.area]).area > zone_rules.MIN_AREA_DEG2 / 100)


def _outlines(coop_id: UUID, zones: Sequence[PriceZone]) -> dict[str, shapely.MultiPolygon]:
    found = price_areas.list_outlines(coop_id, [UUID(zone.area) for zone in zones]) if zones else {}
    return {str(area): outline for area, outline in found.items()}


def _as_json(zones: Sequence[PriceZone]) -> list[dict[str, Any]]:
    return [
        {
            "area": zone.area,
            "name": zone.name,
            "side": zone.side,
            "base_cents": zone.base_cents,
            "surcharge_cents": zone.surcharge_cents,
        }
        for zone in zones
    ]
