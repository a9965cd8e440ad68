"""The only writers of published shifts, availability and bikes. Never commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.units import LonLat
from dispatch.geo import zones
from riders.models import PROFILES, Availability, Bike, Rider, Shift, ShiftOpening

from . import queries, rules
from .rules import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpening:
    """A shift to publish."""

    zone_id: UUID
    starts_at: datetime
    ends_at: datetime
    places: int
    break_s: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """The bike of one shift: which, of what kind, what it carries and has on it, and whether it comes back."""

    bike_id: UUID | None
    profile: str
    capacity_g: int
    capacity_ml: int
    is_deep_box: bool = False
    returns_to_depot: bool = False
    equipment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fittings:
    """What a bike of the co-op has beside its capacity, and whether it comes back to the depot."""

    is_deep_box: bool = False
    returns_to_depot: bool = False
    equipment: tuple[str, ...] = ()


PLAIN = Fittings()


def publish(coop_id: UUID, new: NewOpening, *, by: UUID) -> ShiftOpening:
    """Let riders take a shift."""
    zones.get_zone(coop_id, new.zone_id)
    rules.check_publish(Span(starts_at=new.starts_at, ends_at=new.ends_at), new.places, new.break_s, clock.now())
    opening = ShiftOpening(
        coop_id=coop_id,
        id=uuid4(),
        zone_id=new.zone_id,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        places=new.places,
        break_s=new.break_s,
        note=new.note[:300],
        published_by=by,
        published_at=clock.now(),
    )
    db.session.add(opening)
    db.session.flush()
    return opening


def withdraw(coop_id: UUID, opening_id: UUID) -> None:
    """Publish a shift no longer; who took it keeps it. A repeat is harmless."""
    opening = _lock_opening(coop_id, opening_id)
    opening.cancelled_at = opening.cancelled_at or clock.now()


def take(coop_id: UUID, rider_id: UUID, opening_id: UUID) -> Shift:
    """Agree a published shift with a rider; taking it twice is taking it once. Conflict if it is gone."""
    opening = _lock_opening(coop_id, opening_id)
    rider = _get_rider(coop_id, rider_id)
    mine = db.session.scalars(
        select(Shift).where(
            Shift.coop_id == coop_id,
            Shift.rider_id == rider_id,
            Shift.ends_at > opening.starts_at,
            Shift.cancelled_at.is_(None),
            Shift.signed_off_at.is_(None),
        )
    ).all()
    for shift in mine:
        if shift.opening_id == opening.id:
            return shift
    view = queries.opening_view(opening, queries.get_takers(coop_id, opening.id))
    rules.check_take(view.facts, [Span(starts_at=s.starts_at, ends_at=s.ends_at) for s in mine], clock.now())
    window = rules.break_window(view.span, opening.break_s)
    middle = zones.get_zone(coop_id, opening.zone_id).area.representative_point()
    shift = Shift(
        coop_id=coop_id,
        id=uuid4(),
        rider_id=rider.id,
        zone_id=opening.zone_id,
        opening_id=opening.id,
        starts_at=opening.starts_at,
        ends_at=opening.ends_at,
        profile=rider.profile,
        capacity_g=rider.capacity_g,
        capacity_ml=rider.capacity_ml,
        start_lonlat=LonLat(middle.x, middle.y),
        planned_break_s=opening.break_s if window else 0,
        break_from=window[0] if window else None,
        break_by=window[1] if window else None,
        handed_back=[],
    )
    db.session.add(shift)
    db.session.flush()
    return shift


def give_back(coop_id: UUID, rider_id: UUID, shift_id: UUID) -> None:
    """Free a rider from an agreed shift that has not begun; a repeat is harmless."""
    shift = db.session.scalar(
        select(Shift)
        .where(Shift.coop_id == coop_id, Shift.id == shift_id, Shift.rider_id == rider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if shift is None:
        raise NotFound(f"shift {shift_id} is not among your shifts")
    if shift.cancelled_at is not None:
        return
    span = Span(starts_at=shift.starts_at, ends_at=shift.ends_at)
    rules.check_give_back(span, is_begun=shift.signed_on_at is not None, now=clock.now())
    shift.cancelled_at = clock.now()


def set_week(coop_id: UUID, rider_id: UUID, week: Mapping[int, tuple[int, int]]) -> None:
    """Replace what a rider said of their weeks."""
    _get_rider(coop_id, rider_id)
    db.session.execute(
        delete(Availability).where(Availability.coop_id == coop_id, Availability.rider_id == rider_id)
    )
    db.session.add_all(
        Availability(
            coop_id=coop_id, id=uuid4(), rider_id=rider_id, weekday=weekday, from_minute=first, until_minute=last
        )
        for weekday, (first, last) in week.items()
    )
    db.session.flush()


def add_bike(
    coop_id: UUID, name: str, profile: str, *, capacity_g: int | None = None, fittings: Fittings = PLAIN
) -> Bike:
    """Add a bike that riders may choose; Conflict if the name is taken."""
    title = name.strip()[:60]
    if not title or profile not in PROFILES:
        raise Invalid("a bike has a name and a kind")
    if db.session.scalar(select(Bike.id).where(Bike.coop_id == coop_id, Bike.name == title)):
        raise Conflict(f"there is a bike named {title} already", code="bike_exists")
    usual = rules.CAPACITIES[profile]
    grams, millilitres = rules.capacity_of(profile, profile, usual, capacity_g)
    bike = Bike(
        coop_id=coop_id, id=uuid4(), name=title, profile=profile, capacity_g=grams, capacity_ml=millilitres, fault=""
    )
    _fit(bike, fittings)
    db.session.add(bike)
    db.session.flush()
    return bike


def fit_bike(coop_id: UUID, bike_id: UUID, fittings: Fittings) -> None:
    """Change what a bike has; it counts from the next shift that it is ridden in."""
    _fit(_lock_bike(coop_id, bike_id), fittings)


def _fit(bike: Bike, fittings: Fittings) -> None:
    bike.is_deep_box, bike.returns_to_depot = fittings.is_deep_box, fittings.returns_to_depot
    bike.equipment = list(fittings.equipment)


def report_fault(coop_id: UUID, bike_id: UUID, fault: str) -> None:
    """Keep everybody off a bike until it is repaired."""
    bike = _lock_bike(coop_id, bike_id)
    bike.fault = fault.strip()[:200]
    bike.fault_at = clock.now() if bike.fault else None


def retire_bike(coop_id: UUID, bike_id: UUID) -> None:
    """Take a bike out of the list for good."""
    _lock_bike(coop_id, bike_id).retired_at = clock.now()


def ride_of(coop_id: UUID, rider: Rider, profile: str, bike_id: UUID | None, said_g: int | None) -> Ride:
    """The bike of a shift that begins: one of the co-op's, or the rider's own. Conflict for one out of order."""
    if bike_id is None:
        own = (rider.capacity_g, rider.capacity_ml)
        grams, millilitres = rules.capacity_of(profile, rider.profile, own, said_g)
        is_own = profile == rider.profile
        return Ride(
            bike_id=None, profile=profile, capacity_g=grams, capacity_ml=millilitres,
            is_deep_box=rider.is_deep_box and is_own,
        )  # fmt: skip
    bike = _lock_bike(coop_id, bike_id)
    taken = db.session.scalar(
        select(Shift.id).where(
            Shift.coop_id == coop_id,
            Shift.bike_id == bike.id,
            Shift.signed_on_at.is_not(None),
            Shift.signed_off_at.is_(None),
            Shift.rider_id != rider.id,
        )
    )
    rules.check_bike(
        bike.name, fault=bike.fault, is_retired=bike.retired_at is not None, is_taken=taken is not None
    )
    usual = (bike.capacity_g, bike.capacity_ml)
    grams, millilitres = rules.capacity_of(bike.profile, bike.profile, usual, said_g)
    return Ride(
        bike_id=bike.id,
        profile=bike.profile,
        capacity_g=grams,
        capacity_ml=millilitres,
        is_deep_box=bike.is_deep_box,
        returns_to_depot=bike.returns_to_depot,
        equipment=tuple(bike.equipment),
    )


def _lock_opening(coop_id: UUID, opening_id: UUID) -> ShiftOpening:
    opening = db.session.scalar(
        select(ShiftOpening)
        .where(ShiftOpening.coop_id == coop_id, ShiftOpening.id == opening_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if opening is None:
        raise NotFound(f"shift {opening_id} does not exist")
    return opening


def _lock_bike(coop_id: UUID, bike_id: UUID) -> Bike:
    bike = db.session.scalar(
        select(Bike)
        .where(Bike.coop_id == coop_id, Bike.id == bike_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if bike is None:
        raise NotFound(f"bike {bike_id} does not exist")
    return bike


def _get_rider(coop_id: UUID, rider_id: UUID) -> Rider:
    rider = db.session.get(Rider, (coop_id, rider_id))
    if rider is None:
        raise NotFound(f"rider {rider_id} does not exist")
    return rider
