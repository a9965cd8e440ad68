"""Learn from finished rides how fast the co-op really rides each kind of bike, and riders who want that to be known.

A ride leads from the last stop a rider finished to the next one they reached. What the map's model says of it is
computed once, on the current map without hazards, and kept beside what it took, without the rider's name. The method
is `routing.streets.calibration`; `dispatch.geo.travel` applies the result for all, `crew` that for single riders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.units import LonLat
from dispatch.geo import paces, travel
from dispatch.geo.models import Zone
from dispatch.orders.models import Run, Task
from riders import own_pace
from riders.models import Shift
from routing.streets.calibration import FinishedLeg, calibrate, detour

from .models import RiddenLeg

LEARN_FROM = timedelta(days=60)
"""Older rides say little of today: other riders, other bikes, another season."""

MOST_LEGS = 2_000
"""Newest legs per kind of bike that count."""

AT_ONCE = 300
"""Rides predicted per call, about a second of computing; the rest waits for the next call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """One finished ride whose model time is not known yet."""

    task_id: UUID
    city_id: UUID
    profile: str
    start: LonLat
    end: LonLat
    actual_s: float
    ridden_at: datetime


def learn(coop_id: UUID) -> int:
    """Take in rides that ended since the last call and weigh the speeds anew; the number of rides taken in.

    Own transactions: none is open while the rides are computed. A repeat finds nothing new.
    """
    with transaction():
        rides = _new_rides(coop_id)
    legs = [leg for city_id in {ride.city_id for ride in rides} for leg in _predicted(city_id, rides)]
    with transaction():
        if legs:
            rows = [{"coop_id": coop_id, **leg} for leg in legs]
            db.session.execute(insert(RiddenLeg).values(rows).on_conflict_do_nothing())
        if legs or not rides:
            _forget(coop_id)
        for profile in sorted({leg["profile"] for leg in legs}):
            known = _known_legs(coop_id, profile)
            paces.keep(coop_id, profile, calibrate(known), detour(known))
        _learn_own(coop_id)
    return len(legs)


def _learn_own(coop_id: UUID) -> None:
    """How riders who want it to be known ride, against the co-op in the middle: few rides count for little."""
    for pace in paces.list_paces(coop_id):
        for rider_id in own_pace.list_willing(coop_id):
            own = [
                FinishedLeg(predicted_s=leg.predicted_s / pace.speed_factor, actual_s=leg.actual_s)
                for leg in _known_legs(coop_id, pace.profile, rider_id)
            ]
            if own:
                found = calibrate(own)
                own_pace.keep(
                    coop_id,
                    rider_id,
                    pace.profile,
                    speed_factor=found.speed_factor,
                    sample_size=found.sample_size,
                )


def _new_rides(coop_id: UUID) -> list[Ride]:
    """Rides that ended at a stop, from the stop that was finished last before they began."""
    before = aliased(Task)
    reached = (
        select(Task, Shift.profile, Zone.city_id, before.lonlat)
        .join(Run, (Run.coop_id == Task.coop_id) & (Run.id == Task.run_id))
        .join(Shift, (Shift.coop_id == Task.coop_id) & (Shift.id == Run.shift_id))
        .join(Zone, (Zone.coop_id == Task.coop_id) & (Zone.id == Run.zone_id))
        .join(before, (before.coop_id == Task.coop_id) & (before.run_id == Task.run_id))
        .outerjoin(RiddenLeg, (RiddenLeg.coop_id == Task.coop_id) & (RiddenLeg.task_id == Task.id))
        .where(
            Task.coop_id == coop_id,
            RiddenLeg.task_id.is_(None),
            Task.started_at.is_not(None),
            Task.arrived_at > clock.now() - LEARN_FROM,
            before.ended_at <= Task.started_at,
        )
        .distinct(Task.arrived_at, Task.id)
        .order_by(Task.arrived_at, Task.id, before.ended_at.desc(), before.position.desc())
        .limit(AT_ONCE)
    )
    return [
        Ride(
            task_id=task.id,
            city_id=city_id,
            profile=profile,
            start=start,
            end=task.lonlat,
            actual_s=(task.arrived_at - task.started_at).total_seconds(),
            ridden_at=task.arrived_at,
        )
        for task, profile, city_id, start in db.session.execute(reached)
    ]


def _predicted(city_id: UUID, rides: list[Ride]) -> list[dict[str, Any]]:
    """Rows of legs; a ride without a way counts as none, so that it is not asked for again."""
    here = [ride for ride in rides if ride.city_id == city_id]
    asked = [(ride.start, ride.end, ride.profile) for ride in here]
    drawn, fastest = travel.model_legs(city_id, asked), travel.model_seconds(city_id, asked)
    return [
        {
            "task_id": ride.task_id,
            "profile": ride.profile,
            "predicted_s": leg.duration_s if leg is not None else 0.0,
            "fastest_s": fastest_s,
            "actual_s": ride.actual_s,
            "ridden_at": ride.ridden_at,
        }
        for ride, leg, fastest_s in zip(here, drawn, fastest, strict=True)
    ]


def _known_legs(coop_id: UUID, profile: str, rider_id: UUID | None = None) -> list[FinishedLeg]:
    """The newest rides on that kind of bike; with `rider_id`, those in runs of that rider."""
    chosen = select(RiddenLeg.predicted_s, RiddenLeg.actual_s, RiddenLeg.fastest_s).where(
        RiddenLeg.coop_id == coop_id, RiddenLeg.profile == profile
    )
    if rider_id is not None:
        chosen = (
            chosen.join(Task, (Task.coop_id == RiddenLeg.coop_id) & (Task.id == RiddenLeg.task_id))
            .join(Run, (Run.coop_id == Task.coop_id) & (Run.id == Task.run_id))
            .where(Run.rider_id == rider_id)
        )
    rows = db.session.execute(chosen.order_by(RiddenLeg.ridden_at.desc()).limit(MOST_LEGS))
    return [
        FinishedLeg(predicted_s=predicted_s, actual_s=actual_s, fastest_s=fastest_s)
        for predicted_s, actual_s, fastest_s in rows
        if predicted_s
    ]


def _forget(coop_id: UUID) -> None:
    db.session.execute(
        delete(RiddenLeg).where(RiddenLeg.coop_id == coop_id, RiddenLeg.ridden_at < clock.now() - LEARN_FROM)
    )
