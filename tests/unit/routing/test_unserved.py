"""What cannot be served is left out with a reason a person understands; nothing makes an engine fall over."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from routing.check import check
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline
from routing.engines.ruin_recreate import RuinRecreate
from routing.problem import UNREACHABLE_S, Break, Courier, Problem, Shipment, StopRef, TimeWindow, TravelMatrix
from routing.solution import Reason, Solution
from tests.unit.routing.problems import problem, shipment, square_town, stop

ANNA = Courier(id="anna", place=0)
LITTLE = Deadline(iterations=30)


def solve(facts: Problem) -> Solution:
    """A short search whose answer passes the checker."""
    solution = RuinRecreate().solve(facts, None, LITTLE, 1)
    assert check(facts, solution) == []
    return solution


def reasons(facts: Problem) -> dict[str, Reason]:
    """Why each shipment was left out."""
    return {entry.shipment_id: entry.reason for entry in solve(facts).unserved}


def test_nobody_on_shift() -> None:
    assert reasons(problem((), (shipment("s", 1, 2),))) == {"s": Reason.NO_COURIER}


def test_nothing_to_do() -> None:
    assert solve(problem((ANNA,), ())).plan == {"anna": ()}


def test_too_heavy_for_every_bike_says_how_heavy() -> None:
    weak = Courier(id="anna", place=0, capacity_g=500)
    (entry,) = solve(problem((weak,), (shipment("s", 1, 2),))).unserved
    assert entry.reason == Reason.TOO_HEAVY
    assert (entry.facts["weight_g"], entry.facts["largest_capacity_g"]) == (1000, 500)


def test_a_parcel_too_bulky_for_every_bike_stays_unserved() -> None:
    tent = Shipment(id="s", pickup=stop(1), dropoffs=(stop(2, volume_ml=90_000),))
    small = Courier(id="anna", place=0, capacity_ml=40_000)
    assert reasons(problem((small,), (tent,))) == {"s": Reason.TOO_BULKY}


def test_skill_that_nobody_has() -> None:
    medicine = shipment("s", 1, 2, skills=frozenset({"medicine"}))
    assert reasons(problem((ANNA,), (medicine,))) == {"s": Reason.SKILLS}


def test_window_already_past() -> None:
    past = Shipment(id="s", pickup=stop(1), dropoffs=(stop(2, window=TimeWindow(opens_s=-900, closes_s=-600)),))
    assert reasons(problem((ANNA,), (past,))) == {"s": Reason.WINDOW_CLOSED}


def test_promise_already_past_is_served_late() -> None:
    """A broken promise is no reason to leave somebody without their dinner."""
    late = Shipment(id="s", pickup=stop(1), dropoffs=(stop(2, due_s=-600),))
    assert reasons(problem((ANNA,), (late,))) == {}


def test_shift_that_ends_in_a_minute() -> None:
    tired = Courier(id="anna", place=0, shift_end_s=60, latest_end_s=60)
    assert reasons(problem((tired,), (shipment("s", 1, 2),))) == {"s": Reason.SHIFT_ENDS}


def test_a_place_without_a_way_stays_unserved() -> None:
    seconds = square_town().seconds.copy()
    seconds[:, 8] = UNREACHABLE_S
    island = Problem(couriers=(ANNA,), shipments=(shipment("s", 1, 8),),
                     matrices={"bike": TravelMatrix(seconds=seconds)})
    assert reasons(island) == {"s": Reason.UNREACHABLE}


def test_food_that_is_cold_before_it_arrives() -> None:
    assert reasons(problem((ANNA,), (shipment("s", 0, 8, longest_ride_s=200),))) == {"s": Reason.RIDE_TOO_LONG}


def test_farther_than_the_rider_can() -> None:
    injured = Courier(id="anna", place=0, max_distance_m=500)
    assert reasons(problem((injured,), (shipment("s", 1, 8),))) == {"s": Reason.TOO_FAR}


def test_forbidden_by_everybody() -> None:
    assert reasons(problem((ANNA,), (shipment("s", 1, 2, forbidden_couriers=frozenset({"anna"})),))) == {
        "s": Reason.NOT_ALLOWED
    }


def test_no_room_beside_better_work() -> None:
    """Both could be carried alone, but the shift has time for one."""
    short = Courier(id="anna", place=0, latest_end_s=500)
    found = reasons(problem((short,), (shipment("plain", 1, 2), shipment("urgent", 3, 6, priority=2))))
    assert found == {"plain": Reason.NO_ROOM}


def test_solidarity_slot_is_not_bumped_by_any_amount_of_paid_work() -> None:
    short = Courier(id="anna", place=0, latest_end_s=500)
    paid = [shipment(f"paid-{k}", 1, 2, priority=9) for k in range(5)]
    found = reasons(problem((short,), (shipment("gift", 3, 6, solidarity=True), *paid)))
    assert "gift" not in found


def test_goods_on_board_are_delivered_whatever_the_shift_says() -> None:
    aboard = Shipment(id="x", pickup=None, dropoffs=(stop(8, weight_g=10),), on_board_of="anna")
    tired = Courier(id="anna", place=0, latest_end_s=60, capacity_g=1)
    assert solve(problem((tired,), (aboard,))).plan["anna"] == aboard.refs


def test_pinned_stops_stay_even_where_they_break_a_limit() -> None:
    """A coordinator's tour is carried out as planned; what it breaks is theirs to know."""
    heavy = Shipment(id="x", pickup=stop(1), dropoffs=(stop(2, weight_g=99_000),))
    weak = Courier(id="anna", place=0, capacity_g=1000)
    assert solve(problem((weak,), (heavy,), pinned={"anna": heavy.refs})).plan["anna"] == heavy.refs


def test_break_is_taken_even_on_a_full_shift() -> None:
    rest = Break(id="rest", opens_s=500, due_s=1500, duration_s=600)
    resting = Courier(id="anna", place=0, breaks=(rest,))
    plan = solve(problem((resting,), tuple(shipment(f"s{k}", 1, 2) for k in range(6)))).plan
    assert StopRef("rest", 0) in plan["anna"]


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_ten_thousand_orders_at_once_do_not_break_the_deadline(seconds: float) -> None:
    """What there is no time for is left out and said to be so."""
    orders = tuple(shipment(f"s{k}", k % 9, (k + 4) % 9) for k in range(3000))
    facts = problem((ANNA,), orders)
    began = time.perf_counter()
    solution = Insertion().solve(facts, None, Deadline(seconds=seconds), 1)
    assert time.perf_counter() - began < 20
    assert len(solution.unserved) + len(solution.plan["anna"]) // 2 == 3000
    assert Reason.NO_TIME in {entry.reason for entry in solution.unserved}


@pytest.mark.slow
def test_plain_python_and_compiled_kernels_give_the_same_plan() -> None:
    """One source: the answer must not depend on whether numba is installed."""
    script = (
        "from tests.unit.routing.test_unserved import big; from routing.engines.ruin_recreate import *; "
        "from routing.engines.interface import Deadline; "
        "print(RuinRecreate().solve(big(), None, Deadline(iterations=60), 5).plan)"
    )
    answers = {
        subprocess.run([sys.executable, "-c", script], env=os.environ | {"PACELINE_NUMBA": switch},
                       capture_output=True, text=True, check=True).stdout
        for switch in ("0", "1")
    }
    assert len(answers) == 1


FORGOTTEN = """
from routing.engines import change_kernel, fleet_kernel, place_kernel, pool_kernel, search_kernel
from routing.engines.warm import warm
warm()
for module in (change_kernel, fleet_kernel, place_kernel, pool_kernel, search_kernel):
    for name, kernel in vars(module).items():
        is_entry = hasattr(kernel, "signatures") and not kernel.targetoptions.get("no_cpython_wrapper")
        if is_entry and not kernel.signatures:
            print(module.__name__, name)
"""


@pytest.mark.slow
def test_every_kernel_that_python_calls_is_compiled_at_boot() -> None:
    """A kernel that is compiled in a request makes somebody wait for seconds."""
    pytest.importorskip("numba")
    done = subprocess.run([sys.executable, "-c", FORGOTTEN], env=os.environ | {"PACELINE_NUMBA": "1"},
                          capture_output=True, text=True, check=True)
    assert done.stdout == ""


def big() -> Problem:
    """Enough orders for the search to have choices."""
    random = np.random.default_rng(3)
    couriers = tuple(Courier(id=f"c{k}", place=int(random.integers(9)), shift_end_s=4000) for k in range(4))
    orders = tuple(shipment(f"s{k}", *(int(place) for place in random.integers(0, 9, 2))) for k in range(20))
    return problem(couriers, orders)
