"""Lines of equal height over a grid."""

import numpy as np
import pytest
import shapely

from dispatch.demo.elevation import write_elevation
from dispatch.geo.contours import contours, lines_at


def cone(size: int = 41) -> np.ndarray:
    """A hill of 100 m whose height falls by 5 m with every cell from the middle."""
    middle = size // 2
    row, column = np.mgrid[0:size, 0:size]
    return 100.0 - 5.0 * np.hypot(row - middle, column - middle)


def test_a_hill_has_one_closed_ring_at_its_true_distance():
    [ring] = lines_at(cone(), 50.0)
    assert ring.is_closed
    distances = [shapely.Point(20, 20).distance(shapely.Point(point)) for point in ring.coords]
    assert distances == pytest.approx([10.0] * len(distances), abs=0.05)


def test_two_hills_and_a_saddle_have_lines_that_never_cross():
    row, column = np.mgrid[0:30, 0:30]
    heights = np.sin(row / 4.0) * np.cos(column / 5.0) * 40.0
    lines = [line for level in (-30, -10, 0.5, 10, 30) for line in lines_at(heights, level)]
    assert len(lines) > 5
    assert all(line.is_simple for line in lines)
    assert not any(a.crosses(b) for index, a in enumerate(lines) for b in lines[:index])


def test_unknown_heights_and_plains_have_no_lines():
    heights = cone()
    heights[:, :20] = np.nan
    [half] = lines_at(heights, 50.0)
    assert not half.is_closed
    assert lines_at(np.zeros((9, 9)), 10.0) == []


def test_the_demo_towns_hill_is_drawn(tmp_path):
    tile = write_elevation(tmp_path)
    south, west = float(tile.name[1:3]), float(tile.name[4:7])
    south = -south if tile.name[0] == "S" else south
    west = -west if tile.name[3] == "W" else west
    found = list(contours(tmp_path, (west, south, west + 1, south + 1)))
    assert found
    assert {contour.height_m % 10 for contour in found} == {0}
    assert any(contour.is_major for contour in found)
