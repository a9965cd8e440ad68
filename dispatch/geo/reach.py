"""What can be reached in so many minutes: an area to draw, from the junctions that `routing.streets` reaches. Pure."""

from __future__ import annotations

from math import cos, radians

import numpy as np
import shapely
from numpy.typing import NDArray

CELL_M = 60.0
"""Grain of the area: about a block of houses, whose inside is reached from the streets around it."""

_METRES_PER_DEGREE = 111_195.0


def area_of(lonlat: NDArray[np.float64], centre_lat: float) -> shapely.Geometry:
    """The area around these places (n, 2) in degrees: everything within a cell or two of one, with soft edges.

    Empty where there are no places.
    """
    if not len(lonlat):
        return shapely.MultiPolygon()
    scale = np.array([cos(radians(centre_lat)), 1.0]) * _METRES_PER_DEGREE
    cells = np.unique(np.floor(np.asarray(lonlat) * scale / CELL_M).astype(np.int64), axis=0)
    low = cells * CELL_M - CELL_M
    boxes = shapely.box(low[:, 0], low[:, 1], low[:, 0] + 3 * CELL_M, low[:, 1] + 3 * CELL_M)
    soft = shapely.union_all(boxes).buffer(CELL_M, quad_segs=3).buffer(-1.5 * CELL_M, quad_segs=3).simplify(CELL_M / 6)
    filled = [_filled(part) for part in shapely.get_parts(soft) if isinstance(part, shapely.Polygon)]
    return shapely.transform(shapely.MultiPolygon(filled), lambda metres: metres / scale)


def _filled(part: shapely.Polygon) -> shapely.Polygon:
    return shapely.Polygon(part.exterior, [hole for hole in part.interiors if _is_wide(hole)])


def _is_wide(hole: shapely.LinearRing) -> bool:
    """Whether a gap is a hill or a lake rather than a courtyard."""
    return bool(shapely.Polygon(hole).area > (6 * CELL_M) ** 2)
