"""Decide about shifts, late actions and whose task it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.core.errors import Conflict, Invalid, NotFound, PacelineError

EARLY_SIGN_ON = timedelta(minutes=45)
LONGEST_SHIFT = timedelta(hours=14)
USUAL_SHIFT = timedelta(hours=4)
OVERDUE_AFTER = timedelta(hours=1)
POSITION_KEPT = timedelta(days=30)
LONGEST_DAY_M = (1_000, 300_000)
"""Within what a rider may set the limit of their own day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedShift:
    """A shift that was agreed and not begun."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a task: the run it is in now, whether it was in mine before, and its state."""

    run_id: UUID | None
    was_mine: bool
    state: str
    kind: str


def fitting_shift(agreed: Sequence[AgreedShift], now: datetime, wanted: UUID | None) -> AgreedShift | None:
    """The agreed shift to sign on to: the wanted one, else the one running now or about to begin; None for none.

    NotFound if the wanted one is not among them.
    """
    if wanted is not None:
        for shift in agreed:
            if shift.id == wanted:
                return shift
        raise NotFound(f"shift {wanted} is not among your shifts")
    near = [shift for shift in agreed if shift.starts_at - EARLY_SIGN_ON <= now < shift.ends_at]
    return min(near, key=lambda shift: shift.starts_at, default=None)


def check_end(ends_at: datetime | None, now: datetime) -> datetime:
    """When a shift without agreement ends; Invalid if that is past or too far away."""
    end = ends_at or now + USUAL_SHIFT
    if end <= now:
        raise Invalid(f"the shift would end at {end.isoformat()}, which is over", code="shift_times")
    if end - now > LONGEST_SHIFT:
        raise Invalid(f"a shift lasts at most {LONGEST_SHIFT.seconds // 3600} hours", code="shift_times")
    return end


def check_sign_off(on_board: Sequence[str]) -> None:
    """Conflict while parcels are on the bike; names their orders."""
    if on_board:
        numbers = ", ".join(sorted(on_board))
        raise Conflict(
            f"you still have a parcel on board ({numbers}): deliver it, or mark it as failed to bring it back",
            code="parcel_on_board",
            orders=sorted(on_board),
        )


def may_take_back(holder: Holder, my_run_id: UUID | None, action: str) -> bool:
    """Whether a pickup that the planner gave away while this rider's phone was offline is theirs after all.

    Who holds the parcel is right: a rider who says `picked up` late gets the order back unless somebody has begun it.
    """
    return (
        my_run_id is not None
        and holder.run_id != my_run_id
        and holder.was_mine
        and holder.kind == "pickup"
        and action == "complete"
        and holder.state in ("todo", "assigned")
    )


def not_mine(holder: Holder, what: str) -> PacelineError:
    """Why a task that is not in this rider's run cannot be acted on: absent if it never was, in words if it was."""
    if not holder.was_mine:
        return NotFound(f"task {what} does not exist")
    if holder.state == "cancelled":
        return Conflict("the merchant or a coordinator cancelled this order meanwhile", code="cancelled_meanwhile")
    return Conflict("this stop was given to somebody else meanwhile: call the coordinator", code="reassigned_meanwhile")


def check_longest_day(metres: int | None) -> int | None:
    """How far a rider rides in one shift at most; None: as far as it takes."""
    if metres is not None and not LONGEST_DAY_M[0] <= metres <= LONGEST_DAY_M[1]:
        low, high = (limit // 1000 for limit in LONGEST_DAY_M)
        raise Invalid(f"{metres} m: a day's limit lies between {low} and {high} km", code="longest_day")
    return metres


def own_speed(factor: float) -> float:
    """A rider's own speed against the co-op's as it is used: in steps of a twentieth, because each is a matrix."""
    return min(max(round(factor * 20) / 20, 0.7), 1.4)
