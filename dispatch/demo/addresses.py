"""Number the houses and choose where the shops are. Pure.

Odd numbers on the left, even on the right, growing away from the old centre, with gaps and a few "12a".
"""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from random import Random

from shapely import Point

from dispatch.demo import plan
from dispatch.demo.buildings import LEFT, House
from dispatch.demo.names import FAMILIES, TRADES
from dispatch.demo.streets import Street
from dispatch.demo.terrain import Terrain

WANTED = 1540
Tags = dict[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """A house with its number."""

    house: House
    street: str
    number: str
    postcode: str

    def tags(self) -> Tags:
        return {
            "addr:street": self.street,
            "addr:housenumber": self.number,
            "addr:postcode": self.postcode,
            "addr:city": plan.TOWN_NAME,
        }


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop, eating place or service at an address."""

    address: Address
    tags: Tags
    is_node: bool


def number_houses(houses: list[House], streets: list[Street], terrain: Terrain, seed: int) -> list[Address]:
    """Return about 1,540 addresses; as on real maps, some houses have none."""
    rng = Random(f"{seed}:addresses")
    rows: dict[tuple[str, int], list[House]] = defaultdict(list)
    reached_m: dict[str, float] = defaultdict(float)
    for i, street in enumerate(streets):
        for house in (house for house in houses if house.street == i and street.name):
            rows[street.name, house.side].append(replace(house, at_m=house.at_m + reached_m[street.name]))
        reached_m[street.name] += street.length_m
    addresses = [
        address
        for (name, side), row in sorted(rows.items())
        for address in _number_row(name, side, sorted(row, key=lambda house: house.at_m), (terrain, rng))
    ]
    nameless = set(rng.sample(range(len(addresses)), max(0, len(addresses) - WANTED)))
    return [address for i, address in enumerate(addresses) if i not in nameless]


def _number_row(name: str, side: int, row: list[House], how: tuple[Terrain, Random]) -> list[Address]:
    terrain, rng = how
    number = 1 if side == LEFT else 2
    numbered: list[Address] = []
    for i, house in enumerate(row):
        is_squeezed_in = i > 0 and rng.random() < 0.045 and numbered[-1].number.isdigit()
        if i > 0 and not is_squeezed_in:
            number += 4 if rng.random() < 0.1 else 2
        label = f"{number}a" if is_squeezed_in else str(number)
        numbered.append(Address(house, name, label, _postcode(house, terrain)))
    return numbered


def _postcode(house: House, terrain: Terrain) -> str:
    middle = house.shape.centroid
    if terrain.centre.contains(middle):
        return plan.POSTCODES["centre"]
    bank = terrain.river_line.interpolate(terrain.river_line.project(Point(middle.x, middle.y)))
    return plan.POSTCODES["north" if middle.y > bank.y else "south"]


def open_shops(addresses: list[Address], streets: list[Street], seed: int) -> list[Shop]:
    """Return named shops, most of them in the centre and along main roads."""
    rng = Random(f"{seed}:shops")
    free = sorted(addresses, key=lambda address: _remoteness(address, streets, rng))
    kinds = [kind for kind, (_, _, count) in TRADES.items() for _ in range(count)]
    rng.shuffle(kinds)
    names: set[str] = set()
    shops = []
    for kind, address in zip(kinds, free, strict=False):
        osm_tags, patterns, _ = TRADES[kind]
        tags = osm_tags | {"name": _fresh_name(patterns, names, rng)}
        if rng.random() < 0.4:
            tags["opening_hours"] = rng.choice(
                ["Mo-Sa 08:00-19:00", "Tu-Su 11:30-14:30,18:00-22:30", "Mo-Fr 09:00-18:00"]
            )
        shops.append(Shop(address, tags, is_node=rng.random() < 0.6))
    return shops


def _remoteness(address: Address, streets: list[Street], rng: Random) -> float:
    """Lower is better for trade: near the market or on a main road, with luck."""
    street = streets[address.house.street]
    away_m = math.dist(address.house.door, plan.OLD_CENTRE)
    bonus = 350.0 if street.rank in ("primary", "secondary", "tertiary") else 0.0
    return away_m - bonus + rng.expovariate(1 / 420.0)


def _fresh_name(patterns: list[str], taken: set[str], rng: Random) -> str:
    while True:
        name = rng.choice(patterns).format(family=rng.choice(FAMILIES))
        if name not in taken or all("{" not in pattern for pattern in patterns):
            taken.add(name)
            return name
