"""A promise in danger comes with the rider who would keep it, and the price."""
from dataclasses import replace

from dispatch.orders.arrival_rules import BLANK, Book, Lateness
from dispatch.planning.remedies import in_danger, remedies
from routing.problem import Courier, Shipment, Stop, StopRef
from routing.solution import schedule
from tests.unit.routing.problems import problem, shipment, stop

COURIERS = (Courier(id="busy", place=0), Courier(id="free", place=8))
LATE = Shipment(id="late", pickup=stop(8), dropoffs=(Stop(place=7, service_s=60, due_s=200),))
PLAN = {
    "busy": (StopRef("first", 0), StopRef("first", 1), StopRef("late", 0), StopRef("late", 1)),
    "free": (),
}


def late_by(seconds: float) -> Book:
    """A co-op whose stops come as planned in the middle, and one time in ten so much later."""
    return {key: Lateness(points=((600.0, 0.0, seconds),), sample_size=100) for key in BLANK}


def test_free_rider_nearby_is_the_remedy() -> None:
    """Another rider would be there minutes earlier: say who, when, and that it costs nobody anything."""
    town = problem(COURIERS, (shipment("first", 0, 8), LATE))
    found = remedies(town, PLAN)
    assert found["late"]["run_id"] == "free"
    assert found["late"]["at_s"] == 60 + 100  # a minute at the pickup next to them, then one block
    assert found["late"]["saves_s"] > 120 and found["late"]["cost_s"] < 0


def test_order_in_time_needs_none() -> None:
    """Nobody looks at what will be kept anyway."""
    in_time = replace(LATE, dropoffs=(replace(LATE.dropoffs[0], due_s=9000),))
    assert remedies(problem(COURIERS, (shipment("first", 0, 8), in_time)), PLAN) == {}


def test_order_that_would_be_late_one_time_in_ten_has_a_remedy_too() -> None:
    """The alert comes before the promise breaks: expected in time, but not all stops are."""
    expected_s = 60 + 400 + 60 + 60 + 100  # three minutes of service, four blocks, one block
    shaky = replace(LATE, dropoffs=(replace(LATE.dropoffs[0], due_s=expected_s + 10),))
    town = problem(COURIERS, (shipment("first", 0, 8), shaky))
    assert remedies(town, PLAN, book=late_by(0.0)) == {}
    assert "late" in remedies(town, PLAN, book=late_by(600.0))
    assert remedies(town, PLAN, book=late_by(600.0), aim_early_s=3600) == {}


def test_tried_in_vain_is_told_apart_from_not_tried() -> None:
    """Nobody else could be earlier is something that a coordinator may tell a merchant; nobody looked is not."""
    alone = problem(COURIERS[:1], (shipment("first", 0, 8), LATE))
    plan = {"busy": PLAN["busy"]}
    assert remedies(alone, plan) == {"late": None}
    begun = replace(alone, pinned={"busy": PLAN["busy"]})
    assert remedies(begun, plan) == {}
    assert [name for _, name, *_ in in_danger(begun, schedule(begun, plan))] == ["late"]


def test_goods_on_board_have_none() -> None:
    """What is on a bike cannot be handed to another through the air."""
    aboard = Shipment(id="late", pickup=None, dropoffs=LATE.dropoffs, on_board_of="busy")
    plan = {"busy": (StopRef("first", 0), StopRef("first", 1), StopRef("late", 1)), "free": ()}
    assert remedies(problem(COURIERS, (shipment("first", 0, 8), aboard)), plan) == {}


def test_looking_for_remedies_changes_no_plan() -> None:
    """Every order tried elsewhere is back in its run before the next is looked at."""
    second = replace(LATE, id="second")
    plan = {"busy": (*PLAN["busy"], StopRef("second", 0), StopRef("second", 1)), "free": ()}
    found = remedies(problem(COURIERS, (shipment("first", 0, 8), LATE, second)), plan)
    assert set(found) == {"late", "second"}
    assert {entry["run_id"] for entry in found.values()} == {"free"}
