"""Make the sea: OpenStreetMap draws only its shore, as lines with the water on their right. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import cos, radians

import numpy as np
import shapely

from .territory import Bbox

_JOINED_DEG = 0.005
_GAP_DEG = 0.0018  # about 200 m of quay that an extract left out between two pieces of one shore
_HEADING_DEG = 0.002  # so much of a shore's end says where it was going
_ASIDE_DEG = 1e-6  # about 10 cm: to the side of a shore, still this side of everything else


def sea(shores: Iterable[Sequence[tuple[float, float]]], bounds: Bbox) -> list[shapely.Polygon]:
    """Return the parts of `bounds` that are sea; [] without a shore, or where the shore does not divide the box."""
    box = shapely.box(*bounds)
    lines = [shapely.LineString(shore) for shore in shores if len(shore) >= 2]
    clipped = shapely.get_parts(shapely.intersection(lines, box)) if lines else []
    pieces = [piece for piece in clipped if isinstance(piece, shapely.LineString) and piece.length > 0]
    if not pieces:
        return []
    pieces += _bridges(pieces)
    edges = shapely.node(shapely.union_all([*pieces, *_joints(pieces, box), box.boundary]))
    divided = shapely.polygonize([*shapely.get_parts(edges)])
    wet, dry = _sides(pieces)
    return [
        part
        for part in shapely.get_parts(divided)
        if shapely.contains(part, wet).sum() > shapely.contains(part, dry).sum()
    ]


def _bridges(pieces: Sequence[shapely.LineString]) -> list[shapely.LineString]:
    """Return straight lines over small gaps, from where one piece ends to where the next begins, the nearest first.

    Only an end and a beginning belong together: then the water stays on the same side.
    """
    ends, starts = _loose(pieces)
    pairs = sorted(
        (end.distance(start), i, j)
        for i, (end, piece) in enumerate(ends)
        for j, (start, other) in enumerate(starts)
        if piece is not other
    )
    bridges, used_ends, used_starts = [], set(), set()
    for gap, i, j in pairs:
        if 0 < gap <= _GAP_DEG and i not in used_ends and j not in used_starts:
            used_ends.add(i)
            used_starts.add(j)
            bridges.append(shapely.LineString([ends[i][0], starts[j][0]]))
    return bridges


def _joints(pieces: Sequence[shapely.LineString], box: shapely.Polygon) -> list[shapely.LineString]:
    """Return straight lines from loose ends to the edge of the map: extracts cut shores a little inside it."""
    ends, starts = _loose(pieces)
    heading = [(end, piece.interpolate(-_HEADING_DEG)) for end, piece in ends]
    heading += [(start, piece.interpolate(_HEADING_DEG)) for start, piece in starts]
    ways = [_way_out(at, before, box) for at, before in heading if at.distance(box.boundary) > _ASIDE_DEG]
    return [way for way in ways if way is not None]


def _way_out(at: shapely.Point, before: shapely.Point, box: shapely.Polygon) -> shapely.LineString | None:
    """Return the line from `at` to an edge of the map; the edge ahead of the shore wins over a nearer one beside it."""
    narrow = np.array([cos(radians(at.y)), 1.0])
    ahead = np.array([at.x - before.x, at.y - before.y]) * narrow
    costs = []
    for side in _edges(box):
        way = shapely.shortest_line(at, side)
        out = (shapely.get_coordinates(way)[1] - [at.x, at.y]) * narrow
        length, straight = np.hypot(*out), np.hypot(*ahead)
        along = float(out @ ahead / (length * straight)) if length and straight else 0.0
        if way.length <= _JOINED_DEG:
            costs.append((length * (1.1 - along), way))
    return min(costs, key=lambda cost: cost[0])[1] if costs else None


def _edges(box: shapely.Polygon) -> list[shapely.LineString]:
    corners = list(box.exterior.coords)
    return [shapely.LineString(pair) for pair in zip(corners, corners[1:], strict=False)]


def _loose(
    pieces: Sequence[shapely.LineString],
) -> tuple[list[tuple[shapely.Point, shapely.LineString]], list[tuple[shapely.Point, shapely.LineString]]]:
    """Return the ends, and the beginnings, that no other piece goes on from, each with its piece."""
    firsts = {piece.coords[0] for piece in pieces}
    lasts = {piece.coords[-1] for piece in pieces}
    ends = [(shapely.Point(p.coords[-1]), p) for p in pieces if p.coords[-1] not in firsts]
    starts = [(shapely.Point(p.coords[0]), p) for p in pieces if p.coords[0] not in lasts]
    return ends, starts


def _sides(pieces: Sequence[shapely.LineString]) -> tuple[np.ndarray, np.ndarray]:
    """Return points just right (water) and just left (land) of the middle of every shore segment."""
    starts, ends = [], []
    for piece in pieces:
        coordinates = shapely.get_coordinates(piece)
        starts.append(coordinates[:-1])
        ends.append(coordinates[1:])
    start, end = np.concatenate(starts), np.concatenate(ends)
    along = end - start
    across = np.column_stack((along[:, 1], -along[:, 0])) / np.hypot(along[:, 0], along[:, 1])[:, None]
    middle = (start + end) / 2
    return shapely.points(middle + across * _ASIDE_DEG), shapely.points(middle - across * _ASIDE_DEG)
