"""Hazards in force, for the map and for travel times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat

from .models import Hazard


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardView:
    """One open hazard."""

    id: UUID
    city_id: UUID
    kind: str
    at: LonLat
    note: str
    is_private: bool
    reported_by: UUID | None
    reported_at: datetime
    expires_at: datetime

    def feature(self) -> dict[str, Any]:
        """GeoJSON Feature."""
        return {
            "type": "Feature",
            "id": str(self.id),
            "geometry": {"type": "Point", "coordinates": self.at.as_pair()},
            "properties": {
                "kind": self.kind,
                "note": self.note,
                "private": self.is_private,
                "reported_at": self.reported_at.isoformat(),
                "expires_at": self.expires_at.isoformat(),
            },
        }


def list_hazards(coop_id: UUID, city_id: UUID) -> list[HazardView]:
    """The hazards of a co-op that are neither cleared nor expired, the newest first."""
    rows = db.session.scalars(
        select(Hazard)
        .where(
            Hazard.coop_id == coop_id,
            Hazard.city_id == city_id,
            Hazard.cleared_at.is_(None),
            Hazard.expires_at > clock.now(),
        )
        .order_by(Hazard.reported_at.desc())
    )
    return [_view(row) for row in rows]


def get_hazard(coop_id: UUID, hazard_id: UUID) -> HazardView:
    """One hazard, open or not; NotFound if the co-op has none such."""
    row = db.session.get(Hazard, (coop_id, hazard_id))
    if row is None:
        raise NotFound(f"hazard {hazard_id} does not exist")
    return _view(row)


def _view(row: Hazard) -> HazardView:
    return HazardView(
        id=row.id,
        city_id=row.city_id,
        kind=row.kind,
        at=row.at,
        note=row.note,
        is_private=row.is_private,
        reported_by=row.reported_by,
        reported_at=row.reported_at,
        expires_at=row.expires_at,
    )
