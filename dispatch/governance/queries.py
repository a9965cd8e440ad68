"""Read rule sets: which version is in force, and what a version says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dispatch.core.db import db
from dispatch.core.errors import NotFound

from .models import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetView:
    """One version of one kind of rules; `version` is how lines and decisions name it: `pay@1`."""

    kind: str
    number: int
    document: dict[str, Any]
    active_from: datetime

    @property
    def version(self) -> str:
        """The name of this version."""
        return f"{self.kind}@{self.number}"


def view(row: RuleSet) -> RuleSetView:
    """What others may know of a row."""
    return RuleSetView(kind=row.kind, number=row.number, document=row.document, active_from=row.active_from)


def active(coop_id: UUID, kind: str, at: datetime) -> RuleSetView:
    """The version in force at a moment; NotFound if the co-op has none yet.

    Of versions that begin at the same moment the newest counts.
    """
    row = db.session.scalar(
        select(RuleSet)
        .where(RuleSet.coop_id == coop_id, RuleSet.kind == kind, RuleSet.active_from <= at)
        .order_by(RuleSet.active_from.desc(), RuleSet.number.desc())
        .limit(1)
    )
    if row is None:
        raise NotFound(f"no {kind} rules are in force at {at.isoformat()}: adopt some first")
    return view(row)


def get_version(coop_id: UUID, version: str) -> RuleSetView:
    """What `pay@1` says; NotFound if there is no such version."""
    kind, _, number = version.partition("@")
    row = None
    if number.isdecimal():
        row = db.session.scalar(
            select(RuleSet).where(RuleSet.coop_id == coop_id, RuleSet.kind == kind, RuleSet.number == int(number))
        )
    if row is None:
        raise NotFound(f"rule set {version!r} does not exist")
    return view(row)


def list_versions(coop_id: UUID, kind: str) -> list[RuleSetView]:
    """All versions of a kind, oldest first."""
    rows = db.session.scalars(
        select(RuleSet).where(RuleSet.coop_id == coop_id, RuleSet.kind == kind).order_by(RuleSet.number)
    )
    return [view(row) for row in rows]
