"""Tables of tenancy. `coop` and `login` are the only ones here outside row-level security."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk

from .rules import ROLES


class Coop(Identified, Base):
    """One co-operative: a tenant. `key` is short and stands in its tokens; `plan_mode` is one of PLAN_MODES."""

    __tablename__ = "coop"
    __table_args__ = (
        CheckConstraint("plan_mode IN ('automatic', 'propose', 'offer', 'open')", name="plan_mode"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str]
    currency: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en")
    city_id: Mapped[UUID | None] = mapped_column(ForeignKey("city.id"))
    plan_mode: Mapped[str] = mapped_column(default="automatic")
    phone: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Member(CoopOwned, Identified, Base):
    """One person who can sign in: a worker-member, or (role merchant only) a contact at a merchant."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("coop_id", "email"),)

    email: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    locale: Mapped[str | None]
    password_hash: Mapped[str | None]
    session_version: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class MemberRole(CoopOwned, Base):
    """One role of one person."""

    __tablename__ = "member_role"
    __table_args__ = (
        ForeignKeyConstraint(["coop_id", "member_id"], ["member.coop_id", "member.id"], ondelete="CASCADE"),
        CheckConstraint("role IN (" + ", ".join(f"'{role}'" for role in ROLES) + ")", name="role"),
    )

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class Login(Base):
    """Which co-op an e-mail address signs in to; unique per installation, read before the tenant is known."""

    __tablename__ = "login"
    __table_args__ = (coop_fk("member_id", "member", ondelete="CASCADE"),)

    email: Mapped[str] = mapped_column(primary_key=True)
    coop_id: Mapped[UUID]
    member_id: Mapped[UUID]
