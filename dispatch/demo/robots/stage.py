"""What all robots of one day share: the server, the clock, the script, and what they measure and know."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from dispatch.core import clock
from dispatch.demo.robots.cast import Cast
from dispatch.demo.robots.client import PATIENCE_S, Client
from dispatch.demo.robots.meter import Meter, Sightings
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.schedule import Day, Wish


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that a store placed for a wish."""

    id: str
    wish: Wish
    store: int
    code: str = ""


@dataclass
class Stage:
    """One day in the making. Robots find here what people would know from life, never what the server thinks."""

    base_url: str
    cast: Cast
    script: Day
    pace: Pace
    meter: Meter = field(default_factory=Meter)
    sightings: Sightings = field(default_factory=Sightings)
    placed: dict[str, PlacedOrder] = field(default_factory=dict)
    tag: str = "till"  # begins the stores' own order numbers, so that another day's differ
    is_over: bool = False
    patience_s: float = PATIENCE_S
    transport: httpx.AsyncBaseTransport | None = None       # stands in for the network in tests

    def client(self, headers: dict[str, str] | None = None) -> Client:
        """A line to the server for one robot."""
        client = Client(self.base_url, self.meter, headers, self.transport)
        client.patience_s = self.patience_s
        return client

    def saw(self, order_id: str, online_since: float) -> None:
        """A phone that has been online since then shows an order."""
        self.sightings.seen(order_id, clock.monotonic_s(), online_since)

    def is_nobody_home(self, order_id: str) -> bool:
        """Whether the recipient is out; robots learn it at the door."""
        placed = self.placed.get(order_id)
        return placed is not None and placed.wish.is_nobody_home

    def code_of(self, order_id: str) -> str:
        """The code the recipient tells the rider."""
        placed = self.placed.get(order_id)
        return placed.code if placed else ""

    def orders_of(self, store: int) -> Sequence[PlacedOrder]:
        return [order for order in self.placed.values() if order.store == store]
