"""A day is lived again: nobody knows the future, nothing is lost, and better rules show in the figures."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.conditions import Conditions
from routing.day import Day, DayError, DayOrder, Served, dump, gini, load, measure
from routing.engines.insertion import Insertion
from routing.engines.ruin_recreate import RuinRecreate
from routing.problem import Courier, Shipment, Stop, TimeWindow
from routing.replay import Conduct, LiveDay, compare
from routing.rolling import Policy
from routing.weights import Weights
from tests.unit.routing.problems import square_town

CONDUCT = Conduct(name="ours", engine=Insertion(), policy=Policy(look_ahead_s=3600, leave_early_s=3600, every_s=30),
                  weights=Weights(), iterations=10, overtime_limit_s=900)


def order(id_: str, a: int, b: int, placed: int = 0, ready: int = 0, due: int = 3600, **facts: object) -> DayOrder:
    drop = Stop(place=b, service_s=60, due_s=due, weight_g=1000)
    shipment = Shipment(id=id_, pickup=Stop(place=a, service_s=60, ready_s=ready), dropoffs=(drop,))
    return DayOrder(shipment=shipment, placed_s=placed, **facts)  # type: ignore[arg-type]


def rider(id_: str, place: int = 0, starts: int = 0, ends: int = 7200) -> Courier:
    return Courier(id=id_, place=place, ready_s=starts, shift_end_s=ends)


def day(riders: list[Courier], orders: list[DayOrder], **facts: object) -> Day:
    return Day(riders=tuple(riders), orders=tuple(orders), matrices={"bike": square_town()}, **facts)  # type: ignore


def test_order_is_ridden_as_the_streets_say() -> None:
    """From the corner to the counter 100 s, a minute there, 100 s to the door."""
    lived = LiveDay(day([rider("a")], [order("1", 1, 2)]), CONDUCT, 1).live()
    assert lived.served == (Served(order_id="1", courier_id="a", picked_s=100, dropped_s=260),)


def test_rider_waits_for_goods_that_are_not_ready() -> None:
    lived = LiveDay(day([rider("a")], [order("1", 1, 2, ready=600)]), CONDUCT, 1).live()
    assert lived.served[0].picked_s == 600


def test_later_order_changes_nothing_before_it_is_placed() -> None:
    riders, early, late = [rider("a"), rider("b", 8)], order("1", 1, 2), order("2", 1, 2, placed=900)
    first = LiveDay(day(riders, [early]), CONDUCT, 1).live()
    both = LiveDay(day(riders, [early, late]), CONDUCT, 1).live()
    assert both.served[0] == first.served[0] and len(both.served) == 2


def test_order_of_a_rider_under_way_stays_when_a_nearer_rider_begins() -> None:
    """The stop under way is frozen, however near a colleague signs on."""
    riders = [rider("far", 8), rider("near", 1, starts=120)]
    assert LiveDay(day(riders, [order("1", 1, 0)]), CONDUCT, 1).live().served[0].courier_id == "far"


def test_far_order_is_not_ridden_to_before_it_is_in_sight() -> None:
    near_sighted = replace(CONDUCT, policy=replace(CONDUCT.policy, look_ahead_s=600))
    riders = [rider("far", 8), rider("near", 1, starts=1100)]
    late = [order("1", 1, 0, ready=1800)]
    assert LiveDay(day(riders, late), CONDUCT, 1).live().served[0].courier_id == "far"
    assert LiveDay(day(riders, late), near_sighted, 1).live().served[0].courier_id == "near"


def test_cancelled_order_is_let_go() -> None:
    lived = LiveDay(day([rider("a")], [order("1", 8, 0, cancelled_s=60), order("2", 1, 2)]), CONDUCT, 1).live()
    assert [row.order_id for row in lived.served] == ["2"] and lived.measures.orders == 1


def test_order_that_nobody_can_carry_is_counted() -> None:
    lived = LiveDay(day([rider("a", ends=60)], [order("1", 1, 2, placed=3600)]), CONDUCT, 1).live()
    assert lived.measures.undelivered_percent == 100


def test_order_with_two_doors_is_served_when_both_are() -> None:
    doors = (Stop(place=2, service_s=60), Stop(place=8, service_s=60))
    two = DayOrder(shipment=Shipment(id="1", pickup=Stop(place=1), dropoffs=doors), placed_s=0)
    lived = LiveDay(day([rider("a")], [two]), CONDUCT, 1).live()
    assert lived.served[0].dropped_s == 100 + 100 + 60 + 200


def test_conditions_for_a_plan_as_a_whole_are_kept_all_day() -> None:
    """Two orders at the counter of one rider, and the other far away: one each."""
    riders, orders = [rider("near", 1), rider("far", 8)], [order("1", 1, 2), order("2", 1, 2)]
    free = LiveDay(day(riders, orders), CONDUCT, 1).live()
    bound = LiveDay(day(riders, orders), replace(CONDUCT, conditions=Conditions(most_each=1)), 1).live()
    assert {row.courier_id for row in free.served} == {"near"}
    assert {row.courier_id for row in bound.served} == {"near", "far"}


def test_comparison_begins_with_the_day_as_it_was() -> None:
    truth = (Served(order_id="1", courier_id="a", picked_s=500, dropped_s=4000),)
    rows = compare(day([rider("a")], [order("1", 1, 2)], served=truth), [CONDUCT])
    assert [row.name for row in rows] == ["as it was", "ours"]
    assert rows[0].measures.on_time_percent == 0 and rows[1].measures.on_time_percent == 100
    assert rows[1].measures.click_to_door_min < rows[0].measures.click_to_door_min


def test_measures_are_those_worked_out_by_hand() -> None:
    pair = day([rider("a"), rider("b")], [order("1", 1, 2, placed=60, ready=120), order("2", 1, 2, due=300)])
    found = measure(pair, [Served(order_id="1", courier_id="a", picked_s=180, dropped_s=360),
                           Served(order_id="2", courier_id="a", picked_s=240, dropped_s=420)])
    assert (found.click_to_door_min, found.ready_to_pickup_min, found.late_min) == (6.0, 2.5, 1.0)
    assert found.on_time_percent == 50 and found.gini == 0.5


@pytest.mark.parametrize(("shares", "expected"), [([], 0), ([0, 0], 0), ([3, 3, 3], 0), ([0, 0, 6], 2 / 3)])
def test_gini_of_known_shares(shares: list[float], expected: float) -> None:
    assert gini(shares) == pytest.approx(expected)


@st.composite
def days(draw: st.DrawFn) -> Day:
    """Any small day: short shifts, cancellations, preorders, hard windows."""
    riders = [rider(f"r{k}", draw(st.integers(0, 8)), at := draw(st.integers(0, 1800)), at + draw(st.integers(1, 5000)))
              for k in range(draw(st.integers(0, 3)))]
    orders = []
    for k in range(draw(st.integers(0, 6))):
        placed = draw(st.integers(0, 3000))
        ready = placed + draw(st.integers(0, 2000))
        one = order(f"o{k}", draw(st.integers(0, 8)), draw(st.integers(0, 8)), placed, ready,
                    cancelled_s=placed + draw(st.integers(0, 900)) if draw(st.integers(0, 4)) == 0 else None)
        if draw(st.integers(0, 4)) == 0:
            window = TimeWindow(opens_s=placed, closes_s=placed + draw(st.integers(0, 2000)))
            drops = (replace(one.shipment.dropoffs[0], window=window), *one.shipment.dropoffs)
            one = replace(one, shipment=replace(one.shipment, dropoffs=drops))
        orders.append(one)
    return day(riders, orders)


@given(days(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_whatever_the_day_each_order_is_served_once_and_in_time_order(lived_day: Day, is_searched: bool) -> None:
    engine = RuinRecreate() if is_searched else Insertion()
    lived = LiveDay(lived_day, replace(CONDUCT, engine=engine), 1).live()
    names = [row.order_id for row in lived.served]
    assert len(names) == len(set(names))
    by_id = {one.shipment.id: one for one in lived_day.orders}
    for row in lived.served:
        assert by_id[row.order_id].opens_s <= row.picked_s < row.dropped_s


@given(days())
@settings(max_examples=30, deadline=None)
def test_day_reads_back_as_it_was_written(written: Day) -> None:
    again = load(dump(written))
    assert (again.riders, again.orders, again.served) == (written.riders, written.orders, written.served)
    assert again.matrices["bike"].seconds.tolist() == written.matrices["bike"].seconds.tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not JSON"), ("[]", "no day of format 1"), ('{"format": 2}', "no day of format 1"),
     ('{"format": 1}', "is missing"),
     (dump(day([], [])).replace("[0,100,", "[100,", 1), "inhomogeneous|square")],
)
def test_file_that_is_no_day_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(DayError, match=words):
        load(text)
