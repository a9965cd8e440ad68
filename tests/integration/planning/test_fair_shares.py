"""Fair shares in the plan: what riders earned lately becomes a capped term of its problem."""
from dataclasses import replace

from dispatch.core import clock
from dispatch.core.db import transaction
from dispatch.planning import fairness, journeys, modelling, snapshot
from routing.fairness import biases
from tests.factories.town import Town, at, make_order, make_rider, make_run, straight_rides


def test_what_a_rider_earned_lately_enters_the_plan_capped(town: Town) -> None:
    """The term stands in the problem for every order that is still free, in the units of the other costs."""
    with transaction():
        poor, rich = make_rider(town.coop_id, "Poor"), make_rider(town.coop_id, "Rich")
        runs = {rider.id: str(make_run(town, rider, place=at(300, 0)).id) for rider in (poor, rich)}
        order = make_order(town)
    seen = snapshot.read(town.coop_id, town.zone_id)
    cap = seen.rules.weights.fairness_cap
    seen = replace(seen, favours=biases({poor.id: 700.0, rich.id: 1300.0}, cap))
    places = modelling.places_of(seen)
    matrices = journeys.matrices(seen.city_id, places.points, modelling.profiles_of(seen), straight_rides)
    problem = modelling.build(seen, places, matrices).problem
    assert problem.bias == {(str(order.id), runs[poor.id]): -cap, (str(order.id), runs[rich.id]): cap}


def test_a_co_op_without_pay_rules_is_planned_all_the_same(town: Town) -> None:
    """Its first day must not wait for a vote."""
    assert fairness.RecentPay().hourly(town.coop_id, clock.now()) == {}
