"""Named streets of the demo town and what their signs say: class, surface, speed, one-ways, cycle lanes.

Pure. A street is a chain of pieces; house numbers grow from its end nearest to the old centre.
"""

from dataclasses import dataclass
from itertools import chain, count, pairwise
from random import Random

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dispatch.demo import plan
from dispatch.demo.layout import Layout
from dispatch.demo.names import STREET_NAMES
from dispatch.demo.network import Groups, Piece
from dispatch.demo.terrain import Terrain, slope_percent

LONGEST_STREET_M = 620.0
STEPS_FROM_PERCENT = 14.0
MOST_STEPS = 9
Tags = dict[str, str]


@dataclass(frozen=True, slots=True)
class Street:
    """A chain of pieces under one name. `zone` is centre, town, works or outside."""

    name: str
    rank: str
    ref: str
    zone: str
    pieces: list[Piece]

    @property
    def length_m(self) -> float:
        return sum(piece.geometry.length for piece in self.pieces)


def name_streets(layout: Layout, terrain: Terrain) -> list[Street]:
    """Return all streets; drawn ones keep their name, the others get one, the nearest to the centre first."""
    runs = [run for whole in _runs(layout.pieces) for run in _cut_long(whole, layout)]
    centre = shapely.Point(plan.OLD_CENTRE)
    runs.sort(key=lambda run: round(run[0].geometry.distance(centre), 2))
    fresh = chain(STREET_NAMES, (f"Chemin n\N{DEGREE SIGN} {number}" for number in count(1)))
    streets = []
    for run in runs:
        line = layout.lines[run[0].line]
        is_named = not line.is_drawn and sum(piece.geometry.length for piece in run) > 55
        name = line.name or (next(fresh) if is_named else "")
        streets.append(Street(name, line.rank, line.ref, _zone(run, terrain), _outwards(run)))
    return streets


def _runs(pieces: list[Piece]) -> list[list[Piece]]:
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and runs[-1][-1].line == piece.line and runs[-1][-1].ends[1] == piece.ends[0]:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _cut_long(run: list[Piece], layout: Layout) -> list[list[Piece]]:
    """Cut a long traced street in two or more names at a junction; drawn ones stay whole."""
    total_m = sum(piece.geometry.length for piece in run)
    parts = 1 if layout.lines[run[0].line].is_drawn else int(total_m // LONGEST_STREET_M) + 1
    cut: list[list[Piece]] = [[]]
    done_m = 0.0
    for piece in run:
        if done_m >= total_m / parts * len(cut) and cut[-1]:
            cut.append([])
        cut[-1].append(piece)
        done_m += piece.geometry.length
    return cut


def _outwards(run: list[Piece]) -> list[Piece]:
    first, last = (
        shapely.Point(xy).distance(shapely.Point(plan.OLD_CENTRE)) for xy in (run[0].ends[0], run[-1].ends[1])
    )
    if first <= last:
        return run
    return [Piece(piece.line, piece.at_m, shapely.reverse(piece.geometry)) for piece in reversed(run)]


def _zone(run: list[Piece], terrain: Terrain) -> str:
    middle = run[len(run) // 2].geometry.interpolate(0.5, normalized=True)
    if terrain.centre.buffer(4).contains(middle):
        return "centre"
    if not terrain.built_up.contains(middle):
        return "outside"
    rail_y = terrain.railway.interpolate(terrain.railway.project(middle)).y
    return "works" if middle.y < rail_y else "town"


class Signs:
    """Decides the tags of every piece. One-ways never cut the town in two for bicycles."""

    def __init__(self, streets: list[Street], terrain: Terrain, seed: int):
        self.rng = Random(f"{seed}:signs")
        self.river = terrain.river
        self.steps = self._choose_steps(streets)
        self._tags = {
            id(piece): self._sign(street, piece, common)
            for street in streets
            for common in [self._street_tags(street)]
            for piece in street.pieces
        }
        self._open_traps([piece for street in streets for piece in street.pieces])

    def of(self, piece: Piece) -> Tags:
        return self._tags[id(piece)]

    def _choose_steps(self, streets: list[Street]) -> set[int]:
        """Ids of steep pieces that become steps; the rest of the network stays connected without them."""
        groups = Groups()
        flat_first = sorted(
            ((abs(slope_percent(piece.geometry)), piece) for street in streets for piece in street.pieces),
            key=lambda pair: pair[0],
        )
        spare = [(slope, piece) for slope, piece in flat_first if not groups.join(*piece.ends)]
        steep = [
            id(piece) for slope, piece in spare if slope > STEPS_FROM_PERCENT and piece.geometry.length < 120
        ]
        return set(steep[-MOST_STEPS:])

    def _street_tags(self, street: Street) -> Tags:
        tags = {"highway": street.rank, "name": street.name}
        if street.rank in ("primary", "secondary", "tertiary"):
            tags |= self._main_road(street)
        elif street.zone == "centre":
            tags |= self._old_street(street)
        elif street.rank == "cycleway":
            tags |= {
                "bicycle": "designated",
                "foot": "designated",
                "segregated": self.rng.choice(["yes", "no"]),
                "surface": "asphalt",
                "lit": self.rng.choice(["yes", "no"]),
                "width": "3",
            }
        elif street.rank == "track":
            tags |= {"tracktype": self.rng.choice(["grade2", "grade3"]), "surface": "gravel"}
        else:
            tags |= self._side_street(street)
        return {key: value for key, value in tags.items() if value}

    def _main_road(self, street: Street) -> Tags:
        tags = {
            "surface": "asphalt",
            "lanes": "2",
            "lit": "yes",
            "sidewalk": "both",
            "maxspeed": "50",
            "ref": street.ref,
        }
        if street.rank == "tertiary":
            return tags | {"maxspeed": "30", "cycleway:both": "no"}
        if street.name == "Ringpromenade":
            return tags | {"cycleway:left": "track", "cycleway:right": "lane"}
        return tags | {"cycleway:both": "lane" if street.rank == "primary" else "separate"}

    def _old_street(self, street: Street) -> Tags:
        tags = {
            "surface": self.rng.choice(["sett", "sett", "cobblestone", "paving_stones"]),
            "lit": "yes",
            "maxspeed": "20",
            "smoothness": self.rng.choice(["intermediate", "bad", ""]),
        }
        choice = self.rng.random()
        if choice < 0.16:
            return tags | {"highway": "pedestrian", "bicycle": "yes", "maxspeed": ""}
        if choice < 0.24:
            return tags | {"highway": "pedestrian", "bicycle": "dismount", "maxspeed": ""}
        if choice < 0.78:
            tags |= self._one_way()
        return tags | {"highway": self.rng.choice(["living_street", "residential", "residential"])}

    def _one_way(self) -> Tags:
        sign = {"oneway": "yes"}
        contraflow = self.rng.choice(["free", "opposite", "lane", "none"])
        if contraflow == "free":
            return sign | {"oneway:bicycle": "no"}
        if contraflow == "opposite":
            return sign | {"cycleway": "opposite_lane"}
        if contraflow == "lane":
            return sign | {"oneway:bicycle": "no", "cycleway:left": "lane", "cycleway:left:oneway": "-1"}
        return sign

    def _side_street(self, street: Street) -> Tags:
        tags = {
            "surface": self.rng.choice(["asphalt", "asphalt", "asphalt", "paving_stones", "concrete"]),
            "lit": "yes",
            "maxspeed": "50" if street.zone == "works" else "30",
        }
        if street.zone == "town" and self.rng.random() < 0.13:
            tags |= self._one_way()
        return tags

    def _sign(self, street: Street, piece: Piece, common: Tags) -> Tags:
        slope = slope_percent(piece.geometry)
        if id(piece) in self.steps and street.rank in ("residential", "living_street"):
            kept = {key: common[key] for key in ("name", "lit") if key in common}
            return kept | {
                "highway": "steps",
                "incline": "up" if slope > 0 else "down",
                "handrail": "yes",
                "step_count": str(int(abs(slope) * piece.geometry.length / 16)),
            }
        tags = dict(common)
        if abs(slope) >= 3.0:
            tags["incline"] = f"{2 * round(slope / 2)}%"
        if self.river.contains(piece.geometry.interpolate(0.5, normalized=True)):
            tags |= {"bridge": "yes", "layer": "1"}
            tags |= {"bridge:name": street.name} if "Bridge" in street.name or "brücke" in street.name else {}
        return tags

    def _open_traps(self, pieces: list[Piece]) -> None:
        """Let bicycles ride against a one-way where they could otherwise enter and never leave."""
        junctions = {xy: i for i, xy in enumerate(sorted({xy for piece in pieces for xy in piece.ends}))}
        arcs = []
        for piece in pieces:
            a, b = (junctions[xy] for xy in piece.ends)
            arcs += [(a, b)] if is_one_way_for_bicycles(self.of(piece)) else [(a, b), (b, a)]
        rows, columns = np.array(arcs).T
        graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(junctions),) * 2)
        _, part = connected_components(graph, connection="strong")
        for piece in pieces:
            a, b = (junctions[xy] for xy in piece.ends)
            if part[a] != part[b]:
                self._tags[id(piece)] = self.of(piece) | {"oneway:bicycle": "no"}


def is_one_way_for_bicycles(tags: Tags) -> bool:
    """True if a bicycle may ride the way in its drawn direction only."""
    if tags.get("oneway") != "yes" or tags.get("oneway:bicycle") == "no":
        return False
    return not tags.get("cycleway", "").startswith("opposite")


def as_ways(street: Street, signs: Signs, cuts: set[int]) -> list[tuple[list[Piece], Tags]]:
    """Return a street as ways of OSM: pieces with equal tags in a row, cut also before pieces in `cuts`."""
    ways = [([street.pieces[0]], signs.of(street.pieces[0]))]
    for before, piece in pairwise(street.pieces):
        if signs.of(piece) == signs.of(before) and id(piece) not in cuts:
            ways[-1][0].append(piece)
        else:
            ways.append(([piece], signs.of(piece)))
    return ways
