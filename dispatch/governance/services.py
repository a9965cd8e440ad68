"""The only writers of rule sets: a version is added, never changed. Never commit."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Invalid

from .models import KINDS, RuleSet
from .queries import RuleSetView, view


def adopt(
    coop_id: UUID, kind: str, document: dict[str, Any], *, active_from: datetime, by: UUID | None = None
) -> RuleSetView:
    """Add the next version of a kind of rules, in force from `active_from`.

    The caller has checked the document against the rules of its kind. Invalid for an unknown kind.
    """
    if kind not in KINDS:
        raise Invalid(f"rule set kind {kind!r}: use one of {', '.join(KINDS)}")
    lock = int.from_bytes(hashlib.sha256(f"rule_set{coop_id}{kind}".encode()).digest()[:8], signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(lock)))
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
