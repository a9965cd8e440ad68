"""What a later hour can take follows the shifts that riders have agreed to."""
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import update

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.governance.services import adopt
from dispatch.orders.models import Order
from dispatch.orders.services import NewTask
from dispatch.planning import slots
from dispatch.planning.promise import Promise, Streets, Wish, promise_for
from dispatch.planning.slot_rules import SLOT, Slot
from riders.services import plan_shift
from riders.shifts import services as shifts
from tests.factories.town import PAST, Town, at, make_order, make_rider, straight_rides


def tomorrow(hour: int) -> datetime:
    """A full hour of tomorrow."""
    return (clock.now() + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0, tzinfo=UTC)


def hour(town: Town, at_: datetime) -> Slot:
    """One slot."""
    (found,) = slots.list_slots(town.coop_id, town.zone_id, at_, at_ + SLOT)
    return found


def ask(town: Town, begins_at: datetime, hours: int = 1) -> Promise:
    """A promise for a delivery in some hours."""
    door = NewTask(
        address="Elm Street 1", lonlat=at(1000, 0), window_from=begins_at, window_by=begins_at + hours * SLOT
    )
    wish = Wish(pickup=NewTask(address="Market 1", lonlat=at(0, 0)), dropoffs=(door,), weight_g=1000, volume_ml=1000)
    return promise_for(town.coop_id, town.zone_id, wish, streets=Streets(matrix=straight_rides))


def fill(town: Town, begins_at: datetime, count: int) -> None:
    """Orders that are due in the middle of an hour."""
    due_in_s = round((begins_at + timedelta(minutes=30) - clock.now()).total_seconds())
    for _ in range(count):
        make_order(town, due_in_s=due_in_s)


def test_capacity_follows_riders_who_agree_and_give_back(town: Town) -> None:
    """Nobody: unknown. One rider from half past ten: half the orders of an hour at ten, all of them at eleven."""
    ten, eleven = tomorrow(10), tomorrow(11)
    assert hour(town, ten).capacity is None
    with transaction():
        rider, other = make_rider(town.coop_id), make_rider(town.coop_id, "Bo")
        plan_shift(town.coop_id, rider.id, town.zone_id, ten + SLOT / 2, tomorrow(14))
    assert (hour(town, ten).capacity, hour(town, eleven).capacity, hour(town, tomorrow(15)).capacity) == (2, 4, 0)
    with transaction():
        second = plan_shift(town.coop_id, other.id, town.zone_id, ten, tomorrow(14))
    assert hour(town, eleven).capacity == 8
    with transaction():
        shifts.give_back(town.coop_id, other.id, second.id)
    assert hour(town, eleven).capacity == 4


def test_full_hour_takes_no_more_orders_and_the_next_one_does(town: Town) -> None:
    """A later promise than the riders of that hour can keep is none; with one more rider it is."""
    ten = tomorrow(10)
    with transaction():
        plan_shift(town.coop_id, make_rider(town.coop_id).id, town.zone_id, ten, tomorrow(14))
        fill(town, ten, 3)
    assert hour(town, ten).left == 1 and ask(town, ten).serviceable
    with transaction():
        fill(town, ten, 1)
    full = ask(town, ten)
    assert (full.serviceable, full.reason) == (False, "slot_full")
    assert ask(town, tomorrow(11)).serviceable and ask(town, ten, hours=2).serviceable
    with transaction():
        plan_shift(town.coop_id, make_rider(town.coop_id, "Bo").id, town.zone_id, ten, tomorrow(14))
    assert ask(town, ten).serviceable


def test_two_orders_at_once_do_not_share_the_last_place(town: Town, app: Flask) -> None:
    """Each would have counted before the other was there."""
    ten = tomorrow(10)
    with transaction():
        plan_shift(town.coop_id, make_rider(town.coop_id).id, town.zone_id, ten, tomorrow(14))
        fill(town, ten, 3)

    def place() -> bool:
        with app.app_context():
            use_coop(town.coop_id)
            with transaction():
                if taken := ask(town, ten).serviceable:
                    time.sleep(0.3)  # the others ask meanwhile
                    fill(town, ten, 1)
            db.session.remove()
            return taken

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: Context().run(place), range(4)))
    assert sorted(answers) == [False, False, False, True]
    assert hour(town, ten).booked == 4


def test_what_ended_takes_no_room(town: Town) -> None:
    """A cancelled order's place is free again."""
    ten = tomorrow(10)
    with transaction():
        plan_shift(town.coop_id, make_rider(town.coop_id).id, town.zone_id, ten, tomorrow(14))
        fill(town, ten, 4)
        db.session.execute(update(Order).values(ended_at=clock.now(), state="cancelled"))
    assert hour(town, ten).booked == 0 and ask(town, ten).serviceable


def test_now_and_days_without_agreed_shifts_are_not_limited(town: Town) -> None:
    """For what is to be done at once a trial on the riders' runs says more than a sum; and where riders just come,
    nothing is known of tomorrow."""
    now = clock.now()
    with transaction():
        fill(town, tomorrow(10), 9)
        rider = make_rider(town.coop_id)
        plan_shift(town.coop_id, rider.id, town.zone_id, now - SLOT, now + SLOT / 60)
    assert ask(town, tomorrow(10)).serviceable
    assert ask(town, now + timedelta(minutes=10)).serviceable


def test_co_op_may_do_without_the_limit(town: Town) -> None:
    """By its dispatch rules."""
    ten = tomorrow(10)
    with transaction():
        plan_shift(town.coop_id, make_rider(town.coop_id).id, town.zone_id, tomorrow(12), tomorrow(14))
    assert ask(town, ten).reason == "slot_full"
    with transaction():
        adopt(town.coop_id, "dispatch", {"orders_per_rider_hour": None}, active_from=PAST)
    assert ask(town, ten).serviceable
