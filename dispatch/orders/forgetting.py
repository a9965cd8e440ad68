"""Forget what orders need not know for ever: where riders tapped, and who was not to be asked. Never commits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from dispatch.core.db import db

from .models import Order, TaskEvent


def forget_places(coop_id: UUID, *, before: datetime | None = None, rider_id: UUID | None = None) -> int:
    """Drop where riders were at each of their taps: of this rider, or older than that; the number dropped."""
    where = [TaskEvent.coop_id == coop_id, TaskEvent.lonlat.is_not(None)]
    where += [TaskEvent.happened_at < before] if before is not None else []
    where += [TaskEvent.rider_id == rider_id] if rider_id is not None else []
    done = db.session.execute(update(TaskEvent).where(*where).values(lonlat=None))
    return int(done.rowcount)  # type: ignore[attr-defined]


def forget_barred(coop_id: UUID, before: datetime) -> None:
    """Forget who was not to be asked for orders that ended before then."""
    db.session.execute(
        update(Order)
        .where(Order.coop_id == coop_id, Order.ended_at < before, Order.barred_riders != [])
        .values(barred_riders=[])
    )
