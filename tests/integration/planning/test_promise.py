"""A merchant is promised times that the planner's last view of the zone bears out."""
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from dispatch.core import clock
from dispatch.core.db import transaction, use_coop
from dispatch.core.units import LonLat
from dispatch.orders import queries
from dispatch.orders.need_rules import Needs
from dispatch.orders.services import NewTask
from dispatch.planning import promise, what_if
from dispatch.planning.promise import Promise, Wish
from dispatch.planning.services import Effort, plan_zone
from riders import able
from tests.factories.open_ground import OPEN_GROUND
from tests.factories.town import Town, at, make_order, make_rider, make_run


def _ask(town: Town, *, weight_g: int = 1000, to: LonLat | None = None, **more: Any) -> Promise:
    needs = Needs(**{name: more.pop(name) for name in ("skills", "longest_ride_s") if name in more})
    wish = Wish(
        pickup=NewTask(address="Market 1", lonlat=at(0, 0)),
        dropoffs=(NewTask(address="Elm Street 1", lonlat=to or at(1000, 0), **more),),
        weight_g=weight_g,
        volume_ml=1000,
        needs=needs,
    )
    return promise.promise_for(town.coop_id, town.zone_id, wish, streets=OPEN_GROUND)


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


@pytest.mark.usefixtures("redis")
def test_promise_is_kept_by_the_plan_that_follows(town: Town, effort: Effort) -> None:
    """A promise is truthful if an order placed at once is expected before it, even in the worse case."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        for number in range(4):
            make_order(town, drops=[at(400 * number, 900)])
    _plan(town, effort)

    promised = _ask(town)
    with transaction():
        order = make_order(town, drops=[at(1000, 0)], due_in_s=None)
    _plan(town, effort)

    planned = queries.get_order(town.coop_id, order.id)
    assert promised.serviceable and promised.dropoff_at is not None and planned.eta_at is not None
    assert planned.dropoffs[0].eta_late_at <= promised.dropoff_at
    assert promised.pickup_at is not None and promised.pickup_at < promised.dropoff_at


@pytest.mark.usefixtures("redis")
def test_busy_riders_mean_a_later_promise(town: Town, effort: Effort) -> None:
    """The promise follows the riders on shift, not the distance alone."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        make_order(town, due_in_s=3600)
    _plan(town, effort)
    before = _ask(town).dropoff_at
    with transaction():
        for number in range(12):
            make_order(town, pickup=at(0, -2000), drops=[at(-300 * number, -3000)], due_in_s=900)
    _plan(town, effort)

    after = _ask(town).dropoff_at

    assert before is not None and after is not None and after - before > timedelta(minutes=10)


@pytest.mark.usefixtures("redis")
def test_goods_too_heavy_for_every_bike_are_not_promised(town: Town, effort: Effort) -> None:
    """A clear no with its reason beats an order that nobody can carry; one not on shift yet may come."""
    with transaction():
        make_run(town, make_rider(town.coop_id, capacity_g=5000))
        make_rider(town.coop_id, "Bo", capacity_g=60_000)
        make_order(town)
    _plan(town, effort)

    answer = _ask(town, weight_g=90_000)

    assert not answer.serviceable and answer.reason == "too_heavy"
    assert _ask(town, weight_g=50_000).serviceable


def test_without_a_plan_the_ride_itself_is_promised(town: Town) -> None:
    """Redis may be empty at any moment: a quote still answers."""
    answer = _ask(town)

    assert answer.serviceable and answer.dropoff_at is not None
    assert timedelta(minutes=10) < answer.dropoff_at - clock.now() < timedelta(minutes=60)


@pytest.mark.usefixtures("redis")
def test_price_of_giving_an_order_to_each_rider_is_known(app: Flask, town: Town, effort: Effort) -> None:
    """What if? The nearer rider is cheaper, whoever has the order now."""
    with transaction():
        near = make_run(town, make_rider(town.coop_id, "Near"))
        far = make_run(town, make_rider(town.coop_id, "Far"), place=at(6000, 0))
        order = make_order(town)
    _plan(town, effort)

    offers = what_if.offers(app.extensions["redis"], town.coop_id, town.zone_id, order.id)

    assert [offer.run_id for offer in offers] == [near.id, far.id]
    assert offers[0].cost_s is not None and offers[1].cost_s is not None
    assert 0 < offers[0].cost_s < offers[1].cost_s


@pytest.mark.usefixtures("redis")
def test_price_calls_an_order_late_only_after_its_real_promise(app: Flask, town: Town, effort: Effort) -> None:
    """Plans aim five minutes before promises: what comes in these minutes is in time, and nobody is told otherwise."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Far"), place=at(6000, 0))
        tight, late = make_order(town, due_in_s=1850), make_order(town, due_in_s=900)
    _plan(town, effort)

    price = {order.id: what_if.offers(app.extensions["redis"], town.coop_id, town.zone_id, order.id)[0].own_late_s
             for order in (tight, late)}

    assert price[tight.id] == 0 < price[late.id]


@pytest.mark.usefixtures("redis")
def test_idle_rider_farther_away_makes_an_early_promise(town: Town, effort: Effort) -> None:
    """The cheapest place may be at the end of a long run: the promise asks who could be there first."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Busy"))
        for number in range(10):
            make_order(town, drops=[at(200 * number, 2500)], due_in_s=None)
    _plan(town, effort)
    before = _ask(town).dropoff_at
    with transaction():
        make_run(town, make_rider(town.coop_id, "Idle"), place=at(0, -1500))
        make_order(town, drops=[at(0, 2600)], due_in_s=None)
    _plan(town, effort)

    after = _ask(town).dropoff_at

    assert before is not None and after is not None and after <= before
    assert after - clock.now() < timedelta(minutes=25)


def _no(town: Town, **wish: Any) -> str | None:
    """Why nothing is promised."""
    answer = _ask(town, **wish)
    assert answer.serviceable == (answer.reason is None)
    return answer.reason


@pytest.mark.parametrize("has_plan", [False, True])
@pytest.mark.usefixtures("redis")
def test_what_cannot_be_kept_is_not_promised(town: Town, effort: Effort, has_plan: bool) -> None:
    """Nobody holds the certificate; the soup gets cold on the straightest way; the door closes before the ride ends."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
    if has_plan:
        _plan(town, effort)
    now = clock.now()
    assert _no(town, skills=("crane",)) == "skills"
    assert _no(town, to=at(5000, 0), longest_ride_s=600) == "ride_too_long"
    assert _no(town, to=at(5000, 0), window_by=now + timedelta(minutes=10), is_strict=True) == "window_closed"
    assert _no(town, to=at(5000, 0), window_by=now + timedelta(minutes=10)) is None
    closes_at = now + timedelta(minutes=40)
    answer = _ask(town, to=at(5000, 0), window_by=closes_at, is_strict=True)
    assert answer.serviceable and answer.dropoff_at is not None and answer.dropoff_at <= closes_at


def test_certificate_of_somebody_at_home_is_enough_for_a_promise(town: Town) -> None:
    """Who has it may come; until it ends."""
    with transaction():
        rider = make_rider(town.coop_id)
        able.note_certificate(town.coop_id, rider.id, "Crane", valid_until=None, by=rider.member_id)
    assert _no(town, skills=("crane",)) is None
    with transaction():
        yesterday = (clock.now() - timedelta(days=2)).date()
        able.note_certificate(town.coop_id, rider.id, "crane", valid_until=yesterday, by=rider.member_id)
    assert _no(town, skills=("crane",)) == "skills"
