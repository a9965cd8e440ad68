"""Reads of cities, zones and hazards; frozen facts, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Select, func, select

from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat

from .models import City, CityVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFacts:
    """One version of one city; `folder` is relative to the data directory, `area` is where its streets are."""

    id: UUID
    name: str
    version_id: UUID
    number: int
    folder: str
    is_current: bool
    area: shapely.Polygon
    centre: LonLat
    languages: tuple[str, ...]
    counts: dict[str, Any]
    source: str
    imported_at: datetime

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return self.area.bounds


def get_city(city_id: UUID) -> CityFacts:
    """The current version of a city; NotFound when there is none."""
    rows = db.session.execute(_facts().where(City.id == city_id, CityVersion.is_current)).all()
    if not rows:
        raise NotFound(f"city {city_id}: not imported. Run `paceline city import FILE`.")
    return _city(rows[0])


def find_city(name: str) -> CityFacts | None:
    """The current version of the city called `name`."""
    row = db.session.execute(_facts().where(City.name == name, CityVersion.is_current)).first()
    return _city(row) if row else None


def list_cities() -> list[CityFacts]:
    """The current version of every city, by name."""
    return [_city(row) for row in db.session.execute(_facts().where(CityVersion.is_current).order_by(City.name))]


def list_versions(city_id: UUID) -> list[CityFacts]:
    """Every version of a city that is kept, the newest first."""
    versions = _facts().where(City.id == city_id).order_by(CityVersion.number.desc())
    return [_city(row) for row in db.session.execute(versions)]


def get_version(version_id: UUID) -> CityFacts:
    """One version of a city, current or not; NotFound when it is gone."""
    row = db.session.execute(_facts().where(CityVersion.id == version_id)).first()
    if row is None:
        raise NotFound(f"map {version_id}: no such version")
    return _city(row)


def find_current_version_id(city_id: UUID) -> UUID | None:
    """The id of a city's current version: the cheapest question of whether anything changed."""
    return db.session.scalar(select(CityVersion.id).where(CityVersion.city_id == city_id, CityVersion.is_current))


def _facts() -> Select[Any]:
    return select(City, CityVersion, func.ST_AsBinary(CityVersion.area)).join(
        CityVersion, CityVersion.city_id == City.id
    )


def _city(row: Any) -> CityFacts:
    city, version, area = row
    return CityFacts(
        id=city.id,
        name=city.name,
        version_id=version.id,
        number=version.number,
        folder=version.folder,
        is_current=version.is_current,
        area=shapely.from_wkb(bytes(area)),
        centre=version.centre,
        languages=tuple(version.languages),
        counts=version.counts,
        source=version.source,
        imported_at=version.imported_at,
    )
