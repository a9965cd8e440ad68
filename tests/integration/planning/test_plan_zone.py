"""A zone is planned from its rows to its rows."""
from datetime import timedelta
from uuid import UUID

from redis import Redis
from sqlalchemy import select

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.outbox import OutboxEvent
from dispatch.geo.models import Zone
from dispatch.geo.services import is_plan_wanted
from dispatch.orders import queries, runs, services
from dispatch.orders.models import Decision, Order, Run, Task
from dispatch.orders.services import Actor, Stamp
from dispatch.planning import journeys, modelling, rounds, search, snapshot
from dispatch.planning.apply import forget_old, record_round
from dispatch.planning.models import PlanRound
from dispatch.planning.services import Effort, lease, plan_zone
from tests.factories.heard import hearing
from tests.factories.town import Town, at, make_order, make_rider, make_run, straight_rides, tasks_of


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def _kinds(town: Town) -> list[str]:
    return list(db.session.scalars(select(OutboxEvent.kind).order_by(OutboxEvent.seq)))


def _act(order: Order, kind: str, *actions: str, rider_id: UUID) -> None:
    for action in actions:
        task = next(task for task in tasks_of(order) if task.kind == kind)
        actor = Actor(kind="rider", rider_id=rider_id)
        services.act_on_task(order.coop_id, task.id, action, actor=actor, stamp=Stamp())


def test_new_order_goes_to_the_rider_who_is_nearest(town: Town, effort: Effort) -> None:
    """The core promise: an order becomes stops of the run where it costs least, with times and a reason."""
    with transaction():
        near, far = make_rider(town.coop_id, "Near"), make_rider(town.coop_id, "Far")
        run = make_run(town, near, place=at(200, 0))
        make_run(town, far, place=at(5000, 0))
        order = make_order(town, pickup=at(0, 0), drops=[at(-1000, 0)])

    _plan(town, effort)

    seen = queries.get_order(town.coop_id, order.id)
    assert seen.state == "assigned" and seen.rider_id == near.id
    planned = queries.get_run(town.coop_id, run.id)
    assert [task.kind for task in planned.tasks] == ["pickup", "dropoff"]
    assert planned.version == 2
    assert seen.pickup.eta_at and seen.eta_at and seen.pickup.eta_at < seen.eta_at < seen.dropoffs[0].eta_late_at
    decision = db.session.scalars(select(Decision)).one()
    assert decision.rider_id == near.id and decision.mode == "automatic"
    assert [offer["name"] for offer in decision.record["candidates"]] == ["Near", "Far"]
    assert decision.record["runner_up"]["name"] == "Far"
    assert decision.record["candidates"][0]["terms"]["riding"] > 0
    assert "RunChanged" in _kinds(town)


def test_plan_is_done_when_all_that_was_wanted_is_planned(town: Town, effort: Effort) -> None:
    """Bursts coalesce: one round satisfies several orders, and a repeat of the task does nothing."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        for _ in range(3):
            make_order(town)

    _plan(town, effort)
    _plan(town, effort)

    zone = db.session.get_one(Zone, (town.coop_id, town.zone_id))
    assert zone.plan_done == zone.plan_wanted == 3
    rounds = db.session.scalars(select(PlanRound.outcome)).all()
    assert rounds.count("planned") == 1 and all(db.session.scalars(select(PlanRound.checked)))


def test_who_asked_hears_that_a_plan_is_in_force_before_the_longer_search(town: Town, effort: Effort) -> None:
    """Otherwise the outbox asks again and again while the planner looks for something better."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        for _ in range(2):
            make_order(town)
    heard: list[list[str]] = []

    plan_zone(town.coop_id, town.zone_id, effort,
              planned=lambda: heard.append(list(db.session.scalars(select(PlanRound.outcome)))))

    use_coop(town.coop_id)
    assert heard == [["planned"]]
    assert set(db.session.scalars(select(PlanRound.outcome))) & {"kept", "improved"}


def test_longer_search_gives_way_to_an_order_placed_meanwhile(town: Town, effort: Effort) -> None:
    """A merchant's new order does not wait for other orders' plan to get a little better."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        for _ in range(2):
            make_order(town)
    _plan(town, effort)
    with transaction():
        seen = snapshot.read(town.coop_id, town.zone_id)
    places = modelling.places_of(seen)
    matrices = journeys.matrices(seen.city_id, places.points, modelling.profiles_of(seen), straight_rides)
    model = modelling.build(seen, places, matrices)
    assert not queries.has_order_since(town.coop_id, town.zone_id, seen.taken_at)
    with transaction():
        make_order(town)

    assert queries.has_order_since(town.coop_id, town.zone_id, seen.taken_at)
    assert search.improve(model, 0.1, 1, lambda: True) is None
    assert search.improve(model, 0.1, 1) is not None


def test_order_nobody_can_carry_says_why(town: Town, effort: Effort) -> None:
    """Infeasible orders must never vanish without a reason."""
    with transaction():
        make_run(town, make_rider(town.coop_id, capacity_g=5000))
        order = make_order(town, weight_g=40_000)

    _plan(town, effort)

    seen = queries.get_order(town.coop_id, order.id)
    assert seen.state == "pending" and seen.unserved is not None
    assert seen.unserved["code"] == "too_heavy"
    assert seen.unserved["facts"]["largest_capacity_g"] == 5000


def test_order_without_riders_waits_and_is_served_when_one_signs_on(town: Town, effort: Effort) -> None:
    """The reason goes away with its cause."""
    with transaction():
        order = make_order(town)
    _plan(town, effort)
    assert queries.get_order(town.coop_id, order.id).unserved["code"] == "no_courier"

    with transaction():
        make_run(town, make_rider(town.coop_id))
        make_order(town)
    _plan(town, effort)

    seen = queries.get_order(town.coop_id, order.id)
    assert seen.state == "assigned" and seen.unserved is None


def test_goods_on_board_stay_with_their_rider(town: Town, effort: Effort) -> None:
    """A parcel cannot jump between bikes, however near another rider is to its door."""
    with transaction():
        carrier = make_rider(town.coop_id, "Carrier")
        run = make_run(town, carrier, place=at(0, 0))
        order = make_order(town, drops=[at(4000, 0)])
    _plan(town, effort)
    with transaction():
        _act(order, "pickup", "start", "arrive", "complete", rider_id=carrier.id)
        make_run(town, make_rider(town.coop_id, "Neighbour"), place=at(4000, 0))
        make_order(town, drops=[at(-500, 0)])

    _plan(town, effort)

    assert queries.get_order(town.coop_id, order.id).rider_id == carrier.id
    assert order.id in {task.order_id for task in queries.get_run(town.coop_id, run.id).tasks}


def test_stop_that_is_under_way_stays_first(town: Town, effort: Effort) -> None:
    """A rider is never turned around on the way to a door."""
    with transaction():
        rider = make_rider(town.coop_id)
        run = make_run(town, rider)
        order = make_order(town, pickup=at(3000, 0), drops=[at(3500, 0)])
    _plan(town, effort)
    with transaction():
        _act(order, "pickup", "start", rider_id=rider.id)
        make_order(town, pickup=at(50, 0), drops=[at(100, 0)], due_in_s=600)

    _plan(town, effort)

    first = queries.get_run(town.coop_id, run.id).tasks[0]
    assert first.order_id == order.id and first.state == "started"


def test_order_chosen_by_hand_stays_with_the_chosen_rider(town: Town, effort: Effort) -> None:
    """A coordinator's choice is a constraint until it is lifted."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"), place=at(0, 0))
        far = make_rider(town.coop_id, "Far")
        make_run(town, far, place=at(6000, 0))
        order = make_order(town)
        for task in tasks_of(order):
            task.pinned_rider_id = far.id

    _plan(town, effort)

    assert queries.get_order(town.coop_id, order.id).rider_id == far.id


def test_second_planner_leaves_the_zone_to_the_first(town: Town, effort: Effort) -> None:
    """Planners never overwrite each other: the lease is one."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order = make_order(town)

    with lease(town.zone_id) as is_mine:
        assert is_mine
        _plan(town, effort)
        assert queries.get_order(town.coop_id, order.id).state == "pending"
    _plan(town, effort)

    assert queries.get_order(town.coop_id, order.id).state == "assigned"


def test_plan_made_for_an_older_run_is_made_again(town: Town, effort: Effort) -> None:
    """A change between reading and writing makes the plan stale; it is never written over the change."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        first = make_order(town)
    _plan(town, effort)
    with transaction():
        make_order(town)
    calls = []

    def rides_while_something_happens(city_id, points, profile):  # type: ignore[no-untyped-def]
        calls.append(profile)
        if len(calls) == 1:
            with transaction():
                services.cancel_order(town.coop_id, first.id, reason="changed mind", actor=Actor(kind="merchant"))
        return effort.ride_times(city_id, points, profile)

    _plan(town, Effort(plan_seconds=0.1, ride_times=rides_while_something_happens))

    assert len(calls) >= 2
    assert queries.get_order(town.coop_id, first.id).state == "cancelled"
    assert first.id not in {task.order_id for task in queries.get_run(town.coop_id, run.id).tasks}


def test_a_slow_round_counts_as_a_rush_only_right_after_it(town: Town, effort: Effort) -> None:
    """Of the rounds that planned what had happened, the last one, and how long ago it ended."""
    assert rounds.last(town.coop_id, town.zone_id) == (None, 0.0)
    for outcome, ago_s, took_s in (("planned", 30, 9.0), ("unchanged", 10, 4.0), ("improved", 5, 2.0)):
        with transaction():
            record_round(town.coop_id, town.zone_id, started_at=clock.now() - timedelta(seconds=ago_s), took_s=took_s,
                         engine="insertion", seed=1, orders=0, riders=0, outcome=outcome, checked=True)
    took_s, since_s = rounds.last(town.coop_id, town.zone_id)
    assert took_s == 4.0 and 6.0 <= since_s < 9.0


def test_progress_meanwhile_does_not_hold_the_planner(town: Town, effort: Effort) -> None:
    """A hundred riders get on all the time: that is planned with whatever comes next, and orders do not wait for it."""
    with transaction():
        rider = make_rider(town.coop_id)
        make_run(town, rider)
        first = make_order(town)
    _plan(town, effort)
    with transaction():
        second = make_order(town)
    calls = []

    def rides_while_riders_get_on(city_id, points, profile):  # type: ignore[no-untyped-def]
        calls.append(profile)
        if len(calls) == 1:
            with transaction():
                _act(first, "pickup", "start", rider_id=rider.id)
        return effort.ride_times(city_id, points, profile)

    _plan(town, Effort(plan_seconds=0.0, ride_times=rides_while_riders_get_on))

    assert queries.get_order(town.coop_id, second.id).state == "assigned"
    assert is_plan_wanted(town.coop_id, town.zone_id)
    _plan(town, effort)
    assert not is_plan_wanted(town.coop_id, town.zone_id)


def test_early_sign_off_gives_the_stops_to_others(town: Town, effort: Effort) -> None:
    """What a rider hands back is planned again at once."""
    with transaction():
        leaving = make_rider(town.coop_id, "Leaving")
        run = make_run(town, leaving)
        order = make_order(town)
    _plan(town, effort)
    with transaction():
        staying = make_rider(town.coop_id, "Staying")
        make_run(town, staying)
        runs.close_run(town.coop_id, run.id)
        zone = db.session.get_one(Zone, (town.coop_id, town.zone_id))
        zone.plan_wanted += 1

    _plan(town, effort)

    assert queries.get_order(town.coop_id, order.id).rider_id == staying.id
    assert db.session.get_one(Run, (town.coop_id, run.id)).closed_at is not None


def test_arrival_times_move_when_a_rider_is_late(redis: Redis, town: Town, effort: Effort) -> None:
    """Live times come from progress, not from the first plan; a phone hears of them, or is told when it asks."""
    with transaction():
        rider = make_rider(town.coop_id)
        run = make_run(town, rider)
        order = make_order(town)
    _plan(town, effort)
    before = queries.get_order(town.coop_id, order.id).eta_at
    with transaction():
        _act(order, "pickup", "start", "arrive", rider_id=rider.id)
        pickup = tasks_of(order)[0]
        pickup.ready_at = clock.now() + timedelta(minutes=20)
    touched = queries.get_run(town.coop_id, run.id).touched
    with hearing(redis, town.coop_id) as told:
        _plan(town, effort)
        heard = told(5)
        touched_then = queries.get_run(town.coop_id, run.id).touched
        _plan(town, effort)
        assert told(0.2) is None

    after = queries.get_order(town.coop_id, order.id).eta_at
    assert after is not None and before is not None and after - before > timedelta(minutes=15)
    assert db.session.scalar(select(Task.eta_at).where(Task.id == tasks_of(order)[1].id)) == after
    planned = queries.get_run(town.coop_id, run.id)
    assert planned.touched == touched_then == touched + 1
    assert heard is not None and heard["kind"] == "TimesMoved" and heard["payload"]["rider_id"] == str(rider.id)
    assert heard["payload"]["times"] == {
        str(task.id): [task.eta_at.isoformat(), task.eta_late_at.isoformat()] for task in planned.tasks
    }


def test_order_for_later_is_planned_but_nobody_hears_of_it_before_its_time(
    town: Town, effort: Effort
) -> None:
    """The later one commits the more one knows; the decision comes by itself when the work is in sight."""
    with transaction():
        rider = make_rider(town.coop_id)
        make_run(town, rider)
        order = make_order(town, ready_in_s=2 * 3600, due_in_s=3 * 3600)
    _plan(town, effort)
    seen = queries.get_order(town.coop_id, order.id)
    assert seen.rider_id is None and seen.unserved and seen.unserved["code"] == "later"
    assert not db.session.scalars(select(Decision)).all() and "RunChanged" not in _kinds(town)

    with transaction():
        tasks_of(order)[0].ready_at = clock.now() + timedelta(minutes=20)
    _plan(town, Effort(plan_seconds=0.1, ride_times=effort.ride_times))

    seen = queries.get_order(town.coop_id, order.id)
    assert seen.rider_id == rider.id and seen.unserved is None


def test_order_for_later_that_a_coordinator_gave_away_is_shown(town: Town, effort: Effort) -> None:
    """A choice by hand is a fact, however early it is made."""
    with transaction():
        rider = make_rider(town.coop_id)
        make_run(town, rider)
        order = make_order(town, ready_in_s=2 * 3600, due_in_s=3 * 3600)
        tasks_of(order)[0].pinned_rider_id = rider.id

    _plan(town, effort)

    assert queries.get_order(town.coop_id, order.id).rider_id == rider.id


def test_records_are_kept_twelve_months_and_no_longer(town: Town, effort: Effort) -> None:
    """Whoever asks within a year gets an answer; afterwards nothing is left about anybody."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        make_order(town)
    _plan(town, effort)
    with transaction():
        db.session.scalars(select(Decision)).one().decided_at = clock.now() - timedelta(days=364)
        db.session.flush()
        forget_old(town.coop_id)
    assert db.session.scalars(select(Decision)).one()

    with transaction():
        db.session.scalars(select(Decision)).one().decided_at = clock.now() - timedelta(days=366)
        for done in db.session.scalars(select(PlanRound)):
            done.started_at = clock.now() - timedelta(days=31)
        db.session.flush()
        forget_old(town.coop_id)

    assert db.session.scalars(select(Decision)).all() == []
    assert db.session.scalars(select(PlanRound)).all() == []
