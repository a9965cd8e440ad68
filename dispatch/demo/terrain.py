"""Land, water and height of the demo town, derived from the plan. Pure; metres."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from shapely import LineString, Point, Polygon, box, unary_union
from shapely.affinity import rotate, scale

from dispatch.demo import plan
from dispatch.demo.curves import smooth, smooth_area


@dataclass(frozen=True)
class Terrain:
    """Everything that was there before the streets."""

    @cached_property
    def sheet(self) -> Polygon:
        """The map sheet; nothing is drawn beyond it."""
        return box(0, 0, plan.WIDTH_M, plan.HEIGHT_M)

    @cached_property
    def river_line(self) -> LineString:
        return smooth(plan.RIVER)

    @cached_property
    def river(self) -> Polygon:
        """River surface; a little wider at the island, which is cut out of it."""
        widened = scale(Point(plan.ISLAND).buffer(1.0), 95, 44)
        around = rotate(widened, 4, origin=plan.ISLAND)
        surface = unary_union([self.river_line.buffer(plan.RIVER_WIDTH_M / 2), around])
        return surface.buffer(25).buffer(-25).intersection(self.sheet).simplify(0.6)

    @cached_property
    def island(self) -> Polygon:
        return rotate(scale(Point(plan.ISLAND).buffer(1.0, quad_segs=8), 62, 13), 4, origin=plan.ISLAND)

    @cached_property
    def brook(self) -> LineString:
        return smooth(plan.BROOK)

    @cached_property
    def pond(self) -> Polygon:
        return scale(Point(plan.POND).buffer(1.0, quad_segs=6), 34, 20)

    @cached_property
    def railway(self) -> LineString:
        return smooth(plan.RAILWAY, step_m=25)

    @cached_property
    def ring(self) -> LineString:
        return smooth(plan.RING, closed=True)

    @cached_property
    def centre(self) -> Polygon:
        return Polygon(self.ring)

    @cached_property
    def built_up(self) -> Polygon:
        return smooth_area(plan.BUILT_UP, step_m=30)

    @cached_property
    def hilltop(self) -> Polygon:
        """The wooded top with the castle; no streets are laid out there."""
        return scale(Point(plan.HILL).buffer(1.0, quad_segs=10), 118, 92)


def height_m(x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray | float:
    """Height above the sea at points of the plane: a valley floor that rises to the north, and the hill."""
    away = np.hypot(x - plan.HILL[0], y - plan.HILL[1])
    hill = plan.HILL_HEIGHT_M * np.exp(-((away / plan.HILL_SPREAD_M) ** 2) / 2)
    return 24.0 + 0.012 * np.maximum(0.0, y - 900.0) + hill


def slope_percent(line: LineString) -> float:
    """Mean rise of a line from its start to its end, in percent."""
    (x0, y0), (x1, y1) = line.coords[0], line.coords[-1]
    return 100.0 * float(height_m(x1, y1) - height_m(x0, y0)) / max(1.0, line.length)


def lon_lat(x: float, y: float) -> tuple[float, float]:
    """WGS 84 longitude and latitude of a point of the plane, to OSM's seven decimals."""
    metres_per_lon = 111_320.0 * math.cos(math.radians(plan.ORIGIN_LAT))
    return round(plan.ORIGIN_LON + x / metres_per_lon, 7), round(plan.ORIGIN_LAT + y / 111_132.0, 7)
