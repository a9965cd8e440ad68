"""What a rider does to tasks: repeatable, late, out of order, and never in another's name."""
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.outbox import OutboxEvent
from dispatch.ledger import queries as ledger
from dispatch.orders import runs
from dispatch.orders.models import Order, Proof, Task, TaskEvent
from dispatch.orders.services import Actor, Stamp, cancel_order
from riders import actions, services
from riders.actions import Action
from tests.factories.day import Day, code_proof
from tests.factories.town import make_order, tasks_of


def deliver(day: Day, pickup, dropoff) -> None:
    """The whole way of one order."""
    for task in (pickup, dropoff):
        day.act(task, "start")
        day.act(task, "arrive")
        day.act(task, "complete")


def test_an_order_goes_from_assigned_to_delivered_by_the_riders_taps(day: Day) -> None:
    """The main job."""
    pickup, dropoff = day.order()
    deliver(day, pickup, dropoff)
    order = db.session.get(Order, (day.coop_id, pickup.order_id), populate_existing=True)
    assert order.state == "delivered"
    kinds = db.session.scalars(select(OutboxEvent.kind)).all()
    assert kinds.count("OrderDelivered") == 1


def test_an_action_sent_twice_has_one_effect_and_the_same_answer(day: Day) -> None:
    """Phones repeat whatever was not answered."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    same = uuid4()
    first = day.act(dropoff, "complete", client_uuid=same)
    second = day.act(dropoff, "complete", client_uuid=same)
    assert (first.task_state, first.order_state, first.earned) == (second.task_state, second.order_state, second.earned)
    count = select(func.count()).where(TaskEvent.task_id == dropoff.id, TaskEvent.action == "complete")
    assert db.session.scalar(count) == 1
    assert ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id) == -380


def test_a_uuid_used_for_another_action_is_refused(day: Day) -> None:
    """A forged or mixed-up UUID must not look like success."""
    pickup, _ = day.order()
    same = uuid4()
    day.act(pickup, "start", client_uuid=same)
    with pytest.raises(Conflict) as caught:
        day.act(pickup, "complete", client_uuid=same)
    assert caught.value.code == "uuid_reused"


def test_another_riders_task_looks_absent(day: Day, second) -> None:
    """Not 403: that would say that it exists."""
    bo, _ = second
    pickup, _ = day.order()
    with pytest.raises(NotFound):
        day.act(pickup, "complete", rider=bo)


def test_a_uuid_of_another_rider_gives_nothing_away(day: Day, second) -> None:
    """Replaying what another phone sent must not tell its answer."""
    bo, _ = second
    pickup, _ = day.order()
    stolen = uuid4()
    day.act(pickup, "start", client_uuid=stolen)
    with pytest.raises(NotFound):
        day.act(pickup, "start", client_uuid=stolen, rider=bo)


def test_who_holds_the_parcel_keeps_the_order_that_was_given_away_meanwhile(day: Day, second) -> None:
    """The rider was in a basement when the planner moved the order; the parcel is in the bag all the same."""
    _, bos_run = second
    pickup, dropoff = day.order()
    with transaction():
        day.give(db.session.get(Order, (day.coop_id, pickup.order_id)), run=bos_run)
    outcome = day.act(pickup, "complete", after_s=240)
    assert (outcome.task_state, outcome.run_id) == ("done", day.run.id)
    assert day.act(dropoff, "complete").order_state == "delivered"


def test_a_stop_that_another_rider_has_begun_is_explained(day: Day, second) -> None:
    """A refusal in words, so that the rider knows whom to call."""
    bo, bos_run = second
    pickup, _ = day.order()
    with transaction():
        day.give(db.session.get(Order, (day.coop_id, pickup.order_id)), run=bos_run)
    day.act(pickup, "start", rider=bo)
    with pytest.raises(Conflict, match="somebody else") as caught:
        day.act(pickup, "complete")
    assert caught.value.code == "reassigned_meanwhile"


def test_an_order_cancelled_meanwhile_is_explained(day: Day) -> None:
    """The merchant cancelled while the phone was offline."""
    pickup, _ = day.order()
    with transaction():
        cancel_order(day.coop_id, pickup.order_id, reason="closed", actor=Actor(kind="merchant"))
    with pytest.raises(Conflict, match="cancelled") as caught:
        day.act(pickup, "arrive")
    assert caught.value.code == "cancelled_meanwhile"


def test_a_wrong_code_is_refused_and_the_right_one_kept(day: Day) -> None:
    """The code proves that the right person took the parcel."""
    pickup, dropoff = day.order(code="4711")
    dropoff.required_proof = ["code"]
    db.session.commit()
    day.act(pickup, "complete")
    with pytest.raises(Invalid) as missing:
        day.act(dropoff, "complete")
    with pytest.raises(Invalid) as wrong:
        day.act(dropoff, "complete", proofs=(code_proof("1234"),))
    assert (missing.value.code, wrong.value.code) == ("proof_missing", "wrong_code")
    assert day.act(dropoff, "complete", proofs=(code_proof("4711"),)).order_state == "delivered"
    assert db.session.scalars(select(Proof.text)).all() == ["4711"]


def test_nobody_home_brings_the_parcel_back_and_both_ways_are_paid(day: Day) -> None:
    """The return is a linked order in the same run."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    outcome = day.act(dropoff, "fail", reason="nobody_home")
    assert outcome.order_state == "returning"
    returned = db.session.get(Order, (day.coop_id, outcome.return_order_id))
    _, back = tasks_of(returned)
    assert back.run_id == day.run.id
    day.act(back, "complete")
    original = db.session.get(Order, (day.coop_id, pickup.order_id), populate_existing=True)
    assert (returned.state, original.state) == ("delivered", "returned")
    assert ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id) == -760


def test_a_return_cannot_fail_again(day: Day) -> None:
    """A parcel must not travel for ever: a person decides."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    outcome = day.act(dropoff, "fail", reason="refused")
    _, back = tasks_of(db.session.get(Order, (day.coop_id, outcome.return_order_id)))
    with pytest.raises(Conflict) as caught:
        day.act(back, "fail", reason="closed")
    assert caught.value.code == "return_fails"


def test_taking_back_a_delivery_takes_back_its_pay_and_doing_it_again_pays_once(day: Day) -> None:
    """A slip of the thumb must cost nothing, nor pay twice."""
    pickup, dropoff = day.order(tip_cents=200)
    deliver(day, pickup, dropoff)
    day.act(dropoff, "restore")
    assert ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id) == 0
    assert ledger.balance_cents(day.coop_id, "tips_payable", day.rider.member_id) == 0
    day.act(dropoff, "complete")
    assert ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id) == -380
    assert ledger.balance_cents(day.coop_id, "tips_payable", day.rider.member_id) == -200


def test_a_phone_with_a_clock_in_1970_is_served_and_flagged(day: Day) -> None:
    """A wrong clock is not the rider's fault; the history says that it was wrong."""
    pickup, _ = day.order()
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    client_uuid = uuid4()
    action = Action(
        task_id=pickup.id,
        verb="arrive",
        client_uuid=client_uuid,
        stamp=Stamp(client_uuid=client_uuid, device_at=long_ago, queued_s=0),
    )
    with transaction():
        actions.act(day.coop_id, day.rider, action)
    event = db.session.scalar(select(TaskEvent).where(TaskEvent.client_uuid == client_uuid))
    assert event.device_at == long_ago
    assert event.skew_s < -86_400
    assert abs((event.happened_at - clock.now()).total_seconds()) < 60


def test_sign_off_waits_for_the_parcel_on_board_and_hands_back_the_rest(day: Day) -> None:
    """A parcel must never be left with nobody."""
    pickup, dropoff = day.order()
    other_pickup, _ = day.order()
    day.act(pickup, "complete")
    with pytest.raises(Conflict) as caught, transaction():
        services.sign_off(day.coop_id, day.rider.id, uuid4())
    assert caught.value.code == "parcel_on_board"
    day.act(dropoff, "complete")
    same = uuid4()
    with transaction():
        first = services.sign_off(day.coop_id, day.rider.id, same).handed_back
    with transaction():
        again = services.sign_off(day.coop_id, day.rider.id, same).handed_back
    assert first == again
    assert str(other_pickup.id) in first
    order = db.session.get(Order, (day.coop_id, other_pickup.order_id), populate_existing=True)
    assert order.state in ("assigned", "pending")
    assert {task.state for task in tasks_of(order)} == {"todo"}


def test_signing_on_twice_opens_one_shift_and_a_late_repeat_opens_none(day: Day) -> None:
    """on, off, and then the first `on` again from a phone that never got its answer."""
    with transaction():
        services.sign_off(day.coop_id, day.rider.id, uuid4())
    wish = services.SignOn(client_uuid=uuid4())
    with transaction():
        shift, run_id, is_new = services.sign_on(day.coop_id, day.rider.id, wish)
    with transaction():
        again, same_run_id, is_new_again = services.sign_on(day.coop_id, day.rider.id, wish)
    assert (shift.id, run_id, is_new, is_new_again) == (again.id, same_run_id, True, False)
    with transaction():
        services.sign_off(day.coop_id, day.rider.id, uuid4())
        late, _, is_new_late = services.sign_on(day.coop_id, day.rider.id, wish)
    assert (late.id, is_new_late) == (shift.id, False)
    with transaction():
        assert services.end_overdue_shifts(day.coop_id) == 0


def test_two_orders_of_one_run_keep_their_own_pay(day: Day) -> None:
    """Each task has its own source key."""
    for _ in range(2):
        deliver(day, *day.order(route_m=2000))
    with transaction():
        make_order(day.town)
    assert ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id) == -2 * (320 + 120)
    assert ledger.audit(day.coop_id).unbalanced == ()


def test_the_same_tap_arriving_twice_at_once_has_one_effect(day: Day, app: Flask) -> None:
    """A retry may overtake its first try: the run's lock lets them take turns."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    same, coop_id = uuid4(), day.coop_id
    db.session.rollback()

    def tap() -> tuple[str, int]:
        with app.app_context():
            use_coop(coop_id)
            try:
                outcome = day.act(dropoff, "complete", client_uuid=same)
                return outcome.order_state, len(outcome.earned)
            finally:
                db.session.remove()

    db.session.expunge(dropoff)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: Context().run(tap), range(4)))
    assert answers == [("delivered", 2)] * 4
    assert ledger.balance_cents(coop_id, "rider_payable", day.rider.member_id) == -380


def test_goods_that_were_never_picked_up_cannot_fail_at_a_door(day: Day) -> None:
    """They would be sent back, and paid for, without ever having been on the bike."""
    _, dropoff = day.order()
    with pytest.raises(Conflict) as caught:
        day.act(dropoff, "fail", reason="nobody_home")
    assert caught.value.code == "pickup_first"


def test_a_failed_pickup_that_was_a_slip_brings_its_doors_back_into_the_run(day: Day) -> None:
    """Else the order would count as delivered with the pickup, and nobody would ride to the door."""
    pickup, dropoff = day.order()
    day.act(pickup, "fail", reason="closed")
    order = db.session.get_one(Order, (day.coop_id, pickup.order_id), populate_existing=True)
    assert order.state == "failed"
    day.act(pickup, "restore")
    assert [task.id for task in runs.open_tasks(day.coop_id, day.run.id)] == [pickup.id, dropoff.id]
    assert day.act(pickup, "complete").order_state == "picked_up"
    assert day.act(dropoff, "complete").order_state == "delivered"
    assert ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id) == -380


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_phone_whose_clock_is_an_hour_off_waits_no_hour_more_or_less(day: Day, off: timedelta) -> None:
    """Daylight saving set by hand: waiting is paid by how long the phone kept the tap, not by what its clock says."""
    pickup, _ = day.order()
    with transaction():
        pickup.announced_at = clock.now() - timedelta(hours=2)
    for verb, minutes_ago in (("arrive", 20), ("complete", 0)):
        client_uuid = uuid4()
        true = clock.now() - timedelta(minutes=minutes_ago)
        stamp = Stamp(client_uuid=client_uuid, device_at=true + off, queued_s=minutes_ago * 60)
        with transaction():
            actions.act(day.coop_id, day.rider, Action(
                task_id=pickup.id, verb=verb, client_uuid=client_uuid, stamp=stamp))
    task = db.session.get_one(Task, (day.coop_id, pickup.id), populate_existing=True)
    assert abs((task.ended_at - task.arrived_at).total_seconds() - 1200) < 5
    skews = db.session.scalars(select(TaskEvent.skew_s).where(TaskEvent.client_uuid.is_not(None))).all()
    assert all(abs(skew - off.total_seconds()) < 5 for skew in skews)
