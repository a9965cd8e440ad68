"""An area drawn from the junctions within reach."""

import numpy as np
import shapely

from dispatch.geo.reach import area_of


def grid(size: int, step: float = 0.0005, hole: int = 0) -> np.ndarray:
    """Junctions about 40 to 55 m apart, without a square of `hole` in the middle."""
    low, high = (size - hole) // 2, (size + hole) // 2
    return np.array([
        (8.5 + i * step, 49.5 + j * step)
        for i in range(size) for j in range(size) if not (low <= i < high and low <= j < high)
    ])


def test_the_area_covers_what_is_reached_and_little_more():
    points = grid(20)
    area = area_of(points, 49.5)
    assert area.is_valid
    assert all(area.covers(shapely.Point(point)) for point in points)
    assert area.area < 1.6 * shapely.MultiPoint(points).convex_hull.area


def test_a_lake_stays_out_and_a_courtyard_does_not():
    assert sum(len(part.interiors) for part in area_of(grid(40, hole=16), 49.5).geoms) == 1
    assert sum(len(part.interiors) for part in area_of(grid(40, hole=3), 49.5).geoms) == 0


def test_nothing_within_reach_is_an_empty_area():
    assert area_of(np.zeros((0, 2)), 49.5).is_empty
