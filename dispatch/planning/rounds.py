"""Read how planning has been doing: rounds, how long they took, what the checker said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.orders.views import OrderView

from .models import PlanRound

REFUSED = "refused"
"""The outcome of a round whose plan the checker refused, and why an order that it was to place is in nobody's run."""

CAUSE = "cause"
"""In a round's details: which rules a plan broke that was refused."""

SEARCHES = ("improved", "kept", REFUSED)
"""Outcomes of rounds that looked for a better plan of what was announced, or would only fail at it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Rounds since some moment; seconds are real ones."""

    rounds: int
    changed: int
    refused: int
    p50_s: float | None
    p95_s: float | None


def last(coop_id: UUID, zone_id: UUID) -> tuple[float | None, float]:
    """How long the last round took that planned what had happened, None before the first; how long ago it ended."""
    row = db.session.execute(
        select(PlanRound.took_s, PlanRound.started_at)
        .where(PlanRound.coop_id == coop_id, PlanRound.zone_id == zone_id, PlanRound.outcome.not_in(SEARCHES))
        .order_by(PlanRound.started_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None, 0.0
    return row.took_s, (clock.now() - row.started_at).total_seconds() / clock.speed() - row.took_s


def was_refused_for(coop_id: UUID, zone_id: UUID, cause: str, since: datetime) -> bool:
    """Whether a round after `since` had a plan refused for the same."""
    found = select(PlanRound.id).where(
        PlanRound.coop_id == coop_id,
        PlanRound.zone_id == zone_id,
        PlanRound.started_at > since,
        PlanRound.detail[CAUSE].astext == cause,
    )
    return db.session.scalar(found.limit(1)) is not None


def is_one_refused(orders: Iterable[OrderView]) -> bool:
    """Whether an order waits because the plan that placed it was refused."""
    return any(order.unserved and order.unserved.get("code") == REFUSED for order in orders)


def summary(coop_id: UUID, since: datetime) -> Summary:
    """Counts and times of all rounds that began after `since`."""
    row = db.session.execute(
        select(
            func.count().label("rounds"),
            func.count().filter(PlanRound.outcome.in_(("planned", "improved", "proposed"))).label("changed"),
            func.count().filter(PlanRound.outcome == REFUSED).label("refused"),
            func.percentile_cont(0.5).within_group(PlanRound.took_s).label("p50_s"),
            func.percentile_cont(0.95).within_group(PlanRound.took_s).label("p95_s"),
        ).where(PlanRound.coop_id == coop_id, PlanRound.started_at >= since)
    ).one()
    return Summary(**row._mapping)
