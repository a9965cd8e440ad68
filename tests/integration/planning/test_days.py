"""A day in the database becomes a file, and the file can be lived again."""
from datetime import timedelta

import pytest

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.errors import NotFound
from dispatch.geo.zones import ZoneView, list_zones
from dispatch.orders import services
from dispatch.orders.models import Order
from dispatch.orders.services import Actor, Stamp
from dispatch.planning.days import read_day
from dispatch.planning.replay import Variant, live_again, parse_day, write_day
from dispatch.planning.services import Effort, plan_zone
from routing.day import Day
from tests.factories.town import Town, at, make_order, make_rider, make_run, straight_rides, tasks_of


def _zone(town: Town) -> ZoneView:
    return next(zone for zone in list_zones(town.coop_id) if zone.id == town.zone_id)


def _read(town: Town) -> Day:
    now = clock.now()
    return read_day(town.coop_id, _zone(town), (now - timedelta(hours=1), now + timedelta(hours=1)), straight_rides)


def _deliver(order: Order, rider_id: object) -> None:
    for task in tasks_of(order):
        for action in ("start", "arrive", "complete"):
            actor = Actor(kind="rider", rider_id=rider_id)  # type: ignore[arg-type]
            services.act_on_task(order.coop_id, task.id, action, actor=actor, stamp=Stamp())


def test_day_holds_who_rode_what_was_ordered_and_how_it_went(town: Town, effort: Effort) -> None:
    with transaction():
        rider = make_rider(town.coop_id)
        make_run(town, rider)
        order = make_order(town, drops=[at(800, 0), at(900, 0)], weight_g=1001)
        make_order(town)
    plan_zone(town.coop_id, town.zone_id, effort)
    with transaction():
        _deliver(order, rider.id)

    day = _read(town)

    assert len(day.riders) == 1 and len(day.orders) == 2 and day.rules["look_ahead_s"] == 3600
    first = next(each for each in day.orders if each.shipment.id == str(order.id))
    assert [stop.weight_g for stop in first.shipment.dropoffs] == [501, 500]
    assert [row.order_id for row in day.served] == [str(order.id)]
    assert day.served[0].courier_id == day.riders[0].id


def test_exported_day_is_lived_again(town: Town, effort: Effort) -> None:
    with transaction():
        make_run(town, make_rider(town.coop_id))
        for _ in range(3):
            make_order(town)

    day = parse_day(write_day(_read(town)))
    rows = live_again(day, [Variant(name="ours", changes={}, engine="insertion")], iterations=0, seed=1)

    assert [(row["name"], row["delivered"]) for row in rows] == [("ours", 3)]


def test_file_names_nobody(town: Town) -> None:
    """A day may be handed to others to look at: neither names nor addresses nor coordinates are in it."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Zebulon"))
        make_order(town)
    text = write_day(_read(town))
    assert "Zebulon" not in text and "Elm Street" not in text and "lonlat" not in text


def test_day_without_anything_is_refused(town: Town) -> None:
    with pytest.raises(NotFound, match="nobody rode"):
        _read(town)
    db.session.rollback()
