"""The only writers of co-ops, people and roles."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from threading import BoundedSemaphore
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, available_timezones

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from babel.numbers import list_currencies
from sqlalchemy import delete, select

from dispatch.core import clock
from dispatch.core.db import db, end_read, use_coop
from dispatch.core.errors import Conflict, Invalid, NotFound, Unauthenticated

from . import rules
from .models import Coop, Login, Member, MemberRole

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_hex(16))
HASHED_AT_ONCE = 2 * (os.cpu_count() or 1)
"""A password takes a core and 19 MB: more at once are no sooner done, and a hundred of them held 1.1 GB. Two for each
core, because one of them may be waiting for Python's lock."""
_turns = BoundedSemaphore(HASHED_AT_ONCE)


def found_coop(
    *, name: str, slug: str, timezone: str, currency: str, locale: str = "en", is_demo: bool = False
) -> Coop:
    """Create a co-op and confine the session to it."""
    rules.check_slug(slug)
    if timezone not in available_timezones():
        raise Invalid(f"time zone {timezone!r} is unknown: use a name such as Europe/Berlin")
    if currency not in list_currencies():
        raise Invalid(f"currency {currency!r} is unknown: use an ISO 4217 code such as EUR")
    if db.session.scalar(select(Coop.id).where(Coop.slug == slug)):
        raise Conflict(f"a co-op with the short name {slug!r} exists already")
    coop = Coop(
        id=uuid4(),
        key="".join(secrets.choice(rules.KEY_ALPHABET) for _ in range(rules.KEY_LENGTH)),
        slug=slug,
        name=name,
        timezone=ZoneInfo(timezone).key,
        currency=currency,
        locale=locale,
        is_demo=is_demo,
        settings={},
        created_at=clock.now(),
    )
    db.session.add(coop)
    db.session.flush()
    use_coop(coop.id)
    return coop


def add_member(coop_id: UUID, *, email: str, name: str, roles: Iterable[str], password: str | None = None) -> Member:
    """Add a person who can sign in; Conflict if the e-mail address is taken on this installation."""
    address = rules.clean_email(email)
    wanted = set(roles)
    if unknown := wanted - set(rules.ROLES):
        raise Invalid(f"unknown role {sorted(unknown)[0]!r}: use {', '.join(rules.ROLES)}")
    if password is not None:
        rules.check_password(password)
    if db.session.get(Login, address) is not None:
        raise Conflict(f"{address} has an account already")
    member = Member(
        coop_id=coop_id,
        id=uuid4(),
        email=address,
        name=name.strip() or address,
        password_hash=_hashed(password) if password else None,
        created_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    db.session.add(Login(email=address, coop_id=coop_id, member_id=member.id))
    db.session.add_all(MemberRole(coop_id=coop_id, member_id=member.id, role=role) for role in sorted(wanted))
    db.session.flush()
    return member


def set_roles(coop_id: UUID, member_id: UUID, roles: Iterable[str]) -> None:
    """Give a person exactly these roles."""
    if db.session.get(Member, (coop_id, member_id)) is None:
        raise NotFound(f"member {member_id} does not exist")
    db.session.execute(delete(MemberRole).where(MemberRole.coop_id == coop_id, MemberRole.member_id == member_id))
    db.session.add_all(MemberRole(coop_id=coop_id, member_id=member_id, role=role) for role in set(roles))


def set_password(coop_id: UUID, member_id: UUID, password: str) -> None:
    """Change a password; every other session of the person ends."""
    rules.check_password(password)
    member = db.session.get(Member, (coop_id, member_id))
    if member is None:
        raise NotFound(f"member {member_id} does not exist")
    member.password_hash = _hashed(password)
    member.session_version += 1


def change_password(coop_id: UUID, member_id: UUID, current: str, password: str) -> Member:
    """The same by the person themself; Unauthenticated unless they know the one they have."""
    member = db.session.get_one(Member, (coop_id, member_id), with_for_update=True, populate_existing=True)
    if not _is_right(member.password_hash or _NOBODY, current):
        raise Unauthenticated("this is not the password of this account")
    set_password(coop_id, member_id, password)
    return member


def end_sessions(coop_id: UUID, member_id: UUID) -> Member:
    """Sign a person out everywhere."""
    member = db.session.get_one(Member, (coop_id, member_id), with_for_update=True, populate_existing=True)
    member.session_version += 1
    return member


def choose_language(coop_id: UUID, member_id: UUID, locale: str | None) -> None:
    """Of pages and messages; None: pages as the browser wants, messages as the co-op."""
    db.session.get_one(Member, (coop_id, member_id)).locale = locale


def set_plan_mode(coop_id: UUID, mode: str) -> None:
    """Choose how plans take effect."""
    if mode not in rules.PLAN_MODES:
        raise Invalid(f"plan mode {mode!r}: use one of {', '.join(rules.PLAN_MODES)}")
    coop = db.session.get_one(Coop, coop_id)
    coop.plan_mode = mode


def sign_in(email: str, password: str) -> Member:
    """The person with this e-mail address and password, the session confined to their co-op. Reads only.

    Unauthenticated says the same for an unknown address, a wrong password and a closed account, and takes as long.
    """
    member = _find_member(email)
    stored = member.password_hash if member is not None and member.password_hash else _NOBODY
    end_read()  # else a hundred who sign in at once keep every connection while they wait for their turns
    is_right = _is_right(stored, password)
    member = _find_member(email)
    if not is_right or member is None or not member.is_active or member.password_hash != stored:
        raise Unauthenticated("this e-mail address and password do not belong together")
    return member


def _find_member(email: str) -> Member | None:
    login = db.session.get(Login, email.strip().casefold())
    if login is None:
        return None
    use_coop(login.coop_id)
    return db.session.get(Member, (login.coop_id, login.member_id), populate_existing=True)


def _hashed(password: str) -> str:
    with _turns:
        return _hasher.hash(password)


def _is_right(stored: str, password: str) -> bool:
    with _turns:
        try:
            return _hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
