"""Decide how many orders are likely near a place, and which idle riders might like to wait there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch.core.units import LonLat, distance_m

HISTORY = timedelta(days=70)
"""Orders that a forecast rests on: ten weeks, of which the last two judge it."""

AHEAD_HOURS = 48
"""Hours foretold, so that a forecast a few hours old still reaches tomorrow."""

FRESH = timedelta(hours=26)
"""An older forecast is not used."""

NEAR_M = 400.0
"""Pickups so close to a place can be reached from it in a minute or two."""

MOST_PLACES = 40
"""Pickup places kept per zone, the busiest."""

NEXT = timedelta(hours=1)
"""What a nudge looks at: a rider who waits longer somewhere else would rather have stayed."""

NUDGE_LASTS = timedelta(minutes=30)
"""How long a nudge is shown; no rider gets another one before it is over."""

LEAST_LEFT = timedelta(minutes=45)
"""Nobody is nudged towards the end of a shift."""

LEAST_RIDE_S = 90
"""Somewhere nearer is not worth a move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    """A past pickup: when the goods were first to be had, where, and whose place it is."""

    at: datetime
    lonlat: LonLat
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A pickup place with its share of the zone's orders at each hour of the day."""

    lonlat: LonLat
    name: str
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How far forecasts of the last weeks were off, in orders per hour, beside saying "as a week ago"."""

    hours: int
    orders: int
    error: float
    naive_error: float

    @property
    def is_better(self) -> bool:
        """Whether the forecast earns its keep; if not, nobody is nudged by it."""
        return self.error < self.naive_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is foretold of a zone from `weeks` of orders: how many in each hour from `begins_at` on, and where from."""

    made_at: datetime
    begins_at: datetime
    expected: tuple[float, ...]
    places: tuple[Place, ...]
    quality: Quality | None
    weeks: int = 0

    def orders_between(self, begins: datetime, ends: datetime) -> float:
        """Orders likely in a stretch of time; what lies beyond the forecast counts nothing."""
        total = 0.0
        for number, orders in enumerate(self.expected):
            hour = self.begins_at + timedelta(hours=number)
            share = (min(ends, hour + timedelta(hours=1)) - max(begins, hour)) / timedelta(hours=1)
            total += orders * max(0.0, share)
        return total

    def is_of_use(self, now: datetime) -> bool:
        """Whether riders may be nudged by it: made lately, and better than the naive one."""
        return now - self.made_at <= FRESH and self.quality is not None and self.quality.is_better


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A rider with nothing to do; `seconds_to` is the ride to each place of the forecast, None: no way."""

    rider_id: UUID
    lonlat: LonLat
    seconds_to: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a co-op wants riders nudged: no farther than `ride_s`, and for at least so many likely orders."""

    ride_s: int
    from_orders: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One nudge: who, where to, and the orders likely around there in the next hour."""

    rider_id: UUID
    place: Place
    expected: float


def local_hours(begins_at: datetime, count: int, timezone: str) -> list[tuple[int, int]]:
    """Weekday and hour where the co-op is, of so many hours in a row."""
    zone = ZoneInfo(timezone)
    moments = [(begins_at + timedelta(hours=number)).astimezone(zone) for number in range(count)]
    return [(moment.weekday(), moment.hour) for moment in moments]


def count_by_hour(pickups: Sequence[Pickup], begins_at: datetime, hours: int) -> list[int]:
    """Pickups in each of so many hours from `begins_at` on."""
    counts = [0] * hours
    for pickup in pickups:
        number = int((pickup.at - begins_at) / timedelta(hours=1))
        if pickup.at >= begins_at and number < hours:
            counts[number] += 1
    return counts


def places_of(pickups: Sequence[Pickup], timezone: str) -> tuple[Place, ...]:
    """The busiest places, each with its share of the orders around each hour of the day, one before to one after."""
    zone = ZoneInfo(timezone)
    counts: dict[LonLat, list[float]] = {}
    names: dict[LonLat, str] = {}
    totals = [0.0] * 24
    for pickup in pickups:
        hour = pickup.at.astimezone(zone).hour
        own = counts.setdefault(pickup.lonlat, [0.0] * 24)
        names[pickup.lonlat] = pickup.name
        for near in (hour - 1, hour, hour + 1):
            own[near % 24] += 1
            totals[near % 24] += 1
    busiest = sorted(counts, key=lambda lonlat: (-sum(counts[lonlat]), lonlat.lon, lonlat.lat))[:MOST_PLACES]
    return tuple(
        Place(
            lonlat=lonlat,
            name=names[lonlat],
            shares=tuple(round(own / max(1.0, total), 4) for own, total in zip(counts[lonlat], totals, strict=True)),
        )
        for lonlat in busiest
    )


def likely_at(forecast: Forecast, now: datetime, timezone: str) -> list[float]:
    """Orders likely in the next hour at each place of a forecast itself."""
    orders = forecast.orders_between(now, now + NEXT)
    hour = (now + NEXT / 2).astimezone(ZoneInfo(timezone)).hour
    return [orders * place.shares[hour] for place in forecast.places]


def likely_around(forecast: Forecast, now: datetime, timezone: str) -> list[float]:
    """Orders likely in the next hour within `NEAR_M` of each place of a forecast."""
    likely = likely_at(forecast, now, timezone)
    return [sum(likely[other] for other in _around(forecast.places, place.lonlat)) for place in forecast.places]


def hints(
    places: Sequence[Place], likely: Sequence[float], waiting: Sequence[LonLat], idle: Sequence[Idle], wish: Wish
) -> list[Hint]:
    """Whom to nudge where, each rider once, the first of `idle` first; `waiting` are where all idle riders are.

    Each of them takes one likely order off what is around, so that nobody is sent to where colleagues stand already,
    and who has as much around as anywhere within reach is left in peace.
    """
    left = list(likely)
    for at in waiting:
        left = _changed(places, left, at, -1)
    found = []
    for rider in idle:
        free = _changed(places, left, rider.lonlat, 1)
        here = max((free[number] for number in _around(places, rider.lonlat)), default=0.0)
        best = max(_in_reach(rider, wish), key=lambda number: free[number], default=None)
        if best is None or free[best] < max(wish.from_orders, here + 1):
            continue
        found.append(Hint(rider_id=rider.rider_id, place=places[best], expected=round(likely[best], 1)))
        left = _changed(places, free, places[best].lonlat, -1)
    return found


def _around(places: Sequence[Place], at: LonLat) -> list[int]:
    return [number for number, place in enumerate(places) if distance_m(place.lonlat, at) <= NEAR_M]


def _changed(places: Sequence[Place], orders: Sequence[float], at: LonLat, by: float) -> list[float]:
    near = set(_around(places, at))
    return [value + by if number in near else value for number, value in enumerate(orders)]


def _in_reach(rider: Idle, wish: Wish) -> list[int]:
    seconds = enumerate(rider.seconds_to)
    return [number for number, ride_s in seconds if ride_s is not None and LEAST_RIDE_S <= ride_s <= wish.ride_s]


def to_document(forecast: Forecast) -> dict[str, Any]:
    """What is kept of a forecast, as JSON."""
    return {
        "weeks": forecast.weeks,
        "expected": list(forecast.expected),
        "places": [{"lonlat": p.lonlat.as_pair(), "name": p.name, "shares": list(p.shares)} for p in forecast.places],
        "quality": None if forecast.quality is None else {
            name: getattr(forecast.quality, name) for name in ("hours", "orders", "error", "naive_error")
        },
    }


def read_document(made_at: datetime, begins_at: datetime, document: Mapping[str, Any]) -> Forecast:
    """The forecast that `to_document` wrote."""
    return Forecast(
        made_at=made_at,
        begins_at=begins_at,
        expected=tuple(document["expected"]),
        places=tuple(
            Place(lonlat=LonLat(*place["lonlat"]), name=place["name"], shares=tuple(place["shares"]))
            for place in document["places"]
        ),
        quality=Quality(**document["quality"]) if document["quality"] else None,
        weeks=document["weeks"],
    )
