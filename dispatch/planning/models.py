"""Tables of planning: plans that wait for a yes, from coordinators or riders, and what each round of planning did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk
from dispatch.core.units import LonLat


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


class WorkOffer(CoopOwned, Identified, Base):
    """One order offered to one rider: by the planner, by a colleague who has it (`from_rider_id`), or picked unasked.

    `swap_for_id` is the colleague's question that this one answers: the orders of both change hands together or not.
    `run_id` is the run the order would come into; for a colleague's, the run it is in. `plan` holds the stops and times
    that the planner found, `record` why this rider; `seen_at` is when the phone fetched it.
    """

    __tablename__ = "work_offer"
    __table_args__ = (
        coop_fk("order_id", "orders", ondelete="CASCADE"),
        coop_fk("rider_id", "rider"),
        coop_fk("from_rider_id", "rider"),
        coop_fk("zone_id", "zone"),
        coop_fk("swap_for_id", "work_offer", ondelete="CASCADE"),
        CheckConstraint("source IN ('planner', 'colleague', 'board')", name="source"),
        CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'lapsed', 'withdrawn', 'handed_back')", name="state"
        ),
        Index("uq_work_offer_open", "coop_id", "order_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_work_offer_rider", "coop_id", "rider_id", "made_at"),
        Index("ix_work_offer_order", "coop_id", "order_id", "made_at"),
        Index("ix_work_offer_swap", "coop_id", "swap_for_id", postgresql_where=text("swap_for_id IS NOT NULL")),
    )

    order_id: Mapped[UUID]
    zone_id: Mapped[UUID]
    rider_id: Mapped[UUID]
    run_id: Mapped[UUID]
    from_rider_id: Mapped[UUID | None]
    swap_for_id: Mapped[UUID | None]
    source: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    rule_version: Mapped[str] = mapped_column(default="")
    plan: Mapped[list[Any]] = mapped_column(default=list)
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RiderChoice(CoopOwned, Identified, Base):
    """One thing a rider decided about work, under the phone's UUID, with the answer that a repeat gets again."""

    __tablename__ = "rider_choice"
    __table_args__ = (
        coop_fk("rider_id", "rider"),
        UniqueConstraint("coop_id", "client_uuid"),
        Index("ix_rider_choice_subject", "coop_id", "subject_id", "made_at"),
    )

    client_uuid: Mapped[UUID]
    rider_id: Mapped[UUID]
    verb: Mapped[str]
    subject_id: Mapped[UUID]
    device_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    answer: Mapped[dict[str, Any]]


class RiddenLeg(CoopOwned, Base):
    """One finished ride to a stop: what the map's model said and what it took; speeds are learned from it.

    `predicted_s` is that of the leg as drawn, `fastest_s` that of the fastest way; 0 and NULL where there is none.
    """

    __tablename__ = "ridden_leg"
    __table_args__ = (
        coop_fk("task_id", "task", ondelete="CASCADE"),
        Index("ix_ridden_leg_profile", "coop_id", "profile", "ridden_at"),
    )

    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[str]
    predicted_s: Mapped[float]
    fastest_s: Mapped[float | None]
    actual_s: Mapped[float]
    ridden_at: Mapped[datetime]


class ZoneForecast(CoopOwned, Base):
    """What is foretold of one zone: expected orders in each hour from `begins_at` on, where from, and how surely."""

    __tablename__ = "zone_forecast"
    __table_args__ = (coop_fk("zone_id", "zone", ondelete="CASCADE"),)

    zone_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    begins_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]


class Nudge(CoopOwned, Identified, Base):
    """One hint to an idle rider where orders are likely. What the rider makes of it is nobody's business."""

    __tablename__ = "nudge"
    __table_args__ = (
        coop_fk("rider_id", "rider"),
        coop_fk("run_id", "run", ondelete="CASCADE"),
        coop_fk("zone_id", "zone"),
        Index("ix_nudge_in_force", "coop_id", "zone_id", "ends_at"),
        Index("ix_nudge_run", "coop_id", "run_id", "ends_at"),
    )

    zone_id: Mapped[UUID]
    rider_id: Mapped[UUID]
    run_id: Mapped[UUID]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lonlat: Mapped[LonLat]
    place: Mapped[str]
    expected: Mapped[float]
    weeks: Mapped[int]


class RidersApart(CoopOwned, Base):
    """Two riders whom the planner does not send to the same counter. For coordinators' eyes, and without a reason."""

    __tablename__ = "riders_apart"
    __table_args__ = (
        coop_fk("rider_id", "rider", ondelete="CASCADE"),
        coop_fk("other_id", "rider", ondelete="CASCADE"),
        CheckConstraint("rider_id < other_id", name="once"),
    )

    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    other_id: Mapped[UUID] = mapped_column(primary_key=True)
    noted_by: Mapped[UUID]
    noted_at: Mapped[datetime]
