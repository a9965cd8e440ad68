"""Read how work and pay were shared, from the ledger and the shifts as ridden. Two statements per stretch of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from dispatch.core import clock
from dispatch.ledger import queries as ledger
from riders import pay
from riders import queries as riders
from riders.earnings import ACCOUNTS
from riders.pay_rules import PIECE_CODES

from .rules import Shares, Work, shares

SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=14))


def shares_by_span(coop_id: UUID, now: datetime) -> list[tuple[timedelta, Shares | None]]:
    """The spread over the last day, week and fortnight; None where too few riders worked."""
    return [(span, shares(_work(coop_id, (now - span, now)))) for span in SPANS]


def _work(coop_id: UUID, between: tuple[datetime, datetime]) -> dict[UUID, Work]:
    """What each member who rode did and earned, tips left out: they are not the co-op's to share."""
    member_of = {rider.id: rider.member_id for rider in riders.list_riders(coop_id)}
    seconds: dict[UUID, int] = {}
    for shift in riders.list_worked_shifts(coop_id, between):
        member_id = member_of.get(shift.rider_id)
        if member_id is None:
            continue
        rules = pay.rules_at(coop_id, shift.signed_on_at or shift.starts_at)
        until = shift.signed_off_at or clock.now()
        seconds[member_id] = seconds.get(member_id, 0) + int(pay.credited_s(rules, shift, until=until))
    cents: dict[UUID, int] = {}
    tasks: dict[UUID, set[str]] = {}
    for posting in ledger.list_postings(coop_id, accounts=ACCOUNTS, between=between):
        if posting.owner_id is None or posting.code not in (*PIECE_CODES, "floor_top_up"):
            continue
        cents[posting.owner_id] = cents.get(posting.owner_id, 0) - posting.amount_cents
        if task_id := posting.facts.get("task_id"):
            tasks.setdefault(posting.owner_id, set()).add(str(task_id))
    return {
        member_id: Work(
            credited_s=credited, pay_cents=cents.get(member_id, 0), stops=len(tasks.get(member_id, ()))
        )
        for member_id, credited in seconds.items()
    }
