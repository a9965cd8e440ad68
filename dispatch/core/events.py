"""The closed list of things that happen. Past tense, ids only; payloads are JSON.

Adding one means: a dataclass here, and one line in `worker/routes.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened inside one co-op."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """A merchant's order was accepted; its zone wants a plan."""

    order_id: UUID
    merchant_id: UUID
    zone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatusChanged(Event):
    """An order moved to another state; what merchants and recipients are told."""

    order_id: UUID
    merchant_id: UUID
    state: str
    status_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """An order was cancelled; its zone wants a plan without it."""

    order_id: UUID
    merchant_id: UUID
    zone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelivered(Event):
    """The last dropoff of an order is done: charge the merchant, thank the recipient."""

    order_id: UUID
    merchant_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMoved(Event):
    """A rider (or coordinator) moved a task through its states."""

    task_id: UUID
    order_id: UUID
    zone_id: UUID
    rider_id: UUID | None
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChanged(Event):
    """A rider's run has another version; the phone fetches it."""

    run_id: UUID
    rider_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWanted(Event):
    """Something other than an order made the zone's plan out of date."""

    zone_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardReported(Event):
    """Somebody reported a hazard: streets are weighed anew, riders whose way it crosses are told."""

    hazard_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardChanged(Event):
    """A hazard was confirmed, disputed or cleared, or got a photo."""

    hazard_id: UUID
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardOnTheWay(Event):
    """A new hazard lies on the way that a rider has been shown."""

    hazard_id: UUID
    rider_id: UUID
    run_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(Event):
    """Work waits for a rider's yes; `from_rider_id` is the colleague who asks, None for the planner."""

    offer_id: UUID
    order_id: UUID
    rider_id: UUID
    from_rider_id: UUID | None
    zone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAnswered(Event):
    """An offer was accepted, declined, let lapse or withdrawn; the plan goes on from there."""

    offer_id: UUID
    order_id: UUID
    rider_id: UUID
    from_rider_id: UUID | None
    zone_id: UUID
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiderNudged(Event):
    """An idle rider may like to know where orders are likely."""

    nudge_id: UUID
    rider_id: UUID
    zone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBoardChanged(Event):
    """Other orders than before are there to be picked."""

    zone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpWanted(Event):
    """A rider calls for help or reports an incident; the coordinators are told this second."""

    incident_id: UUID
    is_sos: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAnswered(Event):
    """A coordinator is on it; the rider who called is told."""

    incident_id: UUID
    rider_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Event):
    """A member wants a person to look at a line of pay or a decision."""

    question_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(Event):
    """A person who was not involved has answered; who asked is told."""

    question_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposed(Event):
    """The planner has a plan that waits for a coordinator's yes."""

    zone_id: UUID
    proposal_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRefused(Event):
    """The checker refused a plan; the last good one stays. Someone should look."""

    zone_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftStarted(Event):
    """A rider signed on."""

    shift_id: UUID
    rider_id: UUID
    zone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEnded(Event):
    """A rider signed off, early or on time."""

    shift_id: UUID
    rider_id: UUID
    zone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodClosed(Event):
    """A pay period was closed and its statements made."""

    period_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPushWanted(Event):
    """A rider asked for a trial message on a device."""

    member_id: UUID


EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        OrderPlaced,
        OrderStatusChanged,
        OrderCancelled,
        OrderDelivered,
        TaskMoved,
        RunChanged,
        PlanWanted,
        HazardReported,
        HazardChanged,
        HazardOnTheWay,
        OfferMade,
        OfferAnswered,
        RiderNudged,
        OpenBoardChanged,
        HelpWanted,
        HelpAnswered,
        QuestionAsked,
        QuestionAnswered,
        PlanProposed,
        PlanRefused,
        ShiftStarted,
        ShiftEnded,
        PeriodClosed,
        TestPushWanted,
    )
}


def to_payload(happened: Event) -> dict[str, Any]:
    """The event as JSON-ready ids and words."""
    return {key: str(value) if isinstance(value, UUID) else value for key, value in asdict(happened).items()}
