"""Read who is riding in a zone: open runs with their shifts, bikes and last known places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.units import LonLat
from dispatch.core.web import to_zone
from dispatch.orders import queries as orders
from dispatch.orders.models import Task
from dispatch.orders.views import RunView
from riders import able, own_pace
from riders.models import Rider, Shift
from riders.queries import shared_places
from riders.shifts.queries import count_breaks


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewMember:
    """A rider on an open run. `seen_at` is None without a position in this shift.

    `break_from`, `break_by`: when the planned break is to begin, unless it was taken; `break_began_at`: one that runs.
    `speed` is this rider's own against the co-op's on that kind of bike, in steps; 1 unless the rider wants it known.
    `skills`: certificates in force and what the bike has on it. `longest_day_m`: the rider's limit for the shift,
    towards which the way along `visited` counts: from the start to finished stops, read only where there is a limit.
    """

    run: RunView
    rider_id: UUID
    name: str
    profile: str
    capacity_g: int
    capacity_ml: int
    starts_at: datetime
    ends_at: datetime
    is_signed_on: bool
    start_lonlat: LonLat
    lonlat: LonLat | None
    seen_at: datetime | None
    planned_break_s: int = 0
    break_from: datetime | None = None
    break_by: datetime | None = None
    break_began_at: datetime | None = None
    speed: float = 1.0
    skills: frozenset[str] = frozenset()
    is_deep_box: bool = False
    returns_to_depot: bool = False
    longest_day_m: int | None = None
    visited: tuple[LonLat, ...] = ()


def list_crew(coop_id: UUID, zone_id: UUID) -> list[CrewMember]:
    """Everybody with an open run in a zone, in the order in which they signed on, with what they may do today."""
    runs = orders.list_open_runs(coop_id, zone_id)
    seen = shared_places(coop_id, [run.shift_id for run in runs])
    shifts = {
        shift.id: (shift, rider)
        for shift, rider in db.session.execute(
            select(Shift, Rider)
            .join(Rider, and_(Rider.coop_id == Shift.coop_id, Rider.id == Shift.rider_id))
            .where(Shift.coop_id == coop_id, Shift.id.in_([run.shift_id for run in runs]))
            .execution_options(populate_existing=True)
        )
    }
    rested, speeds = count_breaks(coop_id, list(shifts)), own_pace.speeds(coop_id)
    members = [_member(run, *shifts[run.shift_id], seen.get(run.shift_id), run.shift_id in rested) for run in runs]
    skills = able.skills_on(coop_id, today(coop_id))
    visited = _visited(coop_id, [member.run.id for member in members if member.longest_day_m is not None])
    return [
        replace(
            member,
            speed=speeds.get((member.rider_id, member.profile), 1.0),
            skills=member.skills | skills.get(member.rider_id, frozenset()),
            visited=(member.start_lonlat, *visited.get(member.run.id, ())),
        )
        for member in members
    ]


def today(coop_id: UUID) -> date:
    """The date where the co-op is."""
    return to_zone(clock.now(), get_coop(coop_id).timezone).date()


def _visited(coop_id: UUID, run_ids: list[UUID]) -> dict[UUID, list[LonLat]]:
    """By run, where its rider has been: the places of stops that are over, in order. Asks nothing of nobody."""
    places: dict[UUID, list[LonLat]] = {}
    if not run_ids:
        return places
    rows = db.session.execute(
        select(Task.run_id, Task.lonlat)
        .where(
            Task.coop_id == coop_id,
            Task.run_id.in_(run_ids),
            Task.arrived_at.is_not(None),
            Task.ended_at.is_not(None),
        )
        .order_by(Task.ended_at)
    )
    for run_id, place in rows:
        places.setdefault(run_id, []).append(place)  # type: ignore[arg-type]
    return places


def _member(
    run: RunView, shift: Shift, rider: Rider, seen: tuple[LonLat, datetime] | None, has_rested: bool
) -> CrewMember:
    return CrewMember(
        run=run,
        rider_id=rider.id,
        name=rider.name,
        profile=shift.profile,
        capacity_g=shift.capacity_g,
        capacity_ml=shift.capacity_ml,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        is_signed_on=shift.signed_on_at is not None and shift.signed_off_at is None,
        start_lonlat=shift.start_lonlat,
        lonlat=seen[0] if seen else None,
        seen_at=seen[1] if seen else None,
        planned_break_s=shift.planned_break_s,
        break_from=None if has_rested else shift.break_from,
        break_by=None if has_rested else shift.break_by,
        break_began_at=shift.break_began_at,
        skills=frozenset(shift.equipment),
        is_deep_box=shift.is_deep_box,
        returns_to_depot=shift.returns_to_depot,
        longest_day_m=rider.longest_day_m,
    )


def skills_anywhere(coop_id: UUID) -> frozenset[str]:
    """What any rider of the co-op may do today, or any of its bikes has on it, at work or not."""
    return able.skills_anywhere(coop_id, today(coop_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bikes:
    """The most that any bike of the co-op carries, on shift or not."""

    capacity_g: int
    capacity_ml: int


def biggest_bikes(coop_id: UUID) -> Bikes | None:
    """What can be carried at all; None while the co-op has no riders."""
    weight_g, volume_ml = db.session.execute(
        select(func.max(Rider.capacity_g), func.max(Rider.capacity_ml)).where(
            Rider.coop_id == coop_id, Rider.is_active.is_(True)
        )
    ).one()
    return Bikes(capacity_g=weight_g, capacity_ml=volume_ml) if weight_g is not None else None
