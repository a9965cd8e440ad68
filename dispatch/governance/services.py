"""The only writers of rule sets: a version is added, never changed. Never commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from dispatch.core import clock
from dispatch.core.db import db, take_turns
from dispatch.core.errors import Conflict, Invalid

from .models import KINDS, RuleSet
from .queries import RuleSetView, active, list_versions, view


def adopt(
    coop_id: UUID, kind: str, document: dict[str, Any], *, active_from: datetime, by: UUID | None = None
) -> RuleSetView:
    """Add the next version of a kind of rules, in force from `active_from`.

    The caller has checked the document against the rules of its kind. Invalid for an unknown kind.
    """
    if kind not in KINDS:
        raise Invalid(f"rule set kind {kind!r}: use one of {', '.join(KINDS)}")
    _lock(coop_id, kind)
    last = db.session.scalar(
        select(func.max(RuleSet.number)).where(RuleSet.coop_id == coop_id, RuleSet.kind == kind)
    )
    row = RuleSet(
        coop_id=coop_id,
        id=uuid4(),
        kind=kind,
        number=(last or 0) + 1,
        document=document,
        active_from=active_from,
        made_at=clock.now(),
        made_by=by,
    )
    db.session.add(row)
    db.session.flush()
    return view(row)


def amend(
    coop_id: UUID, kind: str, change: Callable[[dict[str, Any]], dict[str, Any]], *, by: UUID | None = None
) -> RuleSetView:
    """Adopt, in force at once, what `change` makes of the document in force; changes wait for each other.

    Conflict while a later version is scheduled: it was decided without the change and would undo it.
    """
    _lock(coop_id, kind)
    now = clock.now()
    later = [version for version in list_versions(coop_id, kind) if version.active_from > now]
    if later:
        starts = later[0].active_from.isoformat()
        raise Conflict(f"{later[0].version} comes into force at {starts}: change it after that", code="rules_scheduled")
    return adopt(coop_id, kind, change(dict(active(coop_id, kind, now).document)), active_from=now, by=by)


def _lock(coop_id: UUID, kind: str) -> None:
    """Let one transaction at a time add a version of these rules."""
    take_turns(f"rule_set{coop_id}{kind}")
