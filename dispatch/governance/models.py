"""Tables of governance: versioned rule sets. A version is never changed, only followed by another."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from dispatch.core.db import Base, CoopOwned, Identified

KINDS = ("pay", "tariff", "dispatch", "surplus", "data")


class RuleSet(CoopOwned, Identified, Base):
    """One version of one kind of rules, in force from `active_from` until the next version's."""

    __tablename__ = "rule_set"
    __table_args__ = (
        UniqueConstraint("coop_id", "kind", "number"),
        CheckConstraint("kind IN (" + ", ".join(f"'{kind}'" for kind in KINDS) + ")", name="kind"),
    )

    kind: Mapped[str]
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    active_from: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
