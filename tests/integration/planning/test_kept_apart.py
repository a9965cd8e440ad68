"""Riders who are not to meet: what the co-op's rules say becomes a fact of every plan."""
from dataclasses import replace

from dispatch.core.db import transaction
from dispatch.planning import journeys, modelling, rules, search, snapshot
from tests.factories.town import Town, at, make_order, make_rider, make_run, straight_rides


def test_two_riders_of_a_pair_are_not_sent_to_one_counter(town: Town) -> None:
    """Two orders of one shop, far apart, and two idle riders: one of them fetches both."""
    with transaction():
        anna, ben = make_rider(town.coop_id, "Anna"), make_rider(town.coop_id, "Ben")
        runs = {str(make_run(town, rider, place=at(300, 0)).id) for rider in (anna, ben)}
        make_order(town), make_order(town)
    seen = snapshot.read(town.coop_id, town.zone_id)
    read = rules.read_document("dispatch@2", {"kept_apart": [[str(anna.id), str(ben.id)]]})
    seen = replace(seen, rules=read)
    places = modelling.places_of(seen)
    matrices = journeys.matrices(seen.city_id, places.points, modelling.profiles_of(seen), straight_rides)
    model = modelling.build(seen, places, matrices)
    assert {name for pair in model.problem.apart for name in pair} == runs
    plan = search.place_new(model, 0.0, 1).solution.plan
    assert sorted(len(refs) for refs in plan.values()) == [0, 4]


def test_a_pair_of_whom_one_is_off_work_binds_nobody(town: Town) -> None:
    with transaction():
        anna, ben = make_rider(town.coop_id, "Anna"), make_rider(town.coop_id, "Ben")
        make_run(town, anna, place=at(300, 0))
    seen = snapshot.read(town.coop_id, town.zone_id)
    read = rules.read_document("dispatch@2", {"kept_apart": [[str(anna.id), str(ben.id)]]})
    places = modelling.places_of(seen)
    matrices = journeys.matrices(seen.city_id, places.points, modelling.profiles_of(seen), straight_rides)
    assert modelling.build(replace(seen, rules=read), places, matrices).problem.apart == ()
