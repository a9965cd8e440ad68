"""Reads of incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat
from riders.models import Rider, Shift

from .models import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """One incident as coordinators see it. `is_riding`: the rider is still at work, and is planned with."""

    id: UUID
    kind: str
    words: str
    rider_id: UUID
    rider_name: str
    rider_phone: str
    lonlat: LonLat | None
    happened_at: datetime
    received_at: datetime
    has_photo: bool
    is_riding: bool

    @property
    def is_sos(self) -> bool:
        """Whether somebody should act this minute."""
        return self.kind == "sos"


def list_open(coop_id: UUID) -> list[IncidentView]:
    """What nobody has taken on yet: calls for help first, then the oldest."""
    rows = db.session.execute(_whole().where(Incident.coop_id == coop_id, Incident.taken_at.is_(None)))
    found = [_view(*row) for row in rows]
    return sorted(found, key=lambda each: (not each.is_sos, each.happened_at))


def get_incident(coop_id: UUID, incident_id: UUID) -> IncidentView:
    """One incident; NotFound if there is none."""
    row = db.session.execute(_whole().where(Incident.coop_id == coop_id, Incident.id == incident_id)).first()
    if row is None:
        raise NotFound(f"incident {incident_id} does not exist")
    return _view(*row)


def get_photo(coop_id: UUID, incident_id: UUID) -> bytes:
    """An incident's picture; NotFound if it has none."""
    content = db.session.scalar(select(Incident.photo).where(Incident.coop_id == coop_id, Incident.id == incident_id))
    if content is None:
        raise NotFound(f"incident {incident_id} has no photo")
    return content


def _whole():  # type: ignore[no-untyped-def]
    is_riding = exists().where(
        Shift.coop_id == Incident.coop_id,
        Shift.rider_id == Incident.rider_id,
        Shift.signed_on_at.is_not(None),
        Shift.signed_off_at.is_(None),
    )
    is_theirs = (Rider.coop_id == Incident.coop_id) & (Rider.id == Incident.rider_id)
    return select(Incident, Rider, is_riding).join(Rider, is_theirs)


def _view(incident: Incident, rider: Rider, is_riding: bool) -> IncidentView:
    return IncidentView(
        id=incident.id,
        kind=incident.kind,
        words=incident.words,
        rider_id=rider.id,
        rider_name=rider.name,
        rider_phone=rider.phone,
        lonlat=incident.lonlat,
        happened_at=incident.happened_at,
        received_at=incident.received_at,
        has_photo=incident.photo_sha256 is not None,
        is_riding=is_riding,
    )
