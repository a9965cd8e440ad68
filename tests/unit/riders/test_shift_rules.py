"""Who may take a shift, when its break falls, and which bike may be ridden."""
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Conflict, Invalid
from riders.shifts import rules
from riders.shifts.rules import OpeningFacts, Span

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _span(begins_h: float, ends_h: float) -> Span:
    return Span(starts_at=NOON + timedelta(hours=begins_h), ends_at=NOON + timedelta(hours=ends_h))


@given(
    mine=st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 10)), max_size=4),
    taken=st.integers(0, 3),
    places=st.integers(1, 3),
)
def test_nobody_rides_two_shifts_at_once_or_one_too_many(mine: list[tuple[int, int]], taken: int, places: int) -> None:
    """Whatever a rider has already, a shift that may be taken fits beside it."""
    spans = [_span(begins, begins + hours) for begins, hours in mine]
    opening = OpeningFacts(span=_span(1, 5), places=places, taken=taken)
    try:
        rules.check_take(opening, spans, NOON)
    except Conflict:
        assert taken >= places or any(s.starts_at < opening.span.ends_at and s.ends_at > opening.span.starts_at
                                      for s in spans)
        return
    assert taken < places
    assert all(span.ends_at <= opening.span.starts_at or span.starts_at >= opening.span.ends_at for span in spans)


def test_a_shift_that_is_withdrawn_or_over_cannot_be_taken() -> None:
    """The page may be an hour old."""
    with pytest.raises(Conflict, match="withdrawn"):
        rules.check_take(OpeningFacts(span=_span(1, 5), places=1, taken=0, is_cancelled=True), [], NOON)
    with pytest.raises(Conflict, match="over"):
        rules.check_take(OpeningFacts(span=_span(-5, -1), places=1, taken=0), [], NOON)


def test_a_shift_is_given_back_in_time_or_by_a_call() -> None:
    """Somebody has to know when it is close."""
    rules.check_give_back(_span(3, 7), is_begun=False, now=NOON)
    with pytest.raises(Conflict, match="less than 2 hours"):
        rules.check_give_back(_span(1, 5), is_begun=False, now=NOON)
    with pytest.raises(Conflict, match="sign off"):
        rules.check_give_back(_span(-1, 5), is_begun=True, now=NOON)


def test_the_break_falls_into_the_middle_of_the_shift() -> None:
    """Not at its very start or end, where it would be none."""
    window = rules.break_window(_span(0, 4), 1800)
    assert window is not None
    assert NOON + timedelta(hours=1) < window[0] < window[1] < NOON + timedelta(hours=3)
    assert rules.break_window(_span(0, 4), 0) is None


@pytest.mark.parametrize(
    ("span", "places", "break_s"),
    [(_span(1, 0), 1, 0), (_span(1, 16), 1, 0), (_span(-5, -1), 1, 0), (_span(1, 5), 0, 0), (_span(1, 2), 1, 2000)],
)
def test_impossible_shifts_are_not_published(span: Span, places: int, break_s: int) -> None:
    """Backwards, endless, over, for nobody, or all break."""
    with pytest.raises(Invalid):
        rules.check_publish(span, places, break_s, NOON)


def test_another_kind_of_bike_carries_what_such_bikes_carry() -> None:
    """A rider who takes the trailer today is not limited to yesterday's bag, unless they say so."""
    own = (12_000, 50_000)
    assert rules.capacity_of("bike", "bike", own, None) == own
    assert rules.capacity_of("trailer", "bike", own, None) == rules.CAPACITIES["trailer"]
    assert rules.capacity_of("bike", "bike", own, 8000) == (8000, 50_000)
    with pytest.raises(Invalid):
        rules.capacity_of("bike", "bike", own, 0)


def test_a_broken_or_taken_bike_is_not_ridden() -> None:
    """Brakes first."""
    rules.check_bike("Bullitt", fault="", is_retired=False, is_taken=False)
    for fault, is_retired, is_taken in [("brake", False, False), ("", True, False), ("", False, True)]:
        with pytest.raises(Conflict, match="Bullitt"):
            rules.check_bike("Bullitt", fault=fault, is_retired=is_retired, is_taken=is_taken)


def test_availability_is_read_from_the_form_and_compared_with_local_times() -> None:
    """Half a line is a mistake, an empty one is a day off."""
    week = rules.read_week({"from_0": "08:00", "until_0": "18:30", "from_1": "", "until_1": ""})
    assert week == {0: (480, 1110)}
    monday = datetime(2026, 11, 23, 9)
    assert rules.is_available(week, monday, monday + timedelta(hours=4))
    assert not rules.is_available(week, monday, monday + timedelta(hours=10))
    assert not rules.is_available(week, monday + timedelta(days=1), monday + timedelta(days=1, hours=2))
    with pytest.raises(Invalid):
        rules.read_week({"from_2": "18:00", "until_2": "08:00"})
    with pytest.raises(Invalid):
        rules.read_week({"from_3": "soon", "until_3": "08:00"})
