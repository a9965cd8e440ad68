"""What other packages may know of orders, tasks, runs and their history: frozen facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from dispatch.core.units import LonLat

from .rules import OPEN_TASK_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One task. `code` is what the recipient must say: never show it to a rider."""

    id: UUID
    order_id: UUID
    kind: str
    seq: int
    state: str
    run_id: UUID | None
    position: int | None
    pinned_rider_id: UUID | None
    is_sequenced: bool
    address: str
    lonlat: LonLat
    contact_name: str
    contact_phone: str
    note: str
    ready_at: datetime | None
    window_from: datetime | None
    window_by: datetime | None
    is_strict: bool
    floor: int
    has_lift: bool
    service_s: int
    required_proof: tuple[str, ...]
    code: str | None
    eta_at: datetime | None
    eta_late_at: datetime | None
    leg_s: int | None
    announced_at: datetime | None
    started_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    ended_by: UUID | None
    fail_reason: str | None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN_TASK_STATES


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """One order with its tasks, pickup first, its merchant's name and the rider whose run has it."""

    id: UUID
    merchant_id: UUID
    merchant_name: str
    zone_id: UUID
    number: str
    external_id: str | None
    content_sha256: str
    track_token: str
    state: str
    attempt: int
    status_seq: int
    is_test: bool
    return_of_id: UUID | None
    return_order_id: UUID | None
    quote_id: UUID | None
    price_cents: int
    tax_cents: int
    price_lines: list[dict[str, Any]]
    tip_cents: int
    currency: str
    tariff_version: str
    pay_version: str
    weight_g: int
    volume_ml: int
    route_m: int
    priority: int
    note: str
    metadata: dict[str, Any]
    simulation: dict[str, Any] | None
    unserved: dict[str, Any] | None
    barred_riders: tuple[UUID, ...]
    plan_mode: str | None
    skills: tuple[str, ...]
    longest_ride_s: int | None
    is_solidarity: bool
    promised_pickup_at: datetime | None
    promised_dropoff_at: datetime | None
    placed_at: datetime
    ended_at: datetime | None
    cancel_reason: str | None
    tasks: tuple[TaskView, ...]
    rider_id: UUID | None

    @cached_property
    def pickup(self) -> TaskView:
        """Where the goods come from."""
        return next(task for task in self.tasks if task.kind == "pickup")

    @cached_property
    def dropoffs(self) -> tuple[TaskView, ...]:
        """Where they go, in the merchant's order."""
        return tuple(task for task in self.tasks if task.kind == "dropoff")

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be done for it."""
        return any(task.is_open for task in self.tasks)

    @property
    def is_on_board(self) -> bool:
        """Whether goods of it are on a bike."""
        return self.pickup.state == "done" and any(task.is_open for task in self.dropoffs)

    @property
    def is_stranded(self) -> bool:
        """Whether they are on the bike of a rider who has stopped."""
        return self.is_on_board and (self.unserved or {}).get("code") == "stranded"

    @property
    def is_waiting(self) -> bool:
        """Whether nobody brings it: no rider has it, or one who has stopped."""
        return self.rider_id is None or self.is_stranded

    @property
    def eta_at(self) -> datetime | None:
        """When the last open dropoff is expected."""
        return max((task.eta_at for task in self.dropoffs if task.is_open and task.eta_at), default=None)

    @property
    def due_at(self) -> datetime | None:
        """When the last dropoff was promised."""
        windows = [task.window_by for task in self.dropoffs if task.window_by]
        return max(windows, default=self.promised_dropoff_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOrder:
    """As much of an order as a rider's stop tells of it."""

    id: UUID
    number: str
    merchant_name: str
    note: str
    weight_g: int
    pay_version: str
    promised_dropoff_at: datetime | None
    return_of_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMark:
    """As much of a run as says where it is ridden and whether a phone knows it; `touched` counts what its stops saw."""

    id: UUID
    shift_id: UUID
    zone_id: UUID
    version: int
    touched: int
    unseen_since: datetime | None


@dataclass(frozen=True, kw_only=True)
class RunView:
    """One rider's run: its open tasks in order, and how many are done."""

    id: UUID
    rider_id: UUID
    shift_id: UUID
    zone_id: UUID
    version: int
    touched: int
    unseen_since: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    tasks: tuple[TaskView, ...]
    done_count: int
    last_done: TaskView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """One thing that was done to a task."""

    id: UUID
    task_id: UUID
    task_kind: str
    address: str
    action: str
    state_before: str
    state_after: str
    actor: str
    member_id: UUID | None
    rider_id: UUID | None
    happened_at: datetime
    received_at: datetime
    device_id: str | None
    device_seq: int | None
    device_at: datetime | None
    skew_s: int | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """One proof without its bytes."""

    id: UUID
    task_id: UUID
    kind: str
    text: str | None
    content_type: str | None
    sha256: str | None
    taken_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantDay:
    """How one merchant's orders of a day stand."""

    id: UUID
    name: str
    placed: int
    running: int
    delivered: int
    late: int
