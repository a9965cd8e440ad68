"""The only writers of hazards. What they write counts for every ride asked for 50 ms after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock, outbox
from dispatch.core.db import db
from dispatch.core.errors import FieldError, Forbidden, Invalid, NotFound
from dispatch.core.events import HazardChanged, HazardReported, PlanWanted
from dispatch.core.units import LonLat

from . import hazard_rules, zones
from .models import Hazard, HazardPhoto, HazardVote
from .services import want_plan

_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardReport:
    """What somebody saw `seen_s` seconds ago, under the id their device gave it."""

    id: UUID
    city_id: UUID
    kind: str
    at: LonLat
    note: str = ""
    is_private: bool = False
    seen_s: float = 0


def report_hazard(coop_id: UUID, member_id: UUID, report: HazardReport) -> bool:
    """Store a hazard and have the zone around it planned anew; False for a repeated report, which changes nothing."""
    if report.kind not in hazard_rules.KINDS:
        message = f"hazard {report.kind!r}: use one of {', '.join(hazard_rules.KINDS)}"
        raise Invalid(message, errors=(FieldError("/kind", "unknown", message),))
    seen_at = clock.now() - timedelta(seconds=report.seen_s)
    row = insert(Hazard).values(
        coop_id=coop_id,
        id=report.id,
        city_id=report.city_id,
        kind=report.kind,
        at=report.at,
        note=report.note.strip()[:_LONGEST_NOTE],
        is_private=report.is_private,
        reported_by=member_id,
        reported_at=seen_at,
        changed_at=clock.now(),
        expires_at=seen_at + hazard_rules.KINDS[report.kind].lasts,
    )
    is_new = db.session.execute(row.on_conflict_do_nothing().returning(Hazard.id)).first() is not None
    if is_new:
        outbox.record(coop_id, HazardReported(hazard_id=report.id))
        _replan_around(coop_id, report.at)
    return is_new


def vote_on_hazard(
    coop_id: UUID, hazard_id: UUID, member_id: UUID, *, is_gone: bool, said_s: float = 0
) -> None:
    """Note a member's latest word on a hazard: "still there" prolongs it; its reporter or enough others clear it.

    It counts from when it was said, `said_s` seconds ago: a word that waited on a phone revives nothing that is over.
    """
    hazard = _lock(coop_id, hazard_id)
    now = clock.now()
    said_at = now - timedelta(seconds=said_s)
    word = {"is_gone": is_gone, "voted_at": said_at}
    row = insert(HazardVote).values(coop_id=coop_id, hazard_id=hazard_id, member_id=member_id, **word)
    keys = [HazardVote.coop_id, HazardVote.hazard_id, HazardVote.member_id]
    is_later = HazardVote.voted_at <= said_at
    db.session.execute(row.on_conflict_do_update(index_elements=keys, set_=word, where=is_later))
    if hazard.cleared_at is not None:
        return
    votes = db.session.scalars(
        select(HazardVote.is_gone).where(HazardVote.coop_id == coop_id, HazardVote.hazard_id == hazard_id)
    )
    if hazard_rules.is_gone(votes, reporter_says_gone=is_gone and hazard.reported_by == member_id):
        _clear(coop_id, hazard)
        return
    was_open = hazard.expires_at > now
    if not is_gone:
        hazard.expires_at = max(hazard.expires_at, said_at + hazard_rules.KINDS[hazard.kind].lasts)
    hazard.changed_at = now
    is_open = hazard.expires_at > now
    outbox.record(coop_id, HazardChanged(hazard_id=hazard_id, is_open=is_open))
    if is_open and not was_open:
        db.session.flush()
        _replan_around(coop_id, hazard.at)


def clear_hazard(coop_id: UUID, hazard_id: UUID) -> None:
    """End a hazard now; the zone around it is planned anew. Clearing twice changes nothing."""
    hazard = _lock(coop_id, hazard_id)
    if hazard.cleared_at is None:
        _clear(coop_id, hazard)


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardPicture:
    """A clean picture of a hazard and the member who took it; `by_coordinator` lets it be one that others reported."""

    member_id: UUID
    content: bytes
    content_type: str
    by_coordinator: bool = False


def add_photo(coop_id: UUID, hazard_id: UUID, new: HazardPicture) -> None:
    """Keep a picture of a hazard; a later one replaces it. Forbidden unless by its reporter or a coordinator."""
    hazard = _lock(coop_id, hazard_id)
    if not (new.by_coordinator or hazard.reported_by == new.member_id):
        raise Forbidden("only who reported this hazard, or a coordinator, may put a photo to it", code="not_reporter")
    picture = {
        "content": new.content,
        "content_type": new.content_type,
        "taken_by": new.member_id,
        "taken_at": clock.now(),
    }
    row = insert(HazardPhoto).values(coop_id=coop_id, hazard_id=hazard_id, **picture)
    keys = [HazardPhoto.coop_id, HazardPhoto.hazard_id]
    db.session.execute(row.on_conflict_do_update(index_elements=keys, set_=picture))
    hazard.changed_at = clock.now()
    outbox.record(coop_id, HazardChanged(hazard_id=hazard_id, is_open=hazard.cleared_at is None))


def _lock(coop_id: UUID, hazard_id: UUID) -> Hazard:
    hazard = db.session.get(Hazard, (coop_id, hazard_id), with_for_update=True)
    if hazard is None:
        raise NotFound(f"hazard {hazard_id} does not exist")
    return hazard


def _clear(coop_id: UUID, hazard: Hazard) -> None:
    hazard.cleared_at = hazard.changed_at = clock.now()
    outbox.record(coop_id, HazardChanged(hazard_id=hazard.id, is_open=False))
    db.session.flush()
    _replan_around(coop_id, hazard.at)


def _replan_around(coop_id: UUID, at: LonLat) -> None:
    if zone := zones.find_zone_at(coop_id, at):
        outbox.record(coop_id, PlanWanted(zone_id=zone.id, reason="hazard"))
        want_plan(coop_id, zone.id)
