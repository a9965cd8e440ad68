"""Times told are honest: what the plan said is kept, what came of it is learned, and the next times say so."""
from datetime import timedelta

from sqlalchemy import select

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.geo.models import Zone
from dispatch.orders import arrival_rules, arrivals, queries, services
from dispatch.orders.models import Order, Task
from dispatch.orders.services import Actor, Stamp
from dispatch.planning.services import Effort, plan_zone
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def _act(order: Order, kind: str, *actions: str) -> None:
    for action in actions:
        task = next(task for task in tasks_of(order) if task.kind == kind)
        services.act_on_task(order.coop_id, task.id, action, actor=Actor(kind="rider"), stamp=Stamp())


def _history(town: Town, *, late_s: float, count: int) -> None:
    """So many drops that were announced behind others, 20 minutes ahead, and came so much later."""
    with transaction():
        told_at = clock.now() - timedelta(hours=2)
        for number in range(count):
            order = make_order(town)
            order.state, order.ended_at = "delivered", clock.now()
            pickup, drop = tasks_of(order)
            pickup.state = drop.state = "done"
            drop.announced_at = told_at
            drop.first_planned_at, drop.first_stops_before = told_at + timedelta(minutes=20), 2
            drop.arrived_at = drop.ended_at = drop.first_planned_at + timedelta(seconds=late_s + 10 * (number % 7))
        db.session.flush()
        arrivals.learn(town.coop_id)


def test_times_told_follow_how_late_stops_came(town: Town, effort: Effort) -> None:
    """A co-op whose stops come ten minutes after the plan tells ten minutes more, and from how many."""
    _history(town, late_s=600, count=80)
    [known] = arrivals.list_lateness(town.coop_id)
    assert (known.kind, known.occasion, known.lateness.sample_size) == ("dropoff", "later", 80)
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order = make_order(town, drops=[at(6000, 0)])
    _plan(town, effort)
    drop = tasks_of(order)[1]
    assert drop.planned_at is not None and drop.eta_at is not None and drop.eta_late_at is not None
    assert 500 < (drop.eta_at - drop.planned_at).total_seconds() < 750
    assert drop.eta_late_at >= drop.eta_at


def test_to_learn_twice_changes_nothing(town: Town) -> None:
    """What is learned is what the plan said against what came, never what was told: no echo of itself."""
    _history(town, late_s=600, count=40)
    [first] = arrivals.list_lateness(town.coop_id)
    with transaction():
        arrivals.learn(town.coop_id)
    [again] = arrivals.list_lateness(town.coop_id)
    assert again.lateness == first.lateness


def test_what_the_plan_said_first_and_at_the_start_stays(town: Town, effort: Effort) -> None:
    """Later plans move a stop; what was announced is what it is held against."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        order = make_order(town, drops=[at(3000, 0)])
    _plan(town, effort)
    drop = tasks_of(order)[1]
    first = drop.planned_at
    assert (drop.first_planned_at, drop.first_stops_before) == (first, 1)
    with transaction():
        for number in range(3):
            make_order(town, drops=[at(500 * (number + 1), 100)])
    _plan(town, effort)
    db.session.expire_all()
    drop = tasks_of(order)[1]
    assert drop.first_planned_at == first
    with transaction():
        leading = queries.get_run(town.coop_id, run.id).tasks[0]
        services.act_on_task(town.coop_id, leading.id, "start", actor=Actor(kind="rider"), stamp=Stamp())
    begun = db.session.scalars(select(Task).where(Task.id == leading.id)).one()
    assert begun.set_off_planned_at == begun.planned_at


def test_times_are_told_anew_in_the_moment_a_stop_ends(town: Town, effort: Effort) -> None:
    """The answer to the phone's tap says when the next stop will be reached from now on, before any plan."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order = make_order(town, drops=[at(3000, 0)])
    _plan(town, effort)
    with transaction():
        drop = tasks_of(order)[1]
        drop.planned_at = drop.eta_at = clock.now() + timedelta(hours=1)
        _act(order, "pickup", "start", "arrive", "complete")
    drop = tasks_of(order)[1]
    now = clock.now()
    assert 540 < (drop.planned_at - now).total_seconds() < 605
    expected = arrival_rules.told(arrival_rules.BLANK, "dropoff", 0, planned_at=drop.planned_at, now=now)
    for told_at, expected_at in zip((drop.eta_at, drop.eta_late_at), expected, strict=True):
        assert abs((told_at - expected_at).total_seconds()) < 30


def test_times_of_a_tap_meanwhile_are_not_overwritten_by_an_older_plan(town: Town, effort: Effort) -> None:
    """The phone has them with its answer: it must not jump back."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order = make_order(town)
    _plan(town, effort)
    later = clock.now() + timedelta(hours=1)

    def rides_while_the_rider_gets_on(city_id, points, profile):  # type: ignore[no-untyped-def]
        with transaction():
            _act(order, "pickup", "start")
            tasks_of(order)[1].eta_at = later
        return effort.ride_times(city_id, points, profile)

    with transaction():
        db.session.get_one(Zone, (town.coop_id, town.zone_id)).plan_wanted += 1
    _plan(town, Effort(plan_seconds=0.0, ride_times=rides_while_the_rider_gets_on))
    assert queries.get_order(town.coop_id, order.id).eta_at == later
    _plan(town, effort)
    assert queries.get_order(town.coop_id, order.id).eta_at < later
