"""Join drawn lines into one network: pieces of street between junctions. Pure; metres."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import shapely
from shapely import LineString, STRtree

from dispatch.demo.curves import Point

JOIN_M = 80.0  # a side street is led on this far to meet another street
SAME_JUNCTION_M = 11.0
SHORT_STUB_M = 42.0


@dataclass(frozen=True, slots=True)
class Line:
    """A street or path before it is cut at its junctions. `rank` is its highway class."""

    rank: str
    geometry: LineString
    name: str = ""
    ref: str = ""
    is_drawn: bool = True  # by hand; traced side streets may be thinned out
    leads_on: bool = False  # its ends are led on to the next road


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch between two junctions; `line` is the index of its line, `at_m` where it lies on it."""

    line: int
    at_m: float
    geometry: LineString

    @property
    def ends(self) -> tuple[Point, Point]:
        return self.geometry.coords[0], self.geometry.coords[-1]


class Groups:
    """Disjoint sets with path halving."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def find(self, item: Hashable) -> Hashable:
        parent = self._parent.setdefault(item, item)
        while parent != item:
            self._parent[item] = self._parent.setdefault(parent, parent)
            item, parent = parent, self._parent[parent]
        return item

    def join(self, a: Hashable, b: Hashable) -> bool:
        """Unite the sets of a and b; False if they were one already."""
        a, b = self.find(a), self.find(b)
        self._parent[a] = b
        return a != b


def lead_on(lines: list[Line]) -> list[Line]:
    """Return the lines with loose ends led on to the next road, where one is near."""
    roads = [line.geometry for line in lines if line.rank != "cycleway"]
    tree = STRtree(roads)
    return [
        replace(line, geometry=_lead_ends(line.geometry, tree, roads)) if line.leads_on else line
        for line in lines
    ]


def _lead_ends(street: LineString, tree: STRtree, roads: list[LineString]) -> LineString:
    coords = list(street.coords)
    for _ in range(2):
        coords.reverse()
        (x0, y0), (x1, y1) = coords[-2], coords[-1]
        stretch = JOIN_M / max(1e-6, np.hypot(x1 - x0, y1 - y0))
        ray = LineString([(x1, y1), (x1 + (x1 - x0) * stretch, y1 + (y1 - y0) * stretch)])
        near = [roads[i] for i in tree.query(ray, predicate="intersects") if roads[i] is not street]
        hits = [
            ray.project(shapely.Point(xy))
            for road in near
            for xy in shapely.get_coordinates(ray.intersection(road))
        ]
        if hits:
            end = ray.interpolate(min(JOIN_M, min(hits) + 0.5))
            coords.append((end.x, end.y))
    return LineString(coords)


def cut_at_junctions(lines: list[Line]) -> list[Piece]:
    """Return all pieces between crossings, in order of line and place on it."""
    parts = shapely.get_parts(shapely.unary_union([line.geometry for line in lines], grid_size=0.05))
    tree = STRtree([line.geometry for line in lines])
    middles = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    owners = tree.nearest(middles)
    pieces = []
    for part, middle, owner in zip(parts, middles, owners, strict=True):
        along = lines[owner].geometry
        first, last = (along.project(shapely.Point(xy)) for xy in (part.coords[0], part.coords[-1]))
        at_m = along.project(middle)
        is_backward = first > last if abs(first - last) < along.length / 2 else first < last
        pieces.append(Piece(int(owner), round(at_m, 1), shapely.reverse(part) if is_backward else part))
    return sorted(
        merge_junctions(pieces), key=lambda piece: (piece.line, piece.at_m, piece.geometry.coords[0])
    )


def merge_junctions(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with junctions closer than 11 m made one; pieces inside a junction vanish."""
    ends = sorted({xy for piece in pieces for xy in piece.ends})
    points = shapely.points(ends)
    groups = Groups()
    for a, b in STRtree(points).query(points, predicate="dwithin", distance=SAME_JUNCTION_M).T:
        groups.join(int(a), int(b))
    members: dict[Hashable, list[int]] = defaultdict(list)
    for i in range(len(ends)):
        members[groups.find(i)].append(i)
    centre: dict[Point, Point] = {}
    for group in members.values():
        x, y = np.mean([ends[i] for i in group], axis=0).tolist()
        mean = (round(x, 2), round(y, 2))
        centre.update((ends[i], mean) for i in group)
    merged = []
    for piece in pieces:
        start, end = centre[piece.ends[0]], centre[piece.ends[1]]
        if start != end or piece.geometry.length > 4 * SAME_JUNCTION_M:
            inner = [
                xy
                for xy in piece.geometry.coords[1:-1]
                if min(np.hypot(xy[0] - p[0], xy[1] - p[1]) for p in (start, end)) > 5.0
            ]
            merged.append(replace(piece, geometry=LineString([start, *inner, end])))
    return _without_doubles(merged)


def _without_doubles(pieces: list[Piece]) -> list[Piece]:
    """Drop a piece that joins the same two junctions as another of about the same length."""
    seen: set[tuple[Point, Point, int]] = set()
    kept = []
    for piece in pieces:
        key = (min(piece.ends), max(piece.ends), round(piece.geometry.length / 30))
        if key not in seen:
            seen.add(key)
            kept.append(piece)
    return kept


def thin_out(pieces: list[Piece], lines: list[Line], share: float, rng: Random) -> list[Piece]:
    """Drop a share of the traced pieces, and all short stubs, without cutting the network in two.

    Missing links make the larger blocks and the T-junctions of a grown town.
    """
    tree = Groups()
    order = sorted(pieces, key=lambda piece: (not lines[piece.line].is_drawn, rng.random()))
    is_tree = {id(piece): tree.join(*piece.ends) for piece in order}
    kept = [
        piece for piece in pieces if lines[piece.line].is_drawn or is_tree[id(piece)] or rng.random() > share
    ]
    for _ in range(4):
        degree = Counter(xy for piece in kept for xy in piece.ends)
        kept = [piece for piece in kept if not _is_stub(piece, lines, degree)]
    return largest_part(kept)


def _is_stub(piece: Piece, lines: list[Line], degree: Counter[Point]) -> bool:
    is_loose = min(degree[xy] for xy in piece.ends) == 1
    limit_m = 30.0 if lines[piece.line].is_drawn else SHORT_STUB_M
    return is_loose and piece.geometry.length < limit_m


def largest_part(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces of the connected part that has most of them."""
    pieces = list(pieces)
    groups = Groups()
    for piece in pieces:
        groups.join(*piece.ends)
    sizes = Counter(groups.find(piece.ends[0]) for piece in pieces)
    biggest = max(sizes, key=lambda group: (sizes[group], group))
    return [piece for piece in pieces if groups.find(piece.ends[0]) == biggest]
