"""Read what riders earned: folds over the ledger's postings, never over anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dispatch.ledger import queries as ledger
from dispatch.ledger.queries import PostingView

from . import pay_rules

ACCOUNTS = ("rider_payable", "tips_payable")
CODES = (*pay_rules.PIECE_CODES, "floor_top_up", "tip")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningLine:
    """One line of what a member earned; negative lines undo earlier ones."""

    code: str
    amount_cents: int
    rule_version: str | None
    quantity: dict[str, Any]
    at: datetime
    source_key: str
    task_id: str | None
    task_kind: str | None
    order_number: str | None
    shift_id: str | None
    is_reversal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of lines in minor units; `piece_cents` counts to the floor, tips never do."""

    by_code: dict[str, int]
    piece_cents: int
    top_up_cents: int
    tips_cents: int
    total_cents: int


def list_lines(coop_id: UUID, member_id: UUID, between: tuple[datetime, datetime]) -> list[EarningLine]:
    """Everything a member earned with effect in `[from, until)`, in the order it was posted."""
    return [
        line_of(posting)
        for posting in ledger.list_postings(coop_id, accounts=ACCOUNTS, owner_id=member_id, between=between)
        if posting.code in CODES
    ]


def list_shift_lines(coop_id: UUID, shift_id: UUID) -> list[EarningLine]:
    """Everything earned on one shift, tips and top-up included."""
    postings = ledger.list_postings(coop_id, accounts=ACCOUNTS, fact=("shift_id", str(shift_id)))
    return [line_of(posting) for posting in postings]


def list_task_lines(coop_id: UUID, task_id: UUID) -> list[EarningLine]:
    """Everything earned with one task, its order's tip included if it came with this one."""
    postings = ledger.list_postings(coop_id, accounts=ACCOUNTS, fact=("task_id", str(task_id)))
    return [line_of(posting) for posting in postings]


def piece_cents(coop_id: UUID, shift_id: UUID) -> int:
    """Piece pay of a shift: what counts to the hourly floor."""
    return fold(list_shift_lines(coop_id, shift_id)).piece_cents


def floor_posted_cents(coop_id: UUID, shift_id: UUID) -> int:
    """The top-up that stands for a shift."""
    return fold(list_shift_lines(coop_id, shift_id)).top_up_cents


def is_of_member(coop_id: UUID, entry_id: UUID, member_id: UUID) -> bool:
    """Whether an entry pays this member."""
    return any(line.owner_id == member_id for line in ledger.list_lines(coop_id, entry_id))


def fold(lines: Sequence[EarningLine]) -> Totals:
    """Sums by code. Pure: a statement is this over its lines."""
    by_code: dict[str, int] = {}
    for line in lines:
        by_code[line.code] = by_code.get(line.code, 0) + line.amount_cents
    return Totals(
        by_code=by_code,
        piece_cents=sum(by_code.get(code, 0) for code in pay_rules.PIECE_CODES),
        top_up_cents=by_code.get("floor_top_up", 0),
        tips_cents=by_code.get("tip", 0),
        total_cents=sum(by_code.values()),
    )


def line_of(posting: PostingView) -> EarningLine:
    """A posting on a payable account (credit: negative) as a line of earnings (positive)."""
    facts = posting.facts
    return EarningLine(
        code=posting.code,
        amount_cents=-posting.amount_cents,
        rule_version=posting.rule_version,
        quantity=posting.quantity,
        at=posting.effective_at,
        source_key=posting.source_key,
        task_id=facts.get("task_id"),
        task_kind=facts.get("task_kind"),
        order_number=facts.get("order_number"),
        shift_id=facts.get("shift_id"),
        is_reversal=posting.is_reversal,
    )
