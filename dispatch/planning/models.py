"""Tables of planning: plans that wait for a coordinator, and what each round of planning did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk


class PlanProposal(CoopOwned, Identified, Base):
    """One plan for a zone that takes effect only when a coordinator accepts it (mode `propose`).

    `changes` holds, per run, the version it was made against and the proposed stops with times and reasons.
    """

    __tablename__ = "plan_proposal"
    __table_args__ = (
        coop_fk("zone_id", "zone"),
        CheckConstraint("state IN ('open', 'accepted', 'rejected', 'stale')", name="state"),
        Index("ix_plan_proposal_open", "coop_id", "zone_id", "state"),
    )

    zone_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="open")
    changes: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class PlanRound(CoopOwned, Identified, Base):
    """One round of planning of one zone: what it looked at, how long it took, whether the checker agreed."""

    __tablename__ = "plan_round"
    __table_args__ = (coop_fk("zone_id", "zone"), Index("ix_plan_round_zone", "coop_id", "zone_id", "started_at"))

    zone_id: Mapped[UUID]
    started_at: Mapped[datetime]
    took_s: Mapped[float]
    engine: Mapped[str]
    seed: Mapped[int]
    orders: Mapped[int]
    riders: Mapped[int]
    cost_before: Mapped[int | None] = mapped_column(BigInteger)
    cost_after: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str]
    checked: Mapped[bool]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
