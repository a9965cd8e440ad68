"""The price of a plan, worked out by hand."""

from dataclasses import replace

import pytest

from routing.objective import Terms, cost, lateness_cost, resequenced_count
from routing.problem import Break, Courier, Shipment, StopRef
from routing.solution import schedule
from routing.weights import Weights
from tests.unit.routing.problems import problem, shipment, stop

ANNA = Courier(id="anna", place=0)
BEN = Courier(id="ben", place=8)


def test_every_second_of_riding_waiting_and_lateness_is_priced() -> None:
    """Anna rides 100 s, waits 200 s, serves 60 s, rides 100 s and is 160 s late."""
    s = Shipment(id="s", pickup=stop(1, ready_s=300), dropoffs=(stop(2, due_s=300),))
    terms = cost(problem((ANNA,), (s,)), {"anna": s.refs}).terms
    assert terms == Terms(riding=200_000, waiting=200 * 300, lateness=160 * 10_000)


def test_lateness_becomes_steeper_after_a_quarter_of_an_hour() -> None:
    """The second quarter of an hour hurts a customer more than the first."""
    weights = Weights()
    assert lateness_cost(1000, 1000, weights) == 0
    assert lateness_cost(1900, 1000, weights) == 900 * 10_000
    assert lateness_cost(1901, 1000, weights) == 900 * 10_000 + 20_000


def test_unserved_shipment_costs_by_priority_and_a_solidarity_slot_cannot_be_bought() -> None:
    orders = (shipment("plain", 1, 2), shipment("urgent", 1, 2, priority=3), shipment("gift", 1, 2, solidarity=True))
    by_shipment = cost(problem((ANNA,), orders), {}).by_shipment
    assert by_shipment["urgent"].unserved == 3 * by_shipment["plain"].unserved
    assert by_shipment["gift"].unserved == 1000 * by_shipment["plain"].unserved


def test_lateness_of_a_solidarity_slot_is_a_hundred_times_dearer_if_the_rules_protect_it() -> None:
    """Anna is at the door after 100 + 60 + 100 = 260 s, 10 s late."""
    late = stop(2, due_s=250)
    gift = Shipment(id="gift", pickup=stop(1), dropoffs=(late,), solidarity=True)
    facts = problem((ANNA,), (gift,))
    assert cost(facts, {"anna": gift.refs}).terms.lateness == 100 * 10 * 10_000
    for factor, times in ((0, 1), (7, 7), (10**6, 100)):
        voted = replace(facts, weights=Weights(solidarity_factor=factor))
        assert cost(voted, {"anna": gift.refs}).terms.lateness == times * 10 * 10_000


def test_overtime_counts_the_ride_home() -> None:
    """Anna is back at the depot after 100 + 60 + 100 + 60 + 200 = 520 s, 20 s after her shift."""
    anna = Courier(id="anna", place=0, end_place=0, shift_end_s=500)
    s = shipment("s", 1, 2)
    assert cost(problem((anna,), (s,)), {"anna": s.refs}).terms.overtime == 20 * 5_000


def test_rider_without_stops_costs_nothing() -> None:
    late = Courier(id="anna", place=0, end_place=8, ready_s=1000, shift_end_s=0)
    assert cost(problem((late,), ()), {}).total == 0


def test_moving_an_announced_shipment_costs_per_stop() -> None:
    s = shipment("s", 1, 2)
    announced = problem((ANNA, BEN), (s,), announced={"anna": s.refs})
    assert cost(announced, {"anna": s.refs}).terms.moved == 0
    assert cost(announced, {"ben": s.refs}).terms.moved == 2 * 200_000


def test_each_step_back_in_the_announced_order_counts_once() -> None:
    a, b, c, new = (StopRef(name, 1) for name in ("a", "b", "c", "new"))
    assert resequenced_count((a, b, c), (a, new, b, c)) == 0
    assert resequenced_count((a, b, c), (b, new, a, c)) == 1
    assert resequenced_count((a, b, c), (c, b, a)) == 2


def test_fairness_is_capped() -> None:
    """It may never buy more than a few minutes of lateness, whatever the pay says."""
    s = shipment("s", 1, 2)
    unfair = problem((ANNA,), (s,), bias={("s", "anna"): 10**9})
    assert cost(unfair, {"anna": s.refs}).terms.fairness == 60_000


def test_waiting_for_a_break_is_no_waiting() -> None:
    rest = Break(id="rest", opens_s=1000, due_s=2000, duration_s=600)
    anna = Courier(id="anna", place=0, breaks=(rest,))
    resting = problem((anna,), ())
    assert cost(resting, {"anna": (StopRef("rest", 0),)}).terms == Terms()
    assert cost(resting, {}).by_shipment["rest"].unserved == 200_000_000


def test_break_is_taken_where_the_rider_is() -> None:
    """It adds no ride: the leg after it starts where the last stop was."""
    rest = Break(id="rest", opens_s=0, due_s=2000, duration_s=600)
    anna = Courier(id="anna", place=0, breaks=(rest,))
    s = shipment("s", 1, 2)
    run = (s.refs[0], StopRef("rest", 0), s.refs[1])
    route = schedule(problem((anna,), (s,)), {"anna": run})[0]
    assert [visit.arrival_s for visit in route.visits] == [100, 160, 860]


def test_parts_add_up_to_the_total() -> None:
    s, t = shipment("s", 1, 2), shipment("t", 3, 4)
    whole = cost(problem((ANNA, BEN), (s, t)), {"anna": s.refs})
    parts = sum(whole.by_courier.values(), Terms()).total + whole.by_shipment["t"].unserved
    assert whole.total == parts


@pytest.mark.parametrize("run", [("s", [0]), ("s", [1]), ("s", [0, 1, 1])])
def test_half_a_shipment_has_no_price(run: tuple[str, list[int]]) -> None:
    """A plan that forgets goods on a bike must not look cheap."""
    s = shipment("s", 1, 2)
    with pytest.raises(ValueError, match="s"):
        cost(problem((ANNA,), (s,)), {"anna": tuple(StopRef("s", k) for k in run[1])})
