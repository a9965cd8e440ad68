"""The only writers of incidents; every call may be repeated. Never commits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update

from dispatch.core import clock, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.events import HelpAnswered, HelpWanted
from dispatch.core.units import LonLat
from dispatch.orders.rules import happened_at
from riders import photos, services
from riders.rules import POSITION_KEPT

from .models import Incident

PLACE_FOLLOWS = timedelta(hours=12)
"""How long a repeat may bring the place; much later it may have been deleted already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """What the phone tells: `lonlat` is shared this once, whether positions are shared otherwise or not.

    `cannot_ride`: the shift ends with it, and others take over.
    """

    client_uuid: UUID
    kind: str
    words: str = ""
    lonlat: LonLat | None = None
    device_at: datetime | None = None
    queued_s: float = 0
    cannot_ride: bool = False


def report(coop_id: UUID, rider_id: UUID, new: NewIncident) -> tuple[Incident, bool]:
    """Keep it and tell the coordinators; `(existing, False)` for a repeat, which may bring the place."""
    known = _find(coop_id, new.client_uuid)
    if known is not None:
        if known.rider_id != rider_id:
            raise Conflict(f"the UUID {new.client_uuid} belongs to somebody else", code="uuid_reused")
        _add_place(coop_id, known, new.lonlat)
        return known, False
    now = clock.now()
    incident = Incident(
        coop_id=coop_id,
        id=uuid4(),
        rider_id=rider_id,
        client_uuid=new.client_uuid,
        kind=new.kind,
        words=new.words,
        lonlat=new.lonlat,
        happened_at=happened_at(new.device_at, now, queued_s=new.queued_s, not_before=None),
        received_at=now,
    )
    db.session.add(incident)
    db.session.flush()
    outbox.record(coop_id, HelpWanted(incident_id=incident.id, is_sos=new.kind == "sos"))
    if new.cannot_ride:
        services.stop_riding(coop_id, rider_id, at=incident.happened_at)
    return incident, True


def add_photo(coop_id: UUID, rider_id: UUID, client_uuid: UUID, data: bytes) -> None:
    """Put a picture to an own incident, cleaned; a repeat changes nothing."""
    incident = _find(coop_id, client_uuid)
    if incident is None or incident.rider_id != rider_id:
        raise NotFound(f"incident {client_uuid} does not exist")
    if incident.photo_sha256 is None:
        incident.photo = photos.clean_photo(data).content
        incident.photo_sha256 = hashlib.sha256(incident.photo).hexdigest()
        db.session.flush()


def _add_place(coop_id: UUID, incident: Incident, lonlat: LonLat | None) -> None:
    """The alarm did not wait for it; whoever is called tells coordinators once more, while nobody is on it."""
    if lonlat is None or incident.lonlat is not None or clock.now() - incident.received_at > PLACE_FOLLOWS:
        return
    incident.lonlat = lonlat
    db.session.flush()
    if incident.taken_at is None:
        outbox.record(coop_id, HelpWanted(incident_id=incident.id, is_sos=incident.kind == "sos"))


def take(coop_id: UUID, incident_id: UUID, member_id: UUID) -> Incident:
    """A coordinator is on it; whoever says so first stays the one."""
    incident = db.session.get(Incident, (coop_id, incident_id), with_for_update=True)
    if incident is None:
        raise NotFound(f"incident {incident_id} does not exist")
    if incident.taken_by is None:
        incident.taken_by, incident.taken_at = member_id, clock.now()
        db.session.flush()
        outbox.record(coop_id, HelpAnswered(incident_id=incident.id, rider_id=incident.rider_id))
    return incident


def forget_places(coop_id: UUID) -> int:
    """Delete places and pictures past their 30 days; the number of incidents that lost something."""
    old = Incident.happened_at < clock.now() - POSITION_KEPT
    kept = or_(Incident.lonlat.is_not(None), Incident.photo_sha256.is_not(None))
    done = db.session.execute(
        update(Incident)
        .where(Incident.coop_id == coop_id, old, kept)
        .values(lonlat=None, photo=None, photo_sha256=None)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _find(coop_id: UUID, client_uuid: UUID) -> Incident | None:
    return db.session.scalar(
        select(Incident).where(Incident.coop_id == coop_id, Incident.client_uuid == client_uuid)
    )
