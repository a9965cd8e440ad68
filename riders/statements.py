"""A member's statement of a closed period: a pure fold over the ledger, as page, PDF, CSV or JSON."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.ledger import queries as ledger

from . import earnings, pay, pay_rules, queries
from .earnings import EarningLine, Totals
from .models import Statement
from .queries import ShiftView


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """One statement as it is listed."""

    id: UUID
    period_id: UUID
    member_id: UUID
    first_day: date
    last_day: date
    total_cents: int
    currency: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One shift of the period: when, credited seconds, what it earned."""

    shift: ShiftView
    credited_s: int
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that stands on a statement."""

    statement: StatementView
    lines: tuple[EarningLine, ...]
    shifts: tuple[ShiftRow, ...]
    totals: Totals
    credited_s: int
    per_hour_cents: int | None


def list_of_member(coop_id: UUID, member_id: UUID) -> list[StatementView]:
    """A member's statements, newest first."""
    return _statements(coop_id, Statement.member_id == member_id)


def list_of_period(coop_id: UUID, period_id: UUID) -> list[StatementView]:
    """All statements of a period."""
    return _statements(coop_id, Statement.period_id == period_id)


def get(coop_id: UUID, statement_id: UUID, *, member_id: UUID | None = None) -> StatementView:
    """One statement (of this member); NotFound if there is none."""
    where = [Statement.id == statement_id]
    if member_id is not None:
        where.append(Statement.member_id == member_id)
    found = _statements(coop_id, *where)
    if not found:
        raise NotFound(f"statement {statement_id} does not exist")
    return found[0]


def sheet(coop_id: UUID, statement: StatementView) -> Sheet:
    """The statement in full; its lines sum to the total that was kept when the period closed."""
    between = ledger.span(coop_id, statement.first_day, statement.last_day)
    lines = earnings.list_lines(coop_id, statement.member_id, between)
    rider = queries.find_rider_of(coop_id, statement.member_id)
    worked = queries.list_worked_shifts(coop_id, between, rider.id) if rider else []
    shifts = tuple(_shift_row(coop_id, shift, lines) for shift in worked)
    totals = earnings.fold(lines)
    credited = sum(row.credited_s for row in shifts)
    return Sheet(
        statement=statement,
        lines=tuple(lines),
        shifts=shifts,
        totals=totals,
        credited_s=credited,
        per_hour_cents=pay_rules.per_hour_cents(totals.total_cents, credited),
    )


def as_csv(found: Sheet) -> str:
    """The lines as CSV with a byte order mark, so that spreadsheets read the letters right."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["at", "code", "amount_cents", "currency", "rule_version", "order", "source", "quantity"])
    for line in found.lines:
        quantity = " ".join(f"{key}={value}" for key, value in sorted(line.quantity.items()))
        row = [line.at.isoformat(), line.code, line.amount_cents, found.statement.currency, line.rule_version or ""]
        writer.writerow([*row, line.order_number or "", line.source_key, quantity])
    return "\ufeff" + out.getvalue()


def as_json(found: Sheet) -> dict[str, Any]:
    """The statement as data."""
    statement = found.statement
    return {
        "id": str(statement.id),
        "first_day": statement.first_day.isoformat(),
        "last_day": statement.last_day.isoformat(),
        "currency": statement.currency,
        "total_cents": statement.total_cents,
        "by_code": found.totals.by_code,
        "tips_cents": found.totals.tips_cents,
        "credited_s": found.credited_s,
        "per_hour_cents": found.per_hour_cents,
        "lines": [
            {
                "at": line.at.isoformat(),
                "code": line.code,
                "amount_cents": line.amount_cents,
                "rule_version": line.rule_version,
                "quantity": line.quantity,
                "order_number": line.order_number,
                "source_key": line.source_key,
                "is_reversal": line.is_reversal,
            }
            for line in found.lines
        ],
    }


def _shift_row(coop_id: UUID, shift: ShiftView, lines: list[EarningLine]) -> ShiftRow:
    begun_at = shift.signed_on_at or shift.starts_at
    rules = pay.rules_at(coop_id, begun_at)
    credited = pay.credited_s(rules, shift, until=shift.signed_off_at or begun_at)
    totals = earnings.fold([line for line in lines if line.shift_id == str(shift.id)])
    return ShiftRow(shift=shift, credited_s=credited, totals=totals)


def _statements(coop_id: UUID, *where: Any) -> list[StatementView]:
    periods = {period.id: period for period in ledger.list_periods(coop_id)}
    rows = db.session.scalars(
        select(Statement).where(Statement.coop_id == coop_id, *where).order_by(Statement.made_at.desc(), Statement.id)
    )
    return [
        StatementView(
            id=row.id,
            period_id=row.period_id,
            member_id=row.member_id,
            first_day=periods[row.period_id].first_day,
            last_day=periods[row.period_id].last_day,
            total_cents=row.total_cents,
            currency=row.currency,
            made_at=row.made_at,
        )
        for row in rows
    ]
