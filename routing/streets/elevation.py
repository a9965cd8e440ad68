"""Heights and grades from a folder of SRTM tiles (`N49E008.hgt`, or the same inside `.hgt.zip`). numpy only.

Source of the format: NASA SRTM documentation: big-endian int16 metres in rows from north to south, 1201 or 3601
a side, edges shared with the neighbours, -32768 where nothing was measured.
"""

import math
import zipfile
import zlib
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

    def check_found(self) -> None:
        """BadElevation if there was no tile for any point asked for: the wrong folder would make a flat town of it."""
        if self._tiles and all(tile is None for tile in self._tiles.values()):
            names = ", ".join(_name(*corner) for corner in sorted(self._tiles)[:4])
            raise BadElevation(f"{self._folder}: no elevation tile of this town ({names}): add it or leave heights out")

    def _tile(self, west: int, south: int) -> NDArray[np.int16] | None:
        if (west, south) not in self._tiles:
            self._tiles[west, south] = self._read(west, south)
        return self._tiles[west, south]

    def _read(self, west: int, south: int) -> NDArray[np.int16] | None:
        name = _name(west, south)
        for path in sorted(self._folder.iterdir()):
            if path.name.upper() not in (f"{name}.HGT", f"{name}.HGT.ZIP") or not path.is_file():
                continue
            data = _unzip(path) if path.suffix.lower() == ".zip" else path.read_bytes()
            side = math.isqrt(len(data) // 2)
            if side < 2 or side * side * 2 != len(data):
                raise BadElevation(f"{path}: {len(data)} bytes are no square SRTM tile")
            return np.frombuffer(data, dtype=">i2").reshape(side, side).astype(np.int16)
        return None


def _name(west: int, south: int) -> str:
    return f"{'N' if south >= 0 else 'S'}{abs(south):02d}{'E' if west >= 0 else 'W'}{abs(west):03d}"


def _unzip(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            inner = [item for item in archive.infolist() if item.filename.lower().endswith(".hgt")]
            if len(inner) != 1 or inner[0].file_size > 100_000_000:
                raise BadElevation(f"{path}: expected one .hgt tile inside")
            return archive.read(inner[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
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


def grades_permille(elevation: Elevation, line: "Line") -> Floats:
    """Rise per mille of each slot along its edge, (P,); NaN where the height is unknown, 0 for empty slots.

    Heights are compared GRADE_BASE_M apart along the edge, around the middle of the slot; a shorter edge is drawn out
    straight at both ends. Bridges and tunnels, which leave the ground, rise evenly from end to end.
    """
    low, high = line.windows(GRADE_BASE_M)
    start, end = line.at(low), line.at(high)
    chord = np.maximum(high - low, 0.1)
    beyond = np.maximum(GRADE_BASE_M / chord - 1.0, 0.0)[:, None] / 2 * (end - start)
    start, end = start - beyond, end + beyond
    rise = elevation.heights_m(end[:, 0], end[:, 1]) - elevation.heights_m(start[:, 0], start[:, 1])
    grades = 1000.0 * rise / np.maximum(chord, GRADE_BASE_M)
    return np.asarray(np.clip(np.where(line.length_m > 0, grades, 0.0), -MAX_GRADE_PERMILLE, MAX_GRADE_PERMILLE))


class Line:
    """All edges laid end to end, with a gap between each two, so that places on them are single numbers in metres."""

    GAP_M = 1.0

    def __init__(
        self,
        lonlat: Floats,
        length_m: NDArray[np.float32],
        edge_start: NDArray[np.int32],
        off_ground: NDArray[np.bool_],
    ) -> None:
        """`lonlat` (P, 2), `length_m` (P,) and `off_ground` (P,) per slot; `edge_start` (E + 1,)."""
        self.length_m = length_m.astype(np.float64)
        self._lonlat = lonlat
        self._off_ground = off_ground
        step = self.length_m.copy()
        step[edge_start[1:] - 1] = self.GAP_M
        self._place = np.concatenate([[0.0], np.cumsum(step[:-1])])
        size = np.diff(edge_start)
        self._first = np.repeat(self._place[edge_start[:-1]], size)
        self._last = np.repeat(self._place[edge_start[1:] - 1], size)

    def at(self, place: Floats) -> Floats:
        """(n, 2) lon/lat of places on the line."""
        return np.column_stack([np.interp(place, self._place, self._lonlat[:, axis]) for axis in (0, 1)])

    def windows(self, base_m: float) -> tuple[Floats, Floats]:
        """(from, to) of each slot: its own extent or `base_m` around its middle, within its edge; whole structures."""
        middle = self._place + self.length_m / 2
        half = np.maximum(self.length_m, base_m) / 2
        low, high = np.maximum(middle - half, self._first), np.minimum(middle + half, self._last)
        inside = np.flatnonzero(self._off_ground)
        if len(inside):
            begins = np.append(True, (np.diff(inside) > 1) | (self._first[inside[1:]] != self._first[inside[:-1]]))
            number = np.cumsum(begins) - 1
            starts = inside[begins]
            ends = inside[np.append(np.flatnonzero(begins)[1:], len(inside)) - 1]
            low[inside] = self._place[starts][number]
            high[inside] = (self._place[ends] + self.length_m[ends])[number]
        return low, high
