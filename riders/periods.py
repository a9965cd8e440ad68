"""Close a pay period and make its statements. Never commits."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Invalid
from dispatch.ledger import queries as ledger_queries
from dispatch.ledger import services as ledger

from . import earnings, pay, queries, services
from .models import Shift, Statement


def close_period(coop_id: UUID, first_day: date, last_day: date, by: UUID | None = None) -> list[Statement]:
    """Settle every shift of the days, lock them, make a statement per member; a repeat returns the same statements.

    Invalid for days to come; Conflict while a rider of those days has a parcel on board.
    """
    today = clock.now().astimezone(ZoneInfo(get_coop(coop_id).timezone)).date()
    if last_day > today or first_day > last_day:
        raise Invalid(f"{first_day} to {last_day}: a period runs from an earlier day to {today} at the latest")
    between = ledger_queries.span(coop_id, first_day, last_day)
    if not _is_closed(coop_id, first_day, last_day):
        _settle_shifts(coop_id, between)
    period, is_new = ledger.close_period(coop_id, first_day, last_day, by=by)
    if is_new:
        _make_statements(coop_id, period.id, between)
        outbox.record(coop_id, events.PeriodClosed(period_id=period.id))
    made = select(Statement).where(Statement.coop_id == coop_id, Statement.period_id == period.id)
    return list(db.session.scalars(made.order_by(Statement.member_id)))


def _is_closed(coop_id: UUID, first_day: date, last_day: date) -> bool:
    return any(
        (period.first_day, period.last_day) == (first_day, last_day) and period.closed_at is not None
        for period in ledger_queries.list_periods(coop_id)
    )


def _settle_shifts(coop_id: UUID, between: tuple[datetime, datetime]) -> None:
    """Sign off whoever forgot to, and post every top-up that is due."""
    worked = queries.list_worked_shifts(coop_id, between)
    for shift in sorted(worked, key=lambda item: str(item.id)):
        if shift.is_open:
            services.end_shift(coop_id, db.session.get_one(Shift, (coop_id, shift.id)), clock.now())
    for shift in worked:
        pay.settle_shift(coop_id, shift.id)


def _make_statements(coop_id: UUID, period_id: UUID, between: tuple[datetime, datetime]) -> None:
    currency = get_coop(coop_id).currency
    for member_id in ledger_queries.list_owners(coop_id, accounts=earnings.ACCOUNTS, between=between):
        totals = earnings.fold(earnings.list_lines(coop_id, member_id, between))
        db.session.add(
            Statement(
                coop_id=coop_id,
                id=uuid4(),
                period_id=period_id,
                member_id=member_id,
                total_cents=totals.total_cents,
                currency=currency,
                made_at=clock.now(),
            )
        )
    db.session.flush()
