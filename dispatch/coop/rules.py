"""Decide what names, addresses, passwords and roles are acceptable. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from dispatch.core.errors import Invalid

ROLES = ("member", "coordinator", "merchant", "treasurer", "admin")
PLAN_MODES = ("automatic", "propose", "offer", "open")
"""How a plan takes effect: at once, after a coordinator's yes, after the rider's yes, or when a rider picks it."""
MIN_PASSWORD, LONGEST_PASSWORD = 10, 200
KEY_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
KEY_LENGTH = 6

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+|[^@\s]{1,64}@localhost")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who is asking: a signed-in person with roles inside one co-op. `locale` is empty unless the person chose one."""

    coop_id: UUID
    member_id: UUID
    name: str
    roles: frozenset[str]
    locale: str

    def has(self, *roles: str) -> bool:
        """Whether the person holds any of these roles; an admin may do what a coordinator or treasurer may."""
        held = self.roles | ({"coordinator", "treasurer"} if "admin" in self.roles else frozenset())
        return bool(held.intersection(roles))


def clean_email(text: str) -> str:
    """An e-mail address in the one form we compare; Invalid if it is none."""
    email = text.strip().casefold()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Invalid(f"{text[:80]!r} is not an e-mail address: write it as name@example.org")
    return email


def check_password(text: str) -> None:
    """Invalid unless a password is long enough to be worth hashing."""
    if len(text) < MIN_PASSWORD:
        raise Invalid(f"the password has {len(text)} characters: use at least {MIN_PASSWORD}")
    if len(text) > LONGEST_PASSWORD:
        raise Invalid(f"the password is longer than {LONGEST_PASSWORD} characters")


def check_slug(text: str) -> str:
    """A short name for addresses; Invalid if it has other than a-z, 0-9 and hyphens."""
    if not _SLUG.fullmatch(text):
        raise Invalid(f"short name {text[:60]!r}: use 1 to 40 of a-z, 0-9 and hyphens")
    return text


def home_of(who: Identity) -> str:
    """The page where a person's work is."""
    if who.has("coordinator"):
        return "/board"
    if "merchant" in who.roles:
        return "/portal"
    return "/app"
