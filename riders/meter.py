"""The money of a day as the phone shows it: every line with its rule version, the floor so far, tips, pay per hour."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.errors import BadRequest
from dispatch.ledger import queries as ledger

from . import earnings, pay, pay_rules, queries
from .earnings import EarningLine
from .labels import earning_label
from .queries import RiderView


def today(coop_id: UUID) -> date:
    """The day it is where the co-op rides."""
    return clock.now().astimezone(ZoneInfo(get_coop(coop_id).timezone)).date()


def parse_day(coop_id: UUID, text: str | None) -> date:
    """A day in an address; today if none is given, BadRequest if it is none."""
    if not text:
        return today(coop_id)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"day={text[:20]!r}: write it as YYYY-MM-DD") from error


def day_json(coop_id: UUID, rider: RiderView, day: date) -> dict[str, Any]:
    """Earnings of one day: posted lines, and what the floor adds to the shift that is still open.

    A shift that is open since yesterday is one piece of work: today then begins with it, which `since` says.
    """
    midnight, until = ledger.span(coop_id, day, day)
    shift = queries.find_open_shift(coop_id, rider.id) if day == today(coop_id) else None
    since = shift.signed_on_at if shift and shift.signed_on_at and shift.signed_on_at < midnight else None
    between = (since or midnight, until)
    lines = earnings.list_lines(coop_id, rider.member_id, between)
    totals = earnings.fold(lines)
    floor = _floor(coop_id, rider, between)
    top_up_cents = max(totals.top_up_cents, floor["top_up_cents"])
    total_cents = totals.total_cents - totals.top_up_cents + top_up_cents
    credited = floor["credited_s"]
    return {
        "day": day.isoformat(),
        "since": since.isoformat() if since else None,
        "currency": get_coop(coop_id).currency,
        "lines": [line_json(line) for line in lines],
        "floor": floor,
        "piece_cents": totals.piece_cents,
        "tips_cents": totals.tips_cents,
        "total_cents": total_cents,
        "credited_s": credited,
        "per_hour_cents": pay_rules.per_hour_cents(total_cents, credited),
        "waiting_s": sum(line.quantity.get("waited_s", 0) for line in lines if line.code == "waiting"),
    }


def line_json(line: EarningLine) -> dict[str, Any]:
    """One line for the phone."""
    return {
        "code": line.code,
        "label": earning_label(line.code),
        "amount_cents": line.amount_cents,
        "rule_version": line.rule_version,
        "quantity": line.quantity,
        "at": line.at.isoformat(),
        "task_id": line.task_id,
        "order_number": line.order_number,
        "source_key": line.source_key,
        "is_reversal": line.is_reversal,
    }


def _floor(coop_id: UUID, rider: RiderView, between: tuple[datetime, datetime]) -> dict[str, Any]:
    """The floor over the day's shifts; each shift is lifted by itself."""
    now = clock.now()
    credited = top_up = floor_cents = 0
    version = None
    for shift in queries.list_worked_shifts(coop_id, between, rider.id):
        until = shift.signed_off_at or now
        rules = pay.rules_at(coop_id, shift.signed_on_at or shift.starts_at)
        seconds = pay.credited_s(rules, shift, until=until)
        due = pay.floor_line(coop_id, shift, until=until)
        credited += seconds
        top_up += due.amount_cents if due else 0
        floor_cents += pay_rules.floor_cents(rules, seconds)
        version = rules.version
    return {
        "credited_s": credited,
        "floor_cents": floor_cents,
        "top_up_cents": top_up,
        "rule_version": version,
    }
