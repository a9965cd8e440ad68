"""What a rider does to a task: repeatable, in any order, late, and paid in the same transaction. Never commits."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import String, and_, cast, exists, func, or_, select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Conflict, NotFound
from dispatch.orders import proofs as proof_store
from dispatch.orders import returns
from dispatch.orders import rules as order_rules
from dispatch.orders import runs
from dispatch.orders import services as orders
from dispatch.orders.models import Order, Run, Task, TaskEvent
from dispatch.orders.proofs import NewProof
from dispatch.orders.rules import ProofFacts
from dispatch.orders.services import Actor, Stamp

from . import corrections, earnings, pay, proofs, rules, services
from .models import Shift
from .pay import Earner
from .queries import RiderView
from .rules import Holder

TEXT_PROOFS = ("code", "name", "barcode", "age", "weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A proof named in an action: a text at once, or a picture whose bytes follow."""

    client_uuid: UUID
    kind: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing a rider did: `verb` is start, arrive, complete, fail or restore.

    `reason`: why it failed, or with whom (`neighbour`) or where (`safe_place`) a parcel was left.
    """

    task_id: UUID
    verb: str
    client_uuid: UUID
    stamp: Stamp
    reason: str | None = None
    proofs: tuple[Given, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How things stand after an action (or after its repeat)."""

    task_id: UUID
    task_state: str
    order_id: UUID
    order_state: str
    run_id: UUID | None
    run_version: int | None
    run_touched: int | None
    return_order_id: UUID | None
    earned: tuple[earnings.EarningLine, ...]


def act(coop_id: UUID, rider: RiderView, action: Action) -> Outcome:
    """Do it, or answer like the first time if this UUID was done already.

    NotFound for a task that never was the rider's, Conflict in words for what happened meanwhile, Invalid for a proof
    that is missing or does not fit.
    """
    locked = _lock_runs(coop_id, rider.id, action.task_id)
    repeat = orders.find_repeat(coop_id, action.client_uuid)
    if repeat is not None:
        return _repeated(coop_id, rider, action, repeat)
    task = _get_task(coop_id, action.task_id)
    if task.run_id is None or _get_run(coop_id, task.run_id).rider_id != rider.id:
        mine = [run for run in locked if run.rider_id == rider.id and run.closed_at is None]
        my_run_id = max(mine, key=lambda run: run.opened_at).id if mine else None
        holder = _holder(coop_id, rider.id, task)
        if not rules.may_take_back(holder, my_run_id, action.verb):
            raise rules.not_mine(holder, str(task.id))
        _give_back(coop_id, task, my_run_id, _actor(rider))
        task = _get_task(coop_id, action.task_id)
    return _do(coop_id, rider, action, task)


def _do(coop_id: UUID, rider: RiderView, action: Action, task: Task) -> Outcome:
    run_id = task.run_id
    if action.verb == "complete":
        _prove(coop_id, action, task)
    if action.verb == "fail" and task.kind == "dropoff":
        _check_no_return(coop_id, task)
    actor = _actor(rider)
    if action.verb == "restore":
        return _outcome(coop_id, *corrections.take_back(coop_id, task, actor=actor, stamp=action.stamp), None)
    moved, order = orders.act_on_task(
        coop_id, task.id, action.verb, actor=actor, stamp=action.stamp, reason=action.reason
    )
    returned = None
    if action.verb == "fail" and moved.kind == "dropoff" and run_id is not None:
        returned = returns.place_return(
            coop_id, order, moved, coop_key=get_coop(coop_id).key, rider_run_id=run_id
        )
    if action.verb in ("complete", "fail") and run_id is not None:
        pay.post_earning(coop_id, moved, order, _earner(coop_id, rider, run_id), drops=_drops(coop_id, order))
        _close_if_last(coop_id, run_id)
    elif action.verb == "arrive" and moved.ended_at is not None and run_id is not None:  # heard after: it waited longer
        pay.undo_earning(coop_id, moved, reason="the arrival was heard later")
        pay.post_earning(coop_id, moved, order, _earner(coop_id, rider, run_id), drops=_drops(coop_id, order))
    return _outcome(coop_id, moved, order, returned.id if returned else None)


def _prove(coop_id: UUID, action: Action, task: Task) -> None:
    """Check the proofs and keep the texts; bytes of pictures come by themselves, before or after."""
    given = [ProofFacts(kind=item.kind, text=item.text) for item in action.proofs]
    known = proof_store.list_facts(coop_id, task.id)
    facts = [*given, *known]
    if action.reason is None:
        order_rules.check_proof(task.required_proof, facts, code=task.code)
    else:
        order_rules.check_left_with(action.reason, task.required_proof, facts, code=task.code)
    for item in _texts(action):
        _keep_text(coop_id, action, item)


def keep_texts(coop_id: UUID, rider: RiderView, action: Action) -> None:
    """Of an action that was refused: what was given at the door is kept all the same, as its pictures are.

    Left out is what proves nothing: a code that does not fit, a weight that is no number, a task that never was the
    rider's.
    """
    texts = _texts(action)
    if not texts or not proofs.was_mine(coop_id, rider.id, action.task_id):
        return
    code = _get_task(coop_id, action.task_id).code
    for item in texts:
        if order_rules.is_sound(ProofFacts(kind=item.kind, text=item.text), code=code):
            with suppress(Conflict):  # the UUID of another proof: that one stands
                _keep_text(coop_id, action, item)


def _texts(action: Action) -> list[Given]:
    return [item for item in action.proofs if item.kind in TEXT_PROOFS and item.text]


def _keep_text(coop_id: UUID, action: Action, item: Given) -> None:
    taken_at = action.stamp.device_at or clock.now()
    new = NewProof(client_uuid=item.client_uuid, kind=item.kind, text=item.text, taken_at=taken_at)
    proof_store.keep(coop_id, action.task_id, new)


def _check_no_return(coop_id: UUID, task: Task) -> None:
    return_of_id = db.session.scalar(
        select(Order.return_of_id).where(Order.coop_id == coop_id, Order.id == task.order_id)
    )
    if return_of_id is not None:
        raise Conflict("this parcel is on its way back: call the coordinator if nobody takes it", code="return_fails")


def _actor(rider: RiderView) -> Actor:
    return Actor(kind="rider", member_id=rider.member_id, rider_id=rider.id)


def _give_back(coop_id: UUID, task: Task, my_run_id: UUID | None, actor: Actor) -> None:
    """Put an order that was given away behind my stops: its rider says that the parcel is in the bag."""
    if my_run_id is None:
        raise NotFound(f"task {task.id} does not exist")
    other_run_id = task.run_id
    waiting = [other for other in orders.list_tasks(coop_id, task.order_id) if other.state in ("todo", "assigned")]
    corrections.append(coop_id, my_run_id, waiting, actor=actor)
    if other_run_id is not None:
        runs.bump_run(coop_id, other_run_id)


def _close_if_last(coop_id: UUID, run_id: UUID) -> None:
    """Close the run of a shift that ended before its last parcel was out."""
    signed_off = db.session.scalar(
        select(Shift.signed_off_at)
        .join(Run, (Run.coop_id == Shift.coop_id) & (Run.shift_id == Shift.id))
        .where(Run.coop_id == coop_id, Run.id == run_id, Run.closed_at.is_(None))
    )
    if signed_off is not None and not runs.open_tasks(coop_id, run_id):
        runs.close_run(coop_id, run_id)


def _repeated(coop_id: UUID, rider: RiderView, action: Action, before: TaskEvent) -> Outcome:
    if before.rider_id != rider.id:
        raise NotFound(f"task {action.task_id} does not exist")
    if (before.task_id, before.action) != (action.task_id, action.verb):
        raise Conflict(f"the UUID {action.client_uuid} was used for another action", code="uuid_reused")
    task = _get_task(coop_id, before.task_id)
    order = db.session.get_one(Order, (coop_id, task.order_id))
    return_ids = select(Order.id).where(Order.coop_id == coop_id, Order.return_of_id == order.id)
    returned = db.session.scalar(return_ids.where(Order.state != "cancelled"))
    return _outcome(coop_id, task, order, returned)


def _outcome(coop_id: UUID, task: Task, order: Order, return_order_id: UUID | None) -> Outcome:
    run = None
    if task.run_id is not None:
        run = db.session.execute(
            select(Run.version, Run.touched).where(Run.coop_id == coop_id, Run.id == task.run_id)
        ).one()
    return Outcome(
        task_id=task.id,
        task_state=task.state,
        order_id=order.id,
        order_state=order.state,
        run_id=task.run_id,
        run_version=run.version if run else None,
        run_touched=run.touched if run else None,
        return_order_id=return_order_id,
        earned=tuple(earnings.list_task_lines(coop_id, task.id)) if task.ended_at is not None else (),
    )


def _lock_runs(coop_id: UUID, rider_id: UUID, task_id: UUID) -> list[Run]:
    """Lock my open runs and the task's, lowest id first, so that two phones of one rider take turns."""
    holder = select(Task.run_id).where(Task.coop_id == coop_id, Task.id == task_id).scalar_subquery()
    is_mine = and_(Run.rider_id == rider_id, Run.closed_at.is_(None))
    found = select(Run).where(Run.coop_id == coop_id, or_(is_mine, Run.id == holder)).order_by(Run.id)
    return list(db.session.scalars(found.with_for_update().execution_options(populate_existing=True)))


def _get_task(coop_id: UUID, task_id: UUID) -> Task:
    task = db.session.scalar(
        select(Task).where(Task.coop_id == coop_id, Task.id == task_id).execution_options(populate_existing=True)
    )
    if task is None:
        raise NotFound(f"task {task_id} does not exist")
    return task


def _get_run(coop_id: UUID, run_id: UUID) -> Run:
    """A run, without a question if it is locked already."""
    return db.session.get_one(Run, (coop_id, run_id))


def _holder(coop_id: UUID, rider_id: UUID, task: Task) -> Holder:
    was_in_my_run = exists().where(
        TaskEvent.coop_id == coop_id,
        TaskEvent.task_id == task.id,
        TaskEvent.action == "assign",
        Run.coop_id == coop_id,
        Run.rider_id == rider_id,
        TaskEvent.data["run_id"].astext == cast(Run.id, String),
    )
    return Holder(
        run_id=task.run_id, was_mine=bool(db.session.scalar(select(was_in_my_run))), state=task.state, kind=task.kind
    )


def _earner(coop_id: UUID, rider: RiderView, run_id: UUID) -> Earner:
    return Earner(member_id=rider.member_id, rider_id=rider.id, shift_id=_get_run(coop_id, run_id).shift_id)


def _drops(coop_id: UUID, order: Order) -> int:
    count = select(func.count()).where(Task.coop_id == coop_id, Task.order_id == order.id, Task.kind == "dropoff")
    return max(1, int(db.session.scalar(count) or 1))


def note_device(coop_id: UUID, rider: RiderView, stamp: Stamp) -> None:
    """Remember the phone that sent an action, its sequence and how far its clock is off."""
    if stamp.device_id is None or stamp.device_at is None:
        return
    offset_s = order_rules.clock_skew_s(
        stamp.device_at.timestamp(), clock.now().timestamp(), queued_s=stamp.queued_s
    )
    services.note_device(coop_id, rider.id, stamp.device_id, seq=stamp.device_seq or 0, offset_s=offset_s)
