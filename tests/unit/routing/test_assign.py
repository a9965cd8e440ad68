"""OR-Tools gives runs to riders: never dearer, within the conditions, and harmless when it fails."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from routing.assign import SearchAndAssign, choose
from routing.check import check
from routing.conditions import Conditions
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline
from routing.engines.pool import Pool, Run
from routing.engines.ruin_recreate import RuinRecreate
from routing.objective import cost
from routing.problem import Courier, Plan, Problem
from tests.unit.routing.problems import problem, problems, shipment

NORTH, SOUTH = Courier(id="north", place=0), Courier(id="south", place=8)
NEAR_NORTH, NEAR_SOUTH = shipment("n", 0, 1), shipment("s", 8, 7)
TOWN = problem((NORTH, SOUTH), (NEAR_NORTH, NEAR_SOUTH))


def run(town: Problem, courier_id: str, *names: str) -> Run:
    """A run that serves shipments one after the other, priced by the objective."""
    refs = tuple(ref for name in names for ref in town.shipment_by_id[name].refs)
    return Run(courier_id=courier_id, refs=refs, cost=cost(town, {courier_id: refs}).by_courier[courier_id].total)


def plan(*runs: Run) -> Plan:
    return {entry.courier_id: entry.refs for entry in runs}


CROSSED = plan(run(TOWN, "north", "s"), run(TOWN, "south", "n"))
STRAIGHT = [run(TOWN, "north", "n"), run(TOWN, "south", "s")]


def test_cheaper_runs_of_the_pool_replace_the_plan_at_hand() -> None:
    choice = choose(TOWN, STRAIGHT, CROSSED, 1.0)
    assert choice.is_changed and choice.plan == plan(*STRAIGHT)
    assert choice.cost == cost(TOWN, plan(*STRAIGHT)).total


def test_plan_at_hand_stays_when_nothing_is_cheaper() -> None:
    choice = choose(TOWN, [run(TOWN, "north", "s")], plan(*STRAIGHT), 1.0)
    assert not choice.is_changed and choice.plan == plan(*STRAIGHT)


def test_order_left_out_so_far_is_taken_in() -> None:
    choice = choose(TOWN, STRAIGHT, plan(STRAIGHT[0]), 1.0)
    assert choice.plan == plan(*STRAIGHT)


def test_no_order_rides_twice() -> None:
    """The cheapest run of each rider would take the same order."""
    town = problem((NORTH, replace(NORTH, id="twin")), (NEAR_NORTH, NEAR_SOUTH))
    pool = [run(town, "north", "n"), run(town, "twin", "n"), run(town, "twin", "s")]
    refs = [ref for stops in choose(town, pool, {}, 1.0).plan.values() for ref in stops]
    assert sorted(refs) == sorted({*town.shipment_by_id["n"].refs, *town.shipment_by_id["s"].refs})


def test_at_most_so_many_orders_change_hands() -> None:
    told = replace(TOWN, announced=CROSSED, weights=replace(TOWN.weights, moved_stop=0))
    pool = [run(told, "north", "n"), run(told, "south", "s")]
    assert choose(told, pool, CROSSED, 1.0).is_changed
    assert not choose(replace(told, conditions=Conditions(most_moved=1)), pool, CROSSED, 1.0).is_changed


def test_shares_are_kept_fair_even_if_that_costs_more() -> None:
    town = problem((NORTH, SOUTH), (NEAR_NORTH, shipment("m", 0, 1)))
    both = run(town, "north", "n", "m")
    pool = [run(town, "north", "n"), run(town, "south", "m")]
    assert choose(town, pool, plan(both), 1.0).plan["south"] == ()
    for share in (Conditions(most_orders={"north": 1}), Conditions(most_each=1)):
        assert choose(replace(town, conditions=share), pool, plan(both), 1.0).plan == plan(*pool)


def test_no_more_scarce_bikes_go_out_than_there_are() -> None:
    town = problem((replace(NORTH, profile="trailer"), replace(SOUTH, profile="trailer"),
                    Courier(id="light", place=4)), (NEAR_NORTH, NEAR_SOUTH))
    pool = [run(town, "north", "n"), run(town, "south", "s"), run(town, "light", "s")]
    town = replace(town, conditions=Conditions(scarce={"trailer": 1}))
    choice = choose(town, pool, plan(pool[0], pool[1]), 1.0)
    assert choice.plan == {"north": pool[0].refs, "south": (), "light": pool[2].refs}


def test_two_who_must_not_meet_are_not_sent_to_one_counter() -> None:
    couriers = (NORTH, SOUTH, Courier(id="third", place=4))
    town = problem(couriers, (NEAR_NORTH, shipment("m", 0, 3)), apart=(("north", "south"),))
    pool = [run(town, "north", "n"), run(town, "south", "m"), run(town, "third", "m")]
    choice = choose(town, pool, plan(pool[0]), 1.0)
    assert choice.plan == {"north": pool[0].refs, "south": (), "third": pool[2].refs}


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_solver_without_time_leaves_the_plan_at_hand(seconds: float) -> None:
    """A limit that OR-Tools refuses or cannot keep is as harmless as one that is over."""
    choice = choose(TOWN, STRAIGHT, CROSSED, seconds)
    assert choice.plan in (CROSSED, plan(*STRAIGHT)) and choice.cost <= cost(TOWN, CROSSED).total


@given(problems())
@settings(max_examples=25, deadline=None)
def test_search_and_assign_is_sound_and_never_dearer(town: Problem) -> None:
    start = Insertion().solve(town, None, Deadline(iterations=0), 1)
    found = SearchAndAssign().solve(town, start.plan, Deadline(iterations=30), 1)
    assert check(town, found) == []
    assert found.cost == cost(town, found.plan).total <= start.cost


@given(problems())
@settings(max_examples=25, deadline=None)
def test_every_run_of_the_pool_has_the_price_of_the_objective(town: Problem) -> None:
    """Exchanged runs too; a wrong price would make OR-Tools choose wrongly without anyone noticing."""
    pool = Pool()
    live, _ = RuinRecreate().explore(town, None, Deadline(iterations=20), 1, pool.watch)
    pool.exchange(live)
    for entry in pool.runs(live):
        assert entry.cost == cost(town, {entry.courier_id: entry.refs}).by_courier[entry.courier_id].total


def test_pool_forgets_the_oldest() -> None:
    pool = Pool(most=1)
    live, _ = RuinRecreate().explore(TOWN, None, Deadline(iterations=20), 1, pool.watch)
    pool.exchange(live)
    assert len(pool.runs(live)) == 1


def test_conditions_hold_for_the_whole_engine() -> None:
    """Free to choose it swaps both orders; nothing may change hands."""
    told = replace(TOWN, announced=CROSSED, weights=replace(TOWN.weights, moved_stop=0))
    free = SearchAndAssign().solve(told, CROSSED, Deadline(iterations=50), 1)
    none_moved = replace(told, conditions=Conditions(most_moved=0))
    bound = SearchAndAssign().solve(none_moved, CROSSED, Deadline(iterations=50), 1)
    assert free.plan == plan(*STRAIGHT) and bound.plan == CROSSED


def test_start_within_the_conditions_stays_when_there_is_no_time_to_choose() -> None:
    told = replace(TOWN, announced=CROSSED, weights=replace(TOWN.weights, moved_stop=0))
    told = replace(told, conditions=Conditions(most_moved=0))
    assert SearchAndAssign().solve(told, CROSSED, Deadline(seconds=0.01), 1).plan == CROSSED
