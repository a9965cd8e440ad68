"""Decide what a balanced entry is and fold postings into balances. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from dispatch.core.errors import Conflict, Invalid

ACCOUNT_KINDS = (
    "bank",
    "merchant_receivable",
    "rider_payable",
    "tips_payable",
    "vat_payable",
    "patronage_payable",
    "member_capital",
    "indivisible_reserve",
    "solidarity_fund",
    "guarantee_fund",
    "delivery_revenue",
    "rider_pay",
    "floor_top_up",
    "expenses",
)


MOST_ROUNDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line to post: debit positive, credit negative, in minor units."""

    account: str
    amount_cents: int
    code: str
    owner_id: UUID | None = None
    rule_version: str | None = None
    quantity: dict[str, Any] = field(default_factory=dict)


def check_balanced(lines: Sequence[Line]) -> None:
    """Invalid unless the lines sum to zero, there are at least two, and none is zero."""
    if len(lines) < 2:
        raise Invalid(f"an entry needs at least two lines, this has {len(lines)}")
    if any(line.amount_cents == 0 for line in lines):
        raise Invalid("a line of zero says nothing: leave it out")
    total = sum(line.amount_cents for line in lines)
    if total != 0:
        raise Invalid(f"the entry is off by {total} minor units: debits and credits must be equal")


def entry_hash(previous_hash: str, source_key: str, lines: Sequence[Line]) -> str:
    """SHA-256 that chains an entry to the one before it."""
    body = [
        [line.account, str(line.owner_id or ""), line.amount_cents, line.code, line.rule_version or ""]
        for line in lines
    ]
    return hashlib.sha256(json.dumps([previous_hash, source_key, body]).encode()).hexdigest()


def reversed_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines that undo an entry."""
    return [
        Line(
            account=line.account,
            amount_cents=-line.amount_cents,
            code=line.code,
            owner_id=line.owner_id,
            rule_version=line.rule_version,
            quantity=line.quantity,
        )
        for line in lines
    ]


def first_open_day(day: date, closed: Sequence[tuple[date, date]]) -> date:
    """`day`, or the first day after it outside every closed `(first_day, last_day)`; `closed` is in order."""
    for first_day, last_day in closed:
        if first_day <= day <= last_day:
            day = last_day + timedelta(days=1)
    return day


def round_keys(source_key: str) -> list[str]:
    """The keys of a source and its postings after corrections: the key itself, then `:2`, `:3` and so on."""
    return [source_key, *(f"{source_key}:{number}" for number in range(2, MOST_ROUNDS + 1))]


def next_round_key(source_key: str, posted: int) -> str:
    """The key of the next posting after `posted` ones; Conflict if a source was corrected too often to be right."""
    if posted >= MOST_ROUNDS:
        raise Conflict(f"{source_key} was corrected {posted} times: a treasurer should look at it", code="rounds_used")
    return round_keys(source_key)[posted]
