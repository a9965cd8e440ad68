"""Footpaths in parks and up to the castle. Pure; metres."""

import math
from random import Random

from shapely import LineString, Point

from dispatch.demo import plan
from dispatch.demo.blocks import Ground
from dispatch.demo.curves import smooth
from dispatch.demo.layout import Layout

Tags = dict[str, str]


def park_paths(grounds: list[Ground], layout: Layout, seed: int) -> list[tuple[LineString, Tags]]:
    """Return paths from the junctions around each park to its middle, and the climb to the castle."""
    rng = Random(f"{seed}:paths")
    junctions = sorted({xy for piece in layout.pieces for xy in piece.ends})
    paths: list[tuple[LineString, Tags]] = []
    for ground in (ground for ground in grounds if ground.kind in ("park", "cemetery", "allotments")):
        gates = [xy for xy in junctions if 0 < ground.shape.distance(Point(xy)) < 16]
        middle = ground.shape.representative_point()
        hub = (round(middle.x, 2), round(middle.y, 2))
        tags = _path_tags(ground, rng)
        paths += [(_bent(gate, hub, rng), tags) for gate in _spread(gates, hub)]
    return [*paths, *_castle_climb(junctions)]


def _path_tags(ground: Ground, rng: Random) -> Tags:
    if ground.kind != "park":
        return {"highway": "footway", "surface": "fine_gravel"}
    return rng.choice(
        [
            {
                "highway": "path",
                "bicycle": "designated",
                "foot": "designated",
                "surface": "fine_gravel",
                "segregated": "no",
            },
            {"highway": "footway", "bicycle": "yes", "surface": "compacted"},
            {"highway": "footway", "surface": "fine_gravel"},
        ]
    )


def _spread(gates: list[tuple[float, float]], hub: tuple[float, float]) -> list[tuple[float, float]]:
    """Choose up to five gates that lie in different directions from the hub."""
    chosen: dict[int, tuple[float, float]] = {}
    for gate in gates:
        sector = int((math.atan2(gate[1] - hub[1], gate[0] - hub[0]) + math.pi) / (math.tau / 5))
        chosen.setdefault(sector, gate)
    return [chosen[sector] for sector in sorted(chosen)]


def _bent(start: tuple[float, float], end: tuple[float, float], rng: Random) -> LineString:
    swing = rng.uniform(-0.16, 0.16)
    middle = (
        (start[0] + end[0]) / 2 - (end[1] - start[1]) * swing,
        (start[1] + end[1]) / 2 + (end[0] - start[0]) * swing,
    )
    return smooth([start, middle, end], step_m=12)


def _castle_climb(junctions: list[tuple[float, float]]) -> list[tuple[LineString, Tags]]:
    hill = plan.HILL
    near = min(junctions, key=lambda xy: math.dist(xy, (hill[0] + 40, hill[1] - 50)))
    landing = (hill[0] + 22, hill[1] - 24)
    stairs = {
        "highway": "steps",
        "step_count": "48",
        "incline": "up",
        "name": "Escalier du Château",
        "surface": "stone",
    }
    yard = {"highway": "path", "bicycle": "yes", "surface": "gravel", "incline": "4%"}
    far = min(junctions, key=lambda xy: math.dist(xy, (hill[0] - 100, hill[1] + 30)))
    return [
        (LineString([near, landing]), stairs),
        (smooth([landing, (hill[0], hill[1] + 4), (hill[0] - 50, hill[1] + 30), far]), yard),
    ]
