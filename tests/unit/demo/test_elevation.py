"""The synthetic height tile is what SRTM readers expect."""

from pathlib import Path

import numpy as np

from dispatch.demo import plan
from dispatch.demo.elevation import write_elevation
from dispatch.demo.terrain import height_m, lon_lat


def test_tile_has_the_hill_where_the_map_has_it(tmp_path: Path):
    path = write_elevation(tmp_path)
    assert path.name == "N44W038.hgt"
    grid = np.frombuffer(path.read_bytes(), dtype=">i2").reshape(1201, 1201)
    lon, lat = lon_lat(*plan.HILL)
    row, column = round((45 - lat) * 1200), round((lon + 38) * 1200)
    assert abs(grid[row, column] - height_m(*plan.HILL)) < 6
    assert grid[0, 0] == 0
