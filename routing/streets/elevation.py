"""Heights and grades from a folder of SRTM tiles (`N49E008.hgt`, or the same inside `.hgt.zip`). numpy only.

Source of the format: NASA SRTM documentation: big-endian int16 metres in rows from north to south, 1201 or 3601
a side, edges shared with the neighbours, -32768 where nothing was measured.
"""

import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.streets.errors import BadElevation

VOID = -32768
GRADE_BASE_M = 60.0
"""Grades are taken over at least this distance: below it, the noise of a 90 m model looks like ramps."""
MAX_GRADE_PERMILLE = 150

Floats = NDArray[np.float64]


class Elevation:
    """Heights at points, from tiles that are read when first needed; NaN where there is no tile or a void."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadElevation(f"{folder}: no such folder")
        self._folder = folder
        self._tiles: dict[tuple[int, int], NDArray[np.int16] | None] = {}

    def heights_m(self, lon: Floats, lat: Floats) -> Floats:
        """Height above sea level in metres of each point, bilinear between samples; voids take their neighbours."""
        heights = np.full(len(lon), np.nan)
        west, south = np.floor(lon).astype(int), np.floor(lat).astype(int)
        for x, y in {(int(x), int(y)) for x, y in zip(west, south, strict=True)}:
            tile = self._tile(x, y)
            if tile is not None:
                here = (west == x) & (south == y)
                heights[here] = _bilinear(tile, lon[here] - x, lat[here] - y)
        return heights

    def _tile(self, west: int, south: int) -> NDArray[np.int16] | None:
        if (west, south) not in self._tiles:
            self._tiles[west, south] = self._read(west, south)
        return self._tiles[west, south]

    def _read(self, west: int, south: int) -> NDArray[np.int16] | None:
        name = f"{'N' if south >= 0 else 'S'}{abs(south):02d}{'E' if west >= 0 else 'W'}{abs(west):03d}"
        for path in sorted(self._folder.iterdir()):
            if path.name.upper() not in (f"{name}.HGT", f"{name}.HGT.ZIP"):
                continue
            data = _unzip(path) if path.suffix.lower() == ".zip" else path.read_bytes()
            side = math.isqrt(len(data) // 2)
            if side < 2 or side * side * 2 != len(data):
                raise BadElevation(f"{path}: {len(data)} bytes are no square SRTM tile")
            return np.frombuffer(data, dtype=">i2").reshape(side, side).astype(np.int16)
        return None


def _unzip(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            inner = [item for item in archive.infolist() if item.filename.lower().endswith(".hgt")]
            if len(inner) != 1 or inner[0].file_size > 100_000_000:
                raise BadElevation(f"{path}: expected one .hgt tile inside")
            return archive.read(inner[0])
    except (zipfile.BadZipFile, OSError) as error:
        raise BadElevation(f"{path}: not a readable zip file ({error})") from error


def _bilinear(tile: NDArray[np.int16], x: Floats, y: Floats) -> Floats:
    """Weighted mean of the four samples around each point; voids are left out of the mean."""
    side = len(tile) - 1
    column, row = x * side, (1.0 - y) * side
    left, top = np.minimum(column.astype(int), side - 1), np.minimum(row.astype(int), side - 1)
    right_share, bottom_share = column - left, row - top
    total, weight = np.zeros(len(x)), np.zeros(len(x))
    for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
        sample = tile[top + down, left + across].astype(np.float64)
        share = (bottom_share if down else 1 - bottom_share) * (right_share if across else 1 - right_share)
        share = np.where(sample == VOID, 0.0, share)
        total += sample * share
        weight += share
    return np.where(weight > 1e-9, total / np.maximum(weight, 1e-9), np.nan)


def grades_permille(elevation: Elevation, start: Floats, end: Floats, length_m: Floats) -> Floats:
    """Rise per mille of each segment from `start` to `end`, (n, 2) lon/lat; NaN where the height is unknown.

    A segment shorter than GRADE_BASE_M is measured on that base around its middle, in its own direction.
    """
    stretch = np.maximum(GRADE_BASE_M / np.maximum(length_m, 0.1), 1.0)[:, None] / 2
    middle, half = (start + end) / 2, (end - start) * stretch
    low, high = middle - half, middle + half
    rise = elevation.heights_m(high[:, 0], high[:, 1]) - elevation.heights_m(low[:, 0], low[:, 1])
    grades = 1000.0 * rise / np.maximum(length_m, GRADE_BASE_M)
    return np.asarray(np.clip(np.where(length_m > 0, grades, 0.0), -MAX_GRADE_PERMILLE, MAX_GRADE_PERMILLE))
