"""Test keys place orders that a robot courier rides, webhooks and tracking included, and that no rider ever sees."""
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.ledger.models import Entry
from dispatch.orders import queries as orders
from merchants import services as merchants
from merchants import simulation
from tests.town import Cooperative


@pytest.fixture
def developer(coop: Cooperative) -> Cooperative:
    """The co-op, its merchant speaking with a test key."""
    with coop.session(), transaction():
        coop.key = merchants.issue_key(coop.id, coop.merchant_id, name="developer", is_test=True)
    return coop


@pytest.mark.parametrize(("scenario", "end"), [
    ("delivered", "delivered"), ("late", "delivered"), ("cancel_by_rider", "delivered"),
    ("undeliverable_return", "returned"), ("no_rider", "pending")])
def test_each_scenario_is_ridden_through_the_real_states(developer: Cooperative, scenario: str, end: str):
    order = developer.place_order(2, simulation={"scenario": scenario, "speed": 600})
    assert (order["test"], order["simulation"]) == (True, {"scenario": scenario, "speed": 600})
    _let_pass(developer, minutes=3)
    _let_pass(developer, minutes=3)
    seen = developer.api("GET", f"/orders/{order['id']}").get_json()
    assert seen["state"] == end
    assert (seen["return_order_id"] is not None) == (scenario == "undeliverable_return")
    assert (seen["unserved"] is not None) == (scenario == "no_rider")


def test_steps_are_taken_once_and_in_their_time(developer: Cooperative):
    order = developer.place_order(2, simulation={"scenario": "delivered", "speed": 1})
    states = []
    for minutes in (0, 0.6, 0, 1.2, 4.5, 0):
        _let_pass(developer, minutes=minutes)
        states.append(developer.api("GET", f"/orders/{order['id']}").get_json()["state"])
    assert states == ["pending", "assigned", "assigned", "en_route_pickup", "at_pickup", "at_pickup"]


def test_a_test_order_costs_nothing_and_is_on_no_board(developer: Cooperative):
    order = developer.place_order(2)
    with developer.session():
        [zone_id] = {seen.zone_id for seen in orders.list_orders(developer.id, limit=5)}
        assert orders.list_open_orders(developer.id, zone_id) == []
    _let_pass(developer, minutes=30)
    _let_pass(developer, minutes=30)
    assert developer.api("GET", f"/orders/{order['id']}").get_json()["state"] == "delivered"
    with developer.session():
        assert db.session.query(Entry).count() == 0


def test_a_live_order_cannot_be_simulated(coop: Cooperative):
    answer = coop.api("POST", "/orders", json=coop.order_body(2, simulation={"scenario": "late"}))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/simulation"]


def test_a_test_order_may_be_cancelled_on_the_way(developer: Cooperative):
    order = developer.place_order(2, simulation={"scenario": "delivered", "speed": 1})
    _let_pass(developer, minutes=1.2)
    assert developer.api("POST", f"/orders/{order['id']}/cancel", json={}).get_json()["state"] == "cancelled"
    _let_pass(developer, minutes=60)
    assert developer.api("GET", f"/orders/{order['id']}").get_json()["state"] == "cancelled"


@pytest.fixture(autouse=True)
def _real_time():
    yield
    clock.use_scale(None)


def _let_pass(coop: Cooperative, *, minutes: float) -> None:
    """Move the clock on and let the robot courier act twice, as beat would."""
    later = clock.now() + timedelta(minutes=minutes)
    clock.use_scale(clock.Scale(speed=1.0, domain_anchor=later, real_anchor=datetime.now(UTC)))
    for _ in range(2):
        with coop.session():
            simulation.ride_test_orders(coop.id)
