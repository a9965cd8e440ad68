"""Read published shifts, who can work when, and the co-op's bikes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from dispatch.core.db import db
from riders.models import Availability, Bike, Rider, RiderBreak, Shift, ShiftOpening

from .rules import OpeningFacts, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningView:
    """A published shift and who took it: rider id and name, in the order of taking."""

    id: UUID
    zone_id: UUID
    starts_at: datetime
    ends_at: datetime
    places: int
    break_s: int
    note: str
    cancelled_at: datetime | None
    takers: tuple[tuple[UUID, str], ...]

    @property
    def left(self) -> int:
        """Places that nobody has taken."""
        return max(0, self.places - len(self.takers))

    @property
    def span(self) -> Span:
        """From when until when."""
        return Span(starts_at=self.starts_at, ends_at=self.ends_at)

    @property
    def facts(self) -> OpeningFacts:
        """The shift as the rules see it."""
        return OpeningFacts(
            span=self.span,
            places=self.places,
            taken=len(self.takers),
            is_cancelled=self.cancelled_at is not None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BikeView:
    """One of the co-op's bikes; `rider_name` is who is out on it, `checked_at` when a rider last looked it over."""

    id: UUID
    name: str
    profile: str
    capacity_g: int
    capacity_ml: int
    is_deep_box: bool
    returns_to_depot: bool
    equipment: tuple[str, ...]
    fault: str
    fault_at: datetime | None
    rider_name: str | None
    checked_at: datetime | None
    is_fine: bool
    note: str


def list_openings(coop_id: UUID, since: datetime) -> list[OpeningView]:
    """Published shifts that end after a moment, soonest first, with who took them."""
    rows = db.session.scalars(
        select(ShiftOpening)
        .where(
            ShiftOpening.coop_id == coop_id, ShiftOpening.ends_at > since, ShiftOpening.cancelled_at.is_(None)
        )
        .order_by(ShiftOpening.starts_at, ShiftOpening.id)
        .execution_options(populate_existing=True)
    ).all()
    takers = _takers(coop_id, [row.id for row in rows])
    return [opening_view(row, takers.get(row.id, ())) for row in rows]


def get_takers(coop_id: UUID, opening_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Who has a place in a published shift."""
    return _takers(coop_id, [opening_id]).get(opening_id, ())


def week_of(coop_id: UUID, rider_id: UUID) -> dict[int, tuple[int, int]]:
    """When a rider could work, per weekday, in minutes after midnight."""
    return weeks(coop_id).get(rider_id, {})


def weeks(coop_id: UUID) -> dict[UUID, dict[int, tuple[int, int]]]:
    """When riders could work, for those who said so."""
    found: dict[UUID, dict[int, tuple[int, int]]] = {}
    for row in db.session.scalars(select(Availability).where(Availability.coop_id == coop_id)):
        found.setdefault(row.rider_id, {})[row.weekday] = (row.from_minute, row.until_minute)
    return found


def list_bikes(coop_id: UUID) -> list[BikeView]:
    """The co-op's bikes in use by name, with who rides them now."""
    out = and_(
        Shift.coop_id == Bike.coop_id,
        Shift.bike_id == Bike.id,
        Shift.signed_on_at.is_not(None),
        Shift.signed_off_at.is_(None),
    )
    rows = db.session.execute(
        select(Bike, Rider.name)
        .outerjoin(Shift, out)
        .outerjoin(Rider, and_(Rider.coop_id == Shift.coop_id, Rider.id == Shift.rider_id))
        .where(Bike.coop_id == coop_id, Bike.retired_at.is_(None))
        .order_by(Bike.name)
        .execution_options(populate_existing=True)
    )
    checks = _last_checks(coop_id)
    return [
        BikeView(
            id=bike.id,
            name=bike.name,
            profile=bike.profile,
            capacity_g=bike.capacity_g,
            capacity_ml=bike.capacity_ml,
            is_deep_box=bike.is_deep_box,
            returns_to_depot=bike.returns_to_depot,
            equipment=tuple(bike.equipment),
            fault=bike.fault,
            fault_at=bike.fault_at,
            rider_name=name,
            checked_at=checks[bike.id][0] if bike.id in checks else None,
            is_fine=bool(checks[bike.id][1].get("is_fine")) if bike.id in checks else False,
            note=str(checks[bike.id][1].get("note", "")) if bike.id in checks else "",
        )
        for bike, name in rows
    ]


def _last_checks(coop_id: UUID) -> dict[UUID, tuple[datetime, dict[str, Any]]]:
    """What riders found when they last looked a bike over, by bike."""
    rows = db.session.execute(
        select(Shift.bike_id, Shift.signed_on_at, Shift.bike_check)
        .where(
            Shift.coop_id == coop_id,
            Shift.bike_id.is_not(None),
            Shift.signed_on_at.is_not(None),
            Shift.bike_check.has_key("is_fine"),
        )
        .distinct(Shift.bike_id)
        .order_by(Shift.bike_id, Shift.signed_on_at.desc())
    ).tuples()
    return {bike_id: (at, check) for bike_id, at, check in rows if bike_id is not None and at is not None}


def count_breaks(coop_id: UUID, shift_ids: list[UUID]) -> dict[UUID, int]:
    """How many breaks were begun in each of these shifts."""
    rows = db.session.execute(
        select(RiderBreak.shift_id, func.count())
        .where(RiderBreak.coop_id == coop_id, RiderBreak.shift_id.in_(shift_ids))
        .group_by(RiderBreak.shift_id)
    )
    return {shift_id: count for shift_id, count in rows}


def opening_view(row: ShiftOpening, takers: tuple[tuple[UUID, str], ...]) -> OpeningView:
    """What others may know of a published shift."""
    return OpeningView(
        id=row.id,
        zone_id=row.zone_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        places=row.places,
        break_s=row.break_s,
        note=row.note,
        cancelled_at=row.cancelled_at,
        takers=takers,
    )


def _takers(coop_id: UUID, opening_ids: list[UUID]) -> dict[UUID, tuple[tuple[UUID, str], ...]]:
    rows = db.session.execute(
        select(Shift.opening_id, Rider.id, Rider.name)
        .join(Rider, and_(Rider.coop_id == Shift.coop_id, Rider.id == Shift.rider_id))
        .where(Shift.coop_id == coop_id, Shift.opening_id.in_(opening_ids), Shift.cancelled_at.is_(None))
        .order_by(Rider.name)
    )
    found: dict[UUID, tuple[tuple[UUID, str], ...]] = {}
    for opening_id, rider_id, name in rows:
        found[opening_id] = (*found.get(opening_id, ()), (rider_id, name))
    return found
