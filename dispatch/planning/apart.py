"""Riders who are not sent to the same counter, because they should not meet. Coordinators say whom; no reason is kept.

The same as `kept_apart` in the dispatch rules, without a vote that names two people. What a coordinator decides by
hand, and goods on board, come first.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Invalid
from riders.queries import get_rider, list_riders

from . import manual
from .models import RidersApart


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two riders by id and name."""

    rider_id: UUID
    rider_name: str
    other_id: UUID
    other_name: str


def list_apart(coop_id: UUID) -> list[tuple[UUID, UUID]]:
    """Rider ids, two by two."""
    rows = db.session.execute(
        select(RidersApart.rider_id, RidersApart.other_id)
        .where(RidersApart.coop_id == coop_id)
        .order_by(RidersApart.rider_id, RidersApart.other_id)
    )
    return [(rider_id, other_id) for rider_id, other_id in rows]


def list_pairs(coop_id: UUID) -> list[Pair]:
    """The same with names, by name."""
    name_of = {rider.id: rider.name for rider in list_riders(coop_id)}
    pairs = [
        Pair(rider_id=a, rider_name=name_of.get(a, ""), other_id=b, other_name=name_of.get(b, ""))
        for a, b in list_apart(coop_id)
    ]
    return sorted(pairs, key=lambda pair: (pair.rider_name, pair.other_name))


def keep_apart(coop_id: UUID, rider_id: UUID, other_id: UUID, *, member_id: UUID) -> None:
    """From now on; again is no news. NotFound for an unknown rider, Invalid for one and the same."""
    if rider_id == other_id:
        raise Invalid("choose two different riders", code="same_rider")
    first, second = sorted((get_rider(coop_id, rider_id).id, get_rider(coop_id, other_id).id))
    row = {"coop_id": coop_id, "rider_id": first, "other_id": second, "noted_by": member_id, "noted_at": clock.now()}
    db.session.execute(insert(RidersApart).values(row).on_conflict_do_nothing())
    manual.replan_all(coop_id, "riders kept apart")


def let_meet(coop_id: UUID, rider_id: UUID, other_id: UUID) -> None:
    """No longer; harmless if they were free to meet."""
    first, second = sorted((rider_id, other_id))
    db.session.execute(
        delete(RidersApart).where(
            RidersApart.coop_id == coop_id, RidersApart.rider_id == first, RidersApart.other_id == second
        )
    )
    manual.replan_all(coop_id, "riders may meet")
