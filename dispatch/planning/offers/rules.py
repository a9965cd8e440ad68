"""Decide how an order finds its rider, what may be answered to an offer, and who may give work away. Pure.

An offer is `open` until it is accepted, declined, lapsed or withdrawn; an accepted one may be handed back. A no counts
for this one order and for nothing else: it is no input to any later plan, and no record judges it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.core.errors import Conflict

STATES = ("open", "accepted", "declined", "lapsed", "withdrawn", "handed_back")
SOURCES = ("planner", "colleague", "board")

_MOVES: dict[tuple[str, str], str] = {
    ("open", "accept"): "accepted",
    ("open", "decline"): "declined",
    ("open", "lapse"): "lapsed",
    ("open", "withdraw"): "withdrawn",
    ("lapsed", "accept"): "accepted",
    ("accepted", "hand_back"): "handed_back",
}

COLLEAGUE_ANSWERS_IN = timedelta(minutes=5)
"""How long a colleague who is asked may think."""

MOST_ASKED = 3
"""Colleagues one rider may be asking at a time: more would be pushing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What the rules look at in an order. `holder` is the run that has it, `offered_to` the rider it is offered to."""

    is_open: bool
    is_picked_up: bool
    holder: UUID | None
    offered_to: UUID | None
    weight_g: int = 0
    volume_ml: int = 0
    skills: frozenset[str] = frozenset()


def next_state(state: str, action: str) -> str:
    """The state after an action; Conflict in words for one that comes too late."""
    try:
        return _MOVES[(state, action)]
    except KeyError as error:
        raise too_late(state) from error


def too_late(state: str) -> Conflict:
    """Why an offer cannot be answered any more; nobody is blamed."""
    words = {
        "accepted": "this work was accepted already",
        "declined": "you said no to this before: pick it from the open board if it is still there",
        "lapsed": "this offer went on to somebody else before your answer arrived; it counts for nothing",
        "withdrawn": "this offer was taken back before your answer arrived: the order went elsewhere or was cancelled",
        "handed_back": "you handed this back already",
    }
    return Conflict(words.get(state, "this offer is over"), code="offer_over", state=state)


def check_accept(state: str, order: OrderFacts, *, giver: UUID | None) -> str:
    """The state of an offer after a yes; Conflict says what happened meanwhile.

    `giver` is the run of the colleague who asked, None for the planner's own offer. A yes that comes after the time
    still counts as long as nobody else has, or is thinking about, the order: who wants the work is not sent away for a
    dead zone.
    """
    if not order.is_open:
        raise Conflict("this order was cancelled or finished meanwhile", code="order_ended")
    if order.is_picked_up:
        raise Conflict("the goods are on somebody's bike already", code="on_board")
    if order.holder != giver:
        raise Conflict(
            "this order has gone to somebody else meanwhile; your late answer counts for nothing", code="taken"
        )
    if state == "lapsed" and (giver is not None or order.offered_to is not None):
        raise too_late(state)
    return next_state(state, "accept")


def check_swap(state: str, order: OrderFacts, *, giver: UUID | None, is_answer: bool) -> None:
    """Conflict unless a colleague's open question about an order may be answered with an order in return."""
    if giver is None or is_answer:
        raise Conflict("only a colleague's question can be answered with an order in return", code="no_swap")
    if state != "open":
        raise too_late(state)
    check_accept(state, order, giver=giver)


def check_pick(mode: str, order: OrderFacts, *, me: UUID) -> None:
    """Conflict unless an order is there to be picked by this rider."""
    if not order.is_open:
        raise Conflict("this order was cancelled or finished meanwhile", code="order_ended")
    if order.holder is not None:
        raise Conflict("somebody else picked it a moment before you", code="taken")
    if order.offered_to not in (None, me):
        raise Conflict("somebody else is being asked for it just now", code="taken")
    if mode != "open" and order.offered_to is None:
        raise Conflict("this order is not on the open board any more", code="not_on_board")


def check_share(waiting: int, most: int | None) -> None:
    """Conflict for a rider who has as many orders still to be fetched as the rules let one have at once."""
    if most is not None and waiting >= most:
        raise Conflict(
            f"you have {waiting} orders to fetch; your rules give nobody more than {most} at once", code="full_share"
        )


def check_fits(order: OrderFacts, *, capacity_g: int, capacity_ml: int, skills: Collection[str] = ()) -> None:
    """Conflict for goods that this rider's bike does not carry, or this rider may not."""
    if lacking := order.skills.difference(skills):
        raise Conflict(f"it needs {', '.join(sorted(lacking))}, which you or your bike have not", code="lacks_skill")
    if order.weight_g > capacity_g:
        raise Conflict(
            f"it weighs {order.weight_g / 1000:g} kg, your bike carries {capacity_g / 1000:g} kg", code="too_heavy"
        )
    if order.volume_ml > capacity_ml:
        raise Conflict(
            f"it takes {order.volume_ml / 1000:g} l, your bike holds {capacity_ml / 1000:g} l", code="too_bulky"
        )


def check_give_away(order: OrderFacts, *, mine: UUID) -> None:
    """Conflict unless an order is in this run and not picked up yet."""
    if order.is_picked_up:
        raise Conflict(
            "you have picked it up: deliver it, or mark it as failed to bring it back", code="on_board"
        )
    if not order.is_open or order.holder != mine:
        raise Conflict("this order is not in your run any more", code="not_yours")


def is_over(expires_at: datetime, now: datetime) -> bool:
    """Whether the time to answer is over."""
    return now >= expires_at


def merged(planned: Collection[UUID], current: Collection[UUID], new: Collection[UUID]) -> list[UUID]:
    """A run's stops with new ones where the plan wanted them, or at the end if the run has changed since."""
    arriving = set(new)
    if [task for task in planned if task not in arriving] == list(current) and arriving <= set(planned):
        return list(planned)
    return [*current, *new]
