"""An hour takes as many orders as the riders who are to work in it carry."""
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.planning.slot_rules import SLOT, Slot, Work, beginnings, capacity, have_room, riders_in

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def shift(from_min: float, until_min: float, break_s: int = 0) -> Work:
    """Work between minutes after noon."""
    begins, ends = (NOON + timedelta(minutes=minutes) for minutes in (from_min, until_min))
    return Work(starts_at=begins, ends_at=ends, break_s=break_s)


def slot(capacity_: int | None, booked: int) -> Slot:
    """The hour from noon on."""
    return Slot(begins_at=NOON, riders=1, capacity=capacity_, booked=booked)


@pytest.mark.parametrize(("shifts", "riders"), [
    ([], 0),
    ([shift(0, 240), shift(-60, 60)], 2),
    ([shift(30, 240)], 0.5),
    ([shift(60, 120), shift(-120, 0)], 0),
    ([shift(0, 240, break_s=3600)], 0.75),
])  # fmt: skip
def test_riders_count_for_the_part_that_they_work(shifts: list[Work], riders: float) -> None:
    """Half an hour is half a rider; a break of a quarter of the shift leaves three quarters, whenever it is taken."""
    assert riders_in(NOON, shifts) == riders


@given(st.lists(st.tuples(st.integers(-600, 600), st.integers(1, 600)), max_size=12), st.integers(0, 12))
def test_one_rider_more_is_never_less_room(spans: list[tuple[int, int]], more: int) -> None:
    """Capacity follows the riders, in both directions."""
    shifts = [shift(begins, begins + length) for begins, length in spans]
    fewer = capacity(riders_in(NOON, shifts[: len(shifts) - min(more, len(shifts))]), 4)
    assert fewer <= capacity(riders_in(NOON, shifts), 4) <= 4 * len(shifts)


def test_hours_touch_what_was_asked_for() -> None:
    """From the full hour before on; what ends at a full hour does not touch the next."""
    found = list(beginnings(NOON + timedelta(minutes=20), NOON + 3 * SLOT))
    assert found == [NOON, NOON + SLOT, NOON + 2 * SLOT]


def test_room_in_one_of_the_hours_is_enough() -> None:
    """And an hour of which nothing is known refuses nobody."""
    assert not have_room([slot(4, 4), slot(0, 0), slot(2, 5)])
    assert have_room([slot(4, 4), slot(4, 3)]) and have_room([slot(None, 99)])
    assert slot(2, 5).left == 0 and slot(None, 9).left is None
