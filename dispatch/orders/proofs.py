"""The only writer of proofs: kept once per UUID, never changed. Never commits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Conflict, Invalid

from . import rules
from .models import Order, Proof, Task
from .rules import ProofFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProof:
    """A proof to keep: a picture's bytes, or a text (the code typed, the name given)."""

    client_uuid: UUID
    kind: str
    taken_at: datetime
    text: str | None = None
    content: bytes | None = None
    content_type: str | None = None


def keep(coop_id: UUID, task_id: UUID, new: NewProof) -> tuple[Proof, bool]:
    """Keep a proof of a task; `(existing, False)` if this UUID is known. Conflict if it is known for another task."""
    existing = db.session.scalar(
        select(Proof).where(Proof.coop_id == coop_id, Proof.client_uuid == new.client_uuid)
    )
    if existing is not None:
        if existing.task_id != task_id or existing.kind != new.kind:
            raise Conflict(f"the UUID {new.client_uuid} belongs to another proof", code="uuid_reused")
        return existing, False
    if new.kind not in rules.KEPT_KINDS:
        raise Invalid(f"proof kind {new.kind!r}: use one of {', '.join(rules.KEPT_KINDS)}")
    now = clock.now()
    proof = Proof(
        coop_id=coop_id,
        id=uuid4(),
        task_id=task_id,
        client_uuid=new.client_uuid,
        kind=new.kind,
        text=new.text,
        content=new.content,
        content_type=new.content_type,
        sha256=hashlib.sha256(new.content).hexdigest() if new.content is not None else None,
        taken_at=_taken_at(coop_id, task_id, new.taken_at, now),
        received_at=now,
    )
    db.session.add(proof)
    db.session.flush()
    return proof, True


def _taken_at(coop_id: UUID, task_id: UUID, said: datetime, now: datetime) -> datetime:
    """When a proof was taken: as the device says, unless it says what cannot be; then when it came in."""
    placed_at = db.session.scalar(
        select(Order.placed_at)
        .join(Task, and_(Task.coop_id == Order.coop_id, Task.order_id == Order.id))
        .where(Task.coop_id == coop_id, Task.id == task_id)
    )
    return said if placed_at is not None and placed_at <= said <= now else now


def list_facts(coop_id: UUID, task_id: UUID) -> list[ProofFacts]:
    """What was proven for a task so far."""
    rows = db.session.execute(select(Proof.kind, Proof.text).where(Proof.coop_id == coop_id, Proof.task_id == task_id))
    return [ProofFacts(kind=kind, text=text) for kind, text in rows]
