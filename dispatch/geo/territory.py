"""Find where a town is in an extract: its densest part and the area its streets cover. Pure.

Extracts carry strays: a motorway or a river that a relation pulled in from 80 km away. So the area is the largest
connected patch of occupied cells, not the bounding box. Points are float64 arrays (n, 2) of (lon, lat) degrees.
"""

from __future__ import annotations

import numpy as np
import shapely
from scipy import ndimage

Bbox = tuple[float, float, float, float]

_DENSITY_CELL_DEG = 0.0025  # of latitude, about 280 m; three cells across make a neighbourhood
_AREA_CELL_DEG = 0.01  # about 1.1 km
_OCCUPIED = 8  # street vertices that make a cell part of the town
_MARGIN_DEG = 0.002  # about 220 m around the outermost street


def densest_point(points: np.ndarray) -> tuple[float, float]:
    """Return the mean of the points in the 3 x 3 cells that hold most of them."""
    cells = _cells(points, _DENSITY_CELL_DEG)
    grid = np.zeros(cells.max(axis=0) + 1, dtype=np.int64)
    np.add.at(grid, (cells[:, 0], cells[:, 1]), 1)
    around = ndimage.convolve(grid, np.ones((3, 3), dtype=np.int64), mode="constant")
    best = np.unravel_index(np.argmax(around), grid.shape)
    lon, lat = points[np.abs(cells - best).max(axis=1) <= 1].mean(axis=0)
    return float(lon), float(lat)


def main_area(vertices: np.ndarray) -> shapely.Polygon:
    """Return the convex hull, with a margin, of the streets in the largest connected patch."""
    cells = _cells(vertices, _AREA_CELL_DEG)
    grid = np.zeros(cells.max(axis=0) + 1, dtype=np.int64)
    np.add.at(grid, (cells[:, 0], cells[:, 1]), 1)
    patches, count = ndimage.label(grid >= _OCCUPIED, structure=np.ones((3, 3)))
    kept = vertices
    if count > 0:
        largest = 1 + int(np.argmax(ndimage.sum(grid, patches, range(1, count + 1))))
        kept = vertices[patches[cells[:, 0], cells[:, 1]] == largest]
    return shapely.MultiPoint(kept).convex_hull.buffer(_MARGIN_DEG, quad_segs=2).simplify(_MARGIN_DEG / 4)


def _cells(points: np.ndarray, degrees_lat: float) -> np.ndarray:
    """Return the (n, 2) int64 index of the cell each point is in; cells are square on the ground."""
    stretch = max(np.cos(np.radians(points[:, 1].mean())), 0.05)
    return ((points - points.min(axis=0)) / (degrees_lat / stretch, degrees_lat)).astype(np.int64)
