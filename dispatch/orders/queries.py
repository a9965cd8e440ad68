"""Read orders, tasks, runs and their history. Frozen facts, a fixed number of statements whatever the row count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, column, func, or_, select, table
from sqlalchemy.orm import aliased

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.http import Cursor

from . import rules
from .models import Order, Proof, Run, Task, TaskEvent
from .rules import OPEN_TASK_STATES
from .views import HistoryView, MerchantDay, OrderView, ProofView, RunMark, RunView, TaskOrder, TaskView

V = TypeVar("V")

BEHIND = ("done", "failed")

# Merchants live above orders; their table is known here by name only, as the foreign key does.
MERCHANT = table("merchant", column("coop_id", Uuid()), column("id", Uuid()), column("name"))

# Made once: to put these together for each of many reads a second costs as much as the reading.
_OF_MERCHANT = and_(MERCHANT.c.coop_id == Order.coop_id, MERCHANT.c.id == Order.merchant_id)
_RETURN = aliased(Order)
_RETURN_ID = (
    select(_RETURN.id)
    .where(_RETURN.coop_id == Order.coop_id, _RETURN.return_of_id == Order.id, _RETURN.state != "cancelled")
    .limit(1)
).scalar_subquery()
_ORDERS = (
    select(Order, MERCHANT.c.name, _RETURN_ID)
    .outerjoin(MERCHANT, _OF_MERCHANT)
    .order_by(Order.placed_at.desc(), Order.id.desc())
    .execution_options(populate_existing=True)
)
_TASKS = (
    select(Task, Run.rider_id)
    .outerjoin(Run, and_(Run.coop_id == Task.coop_id, Run.id == Task.run_id))
    .order_by(Task.seq)
    .execution_options(populate_existing=True)
)
_TASK_ORDERS = select(
    Order.id, Order.number, func.coalesce(MERCHANT.c.name, "").label("merchant_name"), Order.note, Order.weight_g,
    Order.pay_version, Order.promised_dropoff_at, Order.return_of_id,
).outerjoin(MERCHANT, _OF_MERCHANT)  # fmt: skip


def get_order(coop_id: UUID, order_id: UUID, *, merchant_id: UUID | None = None) -> OrderView:
    """One order (of this merchant); NotFound if there is none."""
    found = _orders(coop_id, Order.id == order_id, *_of_merchant(merchant_id))
    if not found:
        raise NotFound(f"order {order_id} does not exist")
    return found[0]


def find_by_track_token(coop_id: UUID, token: str) -> OrderView | None:
    """The order behind a tracking link."""
    found = _orders(coop_id, Order.track_token == token)
    return found[0] if found else None


def find_by_number(coop_id: UUID, number: str) -> OrderView | None:
    """The order that people call by this number."""
    found = _orders(coop_id, Order.number == number.strip().upper())
    return found[0] if found else None


def list_orders(
    coop_id: UUID,
    *,
    merchant_id: UUID | None = None,
    states: Sequence[str] = (),
    external_id: str | None = None,
    zone_id: UUID | None = None,
    before: Cursor | None = None,
    limit: int = 50,
) -> list[OrderView]:
    """Orders, newest first, after a cursor; ask for one more than a page to know whether there are more."""
    where = list(_of_merchant(merchant_id))
    if states:
        where.append(Order.state.in_(states))
    if external_id is not None:
        where.append(Order.external_id == external_id)
    if zone_id is not None:
        where.append(Order.zone_id == zone_id)
    if before is not None:
        where.append(or_(Order.placed_at < before.at, and_(Order.placed_at == before.at, Order.id < before.id)))
    return _orders(coop_id, *where, limit=limit)


def list_open_orders(coop_id: UUID, zone_id: UUID) -> list[OrderView]:
    """A zone's orders that have not ended, oldest first, with all their tasks. Test orders are not for riders."""
    found = _orders(coop_id, Order.zone_id == zone_id, Order.ended_at.is_(None), Order.is_test.is_(False))
    return found[::-1]


def list_urgent_orders(coop_id: UUID, zone_id: UUID, most: int) -> tuple[list[OrderView], frozenset[UUID]]:
    """Open orders, oldest first, of those in nobody's run only the `most` most urgent; and the ids of the others.

    In a flood more wait than anybody could carry for hours: nobody has to read them all to see to the urgent ones.
    """
    open_ids = list_open_ids(coop_id, zone_id)
    if len(open_ids) <= most:
        return list_open_orders(coop_id, zone_id), frozenset()
    left_out = frozenset(list_waiting_line(coop_id, zone_id)[most:])
    return list_orders_by_id(coop_id, open_ids - left_out)[::-1], left_out


def list_unassigned(coop_id: UUID, zone_id: UUID, most: int) -> list[OrderView]:
    """The `most` oldest orders that are still to be fetched, are in nobody's run and chosen for nobody."""
    is_open = Task.state.in_(OPEN_TASK_STATES)
    is_free = func.bool_and(or_(~is_open, and_(Task.run_id.is_(None), Task.pinned_rider_id.is_(None))))
    ids = db.session.scalars(
        select(Order.id)
        .join(Task, and_(Task.coop_id == Order.coop_id, Task.order_id == Order.id))
        .where(*_open_in(coop_id, zone_id))
        .group_by(Order.coop_id, Order.id)
        .having(is_free, func.bool_or(and_(Task.kind == "pickup", is_open)))
        .order_by(Order.placed_at, Order.id)
        .limit(most)
    )
    return list_orders_by_id(coop_id, set(ids))[::-1]


def list_open_ids(coop_id: UUID, zone_id: UUID) -> set[UUID]:
    """The ids of a zone's orders that have not ended, without test orders."""
    return set(db.session.scalars(select(Order.id).where(*_open_in(coop_id, zone_id))))


def list_waiting_line(coop_id: UUID, zone_id: UUID) -> list[UUID]:
    """A zone's orders that are in nobody's run and chosen for nobody, the most urgent first."""
    due_at = func.coalesce(func.max(Task.window_by), Order.promised_dropoff_at, Order.placed_at)
    is_free = func.bool_and(
        and_(Task.run_id.is_(None), Task.pinned_rider_id.is_(None), Task.state.in_(OPEN_TASK_STATES))
    )
    rows = db.session.scalars(
        select(Order.id)
        .join(Task, and_(Task.coop_id == Order.coop_id, Task.order_id == Order.id))
        .where(*_open_in(coop_id, zone_id))
        .group_by(Order.coop_id, Order.id)
        .having(is_free)
        .order_by(Order.is_solidarity.desc(), Order.priority.desc(), due_at, Order.id)
    )
    return list(rows)


def _open_in(coop_id: UUID, zone_id: UUID) -> tuple[ColumnElement[bool], ...]:
    is_mine = Order.coop_id == coop_id
    return is_mine, Order.zone_id == zone_id, Order.ended_at.is_(None), Order.is_test.is_(False)


def list_placed_orders(coop_id: UUID, zone_id: UUID, between: tuple[datetime, datetime]) -> list[OrderView]:
    """A zone's orders placed in `[from, until)`, oldest first, whatever became of them, without test orders."""
    is_then = and_(Order.placed_at >= between[0], Order.placed_at < between[1])
    return _orders(coop_id, Order.zone_id == zone_id, Order.is_test.is_(False), is_then)[::-1]


def list_orders_by_id(coop_id: UUID, order_ids: Iterable[UUID]) -> list[OrderView]:
    """These orders, newest first; absent ones are left out."""
    wanted = list(order_ids)
    return _orders(coop_id, Order.id.in_(wanted)) if wanted else []


def count_by_state(coop_id: UUID, *, zone_id: UUID | None = None, since: datetime | None = None) -> dict[str, int]:
    """How many orders are in each state."""
    where = [Order.coop_id == coop_id, Order.is_test.is_(False)]
    if zone_id is not None:
        where.append(Order.zone_id == zone_id)
    if since is not None:
        where.append(Order.placed_at >= since)
    rows = db.session.execute(select(Order.state, func.count()).where(*where).group_by(Order.state))
    return {state: count for state, count in rows}


def list_open_runs(coop_id: UUID, zone_id: UUID) -> list[RunView]:
    """A zone's runs that are not closed, with their open tasks in order."""
    return _runs(coop_id, Run.zone_id == zone_id, Run.closed_at.is_(None))


def has_open_run(coop_id: UUID, zone_id: UUID) -> bool:
    """Whether anybody rides in a zone."""
    ridden = select(Run.id).where(Run.coop_id == coop_id, Run.zone_id == zone_id, Run.closed_at.is_(None)).limit(1)
    return db.session.scalar(ridden) is not None


def has_order_since(coop_id: UUID, zone_id: UUID, since: datetime) -> bool:
    """Whether an order that still waits was placed in a zone between a moment and now."""
    is_new = Order.placed_at > since, Order.placed_at <= clock.now()
    waiting = select(Order.id).where(*_open_in(coop_id, zone_id), *is_new)
    return db.session.scalar(waiting.limit(1)) is not None


def get_run(coop_id: UUID, run_id: UUID) -> RunView:
    """One run; NotFound if there is none."""
    found = _runs(coop_id, Run.id == run_id)
    if not found:
        raise NotFound(f"run {run_id} does not exist")
    return found[0]


def find_run_of_shift(coop_id: UUID, shift_id: UUID) -> RunView | None:
    """The run of a shift that has begun."""
    found = _runs(coop_id, Run.shift_id == shift_id)
    return found[0] if found else None


def find_open_run_of_rider(coop_id: UUID, rider_id: UUID) -> RunView | None:
    """The run a rider is on; the newest if a parcel keeps an older one open."""
    found = _runs(coop_id, Run.rider_id == rider_id, Run.closed_at.is_(None))
    return found[-1] if found else None


def find_mark_of_rider(coop_id: UUID, rider_id: UUID) -> RunMark | None:
    """The mark of the run that `find_open_run_of_rider` finds, at a tenth of its price: phones ask often."""
    row = db.session.execute(
        select(Run.id, Run.shift_id, Run.zone_id, Run.version, Run.touched, Run.unseen_since)
        .where(Run.coop_id == coop_id, Run.rider_id == rider_id, Run.closed_at.is_(None))
        .order_by(Run.opened_at.desc(), Run.id.desc())
        .limit(1)
    ).one_or_none()
    return RunMark(**row._mapping) if row else None


def list_ended_tasks(coop_id: UUID, run_id: UUID, limit: int) -> list[TaskView]:
    """What a run has behind it, done or failed, newest first; on its own, because plans are made without it."""
    rows = db.session.scalars(
        select(Task)
        .where(Task.coop_id == coop_id, Task.run_id == run_id, Task.state.in_(BEHIND))
        .order_by(Task.ended_at.desc().nulls_last(), Task.seq.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [_task(task) for task in rows]


def list_run_orders(coop_id: UUID, run_id: UUID) -> dict[UUID, OrderView]:
    """The orders that a run's tasks belong to, by id."""
    inside = select(Task.order_id).where(Task.coop_id == coop_id, Task.run_id == run_id)
    return {order.id: order for order in _orders(coop_id, Order.id.in_(inside))}


def list_task_orders(coop_id: UUID, tasks: Sequence[TaskView]) -> dict[UUID, TaskOrder]:
    """What stops tell of the orders of tasks read before, by id: all, even if a task has left its run since."""
    wanted = {task.order_id for task in tasks}
    rows = db.session.execute(_TASK_ORDERS.where(Order.coop_id == coop_id, Order.id.in_(wanted)))
    return {row.id: TaskOrder(**row._mapping) for row in rows}


def list_merchant_days(coop_id: UUID, since: datetime) -> list[MerchantDay]:
    """Every merchant by name, with the orders placed since then."""
    is_late = and_(Order.state == "delivered", Order.ended_at > Order.promised_dropoff_at)
    rows = db.session.execute(
        select(
            MERCHANT.c.id,
            MERCHANT.c.name,
            func.count(Order.id).label("placed"),
            func.count(Order.id).filter(Order.ended_at.is_(None)).label("running"),
            func.count(Order.id).filter(Order.state == "delivered").label("delivered"),
            func.count(Order.id).filter(is_late).label("late"),
        )
        .outerjoin(
            Order,
            and_(Order.coop_id == MERCHANT.c.coop_id, Order.merchant_id == MERCHANT.c.id, Order.placed_at >= since,
                 Order.is_test.is_(False)),
        )
        .where(MERCHANT.c.coop_id == coop_id)
        .group_by(MERCHANT.c.id, MERCHANT.c.name)
        .order_by(MERCHANT.c.name)
    )
    return [MerchantDay(**row._mapping) for row in rows]


def get_task(coop_id: UUID, task_id: UUID) -> TaskView:
    """One task; NotFound if there is none."""
    task = db.session.scalar(select(Task).where(Task.coop_id == coop_id, Task.id == task_id))
    if task is None:
        raise NotFound(f"task {task_id} does not exist")
    return _task(task)


def list_history(coop_id: UUID, order_id: UUID) -> list[HistoryView]:
    """Everything that was done to an order's tasks, oldest first; what one device did, in that device's own order."""
    rows = db.session.execute(
        select(TaskEvent, Task.kind, Task.address)
        .join(Task, and_(Task.coop_id == TaskEvent.coop_id, Task.id == TaskEvent.task_id))
        .where(TaskEvent.coop_id == coop_id, Task.order_id == order_id)
        .order_by(TaskEvent.happened_at, TaskEvent.received_at)
    )
    found = [_view(HistoryView, event, task_kind=kind, address=address) for event, kind, address in rows]
    order = rules.by_own_sequence([(event.device_id, event.device_seq) for event in found])
    return [found[index] for index in order]


def list_proofs(coop_id: UUID, order_id: UUID) -> list[ProofView]:
    """An order's proofs, oldest first, without bytes."""
    rows = db.session.scalars(
        select(Proof)
        .join(Task, and_(Task.coop_id == Proof.coop_id, Task.id == Proof.task_id))
        .where(Proof.coop_id == coop_id, Task.order_id == order_id)
        .order_by(Proof.received_at)
    )
    return [_view(ProofView, proof) for proof in rows]


def get_proof_content(coop_id: UUID, proof_id: UUID) -> tuple[bytes, str]:
    """A photo's or signature's bytes and content type; NotFound if it has none."""
    row = db.session.execute(
        select(Proof.content, Proof.content_type).where(Proof.coop_id == coop_id, Proof.id == proof_id)
    ).one_or_none()
    if row is None or row.content is None:
        raise NotFound(f"proof {proof_id} does not exist")
    return row.content, row.content_type or "application/octet-stream"


def _of_merchant(merchant_id: UUID | None) -> Iterable[ColumnElement[bool]]:
    return () if merchant_id is None else (Order.merchant_id == merchant_id,)


def _orders(coop_id: UUID, *where: ColumnElement[bool], limit: int | None = None) -> list[OrderView]:
    rows = db.session.execute(_ORDERS.where(Order.coop_id == coop_id, *where).limit(limit)).all()
    tasks: dict[UUID, list[TaskView]] = {}
    riders: dict[UUID, UUID] = {}
    for task, rider_id in db.session.execute(
        _TASKS.where(Task.coop_id == coop_id, Task.order_id.in_([order.id for order, *_ in rows]))
    ):
        tasks.setdefault(task.order_id, []).append(_task(task))
        if rider_id is not None:
            riders[task.order_id] = rider_id
    return [
        _view(
            OrderView,
            order,
            merchant_name=name or "",
            return_order_id=return_order_id,
            metadata=dict(order.extra),
            skills=tuple(order.skills),
            barred_riders=tuple(UUID(rider_id) for rider_id in order.barred_riders),
            tasks=tuple(tasks.get(order.id, ())),
            rider_id=riders.get(order.id),
        )
        for order, name, return_order_id in rows
    ]


def _runs(coop_id: UUID, *where: ColumnElement[bool]) -> list[RunView]:
    rows = db.session.scalars(
        select(Run)
        .where(Run.coop_id == coop_id, *where)
        .order_by(Run.opened_at, Run.id)
        .execution_options(populate_existing=True)
    ).all()
    mine = and_(Task.coop_id == coop_id, Task.run_id.in_([run.id for run in rows]))
    tasks: dict[UUID | None, list[TaskView]] = {}
    for task in db.session.scalars(
        select(Task)
        .where(mine, Task.state.in_(OPEN_TASK_STATES))
        .order_by(Task.position)
        .execution_options(populate_existing=True)
    ):
        tasks.setdefault(task.run_id, []).append(_task(task))
    # of what is over, only the last stop and the number are wanted, however long the day
    ended = {
        task.run_id: (_task(task), count)
        for task, count in db.session.execute(
            select(Task, func.count().over(partition_by=Task.run_id))
            .where(mine, Task.state.in_(BEHIND))
            .distinct(Task.run_id)
            .order_by(Task.run_id, Task.ended_at.desc().nulls_last())
            .execution_options(populate_existing=True)
        )
    }
    return [_run(run, tasks.get(run.id, []), ended.get(run.id, (None, 0))) for run in rows]


def _run(run: Run, tasks: list[TaskView], ended: tuple[TaskView | None, int]) -> RunView:
    return _view(RunView, run, tasks=tuple(tasks), last_done=ended[0], done_count=ended[1])


def _task(task: Task) -> TaskView:
    return _view(TaskView, task, required_proof=tuple(task.required_proof))


def _view(kind: type[V], row: Any, **more: Any) -> V:
    names = _names(kind)  # type: ignore[arg-type]
    return kind(**{name: getattr(row, name) for name in names if name not in more}, **more)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
