"""The checker finds each kind of mistake; a rule it forgets would let an engine's bug reach the street."""

from dataclasses import replace

import pytest

from routing.check import check
from routing.problem import Break, Courier, Plan, Problem, Shipment, StopRef, TimeWindow
from routing.solution import Reason, Solution, Unserved, schedule
from tests.unit.routing.problems import problem, shipment, stop

ANNA = Courier(id="anna", place=0, capacity_g=1500)
BEN = Courier(id="ben", place=8)
S, T = shipment("s", 1, 2), shipment("t", 1, 5)


def answer(facts: Problem, plan: Plan) -> Solution:
    """A plan with correct times; whatever is not in it is reported as unserved."""
    planned = {ref.shipment_id for refs in plan.values() for ref in refs}
    left_out = [s.id for s in facts.shipments if s.id not in planned]
    unserved = tuple(Unserved(shipment_id=id_, reason=Reason.NO_ROOM) for id_ in left_out)
    return Solution(routes=schedule(facts, plan), unserved=unserved, cost=0, engine="hand")


def codes(facts: Problem, plan: Plan) -> set[str]:
    """What the checker says of a plan."""
    return {violation.code for violation in check(facts, answer(facts, plan))}


def test_good_plan_passes() -> None:
    assert codes(problem((ANNA, BEN), (S, T)), {"anna": S.refs, "ben": T.refs}) == set()


def test_dropoff_before_its_pickup_is_found() -> None:
    assert codes(problem((ANNA,), (S,)), {"anna": S.refs[::-1]}) == {"dropoff_before_pickup"}


def test_shipment_split_between_riders_is_found() -> None:
    found = codes(problem((ANNA, BEN), (S,)), {"anna": S.refs[:1], "ben": S.refs[1:]})
    assert {"several_couriers"} <= found


def test_forgotten_shipment_is_found() -> None:
    facts = problem((ANNA,), (S,))
    assert {v.code for v in check(facts, replace(answer(facts, {}), unserved=()))} == {"incomplete"}


def test_overloaded_bike_is_found() -> None:
    run = (S.refs[0], T.refs[0], S.refs[1], T.refs[1])
    assert codes(problem((ANNA,), (S, T)), {"anna": run}) == {"too_heavy"}


def test_riders_kept_apart_at_one_counter_are_found_unless_it_is_pinned() -> None:
    plan = {"anna": S.refs, "ben": T.refs}
    facts = problem((ANNA, BEN), (S, T), apart=(("anna", "ben"),))
    assert codes(facts, plan) == {"kept_apart"}
    assert codes(replace(facts, pinned={"anna": S.refs[:1]}), plan) == set()


def test_goods_on_board_that_nobody_delivers_still_fill_the_bike() -> None:
    """The trap of an engine that takes a delivery out for a moment."""
    aboard = Shipment(id="x", pickup=None, dropoffs=(stop(4, weight_g=1000),), on_board_of="anna")
    assert codes(problem((ANNA,), (S, aboard)), {"anna": S.refs}) == {"too_heavy"}


def test_closed_window_is_found_unless_the_goods_are_on_board() -> None:
    """What is on a bike will be delivered, late if need be."""
    window = TimeWindow(opens_s=0, closes_s=100)
    closed = Shipment(id="s", pickup=stop(1), dropoffs=(stop(2, window=window),))
    aboard = Shipment(id="s", pickup=None, dropoffs=(stop(2, window=window),), on_board_of="anna")
    assert codes(problem((ANNA,), (closed,)), {"anna": closed.refs}) == {"window_closed"}
    assert codes(problem((ANNA,), (aboard,)), {"anna": aboard.refs}) == set()


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"latest_end_s": 300}, "shift_ends"), ({"max_distance_m": 700}, "too_far")],
)
def test_limits_of_a_rider_are_kept(facts: dict[str, int], code: str) -> None:
    anna = Courier(id="anna", place=0, **facts)  # type: ignore[arg-type]
    assert codes(problem((anna,), (S,)), {"anna": S.refs}) == {code}


def test_long_ride_of_hot_food_is_found() -> None:
    hot = replace(S, longest_ride_s=150)
    run = (hot.refs[0], *T.refs, hot.refs[1])
    assert codes(problem((BEN,), (hot, T)), {"ben": run}) == {"ride_too_long"}


@pytest.mark.parametrize(("left_s", "found"), [(-600, {"ride_too_long"}), (-800, set()), (None, set())])
def test_new_work_that_lets_food_on_board_get_cold_is_found_unless_it_is_cold_anyway(
    left_s: int | None, found: set[str]
) -> None:
    """Its door is 200 s away, and the longest ride of 900 s is over in 300 s, or in 100 s."""
    hot = Shipment(id="hot", pickup=None, dropoffs=(stop(2),), on_board_of="ben", longest_ride_s=900, left_s=left_s)
    facts = problem((BEN,), (hot, S))
    assert codes(facts, {"ben": (*S.refs, *hot.refs)}) == found
    assert codes(facts, {"ben": (*hot.refs, *S.refs)}) == set()


def test_new_work_that_lets_food_of_a_pinned_counter_get_cold_is_found() -> None:
    hot = replace(S, longest_ride_s=150)
    facts = problem((BEN,), (hot, T), pinned={"ben": hot.refs[:1]})
    assert codes(facts, {"ben": (hot.refs[0], *T.refs, hot.refs[1])}) == {"ride_too_long"}
    assert codes(facts, {"ben": (*hot.refs, *T.refs)}) == set()


def test_goods_under_others_in_a_deep_box_are_found() -> None:
    deep = replace(BEN, is_deep_box=True)
    crossed = (S.refs[0], T.refs[0], S.refs[1], T.refs[1])
    nested = (S.refs[0], *T.refs, S.refs[1])
    assert codes(problem((deep,), (S, T)), {"ben": crossed}) == {"under_other_goods"}
    assert codes(problem((deep,), (S, T)), {"ben": nested}) == set()


def test_new_goods_on_top_of_those_on_board_of_a_deep_box_are_found() -> None:
    """How the first ones lie among each other is as it is."""
    below = Shipment(id="below", pickup=None, dropoffs=(stop(4),), on_board_of="ben")
    other = replace(below, id="other")
    deep = problem((replace(BEN, is_deep_box=True),), (below, other, S))
    assert codes(deep, {"ben": (S.refs[0], *below.refs, S.refs[1], *other.refs)}) == {"under_other_goods"}
    assert codes(deep, {"ben": (*other.refs, *S.refs, *below.refs)}) == set()
    assert codes(deep, {"ben": (*below.refs, *other.refs, *S.refs)}) == set()


def test_new_goods_on_top_of_those_of_a_pinned_counter_are_found() -> None:
    deep = problem((replace(BEN, is_deep_box=True),), (S, T), pinned={"ben": T.refs[:1]})
    assert codes(deep, {"ben": (T.refs[0], S.refs[0], T.refs[1], S.refs[1])}) == {"under_other_goods"}
    assert codes(deep, {"ben": (T.refs[0], *S.refs, T.refs[1])}) == set()


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"skills": frozenset({"trailer"})}, "skills"), ({"pinned_to": "anna"}, "not_allowed"),
     ({"forbidden_couriers": frozenset({"ben"})}, "not_allowed"),
     ({"allowed_couriers": frozenset({"anna"})}, "not_allowed")],
)
def test_shipment_with_the_wrong_rider_is_found(facts: dict[str, object], code: str) -> None:
    picky = shipment("s", 1, 2, **facts)
    assert codes(problem((ANNA, BEN), (picky,)), {"ben": picky.refs}) == {code}


def test_moved_pin_is_found() -> None:
    facts = problem((ANNA, BEN), (S, T), pinned={"ben": (S.refs[0],)})
    assert "pinned_moved" in codes(facts, {"ben": (*T.refs, *S.refs)})


def test_break_of_another_rider_is_found() -> None:
    resting = replace(ANNA, breaks=(Break(id="rest", opens_s=0, due_s=9, duration_s=60),))
    assert "break_of_another" in codes(problem((resting, BEN), ()), {"ben": (StopRef("rest", 0),)})


@pytest.mark.parametrize("field", ["arrival_s", "start_s", "departure_s", "load_g"])
def test_number_that_does_not_follow_from_the_others_is_found(field: str) -> None:
    """The times on a rider's phone come from the answer, so they are checked too."""
    facts = problem((ANNA,), (S,))
    good = answer(facts, {"anna": S.refs})
    first, second = good.routes[0].visits
    wrong = replace(second, **{field: getattr(second, field) - 1})
    route = replace(good.routes[0], visits=(first, wrong))
    assert check(facts, replace(good, routes=(route,)))
