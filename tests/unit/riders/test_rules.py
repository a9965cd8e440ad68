"""Shifts that fit, sign-off, and whose task it is."""
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dispatch.core.errors import Conflict, Invalid, NotFound
from riders import rules
from riders.rules import AgreedShift, Holder

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINE = uuid4()


def agreed(starts_in_min: int, hours: float = 4) -> AgreedShift:
    """A shift that starts so many minutes from now."""
    starts_at = NOW + timedelta(minutes=starts_in_min)
    return AgreedShift(id=uuid4(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours))


def holder(**changes: object) -> Holder:
    """A pickup that was mine and is in somebody else's run."""
    return Holder(**{"run_id": uuid4(), "was_mine": True, "state": "assigned", "kind": "pickup"} | changes)


def test_the_shift_that_runs_or_is_about_to_begin_is_taken() -> None:
    """A rider who signs on a little early means that shift, not a new one."""
    soon, tonight = agreed(30), agreed(400)
    assert rules.fitting_shift([tonight, soon], NOW, None) == soon
    assert rules.fitting_shift([tonight], NOW, None) is None
    assert rules.fitting_shift([tonight, soon], NOW, tonight.id) == tonight
    with pytest.raises(NotFound):
        rules.fitting_shift([soon], NOW, uuid4())


def test_a_shift_of_ones_own_ends_today_and_not_in_the_past() -> None:
    """A slip in the time field must not plan work for three days."""
    assert rules.check_end(None, NOW) == NOW + rules.USUAL_SHIFT
    for wrong in (NOW - timedelta(minutes=1), NOW + timedelta(hours=15)):
        with pytest.raises(Invalid):
            rules.check_end(wrong, NOW)


def test_a_rider_cannot_go_home_with_a_parcel() -> None:
    """The refusal names the orders."""
    rules.check_sign_off([])
    with pytest.raises(Conflict, match="A1, B2"):
        rules.check_sign_off(["B2", "A1"])


@pytest.mark.parametrize(
    ("changes", "action", "may"),
    [
        ({}, "complete", True),
        ({}, "arrive", False),
        ({"was_mine": False}, "complete", False),
        ({"state": "started"}, "complete", False),
        ({"state": "cancelled"}, "complete", False),
        ({"kind": "dropoff"}, "complete", False),
        ({"run_id": MINE}, "complete", False),
        ({"run_id": None, "state": "todo"}, "complete", True),
    ],
)
def test_only_a_parcel_in_the_bag_takes_an_order_back(changes: dict[str, object], action: str, may: bool) -> None:
    """And only while nobody else has begun it."""
    assert rules.may_take_back(holder(**changes), MINE, action) is may


def test_a_stranger_learns_nothing_and_a_former_holder_learns_why() -> None:
    """404 for the first, words for the second."""
    assert isinstance(rules.not_mine(holder(was_mine=False), "x"), NotFound)
    assert rules.not_mine(holder(state="cancelled"), "x").code == "cancelled_meanwhile"
    assert rules.not_mine(holder(), "x").code == "reassigned_meanwhile"
