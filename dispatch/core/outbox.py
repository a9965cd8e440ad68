"""The outbox: events recorded in the transaction of the change, tasks done in the transaction of the effect.

`outbox_event` holds what happened; the relay routes each event to rows of `outbox_task` and sends those to Celery until
they are done. An inside effect runs exactly once because `claim` locks its row and `finish` commits with the effect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlalchemy import Sequence as SqlSequence
from sqlalchemy import delete, exists, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import clock
from .db import Base, CoopOwned, Identified, db
from .events import Event, to_payload

CHANNEL = "paceline_outbox"
RESEND_S = (5, 10, 20, 40, 60)
GIVE_UP_AFTER = 60

KEPT = timedelta(days=30)
"""Events whose tasks are all done are kept so long for whoever wonders what happened."""

MOST_FORGOTTEN = 20_000
"""So many of the oldest are looked at in one transaction: a backlog of years goes in pieces."""

IN_LINE_S = 60
"""While messages wait in a queue, what was sent to it is taken to be among them for so long."""

live_seq = SqlSequence("live_seq", metadata=Base.metadata)


class OutboxEvent(CoopOwned, Identified, Base):
    """One thing that happened. `seq` orders rows as written; `live_seq` is given by the relay in order of sight."""

    __tablename__ = "outbox_event"
    __table_args__ = (
        Index("ix_outbox_event_unrouted", "seq", postgresql_where=text("routed_at IS NULL")),
        Index("ix_outbox_event_live_seq", "live_seq"),
        Index("ix_outbox_event_coop_seq", "coop_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, SqlSequence("outbox_event_seq", metadata=Base.metadata))
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    routed_at: Mapped[datetime | None]
    live_seq: Mapped[int | None] = mapped_column(BigInteger)


class OutboxTask(CoopOwned, Base):
    """One task that an event causes; sent again until `done_at` is set by the task's own transaction."""

    __tablename__ = "outbox_task"
    __table_args__ = (
        ForeignKeyConstraint(["coop_id", "event_id"], ["outbox_event.coop_id", "outbox_event.id"], ondelete="CASCADE"),
        Index("ix_outbox_task_undone", "coop_id", "task", postgresql_where=text("done_at IS NULL")),
        Index("ix_outbox_task_open", "send_at", postgresql_where=text("done_at IS NULL AND failed_at IS NULL")),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    queue: Mapped[str]
    payload: Mapped[dict[str, Any]]
    send_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A task to send: which one, where, for which event of which co-op."""

    coop_id: UUID
    event_id: UUID
    task: str
    queue: str
    payload: dict[str, Any]


def record(coop_id: UUID, happened: Event) -> UUID:
    """Write an event into the caller's transaction; the relay hears of it at commit."""
    event_id = uuid4()
    db.session.add(
        OutboxEvent(
            coop_id=coop_id,
            id=event_id,
            kind=type(happened).__name__,
            payload=to_payload(happened),
            occurred_at=clock.now(),
            recorded_at=clock.real_now(),
        )
    )
    return event_id


def claim(coop_id: UUID, event_id: UUID, task: str) -> bool:
    """Lock a task's row for this transaction; False if it is done already (a repeat that must do nothing)."""
    row = db.session.execute(
        select(OutboxTask.done_at)
        .where(OutboxTask.coop_id == coop_id, OutboxTask.event_id == event_id, OutboxTask.task == task)
        .with_for_update()
    ).one_or_none()
    return row is not None and row.done_at is None


def is_open(coop_id: UUID, task: str, *, about: dict[str, str]) -> bool:
    """Whether any such task about the same thing (payload contains `about`) was sent and is still to be done."""
    mine = OutboxTask.coop_id == coop_id, OutboxTask.task == task, OutboxTask.payload.contains(about)
    waits = OutboxTask.done_at.is_(None), OutboxTask.attempts > 0
    return bool(db.session.scalar(select(exists().where(*mine, *waits))))


def occurred_at(coop_id: UUID, event_id: UUID) -> datetime:
    """When something happened, however late its tasks are."""
    return db.session.get_one(OutboxEvent, (coop_id, event_id)).occurred_at


def newest_seq(coop_id: UUID) -> int:
    """The number of the newest event that this co-op has recorded; 0 before the first."""
    return db.session.scalar(select(func.max(OutboxEvent.seq)).where(OutboxEvent.coop_id == coop_id)) or 0


def finish_until(coop_id: UUID, task: str, seq: int, *, about: dict[str, str]) -> None:
    """Mark done every such task about the same thing (payload contains `about`) whose event is not newer than `seq`."""
    db.session.execute(
        update(OutboxTask)
        .where(
            OutboxTask.coop_id == coop_id,
            OutboxTask.task == task,
            OutboxTask.done_at.is_(None),
            OutboxTask.coop_id == OutboxEvent.coop_id,
            OutboxTask.event_id == OutboxEvent.id,
            OutboxEvent.seq <= seq,
            OutboxTask.payload.contains(about),
        )
        .execution_options(synchronize_session=False)
        .values(done_at=clock.real_now(), last_error=None)
    )


def finish(coop_id: UUID, event_id: UUID, task: str) -> None:
    """Mark a task done; commits with the effect."""
    db.session.execute(
        update(OutboxTask)
        .where(OutboxTask.coop_id == coop_id, OutboxTask.event_id == event_id, OutboxTask.task == task)
        .values(done_at=clock.real_now(), last_error=None)
    )


def send_again(coop_id: UUID, queues: Collection[str]) -> None:
    """Let the relay send what is open in these queues at once: whoever took it before may be gone."""
    db.session.execute(
        update(OutboxTask)
        .where(
            OutboxTask.coop_id == coop_id,
            OutboxTask.queue.in_(queues),
            OutboxTask.attempts > 0,
            OutboxTask.done_at.is_(None),
            OutboxTask.failed_at.is_(None),
        )
        .values(send_at=clock.real_now())
    )
    db.session.execute(select(func.pg_notify(CHANNEL, "")))


def put_off(coop_id: UUID, event_id: UUID, task: str, *, until: datetime, error: str) -> None:
    """Try a task again at `until` (real time); for outside effects with a schedule of their own."""
    db.session.execute(
        update(OutboxTask)
        .where(OutboxTask.coop_id == coop_id, OutboxTask.event_id == event_id, OutboxTask.task == task)
        .values(send_at=until, last_error=error[:500])
    )


def forget_old(coop_id: UUID) -> int:
    """Drop events of more than 30 days ago with their tasks, unless one is not done; the number dropped."""
    oldest = (
        select(OutboxEvent.id)
        .where(OutboxEvent.coop_id == coop_id)
        .order_by(OutboxEvent.seq)
        .limit(MOST_FORGOTTEN)
    )
    is_undone = exists().where(
        OutboxTask.coop_id == OutboxEvent.coop_id,
        OutboxTask.event_id == OutboxEvent.id,
        OutboxTask.done_at.is_(None),
    )
    gone = db.session.execute(
        delete(OutboxEvent)
        .where(
            OutboxEvent.coop_id == coop_id,
            OutboxEvent.id.in_(oldest),
            OutboxEvent.recorded_at < clock.real_now() - KEPT,
            OutboxEvent.routed_at.is_not(None),
            ~is_undone,
        )
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def route(
    session: Session,
    routes: Mapping[str, tuple[tuple[str, str], ...]],
    waits_s: Mapping[str, float] | None = None,
    *,
    limit: int = 200,
) -> list[OutboxEvent]:
    """Turn unrouted events into tasks, in order; the relay calls and commits this.

    `routes` maps an event's kind to `(task, queue)` pairs, `waits_s` to the real seconds that its tasks wait for
    company. Returns the events with their `live_seq`.
    """
    events: Sequence[OutboxEvent] = session.scalars(
        select(OutboxEvent)
        .where(OutboxEvent.routed_at.is_(None))
        .order_by(OutboxEvent.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not events:
        return []
    now = clock.real_now()
    numbers = session.scalars(select(live_seq.next_value()).select_from(func.generate_series(1, len(events)))).all()
    for event, number in zip(events, sorted(numbers), strict=True):
        event.routed_at, event.live_seq = now, number
        send_at = now + timedelta(seconds=(waits_s or {}).get(event.kind, 0.0))
        for task, queue in routes[event.kind]:
            session.add(
                OutboxTask(
                    coop_id=event.coop_id,
                    event_id=event.id,
                    task=task,
                    queue=queue,
                    payload=event.payload,
                    send_at=send_at,
                )
            )
    session.flush()
    return list(events)


def take_due(session: Session, now: datetime, *, in_line: Collection[str] = (), limit: int = 200) -> list[Due]:
    """Tasks to send `now` (real time); each is due again later unless it gets done. The relay calls and commits this.

    `in_line`: queues in which messages wait. Sending those again would only make the line longer, and a line that grows
    with its length never ends: they are sent again when the line has been worked off, or `IN_LINE_S` later.
    """
    rows = session.scalars(
        select(OutboxTask)
        .where(
            OutboxTask.done_at.is_(None),
            OutboxTask.failed_at.is_(None),
            OutboxTask.send_at <= now,
            or_(
                OutboxTask.attempts == 0,
                OutboxTask.queue.not_in(in_line),
                OutboxTask.send_at <= now - timedelta(seconds=IN_LINE_S),
            ),
        )
        .order_by(OutboxTask.send_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        wait_s = RESEND_S[min(row.attempts, len(RESEND_S) - 1)]
        row.attempts += 1
        row.send_at = now + timedelta(seconds=wait_s)
        if row.attempts > GIVE_UP_AFTER:
            row.failed_at = now
    session.flush()
    return [
        Due(coop_id=row.coop_id, event_id=row.event_id, task=row.task, queue=row.queue, payload=row.payload)
        for row in rows
        if row.failed_at is None
    ]


def next_due_in_s(session: Session, now: datetime) -> float | None:
    """Real seconds from `now` until the next unfinished task is due; None if none will. What is due is not counted."""
    at = session.scalar(
        select(func.min(OutboxTask.send_at)).where(
            OutboxTask.done_at.is_(None), OutboxTask.failed_at.is_(None), OutboxTask.send_at > now
        )
    )
    return None if at is None else (at - now).total_seconds()
