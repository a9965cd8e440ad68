"""Store only the address index of a city: what searches need, without its graph and map."""

from __future__ import annotations

from uuid import UUID

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.units import LonLat
from dispatch.geo import city_rows
from dispatch.geo.address_index import build_index
from dispatch.geo.extract import Extract
from dispatch.geo.models import City, CityVersion


def store_index(extract: Extract, name: str) -> UUID:
    """Store a city with the addresses of `extract` in the caller's transaction; returns its id."""
    index = build_index(extract)
    city = City(name=name)
    db.session.add(city)
    db.session.flush()
    version = CityVersion(
        city_id=city.id,
        number=1,
        is_current=True,
        folder="none",
        source=name,
        source_sha256="",
        area=f"SRID=4326;{extract.area.wkt}",
        centre=LonLat(*extract.densest),
        languages=list(index.languages),
        counts={},
        imported_at=clock.real_now(),
    )
    db.session.add(version)
    db.session.flush()
    city_rows.write_index(version.id, index)
    return city.id
