"""How fast one rider rides, for those who want that to be known: kept only while they do, shown to nobody else.

The switch is the rider's own. `dispatch.planning.pace` learns, plans and arrival times of this rider use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock
from dispatch.core.db import db

from . import rules
from .models import Rider, RiderPace


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPace:
    """How a rider rides one kind of bike. `speed_factor` above 1 is faster than the co-op in the middle."""

    profile: str
    speed_factor: float
    sample_size: int
    learned_at: datetime


def allow(coop_id: UUID, rider_id: UUID, is_allowed: bool) -> None:
    """Let this rider's own speed be learned from now on, or stop it and delete what was learned."""
    rider = db.session.get_one(Rider, (coop_id, rider_id), with_for_update=True, populate_existing=True)
    rider.learns_own_pace = is_allowed
    if not is_allowed:
        db.session.execute(delete(RiderPace).where(RiderPace.coop_id == coop_id, RiderPace.rider_id == rider_id))


def list_willing(coop_id: UUID) -> list[UUID]:
    """Riders who want their own speed to be learned; locked, so that what is learned of one who stops goes with it."""
    chosen = select(Rider.id).where(Rider.coop_id == coop_id, Rider.learns_own_pace.is_(True)).order_by(Rider.id)
    return list(db.session.scalars(chosen.with_for_update(key_share=True, read=True)))


def keep(coop_id: UUID, rider_id: UUID, profile: str, *, speed_factor: float, sample_size: int) -> None:
    """Replace what is known of one rider on one kind of bike."""
    values = {
        "speed_factor": round(speed_factor, 3),
        "sample_size": sample_size,
        "learned_at": clock.now(),
    }
    row = insert(RiderPace).values(coop_id=coop_id, rider_id=rider_id, profile=profile, **values)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[RiderPace.coop_id, RiderPace.rider_id, RiderPace.profile], set_=values
        )
    )


def list_own(coop_id: UUID, rider_id: UUID) -> list[OwnPace]:
    """What is known of one rider, by kind of bike."""
    rows = db.session.scalars(
        select(RiderPace)
        .where(RiderPace.coop_id == coop_id, RiderPace.rider_id == rider_id)
        .order_by(RiderPace.profile)
    )
    return [
        OwnPace(
            profile=row.profile,
            speed_factor=row.speed_factor,
            sample_size=row.sample_size,
            learned_at=row.learned_at,
        )
        for row in rows
    ]


def speeds(coop_id: UUID) -> Mapping[tuple[UUID, str], float]:
    """Per rider and kind of bike, how much faster than the co-op, in steps; who is missing rides like all."""
    rows = db.session.execute(
        select(RiderPace.rider_id, RiderPace.profile, RiderPace.speed_factor).where(RiderPace.coop_id == coop_id)
    )
    return {(rider_id, profile): rules.own_speed(factor) for rider_id, profile, factor in rows}


def speed_of(coop_id: UUID, rider_id: UUID, profile: str) -> float:
    """The same for one rider."""
    factor = db.session.scalar(
        select(RiderPace.speed_factor).where(
            RiderPace.coop_id == coop_id, RiderPace.rider_id == rider_id, RiderPace.profile == profile
        )
    )
    return rules.own_speed(factor or 1.0)
