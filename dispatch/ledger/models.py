"""Tables of the ledger: append-only double entry in integer minor units.

Triggers made by the migration refuse UPDATE and DELETE on entries and postings, and (deferred to commit) any entry
whose postings do not sum to zero or that falls into a closed period.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk

from .rules import ACCOUNT_KINDS


class Account(CoopOwned, Identified, Base):
    """One account of a co-op; `owner_id` is the member or merchant it is kept for, if any."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("coop_id", "kind", "owner_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("kind IN (" + ", ".join(f"'{kind}'" for kind in ACCOUNT_KINDS) + ")", name="kind"),
    )

    kind: Mapped[str]
    owner_id: Mapped[UUID | None]
    currency: Mapped[str]


class Period(CoopOwned, Identified, Base):
    """One pay period, first to last day inclusive in the co-op's time zone; locked once closed."""

    __tablename__ = "pay_period"
    __table_args__ = (
        UniqueConstraint("coop_id", "first_day"),
        CheckConstraint("last_day >= first_day", name="days"),
    )

    first_day: Mapped[date]
    last_day: Mapped[date]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]


class Entry(CoopOwned, Identified, Base):
    """One balanced entry. `source_key` makes posting it twice harmless; `hash` chains it to the entry before."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("coop_id", "source_key"),
        UniqueConstraint("coop_id", "chain_no"),
        coop_fk("reverses_id", "ledger_entry"),
        Index("ix_ledger_entry_effective", "coop_id", "effective_at"),
        Index("ix_ledger_entry_shift", "coop_id", text("(facts ->> 'shift_id')")),
        Index("ix_ledger_entry_task", "coop_id", text("(facts ->> 'task_id')")),
    )

    source_key: Mapped[str]
    kind: Mapped[str]
    effective_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    reverses_id: Mapped[UUID | None]
    chain_no: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str]
    hash: Mapped[str]
    facts: Mapped[dict[str, Any]]


class Posting(CoopOwned, Identified, Base):
    """One line of an entry: debit positive, credit negative, with the rule that made it."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        coop_fk("entry_id", "ledger_entry"),
        coop_fk("account_id", "ledger_account"),
        CheckConstraint("amount_cents <> 0", name="amount"),
        Index("ix_ledger_posting_entry", "coop_id", "entry_id"),
        Index("ix_ledger_posting_account", "coop_id", "account_id"),
    )

    entry_id: Mapped[UUID]
    line_no: Mapped[int]
    account_id: Mapped[UUID]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str]
    rule_version: Mapped[str | None]
    quantity: Mapped[dict[str, Any]] = mapped_column(default=dict)
