"""One order at a time: the event layer's questions and changes."""

import pytest

from routing.engines.live_plan import LivePlan, marginal_costs
from routing.objective import cost
from routing.problem import Courier, StopRef
from routing.solution import Reason
from tests.unit.routing.problems import problem, shipment

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


def test_order_that_is_in_a_run_cannot_be_put_in_again() -> None:
    live = LivePlan(FACTS, {"near": S.refs})
    with pytest.raises(ValueError, match="in a run already"):
        live.candidates("s")
