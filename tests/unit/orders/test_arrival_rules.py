"""Honest times: half of the stops by the expected time, nine of ten by the late one, whatever the co-op is like."""
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.orders.arrival_rules import BLANK, Arrival, StopAhead, learn, schedule, told

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def arrivals(count: int, seed: int, middle: float, spread: float) -> list[Arrival]:
    """Stops a few to fifty minutes ahead, late by a share of the time ahead that varies."""
    rng = Random(seed)
    found = []
    for _ in range(count):
        ahead_s = rng.uniform(200, 3000)
        found.append(Arrival(ahead_s=ahead_s, delay_s=(ahead_s + 120) * rng.gauss(middle, spread)))
    return found


@pytest.mark.parametrize(("middle", "spread"), [(0.0, 0.1), (0.25, 0.3), (-0.1, 0.05)])
def test_new_arrivals_are_covered_as_claimed(middle: float, spread: float) -> None:
    """Learned from some, judged by others, in a punctual co-op, an overloaded one, and one that beats its plans."""
    learned = [learn(arrivals(600, seed, middle, spread), "later") for seed in range(6)]
    later = arrivals(1000, 7, middle, spread)
    assert learned[0].sample_size == 600
    for share, ends in ((0.5, [one.middle_s for one in learned]), (0.9, [one.late_s for one in learned])):
        kept = [each.delay_s <= end(each.ahead_s) for end in ends for each in later]
        assert sum(kept) / len(kept) == pytest.approx(share, abs=0.04)


def test_forgotten_buttons_move_nothing() -> None:
    """One arrival in twenty is reported hours late."""
    clean, dirty = arrivals(400, 1, 0.1, 0.1), arrivals(400, 1, 0.1, 0.1)
    dirty[::20] = [Arrival(ahead_s=each.ahead_s, delay_s=9_000) for each in dirty[::20]]
    assert learn(dirty, "later").middle_s(1200) == pytest.approx(learn(clean, "later").middle_s(1200), abs=30)
    nonsense = [Arrival(ahead_s=-5, delay_s=0), Arrival(ahead_s=600, delay_s=80_000)]
    assert learn([*clean, *nonsense], "later").sample_size == 400


def test_few_arrivals_count_for_little() -> None:
    """Three late stops are no law; forty are."""
    blank = BLANK["dropoff", "later"].middle_s(1200)
    three, forty = (
        learn([Arrival(ahead_s=1200, delay_s=1200)] * count, "later").middle_s(1200) for count in (3, 40)
    )
    assert three - blank < 300
    assert forty > 1000


@given(
    st.lists(st.builds(Arrival, ahead_s=st.floats(1, 9000), delay_s=st.floats(-3000, 9000)), max_size=60),
    st.sampled_from(["next", "later"]),
)
def test_the_late_end_never_comes_before_the_middle_nor_before_that_of_an_earlier_stop(
    found: list[Arrival], occasion: str
) -> None:
    """A range is a range, and later stops of one run are told to be later."""
    lateness = learn(found, occasion)
    ends = []
    for ahead, middle, late in lateness.points:
        assert late >= middle
        ends.append(ahead + late)
    assert ends == sorted(ends)


def test_without_history_a_later_stop_is_told_with_more_reserve_than_the_next_one() -> None:
    """Orders are put in before it."""
    planned_at = NOON + timedelta(minutes=20)
    expected, late = told(BLANK, "dropoff", 0, planned_at=planned_at, now=NOON)
    later_expected, later_late = told(BLANK, "dropoff", 2, planned_at=planned_at, now=NOON)
    assert planned_at <= expected < late
    assert expected < later_expected < later_late
    assert late < later_late


def test_a_run_is_told_anew_from_the_moment_its_rider_is_free() -> None:
    """Ride, wait for the kitchen, hand over, ride on."""
    opens_at = NOON + timedelta(minutes=15)
    stops = [
        StopAhead(leg_s=300, opens_at=None, service_s=60),
        StopAhead(leg_s=120, opens_at=opens_at, service_s=90),
        StopAhead(leg_s=0, opens_at=None, service_s=30),
    ]
    first, second, third = schedule(stops, NOON)
    assert first == NOON + timedelta(minutes=5)
    assert second == opens_at
    assert third == opens_at + timedelta(seconds=90)
    assert schedule([], NOON) == []
