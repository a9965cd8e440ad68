"""Where orders are likely is worked out from what was ordered; nobody is pushed, and nobody sent where others wait."""
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.planning.forecast import rules
from dispatch.planning.forecast.rules import Forecast, Idle, Pickup, Place, Quality, Wish
from tests.factories.town import at

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
MARKET, STATION, FAR = (Place(lonlat=at(east, 0), name=name, shares=(share,) * 24)
                        for east, name, share in ((0, "Market", 0.5), (2_000, "Station", 0.4), (9_000, "Far", 0.1)))
GOOD = Quality(hours=336, orders=500, error=0.8, naive_error=1.0)
WISH = Wish(ride_s=600, from_orders=1)


def forecast(*expected: float, quality: Quality | None = GOOD) -> Forecast:
    """From noon on."""
    return Forecast(made_at=NOON, begins_at=NOON, expected=expected, places=(MARKET, STATION, FAR), quality=quality)


def idle(name: int, east_m: float) -> Idle:
    """A rider somewhere on the road that all places lie on, at 5 m/s."""
    here = at(east_m, 0)
    return Idle(rider_id=_id(name), lonlat=here,
                seconds_to=tuple(abs(east_m - east) / 5 for east in (0, 2_000, 9_000)))


def _id(number: int) -> UUID:
    return UUID(int=number)


def test_an_hour_that_has_begun_counts_for_what_is_left_of_it() -> None:
    """At half past twelve: half of this hour's orders and half of the next one's."""
    found = forecast(4, 6).orders_between(NOON + timedelta(minutes=30), NOON + timedelta(minutes=90))
    assert found == pytest.approx(5)


def test_what_lies_beyond_the_forecast_counts_nothing() -> None:
    """Rather no nudge than one out of thin air."""
    assert forecast(4).orders_between(NOON + timedelta(hours=5), NOON + timedelta(hours=6)) == 0


def test_rider_hears_of_the_place_with_most_orders_within_reach() -> None:
    """Six are likely at the station, more than where they stand; the far place would be beyond ten minutes."""
    likely = [0.2, 6.0, 9.0]
    [hint] = rules.hints((MARKET, STATION, FAR), likely, [at(0, 0)], [idle(1, 0)], WISH)
    assert (hint.place.name, hint.expected) == ("Station", 6.0)


def test_rider_who_stands_where_orders_are_likely_is_left_in_peace() -> None:
    """A place that promises no more than the one underfoot is not worth a word."""
    assert rules.hints((MARKET, STATION, FAR), [5.0, 5.5, 0], [at(0, 0)], [idle(1, 0)], WISH) == []


def test_nobody_is_sent_where_colleagues_wait_already() -> None:
    """Two likely orders, two riders there: the third one hears nothing."""
    waiting = [at(2_000, 0), at(2_010, 0), at(0, 0)]
    assert rules.hints((MARKET, STATION, FAR), [0, 2.0, 0], waiting, [idle(1, 0)], WISH) == []


def test_riders_are_not_all_sent_to_the_same_corner() -> None:
    """Each one who goes takes a likely order off it."""
    riders = [idle(number, 0) for number in range(4)]
    found = rules.hints((MARKET, STATION, FAR), [0, 2.4, 0], [at(0, 0)] * 4, riders, WISH)
    assert [hint.rider_id for hint in found] == [_id(0), _id(1)]


def test_a_place_without_a_way_is_nobodys_hint() -> None:
    """None: no way leads there for this bike."""
    cut_off = Idle(rider_id=_id(1), lonlat=at(0, 0), seconds_to=(0.0, None, None))
    assert rules.hints((MARKET, STATION, FAR), [0, 9, 9], [at(0, 0)], [cut_off], WISH) == []


@given(likely=st.lists(st.floats(0, 20), min_size=3, max_size=3), count=st.integers(0, 8))
def test_never_more_riders_than_likely_orders_and_nobody_twice(likely: list[float], count: int) -> None:
    """Whatever is foretold."""
    riders = [idle(number, 500 * number) for number in range(count)]
    found = rules.hints((MARKET, STATION, FAR), likely, [rider.lonlat for rider in riders], riders, WISH)
    assert len({hint.rider_id for hint in found}) == len(found)
    for place, orders in zip((MARKET, STATION, FAR), likely, strict=True):
        assert sum(hint.place == place for hint in found) <= orders


def test_a_forecast_worse_than_last_week_nudges_nobody() -> None:
    """It has to earn its keep, on numbers that everybody sees."""
    worse = Quality(hours=336, orders=500, error=1.0, naive_error=1.0)
    assert forecast(4).is_of_use(NOON)
    assert not forecast(4, quality=worse).is_of_use(NOON)
    assert not forecast(4, quality=None).is_of_use(NOON)
    assert not forecast(4).is_of_use(NOON + rules.FRESH + timedelta(minutes=1))


def test_shares_of_places_follow_the_hour_where_the_co_op_is() -> None:
    """Bread in the morning, dinners in the evening; hours of the co-op's own clock."""
    morning = [Pickup(at=NOON.replace(hour=7), lonlat=at(0, 0), name="Bakery")] * 3
    evening = [Pickup(at=NOON.replace(hour=18), lonlat=at(2_000, 0), name="Kitchen")]
    bakery, kitchen = rules.places_of([*morning, *evening], "Europe/Berlin")
    assert (bakery.name, bakery.shares[8], bakery.shares[19]) == ("Bakery", 1, 0)
    assert (kitchen.name, kitchen.shares[19], kitchen.shares[18], kitchen.shares[8]) == ("Kitchen", 1, 1, 0)


def test_counts_by_hour_begin_where_the_history_begins() -> None:
    """What came before or after is left out."""
    pickups = [Pickup(at=NOON + timedelta(minutes=m), lonlat=at(0, 0), name="") for m in (-5, 0, 59, 60, 600)]
    assert rules.count_by_hour(pickups, NOON, 3) == [2, 1, 0]


def test_local_hours_follow_a_change_of_clocks() -> None:
    """On the last Sunday of March there is no hour two."""
    begins = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert rules.local_hours(begins, 3, "Europe/Berlin") == [(6, 1), (6, 3), (6, 4)]


def test_a_forecast_is_kept_whole() -> None:
    """What was written is what is read."""
    kept = forecast(1.5, 2.25)
    assert rules.read_document(kept.made_at, kept.begins_at, rules.to_document(kept)) == kept
