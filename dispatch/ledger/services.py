"""The only writers of the ledger: post an entry once, reverse one, close a period. Never commit."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock
from dispatch.core.db import db, take_turns
from dispatch.core.errors import Conflict, NotFound

from . import queries, rules
from .models import Account, Entry, Period, Posting
from .rules import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to post. `source_key` names what caused it (`task:<id>:earning`), `facts` what it was computed from."""

    source_key: str
    kind: str
    lines: tuple[Line, ...]
    effective_at: datetime
    currency: str
    facts: dict[str, Any] = field(default_factory=dict)
    reverses_id: UUID | None = None


def post_once(coop_id: UUID, new: NewEntry) -> tuple[Entry, bool]:
    """Post a balanced entry; `(existing, False)` if one with this source_key is there already.

    Entries of a co-op are written one after another (an advisory lock until the transaction ends), because each hash
    chains to the one before. An entry for a day in a closed period takes effect on the first open day instead and keeps
    the true time in its facts.
    """
    _queue_up(coop_id)
    existing = find_entry(coop_id, new.source_key)
    return (existing, False) if existing is not None else (_post(coop_id, new), True)


def _post(coop_id: UUID, new: NewEntry) -> Entry:
    """Write an entry that is not there yet; the caller has queued up."""
    rules.check_balanced(new.lines)
    accounts = _account_ids(coop_id, {(line.account, line.owner_id) for line in new.lines}, new.currency)
    entry = _append(coop_id, new)
    db.session.add_all(
        Posting(
            coop_id=coop_id,
            id=uuid4(),
            entry_id=entry.id,
            line_no=number,
            account_id=accounts[(line.account, line.owner_id)],
            amount_cents=line.amount_cents,
            code=line.code,
            rule_version=line.rule_version,
            quantity=line.quantity,
        )
        for number, line in enumerate(new.lines, start=1)
    )
    db.session.flush()
    return entry


def reverse(coop_id: UUID, source_key: str, *, reason: str) -> tuple[Entry, bool]:
    """Undo an entry by its mirror image under `<source_key>:reversed`; NotFound if there is none. Repeatable."""
    entry = find_entry(coop_id, source_key)
    if entry is None:
        raise NotFound(f"there is no ledger entry {source_key!r}")
    lines = queries.list_lines(coop_id, entry.id)
    return post_once(
        coop_id,
        NewEntry(
            source_key=f"{source_key}:reversed",
            kind=entry.kind,
            lines=tuple(rules.reversed_lines(lines)),
            effective_at=clock.now(),
            currency=queries.currency_of(coop_id, entry.id),
            facts={**entry.facts, "reason": reason},
            reverses_id=entry.id,
        ),
    )


def post_standing(coop_id: UUID, new: NewEntry) -> bool:
    """Post what holds for a source that may be corrected; whether it was posted.

    Nothing happens while an entry of the source stands. After its reversal the next one is numbered: `<source_key>:2`.
    """
    _queue_up(coop_id)
    rounds = queries.list_rounds(coop_id, new.source_key)
    if any(not item.is_reversed for item in rounds):
        return False
    _post(coop_id, replace(new, source_key=rules.next_round_key(new.source_key, len(rounds))))
    return True


def undo_standing(coop_id: UUID, source_key: str, *, reason: str) -> bool:
    """Reverse the entry of a source that stands; False if none does."""
    _queue_up(coop_id)
    for item in queries.list_rounds(coop_id, source_key):
        if not item.is_reversed:
            reverse(coop_id, item.source_key, reason=reason)
            return True
    return False


def find_entry(coop_id: UUID, source_key: str) -> Entry | None:
    """The entry that a source caused."""
    return db.session.scalar(select(Entry).where(Entry.coop_id == coop_id, Entry.source_key == source_key))


def close_period(coop_id: UUID, first_day: date, last_day: date, *, by: UUID | None) -> tuple[Period, bool]:
    """Lock the days from first to last against posting; `(period, False)` if exactly these days are locked already.

    Conflict if they overlap another period.
    """
    _queue_up(coop_id)
    overlapping = db.session.scalars(
        select(Period).where(Period.coop_id == coop_id, Period.first_day <= last_day, Period.last_day >= first_day)
    ).all()
    for period in overlapping:
        if (period.first_day, period.last_day) != (first_day, last_day):
            raise Conflict(
                f"{first_day} to {last_day} overlaps the pay period {period.first_day} to {period.last_day}",
                code="period_overlap",
            )
        if period.closed_at is not None:
            return period, False
    period = overlapping[0] if overlapping else _new_period(coop_id, first_day, last_day)
    period.closed_at, period.closed_by = clock.now(), by
    db.session.flush()
    return period, True


def _new_period(coop_id: UUID, first_day: date, last_day: date) -> Period:
    period = Period(coop_id=coop_id, id=uuid4(), first_day=first_day, last_day=last_day)
    db.session.add(period)
    return period


def _queue_up(coop_id: UUID) -> None:
    take_turns(f"ledger {coop_id}")


def _account_ids(
    coop_id: UUID, wanted: Set[tuple[str, UUID | None]], currency: str
) -> dict[tuple[str, UUID | None], UUID]:
    """The accounts by kind and owner; those that are missing are opened."""
    found = _list_accounts(coop_id, wanted)
    if missing := sorted(wanted - found.keys(), key=str):
        rows = [
            {"coop_id": coop_id, "id": uuid4(), "kind": kind, "owner_id": owner_id, "currency": currency}
            for kind, owner_id in missing
        ]
        db.session.execute(insert(Account).values(rows).on_conflict_do_nothing())
        found = _list_accounts(coop_id, wanted)
    for (kind, _), account in found.items():
        if account.currency != currency:
            raise Conflict(f"account {kind} is kept in {account.currency}, the entry is in {currency}")
    return {key: account.id for key, account in found.items()}


def _list_accounts(
    coop_id: UUID, wanted: Set[tuple[str, UUID | None]]
) -> dict[tuple[str, UUID | None], Account]:
    kinds = {kind for kind, _ in wanted}
    owners = {owner_id for _, owner_id in wanted}
    rows = db.session.scalars(
        select(Account).where(
            Account.coop_id == coop_id,
            Account.kind.in_(kinds),
            or_(Account.owner_id.is_(None), Account.owner_id.in_(owners - {None})),
        )
    )
    return {key: row for row in rows if (key := (row.kind, row.owner_id)) in wanted}


def _append(coop_id: UUID, new: NewEntry) -> Entry:
    last = db.session.execute(
        select(Entry.chain_no, Entry.hash).where(Entry.coop_id == coop_id).order_by(Entry.chain_no.desc()).limit(1)
    ).one_or_none()
    number, previous = (last.chain_no + 1, last.hash) if last else (1, "")
    effective_at = queries.open_time(coop_id, new.effective_at)
    facts = dict(new.facts)
    if effective_at != new.effective_at:
        facts["happened_at"] = new.effective_at.isoformat()
    entry = Entry(
        coop_id=coop_id,
        id=uuid4(),
        source_key=new.source_key,
        kind=new.kind,
        effective_at=effective_at,
        posted_at=clock.now(),
        reverses_id=new.reverses_id,
        chain_no=number,
        previous_hash=previous,
        hash=rules.entry_hash(previous, new.source_key, new.lines),
        facts=facts,
    )
    db.session.add(entry)
    db.session.flush()
    return entry
