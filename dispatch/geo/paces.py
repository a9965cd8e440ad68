"""How fast a co-op rides each kind of bike: kept by whoever learns it, read by travel times and pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock
from dispatch.core.db import db
from routing.streets.calibration import Calibration

from .models import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceView:
    """What is known of one kind of bike; `error` is None while too little is known to say."""

    profile: str
    speed_factor: float
    p90: float
    detour: float
    sample_size: int
    error: float | None
    learned_at: datetime


def list_paces(coop_id: UUID) -> list[PaceView]:
    """One per kind of bike that was ridden, by name."""
    rows = db.session.scalars(select(Pace).where(Pace.coop_id == coop_id).order_by(Pace.profile))
    return [
        PaceView(
            profile=row.profile,
            speed_factor=row.speed_factor,
            p90=row.p90,
            detour=row.detour,
            sample_size=row.sample_size,
            error=row.error,
            learned_at=row.learned_at,
        )
        for row in rows
    ]


def keep(coop_id: UUID, profile: str, found: Calibration, detour: float) -> None:
    """Replace what is known of one kind of bike."""
    values = {
        "speed_factor": round(found.speed_factor, 2),  # finer would redraw every leg each minute
        "p90": round(found.p90, 3),
        "detour": round(detour, 3),
        "sample_size": found.sample_size,
        "error": found.error if isfinite(found.error) else None,
        "learned_at": clock.now(),
    }
    row = insert(Pace).values(coop_id=coop_id, id=uuid4(), profile=profile, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=[Pace.coop_id, Pace.profile], set_=values))
