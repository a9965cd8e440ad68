"""Smooth lines through a few hand-set points. Pure; plain metres on the town's own plane."""

import numpy as np
from scipy.interpolate import CubicSpline
from shapely import LineString, Polygon

Point = tuple[float, float]


def smooth(points: list[Point], step_m: float = 14.0, closed: bool = False) -> LineString:
    """Return a line through `points` without corners, with a vertex about every `step_m`."""
    knots = np.array(points + points[:1] if closed else points, dtype=float)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(knots, axis=0).T))])
    spline = CubicSpline(along, knots, bc_type="periodic" if closed else "natural")
    fine = spline(np.linspace(0.0, along[-1], max(3, int(along[-1] / step_m) + 1)))
    fine[-1] = fine[0] if closed else fine[-1]
    return LineString(np.round(fine, 2))


def smooth_area(points: list[Point], step_m: float = 14.0) -> Polygon:
    """Return the area inside the smooth closed line through `points`."""
    return Polygon(smooth(points, step_m, closed=True))


def direction_rad(line: LineString, at_m: float) -> float:
    """Heading of the line around `at_m` metres from its start, in radians from east, anticlockwise."""
    before = line.interpolate(max(0.0, at_m - 2.0))
    after = line.interpolate(min(line.length, at_m + 2.0))
    return float(np.arctan2(after.y - before.y, after.x - before.x))
