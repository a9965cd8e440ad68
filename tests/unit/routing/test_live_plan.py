"""One order at a time: the event layer's questions and changes."""

import pytest

from routing.check import check
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan, marginal_costs
from routing.objective import cost
from routing.problem import Courier, Plan, Problem, Shipment, StopRef, TimeWindow
from routing.solution import Reason
from tests.unit.routing.problems import problem, shipment, stop

NEAR, FAR_OFF = Courier(id="near", place=0), Courier(id="far", place=8)
WEAK = Courier(id="weak", place=0, capacity_g=1)
S, T = shipment("s", 1, 2), shipment("t", 7, 8)
FACTS = problem((NEAR, FAR_OFF, WEAK), (S, T))


def test_new_order_goes_to_the_rider_for_whom_it_costs_least() -> None:
    live = LivePlan(FACTS)
    assert live.insert("s") == "near"
    assert live.plan["near"] == S.refs
    assert live.unserved == ("t",)


def test_every_rider_is_named_with_a_price_or_the_rule_that_keeps_them() -> None:
    """The decision record shows all of them, so that nobody wonders why not they."""
    offers = marginal_costs(FACTS, {}, "s")
    assert [(offer.courier_id, offer.failed) for offer in offers] == [
        ("near", None), ("far", None), ("weak", Reason.TOO_HEAVY)
    ]
    assert offers[0].cost is not None and offers[1].cost is not None and offers[0].cost < offers[1].cost


def test_marginal_cost_is_explained_by_its_terms() -> None:
    live = LivePlan(FACTS, {"near": T.refs})
    terms = live.explain("s", "near")
    (offer,) = [offer for offer in live.candidates("s") if offer.courier_id == "near"]
    assert terms is not None and terms.total == offer.cost


def test_order_given_by_hand_goes_to_that_rider() -> None:
    """What if? - the coordinator forces an order to a rider and sees what it costs."""
    live = LivePlan(FACTS)
    assert live.give("s", "far")
    assert live.plan["far"] == S.refs
    assert live.total == cost(FACTS, live.plan).total


def test_order_is_not_given_to_a_rider_who_cannot() -> None:
    live = LivePlan(FACTS)
    assert not live.give("s", "weak")
    assert live.plan["weak"] == ()


def test_cancelled_order_leaves_its_run() -> None:
    live = LivePlan(FACTS, {"near": (*S.refs, *T.refs)})
    assert live.remove("s")
    assert live.plan["near"] == T.refs
    assert not live.remove("s")


def test_pinned_stops_are_never_passed() -> None:
    """The rider is on the way to them; a new order comes after."""
    pinned = problem((NEAR,), (S, T), pinned={"near": T.refs[:1]})
    live = LivePlan(pinned, {"near": T.refs})
    live.insert("s")
    assert live.plan["near"][0] == T.refs[0]
    assert not live.remove("t")


def test_plan_of_yesterday_is_taken_over_as_far_as_it_still_holds() -> None:
    """Shipments that are gone, halves, strangers and heavy ones for the weak are dropped, never an error."""
    stale = {
        "near": (StopRef("gone", 0), S.refs[1], S.refs[0]),
        "weak": T.refs,
        "left-the-co-op": S.refs,
    }
    live = LivePlan(FACTS, stale)
    assert set(live.unserved) == {"s", "t"}
    assert live.total == cost(FACTS, live.plan).total


def moved_on(facts: Problem, plan: Plan) -> dict[str, tuple[StopRef, ...]]:
    """The plan after something happened: what still holds of it, and the rest put in where it costs least."""
    solution = Insertion().solve(facts, plan, Deadline(iterations=0), 1)
    assert check(facts, solution) == []
    return solution.plan


def test_work_of_a_rider_who_signs_off_goes_to_the_others() -> None:
    """No new work fits before the end of the shift; what is pinned is still brought to its end."""
    tired = Courier(id="near", place=0, shift_end_s=120, latest_end_s=120)
    facts = problem((tired, FAR_OFF), (S, T), pinned={"near": T.refs})
    assert moved_on(facts, {"near": (*T.refs, *S.refs)}) == {"near": T.refs, "far": S.refs}


def test_work_of_a_rider_who_broke_down_goes_to_the_others() -> None:
    """Who is not there any more has no run; a plan that still names them is no error."""
    plan = moved_on(problem((FAR_OFF,), (S, T)), {"near": S.refs, "far": T.refs})
    assert set(plan) == {"far"} and set(plan["far"]) == {*S.refs, *T.refs}


def test_rider_who_is_delayed_loses_what_cannot_wait() -> None:
    """The window closes before they would be there; somebody else keeps it."""
    closing = Shipment(id="c", pickup=stop(1), dropoffs=(stop(2, window=TimeWindow(opens_s=0, closes_s=1200)),))
    plan = {"near": (*closing.refs, *S.refs)}
    assert moved_on(problem((NEAR, FAR_OFF), (closing, S)), plan) == plan | {"far": ()}
    delayed = problem((Courier(id="near", place=0, ready_s=1000), FAR_OFF), (closing, S))
    assert set(closing.refs) <= set(moved_on(delayed, plan)["far"])


def test_order_that_is_in_a_run_cannot_be_put_in_again() -> None:
    live = LivePlan(FACTS, {"near": S.refs})
    with pytest.raises(ValueError, match="in a run already"):
        live.candidates("s")


def test_riders_kept_apart_are_not_sent_to_one_counter() -> None:
    """Neither by insertion nor by hand; and the price list says who may not."""
    second = shipment("s2", 1, 5)
    facts = problem((NEAR, FAR_OFF), (S, second), apart=(("far", "near"),))
    live = LivePlan(facts, {"far": S.refs})
    offers = {offer.courier_id: offer for offer in live.candidates("s2")}
    assert offers["near"].failed == Reason.NOT_ALLOWED and offers["far"].failed is None
    assert not live.give("s2", "near") and live.run_with("s2", "near") is None
    assert live.insert("s2") == "far"


def test_plan_that_would_bring_them_together_is_not_taken_over() -> None:
    facts = problem((NEAR, FAR_OFF), (S, shipment("s2", 1, 5)), apart=(("far", "near"),))
    live = LivePlan(facts, {"near": S.refs, "far": facts.shipment_by_id["s2"].refs})
    assert live.unserved == ("s2",)
