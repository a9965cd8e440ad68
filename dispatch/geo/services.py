"""The writers of zones: each counts what its plan still owes, `plan_wanted` against `plan_done`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update

from dispatch.core.db import db

from .models import Zone


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
