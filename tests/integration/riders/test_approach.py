"""Recipients see the rider only when theirs is the next door, roughly, and only if the rider shares it."""
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.units import LonLat
from dispatch.orders import queries as orders
from dispatch.planning.approach import rider_near
from riders import services
from riders.models import Position
from tests.factories.day import Day

HERE = LonLat(8.404321, 49.012345)


def seen(day: Day, order_id: UUID) -> LonLat | None:
    """What the recipient's page knows."""
    return rider_near(day.coop_id, orders.get_order(day.coop_id, order_id))


def test_the_rider_is_seen_from_setting_off_to_this_door_until_it_is_done(day: Day) -> None:
    """Not at the shop, not on the way to somebody else, not afterwards; and only to about 100 m."""
    first, first_door = day.order()
    second, second_door = day.order()
    with transaction():
        services.record_position(day.coop_id, day.rider.id, HERE, at=clock.now(), accuracy_m=5)
    day.act(first, "complete")
    assert seen(day, first.order_id) is None, "the rider has not set off"
    day.act(first_door, "start")
    assert seen(day, first.order_id) == LonLat(8.404, 49.012)
    assert seen(day, second.order_id) is None
    day.act(first_door, "complete")
    assert seen(day, first.order_id) is None
    day.act(second, "complete")
    day.act(second_door, "start")
    assert seen(day, second.order_id) is not None


def test_who_does_not_share_is_not_seen_and_an_old_place_is_no_place(day: Day) -> None:
    """The switch is the rider's."""
    pickup, door = day.order()
    day.act(pickup, "complete")
    day.act(door, "start")
    with transaction():
        services.record_position(day.coop_id, day.rider.id, HERE, at=clock.now(), accuracy_m=None)
        db.session.execute(update(Position).values(at=clock.now() - timedelta(minutes=4)))
    assert seen(day, pickup.order_id) is None
    with transaction():
        services.record_position(day.coop_id, day.rider.id, HERE, at=clock.now(), accuracy_m=None)
    assert seen(day, pickup.order_id) is not None
    with transaction():
        services.share_position(day.coop_id, day.rider.id, False)
    assert seen(day, pickup.order_id) is None
