"""Read the ledger: balances, a member's postings, and whether everything still adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, exists, func, literal_column, select
from sqlalchemy.orm import aliased

from dispatch.coop.queries import get_coop
from dispatch.core.db import db
from dispatch.core.errors import NotFound

from . import rules
from .models import Account, Entry, Period, Posting
from .rules import Line

# Written out, not bound, so that PostgreSQL recognises the expressions its indexes are on.
INDEXED_FACTS: dict[str, ColumnElement[str]] = {
    name: literal_column(f"(ledger_entry.facts ->> '{name}')", Text) for name in ("shift_id", "task_id")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingView:
    """One line of the ledger with what its entry says; debit positive, credit negative, minor units."""

    entry_id: UUID
    source_key: str
    kind: str
    account: str
    owner_id: UUID | None
    effective_at: datetime
    amount_cents: int
    code: str
    rule_version: str | None
    quantity: dict[str, Any]
    facts: dict[str, Any]
    is_reversal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One posting of a source that may be corrected: `task:1:earning`, then `task:1:earning:2`."""

    source_key: str
    is_reversed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    """One pay period; `closed_at` is None while it is open."""

    id: UUID
    first_day: date
    last_day: date
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Whether the ledger adds up: all three findings are empty or zero when it does."""

    entries: int
    unbalanced: tuple[UUID, ...]
    sum_cents: int
    broken_at: int | None


def balance_cents(coop_id: UUID, account: str, owner_id: UUID | None = None) -> int:
    """Sum of an account kind, of one owner if given: debit positive, credit negative."""
    total = (
        select(func.coalesce(func.sum(Posting.amount_cents), 0))
        .join(Account, (Account.coop_id == Posting.coop_id) & (Account.id == Posting.account_id))
        .where(Posting.coop_id == coop_id, Account.kind == account)
    )
    if owner_id is not None:
        total = total.where(Account.owner_id == owner_id)
    return int(db.session.scalar(total) or 0)


def list_balances(coop_id: UUID) -> list[tuple[str, UUID | None, int]]:
    """`(account, owner, sum)` of every account, debit positive."""
    rows = db.session.execute(
        select(Account.kind, Account.owner_id, func.sum(Posting.amount_cents))
        .join(Posting, (Account.coop_id == Posting.coop_id) & (Account.id == Posting.account_id))
        .where(Account.coop_id == coop_id)
        .group_by(Account.kind, Account.owner_id)
        .order_by(Account.kind, Account.owner_id)
    )
    return [(kind, owner_id, int(total)) for kind, owner_id, total in rows]


def list_postings(
    coop_id: UUID,
    *,
    accounts: Sequence[str],
    owner_id: UUID | None = None,
    between: tuple[datetime, datetime] | None = None,
    fact: tuple[str, str] | None = None,
) -> list[PostingView]:
    """Postings on these accounts as written: of one owner, effective in `[from, until)`, with a fact, if given."""
    found = _postings(coop_id).where(Account.kind.in_(accounts))
    if owner_id is not None:
        found = found.where(Account.owner_id == owner_id)
    if between is not None:
        found = found.where(Entry.effective_at >= between[0], Entry.effective_at < between[1])
    if fact is not None:
        found = found.where(INDEXED_FACTS[fact[0]] == fact[1])
    return [_view(row) for row in db.session.execute(found.order_by(Entry.chain_no, Posting.line_no))]


def list_owners(coop_id: UUID, *, accounts: Sequence[str], between: tuple[datetime, datetime]) -> list[UUID]:
    """Owners of accounts of these kinds that were posted to in `[from, until)`."""
    rows = (
        select(Account.owner_id)
        .join(Posting, (Account.coop_id == Posting.coop_id) & (Account.id == Posting.account_id))
        .join(Entry, (Entry.coop_id == Posting.coop_id) & (Entry.id == Posting.entry_id))
        .where(
            Account.coop_id == coop_id,
            Account.kind.in_(accounts),
            Account.owner_id.is_not(None),
            Entry.effective_at >= between[0],
            Entry.effective_at < between[1],
        )
        .distinct()
        .order_by(Account.owner_id)
    )
    return [owner_id for owner_id in db.session.scalars(rows) if owner_id is not None]


def list_lines(coop_id: UUID, entry_id: UUID) -> list[Line]:
    """An entry's lines as they were posted."""
    rows = db.session.execute(_postings(coop_id).where(Entry.id == entry_id).order_by(Posting.line_no))
    return [
        Line(
            account=row.Account.kind,
            amount_cents=row.Posting.amount_cents,
            code=row.Posting.code,
            owner_id=row.Account.owner_id,
            rule_version=row.Posting.rule_version,
            quantity=row.Posting.quantity,
        )
        for row in rows
    ]


def currency_of(coop_id: UUID, entry_id: UUID) -> str:
    """The currency of an entry; all its accounts share it. NotFound if it has no lines."""
    currency = db.session.scalar(
        select(Account.currency)
        .join(Posting, (Account.coop_id == Posting.coop_id) & (Account.id == Posting.account_id))
        .where(Posting.coop_id == coop_id, Posting.entry_id == entry_id)
        .limit(1)
    )
    if currency is None:
        raise NotFound(f"ledger entry {entry_id} does not exist")
    return currency


def list_rounds(coop_id: UUID, source_key: str) -> list[Round]:
    """Every posting of a source in order, without the reversals themselves."""
    undone = aliased(Entry)
    is_reversed = exists().where(undone.coop_id == Entry.coop_id, undone.reverses_id == Entry.id)
    rows = db.session.execute(
        select(Entry.source_key, is_reversed)
        .where(
            Entry.coop_id == coop_id,
            Entry.reverses_id.is_(None),
            Entry.source_key.in_(rules.round_keys(source_key)),
        )
        .order_by(Entry.chain_no)
    )
    return [Round(source_key=key, is_reversed=undone_already) for key, undone_already in rows]


def audit(coop_id: UUID) -> Audit:
    """Check every sum and every link of the chain."""
    sums = db.session.execute(
        select(Posting.entry_id, func.sum(Posting.amount_cents))
        .where(Posting.coop_id == coop_id)
        .group_by(Posting.entry_id)
        .having(func.sum(Posting.amount_cents) != 0)
    ).all()
    total = db.session.scalar(select(func.sum(Posting.amount_cents)).where(Posting.coop_id == coop_id))
    count = db.session.scalar(select(func.count()).select_from(Entry).where(Entry.coop_id == coop_id))
    return Audit(
        entries=int(count or 0),
        unbalanced=tuple(entry_id for entry_id, _ in sums),
        sum_cents=int(total or 0),
        broken_at=_broken_link(coop_id),
    )


def _broken_link(coop_id: UUID) -> int | None:
    """The number in the chain of the first entry whose hash does not follow from the one before, if any."""
    lines: dict[UUID, list[Line]] = {}
    for row in db.session.execute(_postings(coop_id).order_by(Entry.chain_no, Posting.line_no)):
        line = Line(
            account=row.Account.kind,
            amount_cents=row.Posting.amount_cents,
            code=row.Posting.code,
            owner_id=row.Account.owner_id,
            rule_version=row.Posting.rule_version,
        )
        lines.setdefault(row.Entry.id, []).append(line)
    previous = ""
    entries = db.session.scalars(select(Entry).where(Entry.coop_id == coop_id).order_by(Entry.chain_no))
    for number, entry in enumerate(entries, start=1):
        expected = rules.entry_hash(previous, entry.source_key, lines.get(entry.id, []))
        if entry.chain_no != number or entry.previous_hash != previous or entry.hash != expected:
            return number
        previous = entry.hash
    return None


def list_periods(coop_id: UUID) -> list[PeriodView]:
    """All pay periods, newest first."""
    rows = db.session.scalars(select(Period).where(Period.coop_id == coop_id).order_by(Period.first_day.desc()))
    return [_period(row) for row in rows]


def get_period(coop_id: UUID, period_id: UUID) -> PeriodView:
    """One pay period; NotFound if absent."""
    period = db.session.get(Period, (coop_id, period_id))
    if period is None:
        raise NotFound(f"pay period {period_id} does not exist")
    return _period(period)


def span(coop_id: UUID, first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """`[from, until)` in UTC of days of the co-op's own time zone."""
    zone = ZoneInfo(get_coop(coop_id).timezone)
    start = datetime.combine(first_day, time(), zone)
    end = datetime.combine(last_day + timedelta(days=1), time(), zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def open_time(coop_id: UUID, at: datetime) -> datetime:
    """`at`, or the first instant after it that lies in no closed period."""
    closed = db.session.execute(
        select(Period.first_day, Period.last_day)
        .where(Period.coop_id == coop_id, Period.closed_at.is_not(None))
        .order_by(Period.first_day)
    ).all()
    if not any(at.date() <= row.last_day + timedelta(days=1) for row in closed):
        return at  # after all of them, whatever the time zone
    zone = ZoneInfo(get_coop(coop_id).timezone)
    day = rules.first_open_day(at.astimezone(zone).date(), [(row.first_day, row.last_day) for row in closed])
    if day == at.astimezone(zone).date():
        return at
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _postings(coop_id: UUID) -> Select[Any]:
    return (
        select(Posting, Entry, Account)
        .join(Entry, (Entry.coop_id == Posting.coop_id) & (Entry.id == Posting.entry_id))
        .join(Account, (Account.coop_id == Posting.coop_id) & (Account.id == Posting.account_id))
        .where(Posting.coop_id == coop_id)
    )


def _view(row: Any) -> PostingView:
    return PostingView(
        entry_id=row.Entry.id,
        source_key=row.Entry.source_key,
        kind=row.Entry.kind,
        account=row.Account.kind,
        owner_id=row.Account.owner_id,
        effective_at=row.Entry.effective_at,
        amount_cents=row.Posting.amount_cents,
        code=row.Posting.code,
        rule_version=row.Posting.rule_version,
        quantity=row.Posting.quantity,
        facts=row.Entry.facts,
        is_reversal=row.Entry.reverses_id is not None,
    )


def _period(row: Period) -> PeriodView:
    return PeriodView(id=row.id, first_day=row.first_day, last_day=row.last_day, closed_at=row.closed_at)
