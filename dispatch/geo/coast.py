"""Make the sea: OpenStreetMap draws only its shore, as lines with the water on their right. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from .territory import Bbox

_JOINED_DEG = 0.005
_ASIDE_DEG = 1e-6  # about 10 cm: to the side of a shore, still this side of everything else


def sea(shores: Iterable[Sequence[tuple[float, float]]], bounds: Bbox) -> list[shapely.Polygon]:
    """Return the parts of `bounds` that are sea; [] without a shore, or where the shore does not divide the box."""
    box = shapely.box(*bounds)
    lines = [shapely.LineString(shore) for shore in shores if len(shore) >= 2]
    clipped = shapely.get_parts(shapely.intersection(lines, box)) if lines else []
    pieces = [piece for piece in clipped if isinstance(piece, shapely.LineString) and piece.length > 0]
    if not pieces:
        return []
    edges = shapely.node(shapely.union_all([*pieces, *_joints(pieces, box), box.boundary]))
    divided = shapely.polygonize([*shapely.get_parts(edges)])
    wet, dry = _sides(pieces)
    return [
        part
        for part in shapely.get_parts(divided)
        if shapely.contains(part, wet).sum() > shapely.contains(part, dry).sum()
    ]


def _joints(pieces: Sequence[shapely.LineString], box: shapely.Polygon) -> list[shapely.LineString]:
    """Return straight lines from loose ends to the edge of the map: extracts cut shores a little inside it."""
    counts = Counter(end for piece in pieces for end in (piece.coords[0], piece.coords[-1]))
    loose = [shapely.Point(end) for end, count in counts.items() if count == 1]
    ways = [shapely.shortest_line(end, box.boundary) for end in loose]
    return [way for way in ways if 0 < way.length <= _JOINED_DEG]


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
