"""The only writers of zones, outlines of price zones and saved places; hazards have theirs in `hazard_services`."""

from __future__ import annotations

from uuid import UUID, uuid4

import shapely
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Conflict
from dispatch.core.units import LonLat

from . import queries, zone_rules, zones
from .models import PriceArea, SavedPlace, Zone
from .normalise import fold, normalise


def create_zone(coop_id: UUID, city_id: UUID, name: str, area: shapely.Geometry | None = None) -> zones.ZoneView:
    """Add a zone; its area is the whole city's unless given. Conflict when the name is taken."""
    outline = _in_city(city_id, area)
    if db.session.scalar(select(Zone.id).where(Zone.coop_id == coop_id, Zone.name == name)):
        raise Conflict(f"there is a zone {name!r} already", code="zone_exists")
    zone = Zone(coop_id=coop_id, city_id=city_id, name=name, area=f"SRID=4326;{outline.wkt}")
    db.session.add(zone)
    db.session.flush()
    return zones.get_zone(coop_id, zone.id)


def redraw_zone(coop_id: UUID, zone_id: UUID, area: shapely.Geometry) -> zones.ZoneView:
    """Change a zone's area; its plan is made again."""
    outline = _in_city(zones.get_zone(coop_id, zone_id).city_id, area)
    known = update(Zone).where(Zone.coop_id == coop_id, Zone.id == zone_id)
    db.session.execute(known.values(area=f"SRID=4326;{outline.wkt}"))
    want_plan(coop_id, zone_id)
    return zones.get_zone(coop_id, zone_id)


def set_depot(coop_id: UUID, zone_id: UUID, address: str, at: LonLat | None) -> None:
    """Say where a zone's bikes come back to, or that they do not; its plan is made again."""
    zones.get_zone(coop_id, zone_id)
    known = update(Zone).where(Zone.coop_id == coop_id, Zone.id == zone_id)
    db.session.execute(known.values(depot_address=address[:200] if at else "", depot_lonlat=at))
    want_plan(coop_id, zone_id)


def add_price_area(coop_id: UUID, city_id: UUID, area: shapely.Geometry) -> UUID:
    """Keep the outline of a price zone for ever; the tariff refers to it by the id that is returned."""
    outline = _in_city(city_id, area)
    row = PriceArea(
        coop_id=coop_id, id=uuid4(), city_id=city_id, area=f"SRID=4326;{outline.wkt}", drawn_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def want_plan(coop_id: UUID, zone_id: UUID, *, is_urgent: bool = True) -> None:
    """Note in the caller's transaction that a zone's plan is out of date; what is not urgent may wait for company.

    Call it last: the zone's row stays locked until the transaction ends.
    """
    db.session.flush()
    wanted = Zone.plan_wanted + 1
    known = update(Zone).where(Zone.coop_id == coop_id, Zone.id == zone_id)
    db.session.execute(known.values(plan_wanted=wanted, plan_urgent=wanted if is_urgent else Zone.plan_urgent))


def finish_plan(coop_id: UUID, zone_id: UUID, wanted: int) -> None:
    """Note that everything wanted up to `wanted` is planned; an older note than the last changes nothing."""
    db.session.execute(
        update(Zone)
        .where(Zone.coop_id == coop_id, Zone.id == zone_id)
        .values(plan_done=func.greatest(Zone.plan_done, wanted), plan_version=Zone.plan_version + 1)
    )


def is_plan_wanted(coop_id: UUID, zone_id: UUID) -> bool:
    """Whether something changed since the last finished plan."""
    return _is_owed(coop_id, zone_id, Zone.plan_wanted)


def is_plan_urgent(coop_id: UUID, zone_id: UUID) -> bool:
    """Whether something that cannot wait changed since the last finished plan."""
    return _is_owed(coop_id, zone_id, Zone.plan_urgent)


def _is_owed(coop_id: UUID, zone_id: UUID, wanted: InstrumentedAttribute[int]) -> bool:
    owed = select(wanted > Zone.plan_done).where(Zone.coop_id == coop_id, Zone.id == zone_id)
    return bool(db.session.scalar(owed))


def save_place(coop_id: UUID, city_id: UUID, label: str, at: LonLat) -> None:
    """Remember that `label` is really at `at`: somebody moved the pin. The latest correction counts."""
    name, _, town = label.partition(",")
    key = normalise(name, queries.get_city(city_id).languages)
    if not key:
        return
    key = f"{key}, {fold(town)}".rstrip(", ")[:200]
    now = clock.now()
    row = insert(SavedPlace).values(
        coop_id=coop_id, city_id=city_id, label=label[:200], key=key, at=at, created_at=now, changed_at=now
    )
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[SavedPlace.coop_id, SavedPlace.city_id, SavedPlace.key],
            set_={"at": row.excluded.at, "changed_at": now, "times_used": SavedPlace.times_used + 1},
        )
    )


def _in_city(city_id: UUID, area: shapely.Geometry | None) -> shapely.MultiPolygon:
    """The area, checked and at least partly in the city; the whole city's where none is given."""
    city = queries.get_city(city_id)
    outline = zone_rules.check_area(area if area is not None else city.area)
    if not outline.intersects(city.area):
        raise zone_rules.wrong_area("outside_city", f"this area lies outside {city.name}")
    return outline
