"""Lines of equal height over a town, for the map: marching squares over a grid of heights. Pure but for the tiles read.

Source of the method: Lorensen and Cline, Marching Cubes, 1987, in two dimensions; a saddle is cut into two corners.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, cos, radians
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.streets.elevation import Elevation

GRID_M = 60.0
"""About the grain of SRTM's finer tiles times two: finer lines would draw their noise."""

STEPS_M = ((150, 10), (600, 20), (float("inf"), 50))
"""Metres between two lines for a town whose heights differ by at most so many metres."""

MAJOR_EVERY = 5
SHORTEST_M = 250.0
METRES_PER_DEGREE = 111_195.0

Floats = NDArray[np.float64]
Bbox = tuple[float, float, float, float]

# Corners above the line (1 south-west, 2 south-east, 4 north-east, 8 north-west) to the sides it crosses.
SOUTH, EAST, NORTH, WEST = range(4)
CROSSED: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((WEST, SOUTH),), 2: ((SOUTH, EAST),), 3: ((WEST, EAST),), 4: ((EAST, NORTH),), 6: ((SOUTH, NORTH),),
    5: ((WEST, SOUTH), (EAST, NORTH)), 10: ((SOUTH, EAST), (NORTH, WEST)), 7: ((WEST, NORTH),), 8: ((NORTH, WEST),),
    9: ((NORTH, SOUTH),), 11: ((NORTH, EAST),), 12: ((WEST, EAST),), 13: ((SOUTH, EAST),), 14: ((WEST, SOUTH),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contour:
    """One line at `height_m`; every fifth is major."""

    height_m: int
    is_major: bool
    line: shapely.LineString


def contours(elevation_dir: Path, bounds: Bbox) -> Iterator[Contour]:
    """The lines within west, south, east, north in degrees; none where no height is known or the town is flat."""
    west, south, east, north = bounds
    step_lat = GRID_M / METRES_PER_DEGREE
    step_lon = step_lat / cos(radians((south + north) / 2))
    lon = west + step_lon * np.arange(ceil((east - west) / step_lon) + 1)
    lat = south + step_lat * np.arange(ceil((north - south) / step_lat) + 1)
    across, up = np.meshgrid(lon, lat)
    heights = Elevation(elevation_dir).heights_m(across.ravel(), up.ravel()).reshape(across.shape)
    smooth = _smooth(heights)
    if not np.isfinite(smooth).any():
        return
    low, high = float(np.nanmin(smooth)), float(np.nanmax(smooth))
    step_m = next(step for relief, step in STEPS_M if high - low <= relief)
    for level in range(ceil(low / step_m) * step_m, ceil(high), step_m):
        for line in lines_at(smooth, float(level)):
            degrees = shapely.transform(line, lambda cells: cells * (step_lon, step_lat) + (west, south))
            if line.length * GRID_M >= SHORTEST_M:
                yield Contour(level, level % (MAJOR_EVERY * step_m) == 0, degrees.simplify(step_lat / 10))


def lines_at(heights: Floats, level: float) -> list[shapely.LineString]:
    """Lines where a grid of heights (rows northwards) crosses a level, in cells; nothing beside unknown heights."""
    corners = heights[:-1, :-1], heights[:-1, 1:], heights[1:, 1:], heights[1:, :-1]
    known = np.isfinite(corners[0] + corners[1] + corners[2] + corners[3])
    above = sum((corner >= level).astype(np.int8) << bit for bit, corner in enumerate(corners))
    parts = []
    for case, pairs in CROSSED.items():
        row, column = np.nonzero((above == case) & known)
        at = [corner[row, column] for corner in corners]
        for first, second in pairs:
            ends = [_crossing(side, (row, column), at, level) for side in (first, second)]
            parts.append(np.stack(ends, axis=1))
    segments = np.concatenate(parts)
    if not len(segments):
        return []
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(segments)))
    return [part for part in shapely.get_parts(merged) if part.length > 0]


def _crossing(side: int, cell: tuple[NDArray[Any], NDArray[Any]], at: list[Floats], level: float) -> Floats:
    """Where the level crosses a side of each cell, (n, 2). Neighbours compute the same numbers, so that lines meet."""
    row, column = cell
    south_west, south_east, north_east, north_west = at
    from_, to = {
        SOUTH: (south_west, south_east), NORTH: (north_west, north_east),
        WEST: (south_west, north_west), EAST: (south_east, north_east),
    }[side]  # fmt: skip
    share = (level - from_) / (to - from_)
    if side in (SOUTH, NORTH):
        return np.stack([column + share, row + (side == NORTH)], axis=1)
    return np.stack([column + (side == EAST), row + share], axis=1)


def _smooth(heights: Floats) -> Floats:
    """Each height as the mean of itself and its eight neighbours; unknown beside unknown ones."""
    padded = np.pad(heights, 1, mode="edge")
    rows, columns = heights.shape
    total = sum(padded[j : j + rows, i : i + columns] for j in range(3) for i in range(3))
    return np.asarray(total / 9.0)
