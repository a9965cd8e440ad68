"""Lay side streets as lines that follow river, ring, railway and hill.

Towns bend their streets along what was there first. A direction field blends those influences, and streets
are traced along it (or across it) at a wished spacing until they meet something. Pure; metres.
Idea: evenly spaced streamlines, Jobard and Lefer 1997; tensor fields for streets, Chen et al. 2008.
"""

import math
from collections import defaultdict
from random import Random

import numpy as np
import shapely
from shapely import LineString, Polygon

from dispatch.demo import plan
from dispatch.demo.curves import Point
from dispatch.demo.terrain import Terrain, height_m

CELL_M = 20.0
STEP_M = 9.0


class DirectionField:
    """Preferred street direction at every point, on a grid of 20 m cells.

    Directions have no sign (a street runs both ways), so they are kept and blended as double angles.
    """

    def __init__(self, terrain: Terrain, rng: Random):
        columns, rows = int(plan.WIDTH_M / CELL_M) + 1, int(plan.HEIGHT_M / CELL_M) + 1
        self.x, self.y = np.meshgrid(np.arange(columns) * CELL_M, np.arange(rows) * CELL_M)
        blended = 0.35 * np.exp(1j * self._wander(rng, 0.7))
        for line, reach_m, weight in ((terrain.river_line, 170.0, 1.5), (terrain.railway, 140.0, 1.4)):
            blended = blended + weight * self._along(line, reach_m)
        blended = blended + self._around_centre() + self._contours()
        self.double_angle = np.angle(blended) + self._wander(rng, 0.22)

    def _wander(self, rng: Random, size_rad: float) -> np.ndarray:
        """A slow random swing of the direction, shape (rows, columns)."""
        total = np.full(self.x.shape, 0.35)
        for wavelength_m in (1400.0, 800.0, 420.0):
            heading, phase = rng.uniform(0, math.tau), rng.uniform(0, math.tau)
            wave = (self.x * math.cos(heading) + self.y * math.sin(heading)) / wavelength_m
            total = total + size_rad * np.sin(math.tau * wave + phase)
        return total

    def _along(self, line: LineString, reach_m: float) -> np.ndarray:
        points = shapely.points(self.x, self.y)
        at_m = shapely.line_locate_point(line, points)
        ahead = shapely.line_interpolate_point(line, at_m + 10.0)
        back = shapely.line_interpolate_point(line, np.maximum(0.0, at_m - 10.0))
        angle = np.arctan2(
            shapely.get_y(ahead) - shapely.get_y(back), shapely.get_x(ahead) - shapely.get_x(back)
        )
        return np.exp(-shapely.distance(line, points) / reach_m) * np.exp(2j * angle)

    def _around_centre(self) -> np.ndarray:
        dx, dy = self.x - plan.OLD_CENTRE[0], self.y - plan.OLD_CENTRE[1]
        return (
            1.3
            * np.exp(-(((np.hypot(dx, dy) - 290.0) / 190.0) ** 2))
            * np.exp(2j * (np.arctan2(dy, dx) + math.pi / 2))
        )

    def _contours(self) -> np.ndarray:
        rise_y, rise_x = np.gradient(height_m(self.x, self.y), CELL_M)
        steepness = np.hypot(rise_x, rise_y)
        return 14.0 * steepness * np.exp(2j * (np.arctan2(rise_y, rise_x) + math.pi / 2))

    def angle_rad(self, at: Point) -> float:
        """Preferred direction at a point, one of its two senses."""
        row = min(max(int(at[1] / CELL_M + 0.5), 0), self.double_angle.shape[0] - 1)
        column = min(max(int(at[0] / CELL_M + 0.5), 0), self.double_angle.shape[1] - 1)
        return float(self.double_angle[row, column]) / 2.0


class Spacing:
    """Remembers where streets run, to keep new ones from running close beside them."""

    BUCKET_M = 40.0
    SAME_WAY_RAD = math.radians(38.0)

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, int], list[tuple[float, float, float]]] = defaultdict(list)

    def add(self, line: LineString) -> None:
        dense = line.segmentize(STEP_M)
        for (x0, y0), (x1, y1) in zip(dense.coords, dense.coords[1:], strict=False):
            bucket = self._buckets[int(x0 // self.BUCKET_M), int(y0 // self.BUCKET_M)]
            bucket.append((x0, y0, math.atan2(y1 - y0, x1 - x0)))

    def is_crowded(self, at: Point, heading_rad: float, within_m: float) -> bool:
        """True if a street of about the same direction passes within `within_m`."""
        reach = int(within_m // self.BUCKET_M) + 1
        column, row = int(at[0] // self.BUCKET_M), int(at[1] // self.BUCKET_M)
        for i in range(column - reach, column + reach + 1):
            for j in range(row - reach, row + reach + 1):
                for x, y, angle in self._buckets.get((i, j), ()):
                    if (x - at[0]) ** 2 + (y - at[1]) ** 2 < within_m**2 and self._is_same_way(
                        angle - heading_rad
                    ):
                        return True
        return False

    def _is_same_way(self, turn_rad: float) -> bool:
        folded = abs((turn_rad + math.pi / 2) % math.pi - math.pi / 2)
        return folded < self.SAME_WAY_RAD


class StreetTracer:
    """Traces side streets inside an area, keeping `spacing_m` between parallel ones."""

    def __init__(self, field: DirectionField, spacing: Spacing, area: Polygon, rng: Random):
        self.field, self.spacing, self.area, self.rng = field, spacing, area, rng
        self.free = shapely.contains_xy(area, field.x, field.y)

    def trace_all(self, spacing_m: tuple[float, float], max_length_m: float) -> list[LineString]:
        """Return streets from shuffled seeds; `spacing_m` holds the wish along and across the field."""
        rows, columns = np.nonzero(self.free)
        seeds = list(zip((columns * CELL_M).tolist(), (rows * CELL_M).tolist(), strict=True))
        self.rng.shuffle(seeds)
        streets = []
        for seed in seeds:
            for across in (0, 1):
                start = (seed[0] + self.rng.uniform(-9, 9), seed[1] + self.rng.uniform(-9, 9))
                street = self._trace(start, across, spacing_m[across], max_length_m)
                if street is not None and street.length > 1.3 * min(spacing_m):
                    self.spacing.add(street)
                    streets.append(street)
        return streets

    def _trace(self, start: Point, across: int, spacing_m: float, max_length_m: float) -> LineString | None:
        heading = self.field.angle_rad(start) + across * math.pi / 2
        if not self._is_free(start) or self.spacing.is_crowded(start, heading, spacing_m):
            return None
        ahead = self._walk(start, heading, spacing_m * 0.62, max_length_m / 2)
        back = self._walk(start, heading + math.pi, spacing_m * 0.62, max_length_m / 2)
        return LineString(back[::-1] + [start] + ahead).simplify(0.8) if ahead or back else None

    def _walk(self, start: Point, heading: float, clearance_m: float, max_length_m: float) -> list[Point]:
        points: list[Point] = []
        at = start
        while len(points) * STEP_M < max_length_m:
            angle = self.field.angle_rad(at)
            heading += self._smallest_turn(angle, heading)
            at = (at[0] + STEP_M * math.cos(heading), at[1] + STEP_M * math.sin(heading))
            if not self._is_free(at) or self.spacing.is_crowded(at, heading, clearance_m):
                break
            points.append(at)
        return points

    @staticmethod
    def _smallest_turn(angle: float, heading: float) -> float:
        """Turn towards the nearest of the field's four directions, at most 12 degrees a step."""
        turn = (angle - heading + math.pi / 4) % (math.pi / 2) - math.pi / 4
        return max(-0.21, min(0.21, turn))

    def _is_free(self, at: Point) -> bool:
        row, column = int(at[1] / CELL_M + 0.5), int(at[0] / CELL_M + 0.5)
        inside = 0 <= row < self.free.shape[0] and 0 <= column < self.free.shape[1]
        return inside and bool(self.free[row, column])
