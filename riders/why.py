"""Why me, why not me: the decision records of a rider's own shift, in plain words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select

from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.orders import decisions
from dispatch.orders.decisions import DecisionView, Explanation
from dispatch.orders.models import Decision, Order, Run, Task

MOST = 40


def why_me(coop_id: UUID, rider_id: UUID, task_id: UUID) -> dict[str, Any]:
    """Why a stop is mine; NotFound if it is not, or if nobody decided (a coordinator's word needs no record)."""
    mine = (
        select(Task.order_id)
        .join(Run, and_(Run.coop_id == Task.coop_id, Run.id == Task.run_id))
        .where(Task.coop_id == coop_id, Task.id == task_id, Run.rider_id == rider_id)
    )
    order_id = db.session.scalar(mine)
    if order_id is None:
        raise NotFound(f"task {task_id} does not exist")
    for decision in decisions.list_for_order(coop_id, order_id):
        if decision.rider_id == rider_id:
            explained = explanation_json(decision, decisions.why_me(decision))
            moved = [each for each in decisions.list_sequences(coop_id, order_id) if each.run_id == decision.run_id]
            return explained | {"lines": explained["lines"] + _lines_of_move(moved[:1])}
    raise NotFound("there is no record of this decision", code="no_decision")


def why_not_me(coop_id: UUID, rider_id: UUID) -> list[dict[str, Any]]:
    """Orders of my open shift that went to somebody else while I was at work, or were taken from me, newest first."""
    run = db.session.execute(
        select(Run.zone_id, Run.opened_at)
        .where(Run.coop_id == coop_id, Run.rider_id == rider_id, Run.closed_at.is_(None))
        .order_by(Run.opened_at.desc())
        .limit(1)
    ).one_or_none()
    if run is None:
        return []
    later = Decision.__table__.alias("later")
    is_last = ~exists().where(
        later.c.coop_id == Decision.coop_id,
        later.c.order_id == Decision.order_id,
        later.c.decided_at > Decision.decided_at,
        later.c.mode != decisions.REORDERED,
    )
    rows = db.session.execute(
        select(Decision, Order.number)
        .join(Order, and_(Order.coop_id == Decision.coop_id, Order.id == Decision.order_id))
        .where(
            Decision.coop_id == coop_id,
            Decision.decided_at >= run.opened_at,
            Decision.mode != decisions.REORDERED,
            Decision.rider_id.is_distinct_from(rider_id),
            or_(Decision.rider_id.is_not(None), Decision.record["taken_from"]["rider_id"].astext == str(rider_id)),
            Order.zone_id == run.zone_id,
            is_last,
        )
        .order_by(Decision.decided_at.desc())
        .limit(MOST)
    )
    found = []
    for row, number in rows:
        decision = decisions.view(row)
        explained = explanation_json(decision, decisions.why_not(decision, rider_id))
        found.append(explained | {"order_number": number, "at": decision.decided_at.isoformat()})
    return found


def _lines_of_move(moved: list[DecisionView]) -> list[dict[str, Any]]:
    """Who moved the stops of a run by hand last, why, and what it costs."""
    lines: list[dict[str, Any]] = []
    for told in map(decisions.why_there, moved):
        lines.append({"text": told.headline, "seconds": None})
        lines += [{"text": part.text, "seconds": part.seconds} for part in told.lines]
    return lines


def explanation_json(decision: DecisionView, explained: Explanation) -> dict[str, Any]:
    """An explanation for the phone, with the id to ask a person about it."""
    return {
        "decision_id": str(decision.id),
        "headline": explained.headline,
        "lines": [{"text": line.text, "seconds": line.seconds} for line in explained.lines],
        "basis": explained.basis,
        "rule_version": decision.rule_version,
    }
