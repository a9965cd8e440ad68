"""What a question is about, in words that whoever answers understands: the line of pay, or the decision."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import and_, select

from dispatch.core.db import db
from dispatch.core.web import money
from dispatch.ledger import queries as ledger
from dispatch.ledger import services as ledger_services
from dispatch.orders import decisions
from dispatch.orders.models import Decision, Order

from . import queries
from .labels import earning_label
from .questions import QuestionView


def about(coop_id: UUID, question: QuestionView) -> tuple[str, UUID | None]:
    """`(words, order)`; the words are empty for what has been deleted since."""
    if question.kind == "pay":
        return _pay(coop_id, question)
    return _decision(coop_id, question)


def _pay(coop_id: UUID, question: QuestionView) -> tuple[str, UUID | None]:
    entry = ledger_services.find_entry(coop_id, question.subject)
    if entry is None:
        return "", None
    currency = ledger.currency_of(coop_id, entry.id)
    lines = [line for line in ledger.list_lines(coop_id, entry.id) if line.owner_id == question.member_id]
    parts = [f"{earning_label(line.code)} {money(-line.amount_cents, currency)}" for line in lines]
    versions = sorted({line.rule_version for line in lines if line.rule_version})
    order_id = entry.facts.get("order_id")
    said = [*filter(None, [entry.facts.get("order_number")]), ", ".join(parts), *versions]
    return " · ".join(said), UUID(order_id) if order_id else None


def _decision(coop_id: UUID, question: QuestionView) -> tuple[str, UUID | None]:
    found = db.session.execute(
        select(Decision, Order.number)
        .join(Order, and_(Order.coop_id == Decision.coop_id, Order.id == Decision.order_id))
        .where(Decision.coop_id == coop_id, Decision.id == UUID(question.subject))
    ).one_or_none()
    rider = queries.find_rider_of(coop_id, question.member_id)
    if found is None or rider is None:
        return "", None
    row, number = found
    decision = decisions.view(row)
    is_theirs = decision.rider_id == rider.id
    told = decisions.why_them(decision) if is_theirs else decisions.why_not(decision, rider.id, is_self=False)
    winner = decision.record["winner"]
    words = _("%(number)s, went to %(name)s", number=number, name=winner["name"]) if winner else number
    return f"{words}. {told.headline} ({told.basis})", decision.order_id
