"""Set houses along the streets, and landmarks on their sites. Pure; metres.

All wished houses are drawn first, then those that would touch a street, water, a site's ground or a house
drawn earlier are left out.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
import shapely
from shapely import LineString, Polygon, STRtree, box
from shapely.affinity import affine_transform, rotate, scale, translate

from dispatch.demo import plan
from dispatch.demo.blocks import Ground
from dispatch.demo.curves import Point, direction_rad
from dispatch.demo.streets import Street
from dispatch.demo.terrain import Terrain

HALF_WIDTH_M = {
    "primary": 6.0,
    "secondary": 6.0,
    "tertiary": 5.0,
    "residential": 4.2,
    "living_street": 2.9,
    "unclassified": 4.6,
}
LEFT, RIGHT = 1, -1


@dataclass(frozen=True, slots=True)
class Lot:
    """How houses of a zone are set: width along the street, gap, depth and setback in metres; storeys."""

    kinds: list[str]
    width_m: tuple[float, float]
    gap_m: tuple[float, float]
    depth_m: tuple[float, float]
    setback_m: tuple[float, float]
    levels: tuple[int, int]


LOTS = {
    "centre": Lot(
        ["yes", "apartments", "house", "retail"], (7.5, 14.0), (0.2, 0.4), (10, 14), (0.6, 1.0), (2, 4)
    ),
    "terrace": Lot(["terrace", "apartments", "house"], (9.0, 17.0), (0.3, 9.0), (10, 13), (2.0, 3.2), (2, 4)),
    "avenue": Lot(
        ["apartments", "apartments", "yes", "office"], (13.0, 25.0), (4.0, 14.0), (11, 15), (4.0, 7.0), (3, 5)
    ),
    "town": Lot(
        ["house", "house", "detached", "semidetached_house"],
        (9.5, 15.0),
        (6.0, 17.0),
        (9, 13),
        (5.0, 9.0),
        (1, 2),
    ),
    "works": Lot(
        ["industrial", "warehouse", "commercial"], (26.0, 62.0), (14.0, 34.0), (22, 44), (9.0, 16.0), (1, 2)
    ),
}


@dataclass(frozen=True, slots=True)
class House:
    """One building; `street` is an index into the streets, -1 for sheds and landmarks without address."""

    shape: Polygon
    kind: str
    name: str = ""
    street: int = -1
    side: int = LEFT
    at_m: float = 0.0
    door: Point = (0.0, 0.0)
    levels: int = 1


def build(streets: list[Street], grounds: list[Ground], terrain: Terrain, seed: int) -> list[House]:
    """Return all buildings, none of which touch."""
    rng = Random(f"{seed}:buildings")
    landmarks = list(_landmarks(grounds, terrain))
    order = sorted(range(len(streets)), key=lambda i: streets[i].zone != "centre")
    houses = [
        house
        for i in order
        if streets[i].rank in HALF_WIDTH_M and streets[i].zone != "outside"
        for house in _houses_along(i, streets[i], rng)
    ]
    sheds = [
        shed
        for house in houses
        if house.kind in ("house", "detached") and rng.random() < 0.3
        for shed in [_shed(house, streets[house.street], rng)]
    ]
    clear = _not_on(_kept_clear(streets, grounds, terrain), houses + sheds)
    return _greedy(landmarks + clear)


def _lot(street: Street) -> Lot:
    if street.zone in ("centre", "works"):
        return LOTS[street.zone]
    if street.rank in ("primary", "secondary"):
        return LOTS["avenue"]
    middle = street.pieces[0].geometry.centroid
    return LOTS["terrace" if math.dist((middle.x, middle.y), plan.OLD_CENTRE) < 520 else "town"]


def _houses_along(index: int, street: Street, rng: Random) -> Iterator[House]:
    line = shapely.line_merge(shapely.MultiLineString([piece.geometry for piece in street.pieces]))
    if not isinstance(line, LineString):
        line = LineString([xy for piece in street.pieces for xy in piece.geometry.coords])
    elif line.coords[0] != street.pieces[0].geometry.coords[0]:
        line = shapely.reverse(line)
    lot = _lot(street)
    for side in (LEFT, RIGHT):
        at_m = rng.uniform(2.0, 8.0)
        while at_m < line.length - 5.0:
            width_m = rng.uniform(*lot.width_m)
            yield _house(
                index, line, side, at_m + width_m / 2, (lot, width_m, HALF_WIDTH_M[street.rank], rng)
            )
            at_m += width_m + rng.uniform(*lot.gap_m)


def _house(
    index: int, line: LineString, side: int, at_m: float, how: tuple[Lot, float, float, Random]
) -> House:
    lot, width_m, half_road_m, rng = how
    depth_m, setback_m = rng.uniform(*lot.depth_m), rng.uniform(*lot.setback_m)
    shape = box(-width_m / 2, 0, width_m / 2, depth_m)
    if width_m > 10 and rng.random() < 0.45:
        wing_m = rng.uniform(0.3, 0.5) * width_m * rng.choice([-1, 1])
        corner = box(min(0, wing_m) * 1.05, depth_m * 0.62, max(0, wing_m) * 1.05, depth_m + 1)
        shape = shape.difference(translate(corner, math.copysign(width_m / 2, wing_m) - wing_m, 0))
    at = line.interpolate(at_m)
    angle = direction_rad(line, at_m) + (0 if side == LEFT else math.pi)
    front_m = half_road_m + setback_m
    cos, sin = math.cos(angle), math.sin(angle)
    placed = affine_transform(shape, [cos, -sin, sin, cos, at.x - sin * front_m, at.y + cos * front_m])
    door = (at.x - sin * (front_m + 1.5), at.y + cos * (front_m + 1.5))
    return House(
        _rounded(placed), rng.choice(lot.kinds), "", index, side, at_m, door, rng.randint(*lot.levels)
    )


def _rounded(shape: Polygon) -> Polygon:
    return Polygon(np.round(shapely.get_coordinates(shape.exterior), 2))


def _shed(house: House, street: Street, rng: Random) -> House:
    """A shed or garage in the garden behind a house."""
    middle = house.shape.centroid
    away = (middle.x - house.door[0], middle.y - house.door[1])
    stretch = rng.uniform(2.4, 3.4)
    angle = math.degrees(math.atan2(away[1], away[0]))
    shed = rotate(box(-2, -1.6, 2.4, 1.6), angle, origin=(0, 0))
    at = (house.door[0] + away[0] * stretch, house.door[1] + away[1] * stretch)
    return House(_rounded(translate(shed, *at)), rng.choice(["shed", "garage", "garage"]))


def _landmarks(grounds: list[Ground], terrain: Terrain) -> Iterator[House]:
    for ground in grounds:
        plans = LANDMARKS.get(ground.kind)
        if plans:
            kind, shape = plans
            fitted = _fit(shape, ground.shape)
            if fitted is not None:
                yield House(_rounded(fitted), kind, ground.name, levels=3)
    x, y = plan.STATION
    angle = math.degrees(direction_rad(terrain.railway, terrain.railway.project(shapely.Point(x, y))))
    yield House(
        _rounded(rotate(box(x - 145, y + 13, x - 75, y + 27), angle, origin=(x, y))),
        "train_station",
        f"Gare de {plan.TOWN_NAME}",
        levels=2,
    )
    hill = plan.HILL
    keep = shapely.unary_union([box(-16, -10, 16, -3), box(-16, -10, -9, 12), box(11, -12, 18, -5)])
    yield House(_rounded(translate(keep, hill[0], hill[1])), "castle", "Schloss Hohenloune", levels=3)


def _fit(shape: Polygon, ground: Polygon) -> Polygon | None:
    """Turn, move and shrink a landmark until it stands inside its ground; None if it never does."""
    centre = ground.centroid
    spots = [centre, ground.representative_point()]
    for size in (1.0, 0.85, 0.7, 0.55, 0.4):
        for angle in range(0, 180, 12):
            for spot in spots:
                placed = translate(
                    rotate(scale(shape, size, size, origin=(0, 0)), angle, origin=(0, 0)), spot.x, spot.y
                )
                if ground.buffer(-2).contains(placed):
                    return placed
    return None


LANDMARKS = {
    "church": ("church", shapely.union_all([box(-19, -6, 17, 6), box(2, -12, 10, 12), box(-24, -4, -17, 4)])),
    "hospital": (
        "hospital",
        shapely.union_all(
            [box(-46, -7, 46, 7), box(-40, 0, -27, 36), box(-6, -34, 7, 36), box(28, -30, 41, 4)]
        ),
    ),
    "school": ("school", shapely.union_all([box(-28, -6, 28, 6), box(16, -6, 28, 28)])),
    "retail": ("retail", box(-32, -21, 32, 21)),
    "industrial": ("industrial", shapely.union_all([box(-46, -26, 46, 26), box(-46, 20, -10, 42)])),
    "sports": ("grandstand", translate(box(-30, -4, 30, 4), 0, 46)),
    "cemetery": ("chapel", box(-7, -4, 7, 4)),
}


def _kept_clear(streets: list[Street], grounds: list[Ground], terrain: Terrain) -> list[Polygon]:
    roads = [
        piece.geometry.buffer(HALF_WIDTH_M.get(street.rank, 2.5) + 0.4)
        for street in streets
        for piece in street.pieces
    ]
    water = [
        terrain.river.buffer(18),
        terrain.pond.buffer(6),
        terrain.brook.buffer(6),
        terrain.railway.buffer(10),
    ]
    country = terrain.sheet.buffer(100).difference(terrain.built_up.buffer(14))
    return [*roads, *water, terrain.hilltop, country, *(ground.shape for ground in grounds)]


def _not_on(kept_clear: list[Polygon], houses: list[House]) -> list[House]:
    blocked, _ = STRtree(kept_clear).query([house.shape for house in houses], predicate="intersects")
    refused = set(blocked.tolist())
    return [house for i, house in enumerate(houses) if i not in refused]


def _greedy(houses: list[House]) -> list[House]:
    """Keep each house that touches none kept before it."""
    shapes = [house.shape for house in houses]
    later, earlier = STRtree(shapes).query(shapes, predicate="intersects")
    rivals: dict[int, list[int]] = {}
    for a, b in zip(later.tolist(), earlier.tolist(), strict=True):
        if b < a:
            rivals.setdefault(a, []).append(b)
    kept: set[int] = set()
    for i in range(len(houses)):
        if not kept.intersection(rivals.get(i, ())):
            kept.add(i)
    return [houses[i] for i in sorted(kept)]
