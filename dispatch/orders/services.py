"""The only writers of orders, tasks and their history. Never commit."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.core import clock, events, outbox
from dispatch.core.db import db, take_turns
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.units import LonLat
from dispatch.geo.services import want_plan

from . import arrivals, rules, runs
from .models import Order, Task, TaskEvent
from .need_rules import PLAIN, Needs

NUMBER_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY3479"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """One place of a new order. Times are aware UTC, `service_s` seconds at the place."""

    address: str
    lonlat: LonLat
    contact_name: str = ""
    contact_phone: str = ""
    note: str = ""
    ready_at: datetime | None = None
    window_from: datetime | None = None
    window_by: datetime | None = None
    is_strict: bool = False
    floor: int = 0
    has_lift: bool = False
    service_s: int = 120
    required_proof: tuple[str, ...] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """Everything a merchant's accepted order says; prices are minor units of `currency`."""

    merchant_id: UUID
    zone_id: UUID
    pickup: NewTask
    dropoffs: tuple[NewTask, ...]
    external_id: str | None
    currency: str
    price_cents: int
    tax_cents: int
    tariff_version: str
    pay_version: str
    route_m: int
    weight_g: int = 1000
    volume_ml: int = 5000
    tip_cents: int = 0
    needs: Needs = PLAIN
    note: str = ""
    is_test: bool = False
    simulation: dict[str, Any] | None = None
    quote_id: UUID | None = None
    promised_pickup_at: datetime | None = None
    promised_dropoff_at: datetime | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    price_lines: list[dict[str, Any]] = field(default_factory=list)
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something to a task: a rider on a phone, a coordinator, a merchant, or Paceline itself."""

    kind: str
    member_id: UUID | None = None
    rider_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When and where an action happened according to the device that sent it."""

    client_uuid: UUID | None = None
    device_id: str | None = None
    device_seq: int | None = None
    device_at: datetime | None = None
    queued_s: float = 0.0
    lonlat: LonLat | None = None


def content_sha256(content: dict[str, Any]) -> str:
    """Fingerprint of what a merchant asked for, to tell a repeat from another order under the same external_id."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def place_order(coop_id: UUID, new: NewOrder, *, coop_key: str) -> tuple[Order, bool]:
    """Create an order with its tasks; `(order, False)` if the same external_id with the same content exists.

    Conflict if the external_id exists with other content.
    """
    digest = content_sha256(new.content)
    if new.external_id is not None:
        existing = _find_by_external_id(coop_id, new.merchant_id, new.external_id)
        if existing is not None:
            if existing.content_sha256 != digest:
                raise Conflict(
                    f"external_id {new.external_id!r} belongs to order {existing.number} with other content",
                    code="external_id_taken",
                    order_id=str(existing.id),
                )
            return existing, False
    order = insert_order(coop_id, new, digest, coop_key)
    tasks = [new_task(coop_id, order.id, "pickup", 0, new.pickup)]
    tasks += [new_task(coop_id, order.id, "dropoff", seq, drop) for seq, drop in enumerate(new.dropoffs, start=1)]
    db.session.add_all(tasks)
    db.session.flush()
    outbox.record(coop_id, events.OrderPlaced(order_id=order.id, merchant_id=order.merchant_id, zone_id=order.zone_id))
    _tell_status(order)
    want_plan(coop_id, order.zone_id)
    return order, True


def _find_by_external_id(coop_id: UUID, merchant_id: UUID, external_id: str) -> Order | None:
    take_turns(f"{coop_id}{merchant_id}{external_id}")
    return db.session.scalar(
        select(Order).where(
            Order.coop_id == coop_id, Order.merchant_id == merchant_id, Order.external_id == external_id
        )
    )


def insert_order(coop_id: UUID, new: NewOrder, digest: str, coop_key: str) -> Order:
    order = Order(
        coop_id=coop_id,
        id=uuid4(),
        merchant_id=new.merchant_id,
        zone_id=new.zone_id,
        number="".join(secrets.choice(NUMBER_ALPHABET) for _ in range(7)),
        external_id=new.external_id,
        content_sha256=digest,
        track_token=coop_key + secrets.token_urlsafe(16),
        is_test=new.is_test,
        simulation=new.simulation,
        quote_id=new.quote_id,
        price_cents=new.price_cents,
        tax_cents=new.tax_cents,
        price_lines=list(new.price_lines),
        tip_cents=new.tip_cents,
        currency=new.currency,
        tariff_version=new.tariff_version,
        pay_version=new.pay_version,
        weight_g=new.weight_g,
        volume_ml=new.volume_ml,
        route_m=new.route_m,
        **new.needs.as_columns(),
        note=new.note,
        extra=dict(new.metadata),
        promised_pickup_at=new.promised_pickup_at,
        promised_dropoff_at=new.promised_dropoff_at,
        placed_at=clock.now(),
    )
    db.session.add(order)
    db.session.flush()
    return order


def new_task(coop_id: UUID, order_id: UUID, kind: str, seq: int, new: NewTask) -> Task:
    values = asdict(new)
    values["lonlat"] = new.lonlat
    values["required_proof"] = list(new.required_proof)
    return Task(coop_id=coop_id, id=uuid4(), order_id=order_id, kind=kind, seq=seq, state="todo", **values)


def cancel_order(coop_id: UUID, order_id: UUID, *, reason: str, actor: Actor) -> Order:
    """Cancel an order of which nothing is picked up; a repeat is harmless."""
    runs.lock_runs_of(coop_id, [order_id])
    order = lock_order(coop_id, order_id)
    tasks = list_tasks(coop_id, order_id)
    if order.state == "cancelled":
        return order
    rules.check_cancellable([_facts(task) for task in tasks])
    left = {task.run_id for task in tasks if task.run_id is not None}
    for task in tasks:
        if task.state in rules.OPEN_TASK_STATES:
            _move(task, "cancel", actor, Stamp(), {"reason": reason})
            task.run_id = task.position = None
    order.cancel_reason = reason[:500]
    settle_state(order, tasks)
    db.session.flush()
    for run_id in sorted(left, key=str):
        runs.bump_run(coop_id, run_id)
    outbox.record(
        coop_id, events.OrderCancelled(order_id=order.id, merchant_id=order.merchant_id, zone_id=order.zone_id)
    )
    want_plan(coop_id, order.zone_id)
    return order


def find_repeat(coop_id: UUID, client_uuid: UUID) -> TaskEvent | None:
    """The action that a phone sent before under this UUID."""
    return db.session.scalar(
        select(TaskEvent).where(TaskEvent.coop_id == coop_id, TaskEvent.client_uuid == client_uuid)
    )


def act_on_task(
    coop_id: UUID, task_id: UUID, action: str, *, actor: Actor, stamp: Stamp, reason: str | None = None
) -> tuple[Task, Order]:
    """Move a task by a rider's or coordinator's action and settle its order's state.

    The happening time is the device's, if it gave one that is not in the future. Conflict if the state forbids it.
    The caller has checked repeats, ownership and proof.
    """
    order_id = _order_of(coop_id, task_id)
    runs.lock_runs_of(coop_id, [order_id])
    order = lock_order(coop_id, order_id)
    tasks = list_tasks(coop_id, order.id)
    task = next(item for item in tasks if item.id == task_id)
    rules.check_order_of_tasks(task.kind, [_facts(item) for item in tasks], action)
    data = {"reason": rules.check_fail_reason(reason)} if action == "fail" else {"left": reason} if reason else {}
    was = task.state
    happened_at = _move(task, action, actor, stamp, data)
    arrivals.note(task, action, happened_at, was=was)
    if action in ("complete", "fail"):
        task.ended_by, task.fail_reason = actor.rider_id, reason if action == "fail" else None
    if action == "fail" and task.kind == "pickup":
        _drop_open_dropoffs(tasks, actor)
    elif action == "restore" and task.kind == "pickup":
        _reopen_dropoffs(tasks, actor)
    before = order.state
    settle_state(order, tasks)
    db.session.flush()
    if task.run_id is not None:
        if action in ("complete", "fail"):
            arrivals.retime(coop_id, task.run_id)
        runs.touch_run(coop_id, task.run_id)
    outbox.record(
        coop_id,
        events.TaskMoved(
            task_id=task.id, order_id=order.id, zone_id=order.zone_id, rider_id=actor.rider_id, action=action
        ),
    )
    if order.state != before and order.state == "delivered":
        outbox.record(coop_id, events.OrderDelivered(order_id=order.id, merchant_id=order.merchant_id))
        _settle_original(order)
    is_urgent = action in ("fail", "restore")
    want_plan(coop_id, order.zone_id, is_urgent=is_urgent)
    if is_urgent:  # a plan for progress alone waits for company
        outbox.record(coop_id, events.PlanWanted(zone_id=order.zone_id, reason=action))
    return task, order


def _drop_open_dropoffs(tasks: Sequence[Task], actor: Actor) -> None:
    for task in tasks:
        if task.kind == "dropoff" and task.state in rules.OPEN_TASK_STATES:
            _move(task, "cancel", actor, Stamp(), {"reason": "pickup_failed"})
            task.run_id = task.position = None


def _reopen_dropoffs(tasks: Sequence[Task], actor: Actor) -> None:
    """What was dropped because the pickup had failed is wanted again; the caller gives it to a run."""
    for task in tasks:
        if task.kind == "dropoff" and task.state == "cancelled":
            _move(task, "reopen", actor, Stamp(), {})


def settle_state(order: Order, tasks: Sequence[Task]) -> None:
    """Bring an order's state in line with its tasks and tell who follows it if it changed."""
    may_return = any(task.state == "failed" for task in tasks)
    returned = _is_returned(order) if may_return else None
    state = rules.order_state([_facts(task) for task in tasks], returned=returned)
    if state == order.state:
        return
    order.state = state
    order.status_seq += 1
    order.ended_at = clock.now() if state in rules.ENDED_ORDER_STATES else None
    _tell_status(order)


def settle_states(coop_id: UUID, order_ids: Collection[UUID]) -> None:
    """Settle many orders, which the caller has locked, with two statements."""
    if not order_ids:
        return
    tasks: dict[UUID, list[Task]] = {}
    rows = select(Task).where(Task.coop_id == coop_id, Task.order_id.in_(order_ids)).order_by(Task.seq)
    for task in db.session.scalars(rows):
        tasks.setdefault(task.order_id, []).append(task)
    fresh = select(Order).where(Order.coop_id == coop_id, Order.id.in_(order_ids)).order_by(Order.id)
    for order in db.session.scalars(fresh.execution_options(populate_existing=True)).all():
        settle_state(order, tasks[order.id])


def _is_returned(order: Order) -> bool | None:
    states = select(Order.state).where(Order.coop_id == order.coop_id, Order.return_of_id == order.id)
    state = db.session.scalar(states.where(Order.state != "cancelled"))
    return None if state is None else state == "delivered"


def _settle_original(returned: Order) -> None:
    if returned.return_of_id is None:
        return
    original = lock_order(returned.coop_id, returned.return_of_id)
    settle_state(original, list_tasks(returned.coop_id, original.id))


def _tell_status(order: Order) -> None:
    outbox.record(
        order.coop_id,
        events.OrderStatusChanged(
            order_id=order.id, merchant_id=order.merchant_id, state=order.state, status_seq=order.status_seq
        ),
    )


def lock_order(coop_id: UUID, order_id: UUID) -> Order:
    """The order, locked until the transaction ends; NotFound if absent."""
    order = db.session.get(Order, (coop_id, order_id), with_for_update=True, populate_existing=True)
    if order is None:
        raise NotFound(f"order {order_id} does not exist")
    return order


def lock_orders(coop_id: UUID, order_ids: Collection[UUID]) -> list[Order]:
    """Those of these orders that there are, by id, locked until the transaction ends."""
    found = select(Order).where(Order.coop_id == coop_id, Order.id.in_(order_ids)).order_by(Order.id)
    return list(db.session.scalars(found.with_for_update().execution_options(populate_existing=True)))


def list_tasks(coop_id: UUID, order_id: UUID) -> list[Task]:
    """An order's tasks: pickup first."""
    return list(
        db.session.scalars(
            select(Task)
            .where(Task.coop_id == coop_id, Task.order_id == order_id)
            .order_by(Task.seq)
            .execution_options(populate_existing=True)
        )
    )


def _order_of(coop_id: UUID, task_id: UUID) -> UUID:
    task = db.session.get(Task, (coop_id, task_id))
    if task is None:
        raise NotFound(f"task {task_id} does not exist")
    return task.order_id


def _facts(task: Task) -> rules.TaskFacts:
    return rules.TaskFacts(kind=task.kind, state=task.state)


def _move(task: Task, action: str, actor: Actor, stamp: Stamp, data: dict[str, Any]) -> datetime:
    """Change a task's state and append it to the history; returns the happening time."""
    now = clock.now()
    happened_at = rules.happened_at(
        stamp.device_at, now, queued_s=stamp.queued_s, not_before=task.announced_at
    )
    before = task.state
    is_there = rules.is_at_the_door(task.ended_at, happened_at)
    task.state = rules.next_task_state(before, action, is_there=is_there)
    skew = None
    if stamp.device_at is not None:
        skew = rules.clock_skew_s(stamp.device_at.timestamp(), now.timestamp(), queued_s=stamp.queued_s)
    db.session.add(
        TaskEvent(
            coop_id=task.coop_id,
            id=uuid4(),
            task_id=task.id,
            action=action,
            state_before=before,
            state_after=task.state,
            actor=actor.kind,
            member_id=actor.member_id,
            rider_id=actor.rider_id,
            client_uuid=stamp.client_uuid,
            device_id=stamp.device_id,
            device_seq=stamp.device_seq,
            device_at=stamp.device_at,
            happened_at=happened_at,
            received_at=now,
            skew_s=skew,
            lonlat=stamp.lonlat,
            data=data,
        )
    )
    return happened_at
