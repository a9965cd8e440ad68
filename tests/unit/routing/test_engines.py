"""What every engine of ours must keep: one price, a feasible plan, nothing forgotten, repeatable."""

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from routing.assign import SearchAndAssign
from routing.bench.courier_town import evening
from routing.check import check
from routing.engines.fleet import FewestCouriers
from routing.engines.grouped import Grouped
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline, Engine
from routing.engines.live_plan import LivePlan
from routing.engines.ortools import OrTools
from routing.engines.ruin_recreate import RuinRecreate
from routing.objective import cost
from routing.problem import Courier, Problem, Shipment, TimeWindow
from tests.unit.routing.problems import problem as town
from tests.unit.routing.problems import problems
from tests.unit.routing.problems import shipment as order
from tests.unit.routing.problems import stop

CHEAPEST: dict[str, Engine] = {
    "insertion": Insertion(), "ruin_recreate": RuinRecreate(), "assign": SearchAndAssign(),
    "grouped": Grouped(SearchAndAssign(), riders=2, rounds=2), "ortools": OrTools(Insertion()),
    "sequence": OrTools(SearchAndAssign(), first_share=0.5),
}
"""Everything a rule set can name or a benchmark compares, by the benchmark's names."""

ENGINES = CHEAPEST | {"fewest_couriers": FewestCouriers()}
LITTLE = Deadline(iterations=20)
SOME = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@settings(SOME, max_examples=15)
@given(problem=problems())
def test_engine_prices_its_plan_like_the_objective(engine: Engine, problem: Problem) -> None:
    """One cost function: otherwise two engines could not be compared, nor a record explained."""
    solution = engine.solve(problem, None, LITTLE, 7)
    assert solution.cost == cost(problem, solution.plan).total


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@settings(SOME, max_examples=15)
@given(problem=problems())
def test_checker_accepts_every_answer(engine: Engine, problem: Problem) -> None:
    """The checker shares no code with the engines, so agreement means that both read the rules alike."""
    solution = engine.solve(problem, problem.announced, LITTLE, 7)
    assert check(problem, solution) == []


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@settings(SOME, max_examples=15)
@given(problem=problems(is_square=False))
def test_matrix_without_triangles_is_priced_right_too(engine: Engine, problem: Problem) -> None:
    """Turn costs and rounding break the triangle inequality; it may steer the search, never the price."""
    solution = engine.solve(problem, None, LITTLE, 7)
    assert solution.cost == cost(problem, solution.plan).total
    assert check(problem, solution) == []


@settings(SOME, max_examples=50)
@given(problem=problems())
def test_marginal_cost_is_the_difference_of_two_plans(problem: Problem) -> None:
    """The delta a rider is told must be what the plan's price really changes by."""
    live = LivePlan(problem, problem.announced)
    live.insert_all()
    for shipment in problem.shipments:
        if not live.remove(shipment.id):
            continue
        before = cost(problem, live.plan)
        for offer in live.candidates(shipment.id):
            run = live.run_with(shipment.id, offer.courier_id)
            assert (run is None) == (offer.cost is None)
            if run is not None:
                after = cost(problem, live.plan | {offer.courier_id: run})
                assert offer.cost == after.total - before.total + before.by_shipment[shipment.id].unserved
        live.insert(shipment.id)
        assert live.total == cost(problem, live.plan).total


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@settings(SOME, max_examples=8)
@given(problem=problems())
def test_same_seed_and_iterations_give_the_same_plan(engine: Engine, problem: Problem) -> None:
    """Repeatable answers make a decision record worth keeping."""
    first, second = (engine.solve(problem, None, LITTLE, 3) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("engine", CHEAPEST.values(), ids=CHEAPEST)
@settings(SOME, max_examples=20)
@given(problem=problems())
def test_search_never_ends_worse_than_it_started(engine: Engine, problem: Problem) -> None:
    """The best plan seen is kept aside, so heat cannot lose it; a group's cost is its part of the whole cost."""
    start = Insertion().solve(problem, None, LITTLE, 3)
    assert engine.solve(problem, start.plan, LITTLE, 3).cost <= start.cost


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@settings(SOME, max_examples=20)
@given(problem=problems())
def test_nothing_is_left_out_without_a_reason(engine: Engine, problem: Problem) -> None:
    """Every shipment is in a run or in the list of unserved, which says why."""
    solution = engine.solve(problem, None, LITTLE, 3)
    planned = {visit.shipment_id for route in solution.routes for visit in route.visits}
    named = {entry.shipment_id for entry in solution.unserved}
    assert planned | named == {s.id for s in problem.shipments} | set(problem.break_by_id)
    assert not planned & named
    assert not named & problem.committed


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_nobody_on_shift_and_nothing_to_do_are_no_errors(engine: Engine) -> None:
    """At night orders come in and nobody is at work; at noon riders wait and nothing comes in."""
    riders, orders = (Courier(id="anna", place=0),), (order("s", 1, 2),)
    for facts in (town((), orders), town(riders, ()), town((), ())):
        for deadline in (LITTLE, Deadline(seconds=0.0), Deadline(seconds=0.05)):
            solution = engine.solve(facts, None, deadline, 1)
            assert check(facts, solution) == []
            assert len(solution.unserved) == len(facts.shipments)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize(("left_s", "first"), [(-600, "hot"), (-800, "new")])
def test_new_work_does_not_make_food_on_board_cold(engine: Engine, left_s: int, first: str) -> None:
    """Its door is 200 s away and promised for later, but the ride may last 300 s more; the new order is urgent.

    Where 100 s are left it gets cold anyway.
    """
    hot = Shipment(id="hot", pickup=None, dropoffs=(stop(2, due_s=7000),), on_board_of="ben", longest_ride_s=900,
                   left_s=left_s)
    new = Shipment(id="new", pickup=stop(8, service_s=120), dropoffs=(stop(8, due_s=60),))
    facts = town((Courier(id="ben", place=8),), (hot, new))
    solution = engine.solve(facts, {"ben": hot.refs}, LITTLE, 1)
    assert check(facts, solution) == [] and not solution.unserved
    assert solution.plan["ben"][0].shipment_id == first


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_nothing_new_lies_on_top_of_goods_on_board_of_a_deep_box(engine: Engine) -> None:
    """The way leads by the new counter to the door of what is on board, and on to the new door."""
    below = Shipment(id="below", pickup=None, dropoffs=(stop(2, due_s=7000),), on_board_of="ben")
    facts = town((Courier(id="ben", place=0, is_deep_box=True),), (below, order("new", 1, 5)))
    solution = engine.solve(facts, {"ben": below.refs}, LITTLE, 1)
    assert check(facts, solution) == [] and not solution.unserved
    assert [ref.shipment_id for ref in solution.plan["ben"]] in (["below", "new", "new"], ["new", "new", "below"])


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("is_gift", [True, False])
def test_no_paid_work_makes_a_solidarity_order_late(engine: Engine, is_gift: bool) -> None:
    """Paid first, the other is 70 s late; the other first, the paid door has closed and the paid order stays out."""
    gift = Shipment(id="gift", pickup=stop(1), dropoffs=(stop(2, due_s=350),), solidarity=is_gift)
    closing = TimeWindow(opens_s=0, closes_s=90)
    paid = Shipment(id="paid", pickup=stop(0, service_s=10), dropoffs=(stop(0, service_s=150, window=closing),))
    facts = town((Courier(id="ben", place=0),), (gift, paid))
    facts = replace(facts, weights=replace(facts.weights, unserved=5_000_000))
    solution = engine.solve(facts, None, LITTLE, 1)
    assert check(facts, solution) == []
    assert ("paid" in {entry.shipment_id for entry in solution.unserved}) is is_gift
    assert (cost(facts, solution.plan).terms.lateness == 0) is is_gift


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("iterations", [0, 1])
def test_hardly_an_iteration_is_enough_for_an_answer(engine: Engine, iterations: int) -> None:
    """Fewer than a group, a share or a part of a search would need: everybody is served, and the search ends."""
    facts = evening(6, 12, 1)
    solution = engine.solve(facts, None, Deadline(iterations=iterations), 1)
    assert check(facts, solution) == [] and not solution.unserved


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("seconds", [0.0, 0.2])
def test_every_engine_answers_in_time(engine: Engine, seconds: float) -> None:
    """Twenty riders and 120 orders, kernels as plain Python; processor time, because other tests share the machine."""
    evening_ = evening(20, 120, 1)
    began = time.process_time()
    solution = engine.solve(evening_, None, Deadline(seconds=seconds), 1)
    assert time.process_time() - began < 2 * seconds + 1.0
    assert check(evening_, solution) == []
