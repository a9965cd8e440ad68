"""A whole small day of robots against a town server in memory."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from dispatch.core import clock
from dispatch.demo.rehearsal.play import Play
from dispatch.demo.robots.cast import Account, Cast, Place, Store
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.schedule import DayOptions, write_day
from dispatch.demo.robots.stage import Stage
from tests.factories.fake_town import FakeTown

SPEED = 1200.0


@pytest.fixture
def fast_clock() -> Iterator[None]:
    now = clock.real_now()
    clock.use_scale(clock.Scale(real_anchor=now, domain_anchor=now, speed=SPEED))
    yield
    clock.use_scale(None)


class MortalTown(FakeTown):
    """Is gone for good after its third order."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if len(self.orders) >= 3:
            raise httpx.ConnectError("gone")
        return await super().handle_async_request(request)


def cast(riders: int, stores: int) -> Cast:
    def person(name: str) -> Account:
        return Account(name=name, email=f"{name}@example.org", password="long enough")

    places = tuple(Place(address=f"Bell Lane {i}", lonlat=(8.0 + i / 1000, 49.0)) for i in range(30))
    return Cast(
        coop="Test", coordinator=person("robin"), riders=tuple(person(f"rider{i}") for i in range(riders)),
        stores=tuple(Store(name=f"Store {i}", api_key=f"key{i}", at=places[i]) for i in range(stores)), places=places,
    )


def lived(options: DayOptions, town: FakeTown, patience_s: float = 60.0) -> Play:
    stage = Stage(
        base_url="http://town.example", cast=cast(options.riders, options.merchants), script=write_day(options),
        pace=Pace(clock.now() + timedelta(seconds=0.3 * SPEED)), transport=town, patience_s=patience_s,
    )
    play = Play(stage, lambda line: None)
    asyncio.run(play.perform(None))
    return play


def test_every_order_of_a_noisy_day_ends(fast_clock: None):
    """Late phones, double taps, cancellations, empty homes and an early sign-off leave nothing open."""
    options = DayOptions(orders=24, riders=4, merchants=3, hours=2.0, places=30, seed=7, noise=2.0)
    town = FakeTown()
    play = lived(options, town)
    seen = play.orders_seen()
    assert play.stage.meter.surprises == []
    assert len(seen) == 24
    assert {order.state for order in seen} <= {"delivered", "returned", "cancelled"}
    assert sum(order.state == "delivered" for order in seen) >= 15
    assert town.calls["POST /app/api/shift/off"] >= 4


def test_without_noise_every_order_is_delivered_and_nothing_is_sent_twice(fast_clock: None):
    options = DayOptions(orders=10, riders=3, merchants=2, hours=1.5, places=30, seed=1, noise=0.0)
    town = FakeTown()
    play = lived(options, town)
    assert {order.state for order in play.orders_seen()} == {"delivered"}
    assert town.calls["POST /api/v1/orders"] == 10
    assert town.calls["POST /app/api/tasks/<id>/complete"] == 20


def test_a_server_that_never_comes_back_ends_the_day_with_findings(fast_clock: None):
    """A rehearsal must report what it saw, not break."""
    options = DayOptions(orders=4, riders=2, merchants=1, hours=1.0, places=30, seed=1, noise=0.0)
    play = lived(options, MortalTown(), patience_s=0.5)
    assert any("GaveUp" in surprise for surprise in play.stage.meter.surprises)
