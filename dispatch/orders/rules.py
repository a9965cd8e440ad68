"""Decide how tasks and orders may move, and what an order's tasks say about its state. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from dispatch.core.errors import Conflict, Invalid

TASK_STATES = ("todo", "assigned", "started", "arrived", "done", "failed", "cancelled")
OPEN_TASK_STATES = ("todo", "assigned", "started", "arrived")
ENDED_TASK_STATES = ("done", "failed")
OrderState = Literal[
    "pending",
    "assigned",
    "en_route_pickup",
    "at_pickup",
    "picked_up",
    "at_dropoff",
    "delivered",
    "returning",
    "returned",
    "failed",
    "cancelled",
]
ORDER_STATES: tuple[str, ...] = get_args(OrderState)
OPEN_ORDER_STATES = ORDER_STATES[:6]
ENDED_ORDER_STATES = ("delivered", "returned", "failed", "cancelled")
FAIL_REASONS = ("nobody_home", "refused", "wrong_address", "closed", "damaged", "not_ready", "no_access", "other")
ProofKind = Literal["photo", "signature", "code", "barcode", "name", "age", "weight"]
PROOF_KINDS: tuple[str, ...] = get_args(ProofKind)
NOTE = "note"
"""A rider's own words about a stop: kept with the proofs, never asked for."""
KEPT_KINDS = (*PROOF_KINDS, NOTE)
PICKUP_PROOF = ("weight",)
"""Asked for where the parcel is taken on, not where it is handed over."""
PERSONAL_PROOF = ("signature", "code", "age")
"""Only the recipient can give these, so a parcel that needs one is left with nobody else."""
LEFT_WITH = {"neighbour": "name", "safe_place": "photo"}
"""Where a parcel may be left if nobody is home, and the proof it takes."""
AT_THE_DOOR = timedelta(minutes=1)
"""Whoever takes back within this what they did has not left."""
LATEST_ACTION = timedelta(hours=24)
SKEW_TOLERATED_S = 20
"""As long as a phone waits for an answer: what differs by more is no slow network but a wrong clock."""

RiderAction = Literal["start", "arrive", "complete", "fail", "restore"]

_MOVES: dict[tuple[str, str], str] = {
    ("todo", "assign"): "assigned",
    ("assigned", "assign"): "assigned",
    ("assigned", "unassign"): "todo",
    ("started", "unassign"): "todo",
    ("arrived", "unassign"): "todo",
    ("assigned", "start"): "started",
    ("assigned", "arrive"): "arrived",
    ("assigned", "complete"): "done",
    ("assigned", "fail"): "failed",
    ("started", "arrive"): "arrived",
    ("started", "complete"): "done",
    ("started", "fail"): "failed",
    ("arrived", "complete"): "done",
    ("arrived", "fail"): "failed",
    ("arrived", "start"): "arrived",  # what was done before and is heard after is noted, and changes nothing
    ("done", "start"): "done",
    ("done", "arrive"): "done",
    ("failed", "start"): "failed",
    ("failed", "arrive"): "failed",
    ("todo", "cancel"): "cancelled",
    ("assigned", "cancel"): "cancelled",
    ("started", "cancel"): "cancelled",
    ("arrived", "cancel"): "cancelled",
    ("started", "restore"): "assigned",
    ("arrived", "restore"): "started",
    ("failed", "restore"): "assigned",
    ("done", "restore"): "assigned",
    ("cancelled", "reopen"): "todo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What the rules need to know of a task."""

    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFacts:
    """A proof as it arrived: its kind and its text (code typed, name given)."""

    kind: str
    text: str | None = None


def next_task_state(state: str, action: str, *, is_there: bool = False) -> str:
    """The state after an action; Conflict names what was tried on what. `is_there`: as `is_at_the_door` has it."""
    try:
        after = _MOVES[(state, action)]
    except KeyError as error:
        raise Conflict(f"a task that is {state} cannot {action}", code="wrong_state", state=state) from error
    return "arrived" if action == "restore" and state in ENDED_TASK_STATES and is_there else after


def is_at_the_door(ended_at: datetime | None, happened_at: datetime) -> bool:
    """Whether who takes back the end of a task has not left yet; later they come anew."""
    return ended_at is not None and happened_at - ended_at <= AT_THE_DOOR


def check_heard_late(action: str, at: datetime, *, known_at: datetime | None, before: datetime | None) -> None:
    """Of a start or an arrival that is heard after what followed it: Conflict unless it happened before that.

    `known_at`: since when it is known to have happened, None for a step that was skipped. A second phone that takes
    the step again, later, is refused as ever.
    """
    if before is None or at > before or (known_at is not None and known_at < before):
        raise Conflict(f"this task is further on: it cannot {action} again", code="wrong_state")


def order_state(tasks: Sequence[TaskFacts], *, returned: bool | None = None) -> str:
    """What an order's tasks say about it. `returned`: None without a return order, else whether it is back.

    A pickup that failed fails the order. A dropoff that failed after pickup means the goods go back.
    """
    pickups = [task for task in tasks if task.kind == "pickup"]
    dropoffs = [task for task in tasks if task.kind == "dropoff"]
    if all(task.state == "cancelled" for task in tasks):
        return "cancelled"
    pickup_states = {task.state for task in pickups}
    if "failed" in pickup_states:
        return "failed"
    if pickup_states != {"done"}:
        for state, name in (("arrived", "at_pickup"), ("started", "en_route_pickup"), ("assigned", "assigned")):
            if state in pickup_states:
                return name
        return "pending"
    return _state_after_pickup({task.state for task in dropoffs if task.state != "cancelled"}, returned)


def _state_after_pickup(states: set[str], returned: bool | None) -> str:
    if "arrived" in states:
        return "at_dropoff"
    if states & {"todo", "assigned", "started"}:
        return "picked_up"
    if "failed" in states:
        if returned is None:
            return "failed"
        return "returned" if returned else "returning"
    return "delivered"


def check_cancellable(tasks: Sequence[TaskFacts]) -> None:
    """Conflict unless nothing of the order was picked up or ended yet."""
    if any(task.kind == "pickup" and task.state == "done" for task in tasks):
        raise Conflict("the parcel is picked up already: ask the co-op to bring it back", code="already_picked_up")
    if not any(task.state in OPEN_TASK_STATES for task in tasks):
        raise Conflict("the order has ended already", code="order_ended")


def check_order_of_tasks(kind: str, sibling_states: Sequence[TaskFacts], action: str) -> None:
    """Conflict if a dropoff ends before its pickup, or a pickup is taken back after that.

    Nothing can be handed over, or brought back, that nobody has.
    """
    if kind == "pickup" and action == "restore":
        if any(task.kind == "dropoff" and task.state in ("arrived", *ENDED_TASK_STATES) for task in sibling_states):
            raise Conflict("a drop of this order is done already: take that back first", code="drop_done")
    if kind != "dropoff" or action not in ("arrive", "complete", "fail"):
        return
    if any(task.kind == "pickup" and task.state != "done" for task in sibling_states):
        raise Conflict("pick the parcel up first", code="pickup_first")


def check_fail_reason(reason: str | None) -> str:
    """The reason for a failed task; Invalid unless it is one we count."""
    if reason not in FAIL_REASONS:
        raise Invalid(f"reason {reason!r}: use one of {', '.join(FAIL_REASONS)}")
    return reason


def check_proof(required: Sequence[str], proofs: Sequence[ProofFacts], *, code: str | None) -> None:
    """Invalid names each proof that is missing, or a code that does not fit."""
    given = {proof.kind for proof in proofs}
    for kind in required:
        if kind not in given:
            raise Invalid(f"proof missing: {kind}", code="proof_missing", missing=kind)
    for proof in proofs:
        if proof.kind == "weight" and not is_sound(proof, code=code):
            raise Invalid("the weight is not a number of grams: weigh it again", code="weight_unreadable")
    if code is not None:
        typed = [proof.text for proof in proofs if proof.kind == "code"]
        if typed and code not in typed:
            raise Invalid("the code does not fit this delivery: ask the recipient again", code="wrong_code")


def is_sound(proof: ProofFacts, *, code: str | None) -> bool:
    """Whether a proof can stand by itself, whatever else is missing: a weight in grams, the code that was agreed."""
    if proof.kind == "weight":
        return (proof.text or "").isdecimal()
    return proof.kind != "code" or code is None or proof.text == code


def check_left_with(
    left: str | None, required: Sequence[str], proofs: Sequence[ProofFacts], *, code: str | None
) -> None:
    """Invalid unless a parcel may be left with a neighbour or in a safe place, and the proof for that is given."""
    if left is None:
        return
    if left not in LEFT_WITH:
        raise Invalid(f"left with {left!r}: use one of {', '.join(LEFT_WITH)}")
    if code is not None or set(required) & set(PERSONAL_PROOF):
        raise Invalid("this parcel is for the recipient alone: bring it back instead", code="recipient_only")
    if LEFT_WITH[left] not in {proof.kind for proof in proofs}:
        raise Invalid(f"proof missing: {LEFT_WITH[left]}", code="proof_missing", missing=LEFT_WITH[left])


def clock_skew_s(device_s: float, server_s: float, *, queued_s: float) -> int:
    """Seconds by which a device's clock is ahead, given how long the action waited on the device."""
    return round(device_s + queued_s - server_s)


def by_own_sequence(events: Sequence[tuple[str | None, int | None]]) -> list[int]:
    """An order for events that are sorted by time: `(device, its sequence)` each; indices into `events`.

    Devices keep the places that time gives them. Within these, what one device did stands as it counted it itself: its
    clock may have been set meanwhile, its own count never goes back.
    """
    order = list(range(len(events)))
    places: dict[str, list[int]] = {}
    for index, (device, seq) in enumerate(events):
        if device is not None and seq is not None:
            places.setdefault(device, []).append(index)
    for own in places.values():
        for place, index in zip(own, sorted(own, key=lambda each: events[each][1] or 0), strict=True):
            order[place] = index
    return order


def happened_at(
    device_at: datetime | None, now: datetime, *, queued_s: float, not_before: datetime | None
) -> datetime:
    """When an action happened, by our clock: the device's time, corrected by how long the action waited on it.

    A device whose clock is off by more than a network is slow still knows the wait: half a minute is half a minute of
    pay, and a lesson in how late riders come. Never in the future, never before the task was announced; an action
    older than a day counts as happening now.
    """
    if device_at is None:
        return now
    by_wait = now - timedelta(seconds=max(0.0, queued_s))
    at = by_wait if abs((by_wait - device_at).total_seconds()) > SKEW_TOLERATED_S else min(device_at, now)
    if at < now - LATEST_ACTION:
        return now
    return max(at, not_before) if not_before is not None else at
