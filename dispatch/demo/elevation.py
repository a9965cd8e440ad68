"""Write the demo town's heights as one SRTM tile (`.hgt`, 3 arc seconds, big-endian metres)."""

import math
from pathlib import Path

import numpy as np

from dispatch.demo import plan
from dispatch.demo.terrain import height_m, lon_lat

SAMPLES = 1201


def write_elevation(folder: Path) -> Path:
    """Write the tile that covers the town into `folder` and return its path; the sea around is at 0 m."""
    south, west = math.floor(plan.ORIGIN_LAT), math.floor(plan.ORIGIN_LON)
    east_lon, north_lat = lon_lat(1000.0, 1000.0)
    x = (west + np.arange(SAMPLES) / (SAMPLES - 1) - plan.ORIGIN_LON) * 1000.0 / (east_lon - plan.ORIGIN_LON)
    y = (
        (south + 1 - np.arange(SAMPLES) / (SAMPLES - 1) - plan.ORIGIN_LAT)
        * 1000.0
        / (north_lat - plan.ORIGIN_LAT)
    )
    grid_x, grid_y = np.meshgrid(x, y)
    is_near = (abs(grid_x - plan.WIDTH_M / 2) < plan.WIDTH_M) & (
        abs(grid_y - plan.HEIGHT_M / 2) < plan.HEIGHT_M
    )
    heights = np.where(is_near, height_m(grid_x, grid_y), 0.0)
    hemispheres = "NS"[south < 0] + f"{abs(south):02d}" + "EW"[west < 0] + f"{abs(west):03d}"
    path = folder / f"{hemispheres}.hgt"
    path.write_bytes(np.round(heights).astype(">i2").tobytes())
    return path
