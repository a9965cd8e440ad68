"""Keep what proves a delivery, before or after the action, even for a stop given away. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast, exists, or_, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Invalid, NotFound
from dispatch.orders import proofs as store
from dispatch.orders.models import Proof, Run, Task, TaskEvent
from dispatch.orders.proofs import NewProof

from . import photos

PICTURES = ("photo", "signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentProof:
    """A proof as the phone sent it: raw bytes for a picture, else a text."""

    client_uuid: UUID
    kind: str
    text: str | None = None
    data: bytes | None = None
    taken_at: datetime | None = None


def keep(coop_id: UUID, rider_id: UUID, task_id: UUID, sent: SentProof) -> tuple[Proof, bool]:
    """Clean and keep a proof; `(existing, False)` for a repeat. NotFound for a task that never was the rider's."""
    if not was_mine(coop_id, rider_id, task_id):
        raise NotFound(f"task {task_id} does not exist")
    known = db.session.scalar(
        select(Proof).where(Proof.coop_id == coop_id, Proof.client_uuid == sent.client_uuid, Proof.task_id == task_id)
    )
    if known is not None:
        return known, False
    taken_at = sent.taken_at or clock.now()
    if sent.kind in PICTURES:
        if sent.data is None:
            raise Invalid(f"a {sent.kind} needs its picture: send the file", code="photo_empty")
        clean = photos.clean_photo if sent.kind == "photo" else photos.clean_signature
        picture = clean(sent.data)
        new = NewProof(
            client_uuid=sent.client_uuid,
            kind=sent.kind,
            taken_at=taken_at,
            content=picture.content,
            content_type=picture.content_type,
        )
    else:
        if not sent.text:
            raise Invalid(f"a {sent.kind} needs its text", code="text_missing")
        new = NewProof(client_uuid=sent.client_uuid, kind=sent.kind, taken_at=taken_at, text=sent.text)
    return store.keep(coop_id, task_id, new)


def was_mine(coop_id: UUID, rider_id: UUID, task_id: UUID) -> bool:
    """Whether the task is or was in a run of the rider."""
    mine = exists().where(
        Run.coop_id == coop_id,
        Run.rider_id == rider_id,
        or_(
            Run.id == Task.run_id,
            exists().where(
                TaskEvent.coop_id == coop_id,
                TaskEvent.task_id == Task.id,
                TaskEvent.data["run_id"].astext == cast(Run.id, String),
            ),
        ),
    )
    return db.session.scalar(select(Task.id).where(Task.coop_id == coop_id, Task.id == task_id, mine)) is not None
