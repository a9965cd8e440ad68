"""Where a co-op delivers: which zone a place is in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Row, func, select

from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat

from .models import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneView:
    """A zone and its area; a plan is owed while `plan_done` < `plan_wanted`. Bikes may come back to its depot."""

    id: UUID
    city_id: UUID
    name: str
    area: shapely.MultiPolygon
    plan_wanted: int
    plan_done: int
    plan_version: int
    depot_address: str
    depot_lonlat: LonLat | None

    def feature(self) -> dict[str, Any]:
        """GeoJSON Feature."""
        return {
            "type": "Feature",
            "id": str(self.id),
            "geometry": shapely.geometry.mapping(self.area),
            "properties": {"name": self.name},
        }


def find_zone_at(coop_id: UUID, at: LonLat) -> ZoneView | None:
    """The co-op's zone around a place, the smallest where several overlap; None outside its area."""
    point = func.ST_SetSRID(func.ST_MakePoint(at.lon, at.lat), 4326)
    around = _zones(coop_id).where(func.ST_Covers(Zone.area, point)).order_by(func.ST_Area(Zone.area), Zone.name)
    row = db.session.execute(around.limit(1)).first()
    return _view(row) if row else None


def list_zones(coop_id: UUID) -> list[ZoneView]:
    """All zones of a co-op, by name."""
    return [_view(row) for row in db.session.execute(_zones(coop_id).order_by(Zone.name))]


def get_zone(coop_id: UUID, zone_id: UUID) -> ZoneView:
    """One zone; NotFound if the co-op has no such zone."""
    row = db.session.execute(_zones(coop_id).where(Zone.id == zone_id)).first()
    if row is None:
        raise NotFound(f"zone {zone_id} does not exist")
    return _view(row)


@lru_cache(maxsize=4096)
def city_of(coop_id: UUID, zone_id: UUID) -> UUID:
    """The city of a zone, which never changes; NotFound if the co-op has no such zone."""
    city_id = db.session.scalar(select(Zone.city_id).where(Zone.coop_id == coop_id, Zone.id == zone_id))
    if city_id is None:
        raise NotFound(f"zone {zone_id} does not exist")
    return city_id


def _zones(coop_id: UUID) -> Any:
    counters = (Zone.plan_wanted, Zone.plan_done, Zone.plan_version)
    columns = (Zone.id, Zone.city_id, Zone.name, *counters, Zone.depot_address, Zone.depot_lonlat)
    return select(*columns, func.ST_AsBinary(Zone.area).label("area")).where(Zone.coop_id == coop_id)


def _view(row: Row[Any]) -> ZoneView:
    values = dict(row._mapping)
    area = shapely.from_wkb(bytes(values.pop("area")))
    return ZoneView(area=area, **values)
