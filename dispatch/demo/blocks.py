"""Use of the ground: which block is a park, a school or a square, and what lies around the town. Pure."""

from dataclasses import dataclass
from random import Random

import shapely
from shapely import LineString, Point, Polygon, STRtree, box
from shapely.affinity import rotate, scale

from dispatch.demo import plan
from dispatch.demo.layout import Layout
from dispatch.demo.terrain import Terrain

LARGEST_M = {"church": 30.0, "square": 42.0, "sports": 120.0, "industrial": 130.0, "cemetery": 95.0}
USES = {
    "park": {"leisure": "park"},
    "hospital": {"amenity": "hospital", "emergency": "yes"},
    "school": {"amenity": "school"},
    "cemetery": {"landuse": "cemetery"},
    "sports": {"leisure": "sports_centre"},
    "allotments": {"landuse": "allotments"},
    "retail": {"landuse": "retail"},
    "industrial": {"landuse": "industrial"},
    "square": {"highway": "pedestrian", "area": "yes", "surface": "sett", "place": "square"},
    "church": {"landuse": "religious"},
}


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of ground with its use."""

    kind: str
    name: str
    shape: Polygon


def sites(layout: Layout, terrain: Terrain) -> list[Ground]:
    """Return the ground of every site of the plan: the street block around its point."""
    roads = [piece.geometry for piece in layout.pieces if layout.rank(piece) not in ("cycleway", "track")]
    faces = shapely.get_parts(shapely.polygonize([*roads, terrain.built_up.exterior]))
    tree = STRtree(faces)
    kept_clear = shapely.unary_union(
        [
            terrain.river.buffer(24),
            terrain.railway.buffer(12),
            terrain.brook.buffer(5),
            terrain.pond.buffer(9),
            *(road.buffer(6.5) for road in roads),
        ]
    )
    grounds = []
    for site in plan.SITES:
        at = Point(site.at)
        face = next((faces[i] for i in tree.query(at, predicate="within")), at.buffer(80))
        reach = at.buffer(LARGEST_M.get(site.kind, 105.0))
        free = face.intersection(reach).difference(kept_clear)
        shape = max(shapely.get_parts(free), key=lambda part: part.area).buffer(-2).buffer(2).simplify(0.8)
        grounds.append(Ground(site.kind, site.name, shape))
    return grounds


def landscape(layout: Layout, terrain: Terrain, seed: int) -> list[tuple[dict[str, str], Polygon]]:
    """Return tagged areas for the town's zones and for fields, meadows and woods around it."""
    rng = Random(f"{seed}:landscape")
    town = terrain.built_up.difference(terrain.river.buffer(30))
    works = town.intersection(_below(terrain.railway))
    areas = [({"landuse": "residential"}, part) for part in _polygons(town.difference(works))]
    areas += [({"landuse": "industrial"}, part) for part in _polygons(works)]
    areas += [({"landuse": "commercial", "name": "Vieille Ville"}, terrain.centre)]
    banks = terrain.river.buffer(31).difference(terrain.river).intersection(terrain.sheet)
    areas += [({"landuse": "grass"}, part) for part in _polygons(banks)]
    areas += [(_field_tags(field, terrain, rng), field) for field in _fields(layout, terrain, rng)]
    clearing = rotate(scale(Point(plan.HILL).buffer(1, quad_segs=4), 38, 26), 20)
    areas += [
        (
            {"natural": "wood", "name": "Schlosswald", "leaf_type": "broadleaved"},
            terrain.hilltop.difference(clearing),
        ),
        ({"landuse": "grass"}, clearing),
    ]
    return areas


def _polygons(shape: shapely.Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if part.area > 1.0]


def _below(line: LineString) -> Polygon:
    return Polygon([*line.coords, (plan.WIDTH_M + 200, -200), (-200, -200)]).buffer(0)


def _fields(layout: Layout, terrain: Terrain, rng: Random) -> list[Polygon]:
    """Cut the land outside the town along roads and a few straight hedges."""
    hedges = []
    for _ in range(15):
        x, y, angle = rng.uniform(0, plan.WIDTH_M), rng.uniform(0, plan.HEIGHT_M), rng.uniform(0, 180)
        hedges.append(rotate(LineString([(x - 3000, y), (x + 3000, y)]), angle))
    roads = [piece.geometry for piece in layout.pieces]
    outside = terrain.sheet.difference(terrain.built_up.buffer(12)).difference(terrain.river.buffer(34))
    lines = [*roads, *hedges, terrain.railway, terrain.brook]
    cuts = shapely.union_all(shapely.buffer(lines, 3.5))  # one by one: all of them at once takes three seconds
    parts = shapely.get_parts(outside.difference(cuts).buffer(-2).buffer(2).simplify(1.0))
    return sorted(
        (part for part in parts if part.area > 1500), key=lambda part: (part.centroid.x, part.centroid.y)
    )


def _field_tags(field: Polygon, terrain: Terrain, rng: Random) -> dict[str, str]:
    if field.distance(terrain.river) < 40:
        return {"landuse": "meadow"}
    if field.distance(Point(plan.HILL)) < 420 and rng.random() < 0.7:
        return rng.choice([{"landuse": "vineyard"}, {"landuse": "forest"}, {"landuse": "forest"}])
    return rng.choice(
        [{"landuse": "farmland"}] * 5
        + [{"landuse": "meadow"}] * 2
        + [{"landuse": "forest"}] * 2
        + [{"landuse": "orchard"}]
    )


def pitches(ground: Ground) -> list[Polygon]:
    """Return the playing field that fits into a sports ground, if one does."""
    middle = ground.shape.centroid
    long_m, wide_m = 92.0, 58.0
    for angle in range(0, 180, 15):
        pitch = rotate(
            box(middle.x - long_m / 2, middle.y - wide_m / 2, middle.x + long_m / 2, middle.y + wide_m / 2),
            angle,
        )
        if ground.shape.contains(pitch):
            return [pitch]
    return []
