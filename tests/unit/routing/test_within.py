"""Conditions for a plan as a whole: every engine ends no farther from them than it began, whatever that costs."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.assign import ASSIGN_SHARE, SearchAndAssign, Shape, choosing_s
from routing.bench.courier_town import evening
from routing.check import check
from routing.conditions import Conditions
from routing.engines.grouped import Grouped
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline, Engine
from routing.engines.live_plan import LivePlan
from routing.engines.ortools import OrTools
from routing.engines.pool import Run, Runs
from routing.engines.ruin_recreate import RuinRecreate
from routing.engines.within import fit
from routing.excess import excess, shortfall
from routing.objective import cost
from routing.problem import Courier, Problem, StopRef
from routing.rolling import Policy, better_of
from routing.solution import Reason, Solution, schedule
from tests.unit.routing.problems import problem, problems, shipment

NORTH, SOUTH = Courier(id="north", place=0), Courier(id="south", place=8)
BOTH_NORTH = problem((NORTH, SOUTH), (shipment("n", 0, 1), shipment("m", 0, 1)))
ONE_EACH = Conditions(most_each=1)
ONE_EACH_NORTH = replace(BOTH_NORTH, conditions=ONE_EACH)
SHAPES: dict[str, Shape] = {
    "whole": lambda search: search, "grouped": lambda search: Grouped(search, riders=2, rounds=2),
    "ortools": lambda search: OrTools(search, first_share=0.5),
}
SOME = Deadline(iterations=20)


def inserted(town: Problem) -> Solution:
    """What is announced, with what is new put in."""
    return Insertion().solve(town, town.announced, Deadline(iterations=0), 1)


@st.composite
def conditions(draw: st.DrawFn) -> Conditions:
    """Any conditions, one or several."""
    count = st.none() | st.integers(0, 3)
    scarce = {"bike": draw(st.integers(0, 2))} if draw(st.booleans()) else {}
    return Conditions(most_moved=draw(count), most_each=draw(count), scarce=scarce)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@settings(max_examples=20, deadline=None)
@given(town=problems(), wanted=conditions())
def test_answer_is_sound_and_nearer_to_the_conditions_than_the_start(
    shape: Shape, town: Problem, wanted: Conditions
) -> None:
    start, town = inserted(town), replace(town, conditions=wanted)
    found = SearchAndAssign(shape=shape).solve(town, start.plan, SOME, 1)
    assert check(town, found) == [] and found.cost == cost(town, found.plan).total
    assert shortfall(town, found.plan) <= shortfall(town, start.plan)


@settings(max_examples=40, deadline=None)
@given(town=problems(), wanted=conditions())
def test_fitted_plan_is_sound_and_leaves_out_nothing_announced_for_a_condition(
    town: Problem, wanted: Conditions
) -> None:
    start, town = inserted(town), replace(town, conditions=wanted)
    found = fit(town, start)
    assert check(town, found) == [] and found.cost == cost(town, found.plan).total
    assert shortfall(town, found.plan) <= shortfall(town, start.plan)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("is_known", [True, False])
def test_one_each_is_found_although_it_is_dearer(shape: Shape, is_known: bool) -> None:
    """Both orders wait at the counter of one rider."""
    start = inserted(BOTH_NORTH).plan if is_known else None
    found = SearchAndAssign(shape=shape).solve(ONE_EACH_NORTH, start, SOME, 1)
    assert sorted(len(refs) for refs in found.plan.values()) == [2, 2] and not found.unserved


def test_order_bound_to_a_rider_stays_whatever_the_conditions_say() -> None:
    town = replace(BOTH_NORTH, shipments=tuple(replace(s, pinned_to="north") for s in BOTH_NORTH.shipments))
    assert fit(replace(town, conditions=ONE_EACH), inserted(town)).plan == inserted(town).plan


def test_plan_nearer_to_the_conditions_is_adopted_at_any_price_and_another_at_none() -> None:
    dear, cheap = fit(ONE_EACH_NORTH, inserted(BOTH_NORTH)), inserted(BOTH_NORTH)
    policy = Policy(look_ahead_s=0)
    assert dear.cost > cheap.cost
    assert better_of(ONE_EACH_NORTH, cheap, dear, policy) is dear
    assert better_of(ONE_EACH_NORTH, dear, cheap, policy) is dear
    assert better_of(BOTH_NORTH, dear, cheap, policy) is cheap


def test_announced_order_in_nobodys_run_is_a_worse_plan_than_one_beyond_the_conditions() -> None:
    told = replace(ONE_EACH_NORTH, announced=inserted(BOTH_NORTH).plan)
    left_out = replace(inserted(told), routes=schedule(told, {"north": tuple(told.shipments[0].refs)}))
    assert shortfall(told, left_out.plan) > shortfall(told, inserted(told).plan) == (0, 1)


@pytest.mark.parametrize("riders", [30, 60])
def test_time_for_a_choice_is_kept_of_the_whole_search(riders: int) -> None:
    """150 orders in a second leave time for it; 150 in a quarter do not."""
    town = evening(riders, 150, 1)
    assert (choosing_s(town, 1.0), choosing_s(town, 0.25)) == (ASSIGN_SHARE, 0.0)


def test_newest_runs_of_every_rider_come_before_older_ones() -> None:
    runs = Runs(most=2)
    for number in range(4):
        runs.take([Run(courier_id="a", refs=(StopRef(f"s{number}", 0),), cost=number)])
    runs.take([Run(courier_id="b", refs=(StopRef("s9", 0),), cost=9)])
    assert [run.cost for run in runs.newest(2)] == [9, 3] and len(runs.newest(9)) == 3


ENGINES = {"search": RuinRecreate(), "insertion": Insertion(), "groups": Grouped(RuinRecreate(), riders=1, rounds=2)}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@settings(max_examples=30, deadline=None)
@given(town=problems(), wanted=conditions())
def test_no_engine_goes_beyond_conditions_for_an_order_that_nobody_was_told_of(
    engine: Engine, town: Problem, wanted: Conditions
) -> None:
    """The search alone keeps to them, move by move; only what somebody has on the phone is planned at any price."""
    found = engine.solve(replace(town, conditions=wanted), None, SOME, 1)
    told = {*town.announced_to, *town.committed, *town.break_by_id}
    told |= {one.id for one in town.shipments if one.bound_to is not None}
    new_only = {name: tuple(ref for ref in refs if ref.shipment_id not in told) for name, refs in found.plan.items()}
    assert check(town, found) == []
    if not town.announced:
        assert excess(replace(town, conditions=wanted), new_only) == {}


def test_share_of_one_is_found_by_the_search_without_any_choice_of_runs() -> None:
    """Twelve wait at the counter of one of six riders; two each, and nearest first."""
    couriers = tuple(Courier(id=f"c{number}", place=number) for number in range(6))
    town = problem(couriers, tuple(shipment(f"s{number}", 0, 1 + number % 7) for number in range(12)),
                   conditions=Conditions(most_each=2))
    found = RuinRecreate().solve(town, None, Deadline(iterations=200), 1)
    assert [len(refs) for refs in found.plan.values()] == [4] * 6 and not found.unserved


def test_groups_leave_each_other_what_the_conditions_allow_in_all() -> None:
    """One of two trailers may be out, and each is in a group of its own."""
    couriers = tuple(Courier(id=f"c{place}", place=place, profile="trailer") for place in (0, 8))
    town = problem(couriers, (shipment("n", 0, 1), shipment("s", 8, 7)),
                   conditions=Conditions(scarce={"trailer": 1}, most_each=1))
    found = Grouped(RuinRecreate(), riders=1, rounds=1).solve(town, None, SOME, 1)
    assert sum(bool(refs) for refs in found.plan.values()) == 1
    assert [entry.reason for entry in found.unserved] == [Reason.BEYOND_RULES]


def test_announced_order_whose_rider_is_full_goes_to_another_beyond_the_rules_before_it_goes_to_nobody() -> None:
    """Nothing may change hands, but its rider has gone home early and cannot keep it."""
    gone = replace(NORTH, latest_end_s=10)
    told = problem((gone, SOUTH), BOTH_NORTH.shipments[:1], announced={"north": BOTH_NORTH.shipments[0].refs},
                   conditions=Conditions(most_moved=0))
    for engine in (RuinRecreate(), Insertion()):
        assert engine.solve(told, told.announced, SOME, 1).plan["south"] == BOTH_NORTH.shipments[0].refs


def test_rider_with_a_full_share_is_no_candidate_and_what_if_still_has_a_price() -> None:
    live = LivePlan(ONE_EACH_NORTH)
    live.give("n", "north")
    offers = {offer.courier_id: offer for offer in live.candidates("m")}
    forced = {offer.courier_id: offer for offer in live.candidates("m", is_forced=True)}
    assert (offers["north"].cost, offers["north"].failed) == (None, Reason.BEYOND_RULES)
    assert forced["north"].cost is not None and forced["north"].cost < (offers["south"].cost or 0)


def test_order_that_only_the_rules_keep_out_says_so() -> None:
    none_at_all = replace(BOTH_NORTH, conditions=Conditions(most_each=0))
    assert {entry.reason for entry in inserted(none_at_all).unserved} == {Reason.BEYOND_RULES}
    assert not inserted(BOTH_NORTH).unserved
