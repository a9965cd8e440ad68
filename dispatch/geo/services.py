"""The only writers of zones, hazards and saved places."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import shapely
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.core.events import PlanWanted
from dispatch.core.units import LonLat

from . import hazard_rules, queries, zone_rules, zones
from .models import Hazard, HazardVote, SavedPlace, Zone
from .normalise import normalise

_LONGEST_NOTE = 500


def create_zone(coop_id: UUID, city_id: UUID, name: str, area: shapely.Geometry | None = None) -> zones.ZoneView:
    """Add a zone; its area is the whole city's unless given. Conflict when the name is taken."""
    city = queries.get_city(city_id)
    outline = zone_rules.check_area(area if area is not None else city.area)
    if not outline.intersects(city.area):
        message = f"zone {name!r} lies outside {city.name}"
        raise Invalid(message, errors=(FieldError("/area", "outside_city", message),))
    if db.session.scalar(select(Zone.id).where(Zone.coop_id == coop_id, Zone.name == name)):
        raise Conflict(f"there is a zone {name!r} already")
    zone = Zone(coop_id=coop_id, city_id=city_id, name=name, area=f"SRID=4326;{outline.wkt}")
    db.session.add(zone)
    db.session.flush()
    return zones.get_zone(coop_id, zone.id)


def redraw_zone(coop_id: UUID, zone_id: UUID, area: shapely.Geometry) -> zones.ZoneView:
    """Change a zone's area; its plan is made again."""
    outline = zone_rules.check_area(area)
    known = update(Zone).where(Zone.coop_id == coop_id, Zone.id == zone_id)
    if not db.session.execute(known.values(area=f"SRID=4326;{outline.wkt}")).rowcount:  # type: ignore[attr-defined]
        raise NotFound(f"zone {zone_id} does not exist")
    want_plan(coop_id, zone_id)
    return zones.get_zone(coop_id, zone_id)


def want_plan(coop_id: UUID, zone_id: UUID) -> None:
    """Note in the caller's transaction that a zone's plan is out of date.

    Call it last: the zone's row stays locked until the transaction ends.
    """
    db.session.flush()
    db.session.execute(
        update(Zone).where(Zone.coop_id == coop_id, Zone.id == zone_id).values(plan_wanted=Zone.plan_wanted + 1)
    )


def finish_plan(coop_id: UUID, zone_id: UUID, wanted: int) -> None:
    """Note that everything wanted up to `wanted` is planned; an older note than the last changes nothing."""
    db.session.execute(
        update(Zone)
        .where(Zone.coop_id == coop_id, Zone.id == zone_id)
        .values(plan_done=func.greatest(Zone.plan_done, wanted), plan_version=Zone.plan_version + 1)
    )


def is_plan_wanted(coop_id: UUID, zone_id: UUID) -> bool:
    """Whether something changed since the last finished plan."""
    owed = select(Zone.plan_wanted > Zone.plan_done).where(Zone.coop_id == coop_id, Zone.id == zone_id)
    return bool(db.session.scalar(owed))


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardReport:
    """What somebody saw, under the id their phone gave it."""

    id: UUID
    city_id: UUID
    kind: str
    at: LonLat
    note: str = ""
    is_private: bool = False


def report_hazard(coop_id: UUID, member_id: UUID, report: HazardReport) -> UUID:
    """Store a hazard and have the zone around it planned anew; a repeated report changes nothing."""
    if report.kind not in hazard_rules.KINDS:
        message = f"hazard {report.kind!r}: use one of {', '.join(hazard_rules.KINDS)}"
        raise Invalid(message, errors=(FieldError("/kind", "unknown", message),))
    now = clock.now()
    row = insert(Hazard).values(
        coop_id=coop_id,
        id=report.id,
        city_id=report.city_id,
        kind=report.kind,
        at=report.at,
        note=report.note[:_LONGEST_NOTE],
        is_private=report.is_private,
        reported_by=member_id,
        reported_at=now,
        expires_at=now + hazard_rules.KINDS[report.kind].lasts,
    )
    if db.session.execute(row.on_conflict_do_nothing().returning(Hazard.id)).first():
        _replan_around(coop_id, report.at)
    return report.id


def vote_on_hazard(coop_id: UUID, hazard_id: UUID, member_id: UUID, *, is_gone: bool) -> None:
    """Note a member's latest word on a hazard; enough of them clear it, one of the reporter prolongs or clears it."""
    hazard = db.session.get(Hazard, (coop_id, hazard_id), with_for_update=True)
    if hazard is None:
        raise NotFound(f"hazard {hazard_id} does not exist")
    word = {"is_gone": is_gone, "voted_at": clock.now()}
    row = insert(HazardVote).values(coop_id=coop_id, hazard_id=hazard_id, member_id=member_id, **word)
    keys = [HazardVote.coop_id, HazardVote.hazard_id, HazardVote.member_id]
    db.session.execute(row.on_conflict_do_update(index_elements=keys, set_=word))
    votes = db.session.scalars(
        select(HazardVote.is_gone).where(HazardVote.coop_id == coop_id, HazardVote.hazard_id == hazard_id)
    )
    if hazard_rules.is_gone(votes, reporter_says_gone=is_gone and hazard.reported_by == member_id):
        clear_hazard(coop_id, hazard_id)
    elif not is_gone:
        hazard.expires_at = max(hazard.expires_at, clock.now() + hazard_rules.KINDS[hazard.kind].lasts)


def clear_hazard(coop_id: UUID, hazard_id: UUID) -> None:
    """End a hazard now; the zone around it is planned anew. Clearing twice changes nothing."""
    hazard = db.session.get(Hazard, (coop_id, hazard_id))
    if hazard is None:
        raise NotFound(f"hazard {hazard_id} does not exist")
    if hazard.cleared_at is None:
        hazard.cleared_at = clock.now()
        db.session.flush()
        _replan_around(coop_id, hazard.at)


def save_place(coop_id: UUID, city_id: UUID, label: str, at: LonLat) -> None:
    """Remember that `label` is really at `at`: somebody moved the pin. The latest correction counts."""
    key = normalise(label.split(",")[0], queries.get_city(city_id).languages)[:200]
    if not key:
        return
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


def _replan_around(coop_id: UUID, at: LonLat) -> None:
    if zone := zones.find_zone_at(coop_id, at):
        outbox.record(coop_id, PlanWanted(zone_id=zone.id, reason="hazard"))
        want_plan(coop_id, zone.id)
