"""What can be reached in so many minutes: an area to draw, from the junctions that `routing.streets` reaches. Pure."""

from __future__ import annotations

from math import cos, radians

import numpy as np
import shapely
from numpy.typing import NDArray

CELL_M = 60.0
"""Grain of the area: about a block of houses, whose inside is reached from the streets around it."""

DISC_M = 110.0
"""So far from a junction a door is counted as reached."""

WIDE_M = 450.0
"""A gap as wide as this is a lake or a hill; a smaller one is a courtyard or a park, and filled."""

CLOSED_M = 120.0
"""Half the width of a gap that is closed."""

_METRES_PER_DEGREE = 111_195.0


def area_of(lonlat: NDArray[np.float64], centre_lat: float) -> shapely.Geometry:
    """The area around these places (n, 2) in degrees: everything near one of them.

    Empty where there are no places. Gaps are closed, edges are soft.
    """
    if not len(lonlat):
        return shapely.MultiPolygon()
    scale = np.array([cos(radians(centre_lat)), 1.0]) * _METRES_PER_DEGREE
    cells = np.unique(np.floor(np.asarray(lonlat) * scale / CELL_M).astype(np.int64), axis=0)
    discs = shapely.buffer(shapely.points((cells + 0.5) * CELL_M), DISC_M, quad_segs=3)
    soft = shapely.union_all(discs).buffer(CLOSED_M, quad_segs=3).buffer(-CLOSED_M, quad_segs=3).simplify(CELL_M / 6)
    filled = [_filled(part) for part in shapely.get_parts(soft) if isinstance(part, shapely.Polygon)]
    return shapely.transform(shapely.MultiPolygon(filled), lambda metres: metres / scale)


def _filled(part: shapely.Polygon) -> shapely.Polygon:
    return shapely.Polygon(part.exterior, [hole for hole in part.interiors if _is_wide(hole)])


def _is_wide(hole: shapely.LinearRing) -> bool:
    """Whether a gap stays."""
    return bool(shapely.Polygon(hole).area > WIDE_M**2)
