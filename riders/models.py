"""Tables of the riders' side: riders, shifts, phones and (only inside a shift) positions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk
from dispatch.core.units import LonLat

PROFILES = ("bike", "ebike", "cargo", "trailer")


class Rider(CoopOwned, Identified, Base):
    """A worker-member on a bike: profile and what it carries, as the rider's own bike has it.

    `is_deep_box`: what went in first comes out last. `longest_day_m`: the rider's own limit for one shift.
    """

    __tablename__ = "rider"
    __table_args__ = (
        coop_fk("member_id", "member"),
        UniqueConstraint("coop_id", "member_id"),
        CheckConstraint("profile IN ('bike', 'ebike', 'cargo', 'trailer')", name="profile"),
    )

    member_id: Mapped[UUID]
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    profile: Mapped[str] = mapped_column(default="bike")
    capacity_g: Mapped[int] = mapped_column(default=15_000)
    capacity_ml: Mapped[int] = mapped_column(default=60_000)
    is_active: Mapped[bool] = mapped_column(default=True)
    shares_position: Mapped[bool] = mapped_column(default=True)
    learns_own_pace: Mapped[bool] = mapped_column(default=False)
    is_deep_box: Mapped[bool] = mapped_column(default=False)
    longest_day_m: Mapped[int | None]


class Certificate(CoopOwned, Base):
    """What one rider may do that not everybody may, as a coordinator has seen it on paper; until a day, if it ends."""

    __tablename__ = "rider_certificate"
    __table_args__ = (coop_fk("rider_id", "rider", ondelete="CASCADE"),)

    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    skill: Mapped[str] = mapped_column(String(40), primary_key=True)
    valid_until: Mapped[date | None]
    noted_by: Mapped[UUID]
    noted_at: Mapped[datetime]


class RiderPace(CoopOwned, Base):
    """How one rider rides one kind of bike against the co-op in the middle; only of those who want it to be known."""

    __tablename__ = "rider_pace"
    __table_args__ = (coop_fk("rider_id", "rider", ondelete="CASCADE"),)

    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    profile: Mapped[str] = mapped_column(primary_key=True)
    speed_factor: Mapped[float]
    sample_size: Mapped[int]
    learned_at: Mapped[datetime]


class Shift(CoopOwned, Identified, Base):
    """One rider's agreed working time on one day; signed on and off by the rider.

    The UUIDs are those of the phone's actions, `handed_back` what was given back: repeats are answered alike.
    The planned break of `planned_break_s` begins between `break_from` and `break_by`; none if it is 0. Of the bike that
    is ridden: `equipment` on it, `is_deep_box`, and whether it comes back to the zone's depot in the end.
    """

    __tablename__ = "shift"
    __table_args__ = (
        coop_fk("rider_id", "rider"),
        coop_fk("zone_id", "zone"),
        coop_fk("opening_id", "shift_opening"),
        coop_fk("bike_id", "bike"),
        UniqueConstraint("coop_id", "sign_on_uuid"),
        UniqueConstraint("coop_id", "sign_off_uuid"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_shift_rider", "coop_id", "rider_id", "starts_at"),
        Index(
            "uq_shift_open",
            "coop_id",
            "rider_id",
            unique=True,
            postgresql_where=text("signed_on_at IS NOT NULL AND signed_off_at IS NULL"),
        ),
    )

    rider_id: Mapped[UUID]
    zone_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    signed_on_at: Mapped[datetime | None]
    signed_off_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    profile: Mapped[str] = mapped_column(default="bike")
    capacity_g: Mapped[int] = mapped_column(default=15_000)
    capacity_ml: Mapped[int] = mapped_column(default=60_000)
    start_lonlat: Mapped[LonLat]
    unpaid_break_s: Mapped[int] = mapped_column(default=0)
    break_began_at: Mapped[datetime | None]
    planned_break_s: Mapped[int] = mapped_column(default=0)
    break_from: Mapped[datetime | None]
    break_by: Mapped[datetime | None]
    opening_id: Mapped[UUID | None]
    bike_id: Mapped[UUID | None]
    is_deep_box: Mapped[bool] = mapped_column(default=False)
    returns_to_depot: Mapped[bool] = mapped_column(default=False)
    equipment: Mapped[list[Any]] = mapped_column(default=list)
    bike_check: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sign_on_uuid: Mapped[UUID | None]
    sign_off_uuid: Mapped[UUID | None]
    handed_back: Mapped[list[Any]] = mapped_column(default=list)


class ShiftOpening(CoopOwned, Identified, Base):
    """A published shift that `places` riders may take; each who does has a `shift` of their own."""

    __tablename__ = "shift_opening"
    __table_args__ = (
        coop_fk("zone_id", "zone"),
        coop_fk("published_by", "member"),
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("places BETWEEN 1 AND 99", name="places"),
        Index("ix_shift_opening_starts", "coop_id", "starts_at"),
    )

    zone_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int]
    break_s: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    published_by: Mapped[UUID]
    published_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Availability(CoopOwned, Identified, Base):
    """When a rider could work in any week: minutes after midnight on one weekday (0 is Monday). A wish, not a duty."""

    __tablename__ = "rider_availability"
    __table_args__ = (
        coop_fk("rider_id", "rider", ondelete="CASCADE"),
        UniqueConstraint("coop_id", "rider_id", "weekday"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("from_minute >= 0 AND until_minute <= 1440 AND from_minute < until_minute", name="minutes"),
    )

    rider_id: Mapped[UUID]
    weekday: Mapped[int]
    from_minute: Mapped[int]
    until_minute: Mapped[int]


class Bike(CoopOwned, Identified, Base):
    """One of the co-op's bikes: what it is, what it carries, and why it must not be ridden just now.

    `equipment` are skills that come with it, such as a cooled box.
    """

    __tablename__ = "bike"
    __table_args__ = (
        UniqueConstraint("coop_id", "name"),
        CheckConstraint("profile IN ('bike', 'ebike', 'cargo', 'trailer')", name="profile"),
    )

    name: Mapped[str]
    profile: Mapped[str]
    capacity_g: Mapped[int]
    capacity_ml: Mapped[int]
    is_deep_box: Mapped[bool] = mapped_column(default=False)
    returns_to_depot: Mapped[bool] = mapped_column(default=False)
    equipment: Mapped[list[Any]] = mapped_column(default=list)
    fault: Mapped[str] = mapped_column(default="")
    fault_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class RiderBreak(CoopOwned, Identified, Base):
    """One rest inside a shift, begun and ended by the rider; the UUIDs are the phone's."""

    __tablename__ = "rider_break"
    __table_args__ = (
        coop_fk("shift_id", "shift", ondelete="CASCADE"),
        UniqueConstraint("coop_id", "began_uuid"),
        UniqueConstraint("coop_id", "ended_uuid"),
        Index("ix_rider_break_shift", "coop_id", "shift_id", "began_at"),
    )

    shift_id: Mapped[UUID]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    began_uuid: Mapped[UUID]
    ended_uuid: Mapped[UUID | None]


class Position(CoopOwned, Identified, Base):
    """Where a rider was, recorded only inside a shift and deleted after 30 days."""

    __tablename__ = "rider_position"
    __table_args__ = (
        coop_fk("shift_id", "shift", ondelete="CASCADE"),
        Index("ix_rider_position_shift", "coop_id", "shift_id", "at"),
        Index("ix_rider_position_at", "at"),
    )

    rider_id: Mapped[UUID]
    shift_id: Mapped[UUID]
    at: Mapped[datetime]
    lonlat: Mapped[LonLat]
    accuracy_m: Mapped[int | None]


class Device(CoopOwned, Identified, Base):
    """One phone of one rider: its last sequence number and measured clock offset."""

    __tablename__ = "rider_device"
    __table_args__ = (coop_fk("rider_id", "rider"), UniqueConstraint("coop_id", "rider_id", "device_id"))

    rider_id: Mapped[UUID]
    device_id: Mapped[str]
    last_seq: Mapped[int] = mapped_column(default=0)
    clock_offset_s: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime]


class Statement(CoopOwned, Identified, Base):
    """One member's statement of one closed period: the totals of a fold over postings, kept to be shown again."""

    __tablename__ = "pay_statement"
    __table_args__ = (
        coop_fk("period_id", "pay_period"),
        coop_fk("member_id", "member"),
        UniqueConstraint("coop_id", "period_id", "member_id"),
    )

    period_id: Mapped[UUID]
    member_id: Mapped[UUID]
    total_cents: Mapped[int]
    currency: Mapped[str]
    made_at: Mapped[datetime]


class Question(CoopOwned, Identified, Base):
    """One thing a member wants a person to look at: a line of pay (`subject` its source key) or a decision (its id)."""

    __tablename__ = "rider_question"
    __table_args__ = (
        coop_fk("member_id", "member"),
        UniqueConstraint("coop_id", "member_id", "kind", "subject"),
        CheckConstraint("kind IN ('pay', 'decision')", name="kind"),
        Index("ix_rider_question_open", "coop_id", "asked_at", postgresql_where=text("answered_at IS NULL")),
    )

    member_id: Mapped[UUID]
    kind: Mapped[str]
    subject: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    answer: Mapped[str | None]
