"""A zone with a merchant, riders and orders for tests, on open ground where every ride is a straight line."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, radians
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.units import LonLat, distance_m
from dispatch.geo.models import City, Zone
from dispatch.orders import runs
from dispatch.orders.models import Order, Run, Task
from dispatch.orders.need_rules import Needs
from dispatch.orders.services import NewOrder, NewTask, list_tasks, place_order
from merchants.models import Merchant
from riders.models import Rider, Shift
from tests.factories.coops import make_member

CENTRE = LonLat(8.69, 49.41)
SPEED_M_PER_S = 5.0
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Town:
    """Ids of what was made."""

    coop_id: UUID
    coop_key: str
    city_id: UUID
    zone_id: UUID
    merchant_id: UUID


def at(east_m: float, north_m: float) -> LonLat:
    """A place so many metres from the centre."""
    metres_per_degree = 111_195.0
    lat = CENTRE.lat + north_m / metres_per_degree
    return LonLat(CENTRE.lon + east_m / (metres_per_degree * cos(radians(CENTRE.lat))), lat)


def straight_rides(_city_id: UUID, points: Sequence[LonLat], _profile: str) -> NDArray[np.float32]:
    """Ride times over open ground at 5 m/s, in place of streets."""
    return np.array([[distance_m(a, b) / SPEED_M_PER_S for b in points] for a in points], dtype=np.float32)


def level_gauge(_city_id: UUID, _profile: str) -> float:
    """Metres in a second of those rides."""
    return SPEED_M_PER_S


def make_town(coop_id: UUID, coop_key: str = "key") -> Town:
    """A city, one zone of 20 km and one merchant in the middle of it."""
    city = City(id=uuid4(), name=f"Town {uuid4().hex[:6]}")
    db.session.add(city)
    db.session.flush()
    zone = make_zone(coop_id, city.id)
    merchant = make_merchant(coop_id)
    return Town(coop_id=coop_id, coop_key=coop_key, city_id=city.id, zone_id=zone.id, merchant_id=merchant.id)


def make_zone(coop_id: UUID, city_id: UUID, name: str = "Centre") -> Zone:
    """A square zone around the centre."""
    south_west, north_east = at(-10_000, -10_000), at(10_000, 10_000)
    square = shapely.box(south_west.lon, south_west.lat, north_east.lon, north_east.lat)
    area = shapely.MultiPolygon([square])
    zone = Zone(coop_id=coop_id, id=uuid4(), city_id=city_id, name=name, area=f"SRID=4326;{area.wkt}")
    db.session.add(zone)
    db.session.flush()
    return zone


def make_merchant(coop_id: UUID, name: str = "Bakery") -> Merchant:
    """A merchant whose store is in the centre."""
    merchant = Merchant(
        coop_id=coop_id,
        id=uuid4(),
        name=name,
        store_address="Market 1",
        store_lonlat=CENTRE,
        created_at=clock.now(),
    )
    db.session.add(merchant)
    db.session.flush()
    return merchant


def make_rider(coop_id: UUID, name: str = "Ada", *, capacity_g: int = 15_000) -> Rider:
    """A member who rides."""
    member = make_member(coop_id, name)
    rider = Rider(coop_id=coop_id, id=uuid4(), member_id=member.id, name=name, capacity_g=capacity_g)
    db.session.add(rider)
    db.session.flush()
    return rider


def make_run(town: Town, rider: Rider, *, place: LonLat = CENTRE, hours: float = 6, **bike: object) -> Run:
    """A shift that began now, signed on, with its empty run; `bike` says what the bike has on it."""
    now = clock.now()
    shift = Shift(
        coop_id=town.coop_id,
        id=uuid4(),
        rider_id=rider.id,
        zone_id=town.zone_id,
        starts_at=now,
        ends_at=now + timedelta(hours=hours),
        signed_on_at=now,
        profile=rider.profile,
        capacity_g=rider.capacity_g,
        capacity_ml=rider.capacity_ml,
        start_lonlat=place,
        handed_back=[],
        **bike,
    )
    db.session.add(shift)
    db.session.flush()
    return runs.open_run(town.coop_id, shift_id=shift.id, rider_id=rider.id, zone_id=town.zone_id)


def make_order(
    town: Town,
    *,
    pickup: LonLat = CENTRE,
    drops: Sequence[LonLat] = (),
    weight_g: int = 1000,
    due_in_s: int | None = 3600,
    ready_in_s: int = 0,
    is_strict: bool = False,
    **needs: Any,
) -> Order:
    """An order from the centre to 1 km east, due in an hour, unless said otherwise."""
    now = clock.now()
    places = list(drops) or [at(1000, 0)]
    new = NewOrder(
        merchant_id=town.merchant_id,
        zone_id=town.zone_id,
        pickup=NewTask(address="Market 1", lonlat=pickup, ready_at=now + timedelta(seconds=ready_in_s)),
        dropoffs=tuple(
            NewTask(
                address=f"Elm Street {number}",
                lonlat=place,
                window_by=None if due_in_s is None else now + timedelta(seconds=due_in_s),
                is_strict=is_strict,
            )
            for number, place in enumerate(places, start=1)
        ),
        external_id=None,
        currency="EUR",
        price_cents=690,
        tax_cents=115,
        tariff_version="tariff@1",
        pay_version="pay@1",
        route_m=1000,
        weight_g=weight_g,
        needs=Needs(**needs),
    )
    order, _ = place_order(town.coop_id, new, coop_key=town.coop_key)
    return order


def tasks_of(order: Order) -> list[Task]:
    """An order's tasks as they are now, pickup first."""
    return list_tasks(order.coop_id, order.id)
