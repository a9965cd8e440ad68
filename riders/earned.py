"""Read what each rider's work came to, from the ledger and the shifts as ridden."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from dispatch.core import clock
from dispatch.ledger import queries as ledger

from . import pay, queries
from .earned_rules import Earned
from .earnings import ACCOUNTS
from .pay_rules import PIECE_CODES

TOP_UP = "floor_top_up"


def list_earned(coop_id: UUID, between: tuple[datetime, datetime]) -> dict[UUID, Earned]:
    """Each rider who worked in `[from, until)`, by id. Tips are left out: they are not the co-op's to share."""
    member_of = {rider.id: rider.member_id for rider in queries.list_riders(coop_id)}
    seconds: dict[UUID, int] = {}
    for shift in queries.list_worked_shifts(coop_id, between):
        rules = pay.rules_at(coop_id, shift.signed_on_at or shift.starts_at)
        until = shift.signed_off_at or clock.now()
        seconds[shift.rider_id] = seconds.get(shift.rider_id, 0) + int(pay.credited_s(rules, shift, until=until))
    cents: dict[tuple[UUID, str], int] = {}
    tasks: dict[UUID, set[str]] = {}
    for posting in ledger.list_postings(coop_id, accounts=ACCOUNTS, between=between):
        if posting.owner_id is None or posting.code not in (*PIECE_CODES, TOP_UP):
            continue
        kind = TOP_UP if posting.code == TOP_UP else "piece"
        cents[posting.owner_id, kind] = cents.get((posting.owner_id, kind), 0) - posting.amount_cents
        if task_id := posting.facts.get("task_id"):
            tasks.setdefault(posting.owner_id, set()).add(str(task_id))
    return {
        rider_id: Earned(
            credited_s=credited_s,
            pay_cents=cents.get((member_of[rider_id], "piece"), 0) + cents.get((member_of[rider_id], TOP_UP), 0),
            piece_cents=cents.get((member_of[rider_id], "piece"), 0),
            stops=len(tasks.get(member_of[rider_id], ())),
        )
        for rider_id, credited_s in seconds.items()
        if rider_id in member_of
    }
