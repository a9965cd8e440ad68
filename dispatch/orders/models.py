"""Tables of orders, their tasks, the runs that carry them, proofs and decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk
from dispatch.core.units import LonLat

from .rules import KEPT_KINDS, ORDER_STATES, TASK_STATES


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


class Order(CoopOwned, Identified, Base):
    """One merchant's request: a pickup and one or more dropoffs. `state` is derived from its tasks by `rules`.

    `unserved` says why it is in nobody's run; `barred_riders` are those a coordinator took it from, or who said no to
    this one order. `plan_mode`: how it finds its rider, if otherwise than the co-op's orders do. `skills`: what its
    rider or bike must have; `longest_ride_s`: how long goods may be under way; no paid work takes the place of
    `is_solidarity`.
    """

    __tablename__ = "orders"
    __table_args__ = (
        coop_fk("merchant_id", "merchant"),
        coop_fk("zone_id", "zone"),
        coop_fk("return_of_id", "orders"),
        UniqueConstraint("coop_id", "merchant_id", "external_id"),
        UniqueConstraint("coop_id", "track_token"),
        UniqueConstraint("coop_id", "number"),
        CheckConstraint(_one_of("state", ORDER_STATES), name="state"),
        Index("ix_orders_open", "coop_id", "zone_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_orders_merchant_placed", "coop_id", "merchant_id", "placed_at"),
        Index("ix_orders_return_of", "coop_id", "return_of_id", postgresql_where=text("return_of_id IS NOT NULL")),
    )

    merchant_id: Mapped[UUID]
    zone_id: Mapped[UUID]
    number: Mapped[str]
    external_id: Mapped[str | None]
    content_sha256: Mapped[str]
    track_token: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    attempt: Mapped[int] = mapped_column(default=1)
    status_seq: Mapped[int] = mapped_column(default=1)
    is_test: Mapped[bool] = mapped_column(default=False)
    simulation: Mapped[dict[str, Any] | None]
    return_of_id: Mapped[UUID | None]
    quote_id: Mapped[UUID | None]
    price_cents: Mapped[int]
    tax_cents: Mapped[int]
    price_lines: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", doc="what the price is made of")
    tip_cents: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]
    tariff_version: Mapped[str]
    pay_version: Mapped[str]
    weight_g: Mapped[int]
    volume_ml: Mapped[int]
    route_m: Mapped[int]
    priority: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(default="")
    extra: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    unserved: Mapped[dict[str, Any] | None]
    barred_riders: Mapped[list[Any]] = mapped_column(default=list)
    plan_mode: Mapped[str | None]
    skills: Mapped[list[Any]] = mapped_column(default=list)
    longest_ride_s: Mapped[int | None]
    is_solidarity: Mapped[bool] = mapped_column(default=False)
    promised_pickup_at: Mapped[datetime | None]
    promised_dropoff_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]


class Task(CoopOwned, Identified, Base):
    """One place to go to for an order, with its window. `run_id` and `position` say where in whose run.

    `pinned_rider_id`: a coordinator chose this rider; `is_sequenced`: and this place in the run, until lifted.
    `is_strict`: after `window_by` nobody is there. `floor` is that of the door, 0 at street level, below it -1.
    `planned_at`: when the plan is there; `eta_at`, `eta_late_at`: what is told of it, kept one time in two and nine
    times in ten. What the plan said when it was announced, and when its rider set off, is for `arrivals` to learn from.
    """

    __tablename__ = "task"
    __table_args__ = (
        coop_fk("order_id", "orders", ondelete="CASCADE"),
        coop_fk("run_id", "run"),
        CheckConstraint("kind IN ('pickup', 'dropoff')", name="kind"),
        CheckConstraint(_one_of("state", TASK_STATES), name="state"),
        CheckConstraint("(run_id IS NULL) = (position IS NULL)", name="run_has_position"),
        Index("ix_task_order", "coop_id", "order_id"),
        Index("ix_task_run", "coop_id", "run_id", "position"),
        Index("ix_task_arrived", "coop_id", "arrived_at", postgresql_where=text("arrived_at IS NOT NULL")),
    )

    order_id: Mapped[UUID]
    kind: Mapped[str]
    seq: Mapped[int]
    state: Mapped[str] = mapped_column(default="todo")
    run_id: Mapped[UUID | None]
    position: Mapped[int | None]
    pinned_rider_id: Mapped[UUID | None]
    is_sequenced: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str]
    lonlat: Mapped[LonLat]
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    ready_at: Mapped[datetime | None]
    window_from: Mapped[datetime | None]
    window_by: Mapped[datetime | None]
    is_strict: Mapped[bool] = mapped_column(default=False)
    floor: Mapped[int] = mapped_column(default=0)
    has_lift: Mapped[bool] = mapped_column(default=False)
    service_s: Mapped[int]
    required_proof: Mapped[list[Any]] = mapped_column(default=list)
    code: Mapped[str | None]
    planned_at: Mapped[datetime | None]
    eta_at: Mapped[datetime | None]
    eta_late_at: Mapped[datetime | None]
    leg_s: Mapped[int | None]
    announced_at: Mapped[datetime | None]
    first_planned_at: Mapped[datetime | None]
    first_stops_before: Mapped[int | None]
    set_off_planned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
    fail_reason: Mapped[str | None]


class TaskEvent(CoopOwned, Identified, Base):
    """One thing done to a task; append-only, but for its place, which is forgotten after 30 days.

    `client_uuid` makes a rider's action repeatable.
    """

    __tablename__ = "task_event"
    __table_args__ = (
        coop_fk("task_id", "task", ondelete="CASCADE"),
        UniqueConstraint("coop_id", "client_uuid"),
        Index("ix_task_event_task", "coop_id", "task_id", "happened_at"),
    )

    task_id: Mapped[UUID]
    action: Mapped[str]
    state_before: Mapped[str]
    state_after: Mapped[str]
    actor: Mapped[str]
    member_id: Mapped[UUID | None]
    rider_id: Mapped[UUID | None]
    client_uuid: Mapped[UUID | None]
    device_id: Mapped[str | None]
    device_seq: Mapped[int | None]
    device_at: Mapped[datetime | None]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    skew_s: Mapped[int | None]
    lonlat: Mapped[LonLat | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Run(CoopOwned, Identified, Base):
    """One rider's ordered stops in one shift. `version` rises with each change of plan, `touched` with any change.

    `unseen_since`: when the plan changed for the first time since the rider's phone last fetched it.
    """

    __tablename__ = "run"
    __table_args__ = (
        coop_fk("rider_id", "rider"),
        coop_fk("shift_id", "shift"),
        coop_fk("zone_id", "zone"),
        UniqueConstraint("coop_id", "shift_id"),
        Index("ix_run_open", "coop_id", "zone_id", postgresql_where=text("closed_at IS NULL")),
    )

    rider_id: Mapped[UUID]
    shift_id: Mapped[UUID]
    zone_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=1)
    touched: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    unseen_since: Mapped[datetime | None]


class Proof(CoopOwned, Identified, Base):
    """One proof of a task: the bytes of a photo or signature, or a text. Kept in PostgreSQL, never changed."""

    __tablename__ = "proof"
    __table_args__ = (
        coop_fk("task_id", "task", ondelete="CASCADE"),
        UniqueConstraint("coop_id", "client_uuid"),
        CheckConstraint(_one_of("kind", KEPT_KINDS), name="kind"),
        CheckConstraint("(content IS NULL) <> (text IS NULL)", name="content_or_text"),
        Index("ix_proof_task", "coop_id", "task_id"),
    )

    task_id: Mapped[UUID]
    client_uuid: Mapped[UUID]
    kind: Mapped[str]
    text: Mapped[str | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    content_type: Mapped[str | None]
    sha256: Mapped[str | None]
    taken_at: Mapped[datetime]
    received_at: Mapped[datetime]


class Decision(CoopOwned, Identified, Base):
    """Why one order went to one rider (or to nobody): the whole record, kept 12 months."""

    __tablename__ = "decision"
    __table_args__ = (
        coop_fk("order_id", "orders", ondelete="CASCADE"),
        Index("ix_decision_order", "coop_id", "order_id", "decided_at"),
        Index("ix_decision_rider", "coop_id", "rider_id", "decided_at"),
    )

    order_id: Mapped[UUID]
    rider_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    decided_at: Mapped[datetime]
    mode: Mapped[str]
    rule_version: Mapped[str]
    record: Mapped[dict[str, Any]]


class Lateness(CoopOwned, Base):
    """How late a co-op's stops of one kind come against the plan, by how far ahead they are (`arrival_rules`)."""

    __tablename__ = "lateness"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    occasion: Mapped[str] = mapped_column(String(20), primary_key=True)
    points: Mapped[list[Any]]
    sample_size: Mapped[int]
    learned_at: Mapped[datetime]
