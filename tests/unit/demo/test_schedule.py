"""The script of a rehearsed day is repeatable and eventful."""

from random import Random

import pytest

from dispatch.demo.robots.crew import with_lively_opening
from dispatch.demo.robots.schedule import DayOptions, demand, is_offline, order_times, write_day


def test_same_options_give_the_same_script():
    assert write_day(DayOptions(seed=4)) == write_day(DayOptions(seed=4))
    assert write_day(DayOptions(seed=4)) != write_day(DayOptions(seed=5))


def test_every_wished_order_is_placed_before_the_last_hour():
    """Riders need the last hour to bring out what is open."""
    day = write_day(DayOptions(orders=300, hours=5))
    assert len(day.wishes) == 300
    assert all(0 <= wish.at_s <= 4 * 3600 for wish in day.wishes)
    assert [wish.at_s for wish in day.wishes] == sorted(wish.at_s for wish in day.wishes)


def test_demand_peaks_at_lunch_and_at_dinner():
    from_noise = write_day(DayOptions(orders=4000))
    span_s = 5 * 3600
    tenths = [0] * 10
    for wish in from_noise.wishes:
        tenths[min(9, int(wish.at_s / span_s * 10))] += 1
    assert tenths[2] > 2 * tenths[0] and tenths[7] > 2 * tenths[4]
    assert demand(0.26) > 2 * demand(0.5) < demand(0.72)


def test_a_day_has_every_kind_of_mishap():
    """A rehearsal without mishaps proves little."""
    day = write_day(DayOptions(orders=200, riders=15))
    assert any(wish.cancel_after_s for wish in day.wishes)
    assert any(wish.is_nobody_home for wish in day.wishes)
    assert any(wish.repeats for wish in day.wishes)
    assert any(temper.offline for temper in day.tempers)
    assert sum(temper.signs_off_at_s is not None for temper in day.tempers) == 1
    assert all(temper.double_send_share > 0 for temper in day.tempers)


def test_without_noise_nothing_goes_wrong():
    day = write_day(DayOptions(noise=0.0))
    assert not any(wish.cancel_after_s or wish.is_nobody_home or wish.repeats for wish in day.wishes)
    assert {temper.speed_factor for temper in day.tempers} == {1.0}


def test_offline_spells_have_a_beginning_and_an_end():
    day = write_day(DayOptions(riders=30))
    temper = next(temper for temper in day.tempers if temper.offline)
    start, lasts = temper.offline[0]
    assert not is_offline(temper, start - 0.1)
    assert is_offline(temper, start + lasts / 2)


@pytest.mark.parametrize("wrong", [{"hours": 0.0}, {"orders": 0}, {"riders": 0}])
def test_a_day_that_cannot_be_is_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError):
        DayOptions(**wrong)


def test_arrivals_of_different_days_differ_in_time_not_in_number():
    assert len(order_times(57, 3600, Random(1))) == len(order_times(57, 3600, Random(2))) == 57


def test_demo_day_opens_with_an_order_for_every_rider():
    """Whoever runs the demo sees bikes move within two minutes, and no order is lost by it."""
    script = write_day(DayOptions(orders=40, riders=7, merchants=5, hours=4.0, places=50, seed=3))
    lively = with_lively_opening(script)
    assert [wish.number for wish in lively.wishes] == [wish.number for wish in script.wishes]
    assert sum(wish.at_s <= 120.0 for wish in lively.wishes) >= 7


def test_a_mixed_day_has_every_mode_in_turn_while_orders_come_in():
    day = write_day(DayOptions(hours=3.0, mode="mixed"))
    assert [day.mode_at(s) for s in (-60, 0, 1800, 3600, 5400, 10_000)] == [
        "automatic", "automatic", "propose", "offer", "open", "open",
    ]
    assert {write_day(DayOptions(mode="offer")).mode_at(s) for s in (-1, 0, 9000)} == {"offer"}


def test_tastes_differ_and_change_nothing_else_about_a_day():
    """A day of offers has the orders and mishaps of the plain day, so that the two can be compared."""
    plain, asked = write_day(DayOptions()), write_day(DayOptions(mode="offer"))
    assert (plain.wishes, plain.tempers) == (asked.wishes, asked.tempers)
    assert len({temper.taste.accepts for temper in asked.tempers}) == 4
    assert {temper.taste.accepts for temper in write_day(DayOptions(noise=0.0)).tempers} == {1.0}
