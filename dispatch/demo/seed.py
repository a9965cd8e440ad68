"""Fill a fresh demo co-op: riders, coordinator, treasurer, merchants with stores at real places of its city.

The only part of the demo that touches the database; the robots then speak HTTP only. Deterministic for a seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from dispatch.coop import services as people
from dispatch.core.db import db
from dispatch.core.units import LonLat, distance_m
from dispatch.geo import queries as cities
from dispatch.geo import travel
from dispatch.geo.models import GeoAddress, GeoPlace, GeoStreet
from merchants import services as merchants
from riders import services as riders

from .robots.cast import Account, Cast, Place, Store

PASSWORD = "paceline-demo"
REACH_M = 3_000.0
FEW_ADDRESSES = 200
PLACES = 600
STORE_KINDS = (
    "restaurant",
    "fast_food",
    "cafe",
    "pharmacy",
    "bakery",
    "florist",
    "books",
    "supermarket",
    "convenience",
    "greengrocer",
    "deli",
)
RIDER_NAMES = (
    "Amina Diallo", "Bruno Keller", "Chloé Martin", "Dario Conti", "Elif Yılmaz", "Farid Haddad", "Greta Lind",
    "Hugo Lefèvre", "Inès Moreau", "Jonas Weber", "Kaja Novak", "Luca Rossi", "Maja Horvat", "Nils Berg",
    "Oumar Traoré", "Paula Santos", "Quentin Roux", "Rosa Vidal", "Samir Aziz", "Tilde Holm",
)  # fmt: skip
BIKES = (
    riders.Bike(profile="bike", capacity_g=12_000, capacity_ml=45_000),
    riders.Bike(profile="ebike", capacity_g=15_000, capacity_ml=60_000),
    riders.Bike(profile="bike", capacity_g=12_000, capacity_ml=45_000),
    riders.Bike(profile="cargo", capacity_g=80_000, capacity_ml=300_000),
    riders.Bike(profile="trailer", capacity_g=60_000, capacity_ml=250_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in town and what it is called."""

    name: str
    address: str
    at: LonLat


def populate(coop_id: UUID, city_id: UUID, *, coop_name: str, mail_domain: str, rider_count: int, store_count: int,
             seed: int) -> Cast:
    """Add the people and merchants of a demo to a founded co-op; the cast that the robots play."""
    chance = random.Random(seed)
    city = cities.get_city(city_id)
    spots = _spots(city.version_id, city_id, city.centre, chance)
    coordinator = _account(coop_id, "Camille Dubois", f"coordinator@{mail_domain}", ("member", "coordinator", "admin"))
    _account(coop_id, "Tomas Wolf", f"treasurer@{mail_domain}", ("member", "treasurer"))
    return Cast(
        coop=coop_name,
        coordinator=coordinator,
        riders=tuple(_rider(coop_id, number, mail_domain) for number in range(rider_count)),
        stores=tuple(_stores(coop_id, city.version_id, city.centre, spots, mail_domain=mail_domain, count=store_count)),
        places=tuple(Place(address=spot.address, lonlat=(spot.at.lon, spot.at.lat)) for spot in spots),
    )


def _account(coop_id: UUID, name: str, email: str, roles: tuple[str, ...]) -> Account:
    people.add_member(coop_id, email=email, name=name, roles=roles, password=PASSWORD)
    return Account(name=name, email=email, password=PASSWORD)


def _rider(coop_id: UUID, number: int, mail_domain: str) -> Account:
    name = RIDER_NAMES[number % len(RIDER_NAMES)]
    if number >= len(RIDER_NAMES):
        name = f"{name} {number // len(RIDER_NAMES) + 1}"
    email = f"rider{number + 1}@{mail_domain}"
    member = people.add_member(coop_id, email=email, name=name, roles=("member",), password=PASSWORD)
    riders.add_rider(coop_id, member.id, name=name, bike=BIKES[number % len(BIKES)])
    return Account(name=name, email=email, password=PASSWORD)


def _stores(
    coop_id: UUID, version_id: UUID, centre: LonLat, spots: list[Spot], *, mail_domain: str, count: int
) -> list[Store]:
    made = []
    for number, spot in enumerate(_store_spots(version_id, centre, spots, count)):
        merchant = merchants.add_merchant(coop_id, name=spot.name, address=spot.address, lonlat=spot.at)
        if number == 0:
            contact = people.add_member(
                coop_id, email=f"merchant@{mail_domain}", name=spot.name, roles=("merchant",), password=PASSWORD
            )
            merchants.add_contact(coop_id, merchant.id, contact.id)
        key = merchants.issue_key(coop_id, merchant.id, name="demo")
        place = Place(address=spot.address, lonlat=(spot.at.lon, spot.at.lat))
        made.append(Store(name=spot.name, api_key=key, at=place))
    return made


def _store_spots(version_id: UUID, centre: LonLat, spots: list[Spot], count: int) -> list[Spot]:
    """Real shops near the centre; where the extract names too few, invented ones at its other places."""
    rows = db.session.scalars(
        select(GeoPlace).where(GeoPlace.version_id == version_id, GeoPlace.kind.in_(STORE_KINDS)).order_by(GeoPlace.id)
    )
    near: dict[str, Spot] = {}
    for row in sorted(rows, key=lambda place: distance_m(place.at, centre)):
        if distance_m(row.at, centre) <= REACH_M:
            near.setdefault(row.name, Spot(name=row.name, address=row.address or row.name, at=row.at))
    found = list(near.values())[:: max(1, len(near) // (2 * count))][:count]
    for number in range(count - len(found)):
        spot = spots[number * 7 % len(spots)]
        found.append(Spot(name=f"Corner shop {number + 1}", address=spot.address, at=spot.at))
    return found


def _spots(version_id: UUID, city_id: UUID, centre: LonLat, chance: random.Random) -> list[Spot]:
    """Where people order to: addresses near the centre, or pins on streets where an extract has few."""
    rows = db.session.execute(
        select(GeoAddress.number, GeoAddress.at, GeoStreet.name, GeoAddress.locality)
        .join(GeoStreet, (GeoStreet.version_id == GeoAddress.version_id) & (GeoStreet.id == GeoAddress.street_id))
        .where(GeoAddress.version_id == version_id)
        .order_by(GeoAddress.id)
    ).all()
    near = [
        Spot(name="", address=f"{row.name} {row.number}", at=row.at)
        for row in rows
        if distance_m(row.at, centre) <= REACH_M
    ]
    if len(near) < FEW_ADDRESSES:
        pins = travel.random_points(city_id, PLACES, near=centre, radius_m=REACH_M, seed=chance.randrange(2**31))
        near = [Spot(name="", address="", at=pin) for pin in pins]
    return near if len(near) <= PLACES else chance.sample(near, PLACES)
