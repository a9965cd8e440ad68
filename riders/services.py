"""The only writers of riders, shifts, phones and positions. Never commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.units import LonLat
from dispatch.geo import zones
from dispatch.geo.services import want_plan
from dispatch.notify import services as notify
from dispatch.orders import forgetting
from dispatch.orders import queries as orders
from dispatch.orders import runs, stranded
from dispatch.orders.rules import happened_at

from . import queries, rules
from .models import PROFILES, Device, Position, Rider, Shift
from .shifts import breaks
from .shifts import services as shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOn:
    """What a rider says when signing on; everything but the UUID may be left to us.

    `device_at` by the phone's clock, `queued_s` how long the tap waited on the phone: the shift counts from the tap.
    """

    client_uuid: UUID
    device_at: datetime | None = None
    queued_s: float = 0.0
    lonlat: LonLat | None = None
    shift_id: UUID | None = None
    ends_at: datetime | None = None
    profile: str | None = None
    bike_id: UUID | None = None
    capacity_g: int | None = None
    bike_check: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bike:
    """What a rider rides and carries: profile, grams, millilitres."""

    profile: str = "bike"
    capacity_g: int = 15_000
    capacity_ml: int = 60_000


def add_rider(coop_id: UUID, member_id: UUID, *, name: str, bike: Bike, phone: str = "") -> Rider:
    """Make a member a rider; Conflict if they are one already."""
    _check_profile(bike.profile)
    if queries.find_rider_of(coop_id, member_id) is not None:
        raise Conflict(f"{name} rides already")
    rider = Rider(
        coop_id=coop_id,
        id=uuid4(),
        member_id=member_id,
        name=name,
        phone=phone,
        profile=bike.profile,
        capacity_g=bike.capacity_g,
        capacity_ml=bike.capacity_ml,
    )
    db.session.add(rider)
    db.session.flush()
    return rider


def plan_shift(coop_id: UUID, rider_id: UUID, zone_id: UUID, starts_at: datetime, ends_at: datetime) -> Shift:
    """Agree a shift with a rider; it starts in the middle of the zone until the phone says otherwise."""
    rider = queries.get_rider(coop_id, rider_id)
    if ends_at <= starts_at:
        raise Invalid(f"the shift would end ({ends_at.isoformat()}) before it starts ({starts_at.isoformat()})")
    zone = zones.get_zone(coop_id, zone_id)
    shift = Shift(
        coop_id=coop_id,
        id=uuid4(),
        rider_id=rider.id,
        zone_id=zone.id,
        starts_at=starts_at,
        ends_at=ends_at,
        profile=rider.profile,
        capacity_g=rider.capacity_g,
        capacity_ml=rider.capacity_ml,
        start_lonlat=queries.middle_of(zone),
        handed_back=[],
    )
    db.session.add(shift)
    db.session.flush()
    return shift


def sign_on(coop_id: UUID, rider_id: UUID, wish: SignOn) -> tuple[Shift, UUID, bool]:
    """Begin a shift and open its run: `(shift, run_id, is_new)`; a repeat gets what the first request got.

    An agreed shift that runs now is taken, else one is made. Conflict if another shift is open.
    """
    rider = _lock_rider(coop_id, rider_id)
    before = _repeated(coop_id, rider_id, Shift.sign_on_uuid == wish.client_uuid)
    if before is not None:
        return before, _run_of(coop_id, before.id), False
    if queries.find_open_shift(coop_id, rider_id) is not None:
        raise Conflict("you are signed on already: sign off first", code="already_on_shift")
    now = clock.now()
    at = happened_at(wish.device_at, now, queued_s=wish.queued_s, not_before=_last_off(coop_id, rider_id))
    agreed = [
        rules.AgreedShift(id=item.id, starts_at=item.starts_at, ends_at=item.ends_at)
        for item in queries.list_upcoming_shifts(coop_id, rider_id, now)
    ]
    fitting = rules.fitting_shift(agreed, now, wish.shift_id)
    if fitting is not None:
        shift = db.session.get_one(Shift, (coop_id, fitting.id))
        shift.start_lonlat = wish.lonlat or shift.start_lonlat
    else:
        shift = _unplanned_shift(rider, wish, now, starts_at=at)
    profile = _check_profile(wish.profile or rider.profile)
    ride = shifts.ride_of(coop_id, rider, profile, wish.bike_id, wish.capacity_g)
    shift.bike_id, shift.bike_check, shift.profile = ride.bike_id, wish.bike_check, ride.profile
    shift.capacity_g, shift.capacity_ml = ride.capacity_g, ride.capacity_ml
    shift.is_deep_box, shift.returns_to_depot = ride.is_deep_box, ride.returns_to_depot
    shift.equipment = list(ride.equipment)
    shift.signed_on_at, shift.sign_on_uuid = at, wish.client_uuid
    db.session.add(shift)
    db.session.flush()
    run = runs.open_run(coop_id, shift_id=shift.id, rider_id=rider_id, zone_id=shift.zone_id)
    stranded.take_along(coop_id, rider_id, run.id, rider.member_id)
    notify.want_test(coop_id, rider.member_id)
    outbox.record(coop_id, events.ShiftStarted(shift_id=shift.id, rider_id=rider_id, zone_id=shift.zone_id))
    want_plan(coop_id, shift.zone_id)
    return shift, run.id, True


def sign_off(
    coop_id: UUID, rider_id: UUID, client_uuid: UUID, *, device_at: datetime | None = None, queued_s: float = 0.0
) -> Shift:
    """End the open shift at the tap; stops not begun are handed back. A repeat gets what the first request got.

    Conflict while parcels are on board, NotFound if the rider is not at work.
    """
    _lock_rider(coop_id, rider_id)
    before = _repeated(coop_id, rider_id, Shift.sign_off_uuid == client_uuid)
    if before is not None:
        return before
    shift = _find_open(coop_id, rider_id)
    if shift is None:
        raise NotFound("you are not signed on", code="not_on_shift")
    shift.sign_off_uuid = client_uuid
    at = happened_at(device_at, clock.now(), queued_s=queued_s, not_before=shift.signed_on_at)
    end_shift(coop_id, shift, at)
    want_plan(coop_id, shift.zone_id)
    return shift


def stop_riding(coop_id: UUID, rider_id: UUID, *, at: datetime | None = None) -> Shift | None:
    """End the shift of a rider who cannot ride on: others get what is not fetched, goods on the bike stay there.

    None for a rider who is not at work, or who signed on only after `at`: neither a repeat nor a report that comes late
    ends anything else.
    """
    _lock_rider(coop_id, rider_id)
    shift = _find_open(coop_id, rider_id)
    if shift is None or shift.signed_on_at is None or (at is not None and at < shift.signed_on_at):
        return None
    end_shift(coop_id, shift, at or clock.now(), strands=True)
    want_plan(coop_id, shift.zone_id)
    return shift


def end_shift(coop_id: UUID, shift: Shift, at: datetime, *, strands: bool = False) -> None:
    """Sign a shift off at `at`: hand back what is not begun, close the run.

    Conflict while parcels are on board, unless the rider cannot bring them: then it `strands` them.
    """
    run_id = _run_of(coop_id, shift.id)
    runs.lock_run(coop_id, run_id)
    carried = runs.carried_orders(coop_id, run_id)
    if not strands:
        held = orders.list_run_orders(coop_id, run_id)
        rules.check_sign_off([held[order_id].number for order_id in carried])
    breaks.close(shift, at)
    shift.signed_off_at = at
    shift.handed_back = [str(task_id) for task_id in runs.close_run(coop_id, run_id, strands=strands)]
    if strands:
        stranded.strand(coop_id, carried)
    db.session.flush()
    outbox.record(coop_id, events.ShiftEnded(shift_id=shift.id, rider_id=shift.rider_id, zone_id=shift.zone_id))


def end_overdue_shifts(coop_id: UUID) -> int:
    """Sign off riders who forgot to, long after their shift and with nothing on board; the number signed off.

    Paid until the agreed end or the last stop reached, whichever is later.
    """
    now = clock.now()
    late = db.session.scalars(
        select(Shift)
        .where(
            Shift.coop_id == coop_id,
            Shift.signed_on_at.is_not(None),
            Shift.signed_off_at.is_(None),
            Shift.ends_at < now - rules.OVERDUE_AFTER,
        )
        .order_by(Shift.id)
    ).all()
    ended = [shift for shift in late if not runs.carried_orders(coop_id, _run_of(coop_id, shift.id))]
    places = queries.last_places(coop_id, [shift.id for shift in ended])
    for shift in ended:
        last_at = places[shift.id][1] if shift.id in places else shift.ends_at
        end_shift(coop_id, shift, min(now, max(shift.ends_at, last_at)))
    for zone_id in sorted({shift.zone_id for shift in ended}, key=str):
        want_plan(coop_id, zone_id)
    return len(ended)


def share_position(coop_id: UUID, rider_id: UUID, is_shared: bool) -> None:
    """Let a rider share positions in a shift, or not; not to share also deletes what is kept."""
    _lock_rider(coop_id, rider_id).shares_position = is_shared
    if not is_shared:
        forgetting.forget_places(coop_id, rider_id=rider_id)
        db.session.execute(delete(Position).where(Position.coop_id == coop_id, Position.rider_id == rider_id))


def record_position(coop_id: UUID, rider_id: UUID, lonlat: LonLat, *, at: datetime, accuracy_m: int | None) -> bool:
    """Keep a position if the rider is at work and shares it; whether it was kept."""
    rider = queries.get_rider(coop_id, rider_id)
    shift = queries.find_open_shift(coop_id, rider_id)
    now = clock.now()
    if shift is None or not rider.shares_position or shift.signed_on_at is None:
        return False
    db.session.add(
        Position(
            coop_id=coop_id,
            rider_id=rider_id,
            shift_id=shift.id,
            at=at if shift.signed_on_at <= at <= now else now,
            lonlat=lonlat,
            accuracy_m=accuracy_m,
        )
    )
    return True


def forget_positions(coop_id: UUID) -> int:
    """Delete positions past their 30 days, those of taps and of signing on among them; the number deleted."""
    before = clock.now() - rules.POSITION_KEPT
    gone = forgetting.forget_places(coop_id, before=before)
    for zone in zones.list_zones(coop_id):
        middle = queries.middle_of(zone)
        old = (Shift.coop_id == coop_id, Shift.zone_id == zone.id, Shift.signed_on_at < before)
        is_elsewhere = (Shift.start_lonlat == middle).is_(False)
        db.session.execute(update(Shift).where(*old, is_elsewhere).values(start_lonlat=middle))
    done = db.session.execute(delete(Position).where(Position.coop_id == coop_id, Position.at < before))
    return gone + int(done.rowcount)  # type: ignore[attr-defined]


def note_device(coop_id: UUID, rider_id: UUID, device_id: str, *, seq: int, offset_s: int) -> None:
    """Remember a phone's highest sequence number and how far its clock is off."""
    seen = {"last_seq": seq, "clock_offset_s": offset_s, "seen_at": clock.now()}
    statement = insert(Device).values(coop_id=coop_id, id=uuid4(), rider_id=rider_id, device_id=device_id, **seen)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["coop_id", "rider_id", "device_id"],
            set_=seen | {"last_seq": db.func.greatest(Device.last_seq, seq)},
        )
    )


def _last_off(coop_id: UUID, rider_id: UUID) -> datetime | None:
    """When the rider's last shift ended: the next one begins no sooner."""
    last: datetime | None = db.session.scalar(
        select(func.max(Shift.signed_off_at)).where(Shift.coop_id == coop_id, Shift.rider_id == rider_id)
    )
    return last


def _unplanned_shift(rider: Rider, wish: SignOn, now: datetime, *, starts_at: datetime) -> Shift:
    zone = queries.zone_at(rider.coop_id, wish.lonlat)
    return Shift(
        coop_id=rider.coop_id,
        id=uuid4(),
        rider_id=rider.id,
        zone_id=zone.id,
        starts_at=starts_at,
        ends_at=rules.check_end(wish.ends_at, now),
        capacity_g=rider.capacity_g,
        capacity_ml=rider.capacity_ml,
        start_lonlat=wish.lonlat or queries.middle_of(zone),
        handed_back=[],
    )


def _repeated(coop_id: UUID, rider_id: UUID, where: ColumnElement[bool]) -> Shift | None:
    """The shift that this tap began or ended; Conflict for a UUID of somebody else's tap, told no more."""
    before = _find_shift(coop_id, where)
    if before is not None and before.rider_id != rider_id:
        raise Conflict("this UUID was used before: every tap needs its own", code="uuid_reused")
    return before


def _find_open(coop_id: UUID, rider_id: UUID) -> Shift | None:
    is_at_work = Shift.signed_on_at.is_not(None), Shift.signed_off_at.is_(None)
    return _find_shift(coop_id, Shift.rider_id == rider_id, *is_at_work)


def _find_shift(coop_id: UUID, *where: ColumnElement[bool]) -> Shift | None:
    return db.session.scalar(
        select(Shift).where(Shift.coop_id == coop_id, *where).execution_options(populate_existing=True)
    )


def _lock_rider(coop_id: UUID, rider_id: UUID) -> Rider:
    rider = db.session.scalar(select(Rider).where(Rider.coop_id == coop_id, Rider.id == rider_id).with_for_update())
    if rider is None:
        raise NotFound(f"rider {rider_id} does not exist")
    return rider


def _run_of(coop_id: UUID, shift_id: UUID) -> UUID:
    run = orders.find_run_of_shift(coop_id, shift_id)
    if run is None:
        raise NotFound(f"shift {shift_id} has no run")
    return run.id


def _check_profile(profile: str) -> str:
    if profile not in PROFILES:
        raise Invalid(f"bike profile {profile!r}: use one of {', '.join(PROFILES)}")
    return profile
