"""What was not so is taken back, by the rider or a coordinator: a start, an arrival, a failure, a delivery."""
from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.errors import Conflict, NotFound
from dispatch.ledger import queries as ledger
from dispatch.orders import queries as orders
from dispatch.orders import runs
from dispatch.orders.models import Order, Task, TaskEvent
from riders import corrections
from riders.earnings import EarningLine
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.town import at, make_order, tasks_of


def failed_drop(day: Day) -> tuple[Task, Task]:
    """A drop that failed, and the drop of the order that brings its parcel back."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    outcome = day.act(dropoff, "fail", reason="nobody_home")
    return dropoff, way_back(day, outcome.return_order_id)


def way_back(day: Day, return_id: object) -> Task:
    """The door to which a return goes."""
    return tasks_of(db.session.get(Order, (day.coop_id, return_id)))[1]


def fresh(row: Task | Order) -> Task | Order:
    """The row as it is now."""
    db.session.rollback()
    return db.session.get_one(type(row), (row.coop_id, row.id), populate_existing=True)


def by_hand(day: Day, task: Task) -> Order:
    """A coordinator opens the stop again."""
    with transaction():
        cora = make_member(day.coop_id, "Cora", roles=("member", "coordinator"))
    with transaction():
        return corrections.take_back_by_hand(day.coop_id, task.order_id, task.id, cora.id)


def owed(day: Day) -> int:
    """What the rider has earned so far."""
    return -ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id)


def test_a_failed_delivery_that_was_a_slip_is_open_again_and_its_way_back_is_off(day: Day) -> None:
    """The recipient opened after all: one parcel, one stop, nothing paid until it is handed over, and then once."""
    dropoff, back = failed_drop(day)
    assert owed(day) > 0
    outcome = day.act(dropoff, "restore")
    assert (outcome.order_state, outcome.return_order_id, owed(day)) == ("at_dropoff", None, 0)
    assert [task.id for task in runs.open_tasks(day.coop_id, day.run.id)] == [dropoff.id]
    assert orders.get_order(day.coop_id, back.order_id).state == "cancelled"
    assert orders.get_order(day.coop_id, dropoff.order_id).return_order_id is None
    assert day.act(dropoff, "complete").order_state == "delivered"
    assert owed(day) == 380


def test_a_delivery_may_fail_after_its_failure_was_taken_back(day: Day) -> None:
    """The way back is planned anew, and ends the order as it does for any other."""
    dropoff, _ = failed_drop(day)
    day.act(dropoff, "restore")
    again = day.act(dropoff, "fail", reason="refused")
    assert again.order_state == "returning"
    day.act(way_back(day, again.return_order_id), "complete")
    assert orders.get_order(day.coop_id, dropoff.order_id).state == "returned"


def test_once_the_rider_rides_back_only_a_coordinator_opens_the_delivery_again(day: Day) -> None:
    """The merchant is told that the parcel comes: somebody has to speak with them."""
    dropoff, back = failed_drop(day)
    day.act(back, "start")
    with pytest.raises(Conflict) as refused:
        day.act(dropoff, "restore")
    assert refused.value.code == "return_placed"
    version = orders.get_run(day.coop_id, day.run.id).version
    assert by_hand(day, dropoff).state == "at_dropoff"
    assert [task.id for task in runs.open_tasks(day.coop_id, day.run.id)] == [dropoff.id]
    assert orders.get_run(day.coop_id, day.run.id).version > version, "the rider's phone is told"


def test_what_was_brought_back_is_not_delivered_by_anybody_any_more(day: Day) -> None:
    """Not even by a coordinator: the merchant has it."""
    dropoff, back = failed_drop(day)
    day.act(back, "complete")
    with pytest.raises(Conflict):
        by_hand(day, dropoff)
    assert fresh(dropoff).state == "failed"


def test_a_parcel_that_was_not_given_back_after_all_is_on_its_way_again(day: Day) -> None:
    """The merchant's order says so too, as long as it is in the bag."""
    dropoff, back = failed_drop(day)
    day.act(back, "complete")
    assert orders.get_order(day.coop_id, dropoff.order_id).state == "returned"
    day.act(back, "restore")
    assert orders.get_order(day.coop_id, dropoff.order_id).state == "returning"
    day.act(back, "complete")
    assert orders.get_order(day.coop_id, dropoff.order_id).state == "returned"


def test_of_two_failed_drops_the_one_that_is_taken_back_keeps_the_other_ones_way_back(day: Day) -> None:
    """Two parcels of one order, two ways back."""
    with transaction():
        order = make_order(day.town, drops=[at(1000, 0), at(0, 1000)])
        day.give(order)
    pickup, first, second = tasks_of(order)
    day.act(pickup, "complete")
    backs = [way_back(day, day.act(task, "fail", reason="closed").return_order_id) for task in (first, second)]
    day.act(first, "restore")
    assert [fresh(back).state for back in backs] == ["cancelled", "assigned"]


def test_an_arrival_that_was_a_slip_is_taken_back_and_its_waiting_is_not_paid(day: Day) -> None:
    """Tapped at the lights, ten minutes from the door."""
    pickup, _ = day.order()
    day.act(pickup, "arrive", after_s=1800)
    assert day.act(pickup, "restore").order_state == "en_route_pickup"
    assert fresh(pickup).arrived_at is None
    day.act(pickup, "arrive")
    day.act(pickup, "complete")
    assert owed(day) == 0
    taps = select(TaskEvent.action).where(TaskEvent.task_id == pickup.id, TaskEvent.actor == "rider")
    assert sorted(db.session.scalars(taps)) == ["arrive", "arrive", "complete", "restore"]


def test_who_is_not_there_yet_is_on_the_way_since_they_set_off(day: Day) -> None:
    """The ride is as long as it was: its start stays, and is no tap of its own again."""
    pickup = begun_an_hour_ago(day)
    day.act(pickup, "start", after_s=900)
    set_off_at = fresh(pickup).started_at
    day.act(pickup, "arrive", after_s=300)
    day.act(pickup, "restore", after_s=240)
    task = fresh(pickup)
    assert (task.state, task.started_at, task.arrived_at) == ("started", set_off_at, None)
    assert set_off_at is not None and day.act(pickup, "restore").order_state == "assigned"
    assert fresh(pickup).started_at is None


@pytest.mark.parametrize(("after_s", "order_state"), [(640, "at_dropoff"), (0, "picked_up")])
def test_who_corrects_at_once_stands_at_the_door_yet_and_who_does_later_comes_anew(
    day: Day, after_s: float, order_state: str
) -> None:
    """The wait of the first visit is not paid with the second; what the merchant reads of the failure is gone."""
    pickup = begun_an_hour_ago(day)
    dropoff = tasks_of(db.session.get_one(Order, (day.coop_id, pickup.order_id)))[1]
    with transaction():
        earlier = clock.now() - timedelta(hours=1)
        db.session.execute(update(Task).where(Task.id == dropoff.id).values(announced_at=earlier))
    day.act(pickup, "complete", after_s=1500)
    day.act(dropoff, "arrive", after_s=700)
    day.act(dropoff, "fail", after_s=660, reason="nobody_home")
    assert day.act(dropoff, "restore", after_s=after_s).order_state == order_state
    task = fresh(dropoff)
    assert (task.arrived_at is not None) == (order_state == "at_dropoff")
    assert (task.ended_at, task.ended_by, task.fail_reason) == (None, None, None)
    is_waiting_paid = "waiting" in codes(day.act(dropoff, "complete").earned)
    assert is_waiting_paid == (order_state == "at_dropoff")


@pytest.mark.parametrize("who", ["rider", "coordinator"])
def test_a_start_that_was_a_slip_is_taken_back_and_nothing_is_learned_of_it(day: Day, who: str) -> None:
    """The merchant is no longer told that somebody comes, the planner may move the stop, and the real start counts."""
    pickup, _ = day.order()
    assert day.act(pickup, "start", after_s=600).order_state == "en_route_pickup"
    if who == "rider":
        assert day.act(pickup, "restore").order_state == "assigned"
    else:
        assert by_hand(day, pickup).state == "assigned"
    task = fresh(pickup)
    assert isinstance(task, Task)
    assert (task.state, task.run_id, task.started_at, task.set_off_planned_at) == ("assigned", day.run.id, None, None)
    assert [open_.id for open_ in runs.open_tasks(day.coop_id, day.run.id)][0] == pickup.id
    day.act(pickup, "start")
    again = fresh(pickup)
    assert isinstance(again, Task) and again.started_at is not None
    assert (clock.now() - again.started_at).total_seconds() < 60


def test_the_way_back_that_was_begun_by_a_slip_may_be_cancelled_again(day: Day) -> None:
    """Its start is taken back first, then the failure itself."""
    dropoff, back = failed_drop(day)
    day.act(back, "start")
    day.act(back, "restore")
    assert day.act(dropoff, "restore").order_state == "at_dropoff"


def test_a_coordinator_takes_back_a_delivery_and_the_history_says_who(day: Day) -> None:
    """For a stop that the phone does not list any more."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    assert by_hand(day, dropoff).state == "at_dropoff"
    assert owed(day) == 0
    last = orders.list_history(day.coop_id, dropoff.order_id)[-1]
    assert (last.action, last.actor) == ("restore", "coordinator")


def test_a_stop_of_another_order_is_not_found_under_this_one(day: Day) -> None:
    """Addresses say what they mean."""
    (pickup, _), (other, _) = day.order(), day.order()
    with pytest.raises(NotFound), transaction():
        corrections.take_back_by_hand(day.coop_id, pickup.order_id, other.id, day.rider.member_id)


def test_an_arrival_heard_after_the_handover_counts_as_of_when_it_was_and_its_wait_is_paid(day: Day) -> None:
    """However late it comes: it says since when the rider stood there."""
    pickup = begun_an_hour_ago(day)
    day.act(pickup, "start", after_s=900)
    done = day.act(pickup, "complete", after_s=60)
    assert "waiting" not in codes(done.earned)
    late = day.act(pickup, "arrive", after_s=1260)
    assert (late.task_state, late.order_state) == ("done", done.order_state)
    assert codes(late.earned)["waiting"] > 0 and sum(codes(late.earned).values()) == owed(day)
    task = fresh(pickup)
    assert isinstance(task, Task) and task.ended_at and task.arrived_at
    assert (task.ended_at - task.arrived_at).total_seconds() == pytest.approx(1200, abs=5)
    history = orders.list_history(day.coop_id, pickup.order_id)
    assert [event.action for event in history if event.task_id == pickup.id].count("arrive") == 1


@pytest.mark.parametrize("verb", ["start", "arrive"])
def test_a_step_of_another_phone_that_was_taken_after_the_handover_is_refused(day: Day, verb: str) -> None:
    """It did not happen before what followed it, so it did not happen."""
    pickup = begun_an_hour_ago(day)
    done = day.act(pickup, "complete", after_s=600)
    with pytest.raises(Conflict, match=f"cannot {verb}"):
        day.act(pickup, verb, after_s=60)
    assert sum(codes(done.earned).values()) == owed(day)


def test_a_start_that_is_known_is_not_heard_twice(day: Day) -> None:
    """The second phone of a rider, tapped a while before the first was: the first word stands."""
    pickup = begun_an_hour_ago(day)
    for verb, after_s in (("start", 900), ("arrive", 600), ("complete", 60)):
        day.act(pickup, verb, after_s=after_s)
    for verb in ("start", "arrive"):
        with pytest.raises(Conflict, match=f"cannot {verb}"):
            day.act(pickup, verb, after_s=1200)


def begun_an_hour_ago(day: Day) -> Task:
    """The pickup of an order that was announced an hour ago."""
    pickup, _ = day.order()
    with transaction():
        earlier = clock.now() - timedelta(hours=1)
        db.session.execute(update(Task).where(Task.id == pickup.id).values(announced_at=earlier))
    return pickup


def codes(lines: Iterable[EarningLine]) -> dict[str, int]:
    """Cents by what they are for."""
    return {line.code: line.amount_cents for line in lines}
