"""Read riders, shifts and where riders were last seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, true, union_all

from dispatch.coop.models import Coop, Member
from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat
from dispatch.geo import zones
from dispatch.geo.zones import ZoneView
from dispatch.orders.models import Run, Task

from .models import Position, Rider, Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class RiderView:
    """One rider: who, on what bike, how much it carries."""

    id: UUID
    member_id: UUID
    name: str
    phone: str
    profile: str
    capacity_g: int
    capacity_ml: int
    is_active: bool
    shares_position: bool
    learns_own_pace: bool
    is_deep_box: bool
    longest_day_m: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """One shift as agreed (`starts_at`, `ends_at`) and as ridden (`signed_on_at`, `signed_off_at`)."""

    id: UUID
    rider_id: UUID
    zone_id: UUID
    starts_at: datetime
    ends_at: datetime
    signed_on_at: datetime | None
    signed_off_at: datetime | None
    cancelled_at: datetime | None
    profile: str
    capacity_g: int
    capacity_ml: int
    is_deep_box: bool
    returns_to_depot: bool
    equipment: Sequence[str]
    start_lonlat: LonLat
    unpaid_break_s: int
    break_began_at: datetime | None
    planned_break_s: int
    break_from: datetime | None
    break_by: datetime | None
    opening_id: UUID | None
    bike_id: UUID | None

    @property
    def is_open(self) -> bool:
        """Whether the rider is at work on it."""
        return self.signed_on_at is not None and self.signed_off_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnShift:
    """A rider at work: the shift, its run, and the last place we know of with its time."""

    rider: RiderView
    shift: ShiftView
    run_id: UUID | None
    lonlat: LonLat
    seen_at: datetime


def get_rider(coop_id: UUID, rider_id: UUID) -> RiderView:
    """One rider; NotFound if there is none."""
    return _rider(_one(coop_id, rider_id, Rider.id == rider_id))


def get_rider_of(coop_id: UUID, member_id: UUID) -> RiderView:
    """The rider that a member is; NotFound if the member does not ride."""
    return _rider(_one(coop_id, member_id, Rider.member_id == member_id))


def find_rider_of(coop_id: UUID, member_id: UUID) -> RiderView | None:
    """The rider that a member is, if any."""
    row = db.session.scalar(select(Rider).where(Rider.coop_id == coop_id, Rider.member_id == member_id))
    return _rider(row) if row else None


def list_riders(coop_id: UUID) -> list[RiderView]:
    """All active riders by name."""
    rows = db.session.scalars(
        select(Rider).where(Rider.coop_id == coop_id, Rider.is_active).order_by(Rider.name, Rider.id)
    )
    return [_rider(row) for row in rows]


def get_shift(coop_id: UUID, shift_id: UUID) -> ShiftView:
    """One shift; NotFound if there is none."""
    found = list_shifts(coop_id, Shift.id == shift_id)
    if not found:
        raise NotFound(f"shift {shift_id} does not exist")
    return found[0]


def find_open_shift(coop_id: UUID, rider_id: UUID) -> ShiftView | None:
    """The shift a rider is at work on."""
    found = list_shifts(
        coop_id, Shift.rider_id == rider_id, Shift.signed_on_at.is_not(None), Shift.signed_off_at.is_(None)
    )
    return found[0] if found else None


def list_upcoming_shifts(coop_id: UUID, rider_id: UUID, now: datetime) -> list[ShiftView]:
    """A rider's agreed shifts that are not over and not begun, soonest first."""
    return list_shifts(
        coop_id,
        Shift.rider_id == rider_id,
        Shift.ends_at > now,
        Shift.signed_on_at.is_(None),
        Shift.cancelled_at.is_(None),
    )


def list_worked_shifts(coop_id: UUID, between: tuple[datetime, datetime], *rider_ids: UUID) -> list[ShiftView]:
    """Shifts that began in `[from, until)`, of these riders or of all, oldest first."""
    where = [Shift.signed_on_at >= between[0], Shift.signed_on_at < between[1]]
    if rider_ids:
        where.append(Shift.rider_id.in_(rider_ids))
    return list_shifts(coop_id, *where)


def list_shifts(coop_id: UUID, *where: ColumnElement[bool]) -> list[ShiftView]:
    """Shifts that meet the conditions, by start."""
    rows = db.session.scalars(
        select(Shift)
        .where(Shift.coop_id == coop_id, *where)
        .order_by(Shift.starts_at, Shift.id)
        .execution_options(populate_existing=True)
    )
    return [shift_view(row) for row in rows]


def list_on_shift(coop_id: UUID, zone_id: UUID | None = None) -> list[OnShift]:
    """Every rider at work (in a zone), by name, with the last known place. Four statements whatever the number."""
    where = [Shift.coop_id == coop_id, Shift.signed_on_at.is_not(None), Shift.signed_off_at.is_(None)]
    if zone_id is not None:
        where.append(Shift.zone_id == zone_id)
    rows = db.session.execute(
        select(Rider, Shift, Run.id)
        .join(Shift, and_(Shift.coop_id == Rider.coop_id, Shift.rider_id == Rider.id))
        .outerjoin(Run, and_(Run.coop_id == Shift.coop_id, Run.shift_id == Shift.id))
        .where(*where)
        .order_by(Rider.name, Rider.id)
        .execution_options(populate_existing=True)
    ).all()
    places = last_places(coop_id, [shift.id for _, shift, _ in rows])
    return [
        OnShift(
            rider=_rider(rider),
            shift=shift_view(shift),
            run_id=run_id,
            lonlat=places[shift.id][0] if shift.id in places else shift.start_lonlat,
            seen_at=places[shift.id][1] if shift.id in places else shift.signed_on_at or shift.starts_at,
        )
        for rider, shift, run_id in rows
    ]


def last_places(coop_id: UUID, shift_ids: Sequence[UUID]) -> dict[UUID, tuple[LonLat, datetime]]:
    """Per shift the newest of: the last position the phone shared, the last stop the rider reached."""
    touched_at = func.coalesce(Task.ended_at, Task.arrived_at)
    reached = (
        select(Task.lonlat, touched_at.label("at"))
        .join(Run, and_(Run.coop_id == Task.coop_id, Run.id == Task.run_id))
        .where(Run.coop_id == Shift.coop_id, Run.shift_id == Shift.id, touched_at.is_not(None))
        .order_by(touched_at.desc())
        .limit(1)
    )
    return _newest(coop_id, shift_ids, reached.correlate(Shift), _shared())


def shared_places(coop_id: UUID, shift_ids: Collection[UUID]) -> dict[UUID, tuple[LonLat, datetime]]:
    """Per shift the last position that its rider's phone shared. One look each: a long shift has thousands."""
    return _newest(coop_id, shift_ids, _shared())


def _shared() -> Select[tuple[LonLat, datetime]]:
    return (
        select(Position.lonlat, Position.at)
        .where(Position.coop_id == Shift.coop_id, Position.shift_id == Shift.id)
        .order_by(Position.at.desc())
        .limit(1)
        .correlate(Shift)
    )


def _newest(
    coop_id: UUID, shift_ids: Collection[UUID], *looks: Select[tuple[LonLat, datetime]]
) -> dict[UUID, tuple[LonLat, datetime]]:
    places = union_all(*(look.subquery().select() for look in looks)).lateral()
    rows = db.session.execute(
        select(Shift.id, places.c.lonlat, places.c.at)
        .join(places, true())
        .where(Shift.coop_id == coop_id, Shift.id.in_(shift_ids))
        .order_by(places.c.at)
    )
    return {shift_id: (lonlat, at) for shift_id, lonlat, at in rows}


def find_position(coop_id: UUID, rider_id: UUID, *, since: datetime) -> LonLat | None:
    """The last place that a rider's phone shared since then; None if it shares none."""
    return db.session.scalar(
        select(Position.lonlat)
        .join(Rider, and_(Rider.coop_id == Position.coop_id, Rider.id == Position.rider_id))
        .where(Position.coop_id == coop_id, Position.rider_id == rider_id, Position.at >= since, Rider.shares_position)
        .order_by(Position.at.desc())
        .limit(1)
    )


def zone_at(coop_id: UUID, lonlat: LonLat | None) -> ZoneView:
    """The zone around a place, else the co-op's first; NotFound if it has none."""
    inside = zones.find_zone_at(coop_id, lonlat) if lonlat is not None else None
    found = [inside] if inside is not None else zones.list_zones(coop_id)
    if not found:
        raise NotFound("this co-op has no zone yet: a coordinator draws one", code="no_zone")
    return found[0]


def middle_of(zone: ZoneView) -> LonLat:
    """A place inside a zone, for a start we do not know."""
    point = zone.area.representative_point()
    return LonLat(point.x, point.y)


def locale_of(coop_id: UUID, member_id: UUID) -> str:
    """The language a member reads: their own choice, else the co-op's."""
    row = db.session.execute(
        select(Member.locale, Coop.locale).join(Coop, Coop.id == Member.coop_id).where(
            Member.coop_id == coop_id, Member.id == member_id
        )
    ).one_or_none()
    return (row[0] or row[1]) if row else "en"


def shift_view(row: Shift) -> ShiftView:
    """What others may know of a shift."""
    return ShiftView(**{field.name: getattr(row, field.name) for field in fields(ShiftView)})


def _rider(row: Rider) -> RiderView:
    return RiderView(**{field.name: getattr(row, field.name) for field in fields(RiderView)})


def _one(coop_id: UUID, named: UUID, where: ColumnElement[bool]) -> Rider:
    row = db.session.scalar(select(Rider).where(Rider.coop_id == coop_id, where))
    if row is None:
        raise NotFound(f"rider {named} does not exist")
    return row
