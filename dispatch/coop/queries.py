"""Read co-ops and people."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import and_, select

from dispatch.core.db import db
from dispatch.core.errors import NotFound

from .models import Coop, Login, Member, MemberRole
from .rules import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class CoopView:
    """What other packages may know of a co-op."""

    id: UUID
    key: str
    slug: str
    name: str
    timezone: str
    currency: str
    locale: str
    city_id: UUID | None
    plan_mode: str
    phone: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """One person with roles."""

    id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    is_active: bool


def _view(coop: Coop) -> CoopView:
    return CoopView(**{each.name: getattr(coop, each.name) for each in fields(CoopView)})


def get_coop(coop_id: UUID) -> CoopView:
    """The co-op; NotFound if there is none."""
    coop = db.session.get(Coop, coop_id)
    if coop is None:
        raise NotFound(f"co-op {coop_id} does not exist")
    return _view(coop)


def find_coop_by_key(key: str) -> CoopView | None:
    """The co-op whose short key stands in a token."""
    coop = db.session.scalar(select(Coop).where(Coop.key == key))
    return _view(coop) if coop else None


def find_coop_by_slug(slug: str) -> CoopView | None:
    """The co-op with this short name."""
    coop = db.session.scalar(select(Coop).where(Coop.slug == slug))
    return _view(coop) if coop else None


def list_coops() -> list[CoopView]:
    """All co-ops of the installation, oldest first."""
    return [_view(coop) for coop in db.session.scalars(select(Coop).order_by(Coop.created_at, Coop.id))]


def list_members(coop_id: UUID) -> list[MemberView]:
    """All people of a co-op, by name."""
    roles: dict[UUID, list[str]] = {}
    for member_id, role in db.session.execute(
        select(MemberRole.member_id, MemberRole.role).where(MemberRole.coop_id == coop_id).order_by(MemberRole.role)
    ):
        roles.setdefault(member_id, []).append(role)
    return [
        MemberView(
            id=member.id,
            email=member.email,
            name=member.name,
            roles=tuple(roles.get(member.id, ())),
            is_active=member.is_active,
        )
        for member in db.session.scalars(select(Member).where(Member.coop_id == coop_id).order_by(Member.name))
    ]


def find_login(email: str) -> tuple[UUID, UUID] | None:
    """`(coop_id, member_id)` of an e-mail address."""
    login = db.session.get(Login, email.strip().casefold())
    return (login.coop_id, login.member_id) if login else None


def find_identity(coop_id: UUID, member_id: UUID, session_version: int) -> Identity | None:
    """Who a session belongs to; None once it was ended or the account closed."""
    rows = db.session.execute(
        select(Member, MemberRole.role)
        .outerjoin(MemberRole, and_(MemberRole.coop_id == Member.coop_id, MemberRole.member_id == Member.id))
        .where(Member.coop_id == coop_id, Member.id == member_id)
    ).all()
    if not rows or not rows[0].Member.is_active or rows[0].Member.session_version != session_version:
        return None
    return Identity(
        coop_id=coop_id,
        member_id=member_id,
        name=rows[0].Member.name,
        roles=frozenset(row.role for row in rows if row.role is not None),
        locale=rows[0].Member.locale or "",
    )
