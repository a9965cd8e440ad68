"""Conditions for a plan as a whole: every engine ends no farther from them than it began, whatever that costs."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.assign import ASSIGN_SHARE, LEAST_S_PER_ORDER, MOST_SHARE, SearchAndAssign, Shape, choosing_s
from routing.bench.courier_town import evening
from routing.check import check
from routing.conditions import ANYTHING, Conditions
from routing.engines.grouped import Grouped
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline
from routing.engines.ortools import OrTools
from routing.engines.pool import Run, Runs
from routing.engines.within import fit, runs_within
from routing.objective import cost
from routing.problem import Courier, Problem, StopRef
from routing.rolling import Policy, better_of
from routing.solution import Solution, schedule
from tests.unit.routing.problems import problem, problems, shipment

NORTH, SOUTH = Courier(id="north", place=0), Courier(id="south", place=8)
BOTH_NORTH = problem((NORTH, SOUTH), (shipment("n", 0, 1), shipment("m", 0, 1)))
ONE_EACH = Conditions(most_each=1)
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
    start = inserted(town)
    found = SearchAndAssign(conditions=wanted, shape=shape).solve(town, start.plan, SOME, 1)
    assert check(town, found) == [] and found.cost == cost(town, found.plan).total
    assert wanted.shortfall(town, found.plan) <= wanted.shortfall(town, start.plan)


@settings(max_examples=40, deadline=None)
@given(town=problems(), wanted=conditions())
def test_fitted_plan_is_sound_and_leaves_out_nothing_announced_for_a_condition(
    town: Problem, wanted: Conditions
) -> None:
    start = inserted(town)
    found = fit(town, start, wanted)
    assert check(town, found) == [] and found.cost == cost(town, found.plan).total
    assert wanted.shortfall(town, found.plan) <= wanted.shortfall(town, start.plan)


@settings(max_examples=40, deadline=None)
@given(town=problems(), wanted=conditions())
def test_every_run_within_the_conditions_has_the_price_of_the_objective(town: Problem, wanted: Conditions) -> None:
    """Cut ones too; and none of them is longer than a rider's share."""
    plan = inserted(town).plan
    runs = [Run(courier_id=name, refs=refs, cost=0) for name, refs in plan.items()]
    for run in runs_within(town, plan, runs, wanted):
        assert run.cost == cost(town, {run.courier_id: run.refs}).by_courier[run.courier_id].total


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("is_known", [True, False])
def test_one_each_is_found_although_no_search_meets_it(shape: Shape, is_known: bool) -> None:
    """Both orders wait at the counter of one rider."""
    start = inserted(BOTH_NORTH).plan if is_known else None
    found = SearchAndAssign(conditions=ONE_EACH, shape=shape).solve(BOTH_NORTH, start, SOME, 1)
    assert sorted(len(refs) for refs in found.plan.values()) == [2, 2] and not found.unserved


def test_order_bound_to_a_rider_stays_whatever_the_conditions_say() -> None:
    town = replace(BOTH_NORTH, shipments=tuple(replace(s, pinned_to="north") for s in BOTH_NORTH.shipments))
    assert fit(town, inserted(town), ONE_EACH).plan == inserted(town).plan


def test_plan_nearer_to_the_conditions_is_adopted_at_any_price_and_another_at_none() -> None:
    dear, cheap = fit(BOTH_NORTH, inserted(BOTH_NORTH), ONE_EACH), inserted(BOTH_NORTH)
    policy = Policy(look_ahead_s=0)
    assert dear.cost > cheap.cost
    assert better_of(BOTH_NORTH, cheap, dear, policy, ONE_EACH) is dear
    assert better_of(BOTH_NORTH, dear, cheap, policy, ONE_EACH) is dear
    assert better_of(BOTH_NORTH, dear, cheap, policy) is cheap


def test_announced_order_in_nobodys_run_is_a_worse_plan_than_one_beyond_the_conditions() -> None:
    told = replace(BOTH_NORTH, announced=inserted(BOTH_NORTH).plan)
    left_out = replace(inserted(told), routes=schedule(told, {"north": tuple(told.shipments[0].refs)}))
    assert ONE_EACH.shortfall(told, left_out.plan) > ONE_EACH.shortfall(told, inserted(told).plan) == (0, 1)


@pytest.mark.parametrize("riders", [30, 60])
def test_time_for_a_choice_is_kept_of_the_whole_search_and_under_conditions_always(riders: int) -> None:
    """150 orders in a second leave time for it; 150 in a quarter only where somebody asked for it."""
    town = evening(riders, 150, 1)
    assert choosing_s(town, 1.0, ANYTHING) == ASSIGN_SHARE
    assert choosing_s(town, 0.25, ANYTHING) == 0.0
    assert choosing_s(town, 0.25, ONE_EACH) == pytest.approx(0.25 * MOST_SHARE)
    assert choosing_s(town, 1.0, ONE_EACH) == pytest.approx(3 * 150 * LEAST_S_PER_ORDER)


def test_newest_runs_of_every_rider_come_before_older_ones() -> None:
    runs = Runs(most=2)
    for number in range(4):
        runs.take([Run(courier_id="a", refs=(StopRef(f"s{number}", 0),), cost=number)])
    runs.take([Run(courier_id="b", refs=(StopRef("s9", 0),), cost=9)])
    assert [run.cost for run in runs.newest(2)] == [9, 3] and len(runs.newest(9)) == 3
