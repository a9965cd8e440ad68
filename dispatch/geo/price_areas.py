"""Outlines of price zones: which of them are around a place. What is charged there, the tariff says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import shapely
from sqlalchemy import func, select

from dispatch.core.db import db
from dispatch.core.units import LonLat

from .models import PriceArea


def list_outlines(coop_id: UUID, ids: Iterable[UUID]) -> dict[UUID, shapely.MultiPolygon]:
    """These outlines by id."""
    rows = db.session.execute(
        select(PriceArea.id, func.ST_AsBinary(PriceArea.area)).where(
            PriceArea.coop_id == coop_id, PriceArea.id.in_(list(ids))
        )
    )
    return {area_id: shapely.from_wkb(bytes(wkb)) for area_id, wkb in rows}


def list_around(coop_id: UUID, ids: Iterable[UUID], places: Sequence[LonLat]) -> list[frozenset[UUID]]:
    """For each place, which of these outlines it lies in; one statement however many places there are."""
    points = [func.ST_SetSRID(func.ST_MakePoint(place.lon, place.lat), 4326) for place in places]
    rows = db.session.execute(
        select(PriceArea.id, *(func.ST_Covers(PriceArea.area, point) for point in points)).where(
            PriceArea.coop_id == coop_id, PriceArea.id.in_(list(ids))
        )
    ).all()
    return [frozenset(row[0] for row in rows if row[index]) for index in range(1, len(places) + 1)]
