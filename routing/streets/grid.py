"""A sparse grid over all segments, so that the streets near a point are found without looking at the others.

Cells are at least CELL_M wide and high. A segment is listed in every cell that one of its samples, at most a quarter
of a cell apart, falls into; so whoever looks at all cells within `rings` of a point sees every segment that is
nearer than `reach_m(rings)`.
"""

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import E7, METRES_PER_DEGREE

CELL_M = 60.0
_SAMPLE_M = CELL_M / 4
_ROW = 1 << 32
"""A cell's key is row * _ROW + column."""


def reach_m(rings: int) -> float:
    """Distance within which a search of that many rings of cells misses nothing."""
    return rings * CELL_M - _SAMPLE_M / 2


def rings_for(distance_m: float) -> int:
    """Rings that a search up to that distance needs."""
    return int(np.ceil((distance_m + _SAMPLE_M / 2) / CELL_M))


def _cell_size_e7(max_abs_latitude: float) -> tuple[float, float]:
    height = CELL_M / METRES_PER_DEGREE / E7
    return height / max(float(np.cos(np.radians(max_abs_latitude))), 0.01), height


def build_cells(
    point: NDArray[np.int32], has_segment: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """(cell_key, cell_start, cell_slot): sorted keys, with the last entry holding the width's latitude in 1e-7 degrees.

    Slots of cell k are `cell_slot[cell_start[k] : cell_start[k + 1]]`.
    """
    slots = np.flatnonzero(has_segment)
    start, end = point[slots].astype(np.float64), point[slots + 1].astype(np.float64)
    latitude = float(np.abs(point[:, 1]).max()) * E7
    size = np.array(_cell_size_e7(latitude))
    samples = np.ceil((np.abs(end - start) / size).max(axis=1) * 4).astype(np.int64) + 1
    owner = np.repeat(np.arange(len(slots)), samples)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(samples) - samples, samples)
    share = (step / np.maximum(samples[owner] - 1, 1))[:, None]
    cell = np.floor((start[owner] + (end - start)[owner] * share) / size).astype(np.int64)
    keys = cell[:, 1] * _ROW + cell[:, 0]
    listed = np.unique(np.column_stack([keys, slots[owner]]), axis=0)
    cell_key, first = np.unique(listed[:, 0], return_index=True)
    cell_start = np.append(first, len(listed)).astype(np.int32)
    return np.append(cell_key, int(latitude / E7)), cell_start, listed[:, 1].astype(np.int32)


def slots_near(
    cells: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]], lonlat: NDArray[np.float64], rings: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(point index, slot) for every slot in the cells around each point, grouped by point; a slot may come twice."""
    cell_key, cell_start, cell_slot = cells
    size = np.array(_cell_size_e7(float(cell_key[-1]) * E7))
    home = np.floor(lonlat / E7 / size).astype(np.int64)
    reach = np.arange(-rings, rings + 1)
    around = (reach[:, None] * _ROW + reach[None, :]).ravel()
    wanted = ((home[:, 1] * _ROW + home[:, 0])[:, None] + around).ravel()
    known = cell_key[:-1]
    place = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    hit = np.flatnonzero(known[place] == wanted)
    place = place[hit]
    first, count = cell_start[place], cell_start[place + 1] - cell_start[place]
    inside = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(hit // len(around), count), cell_slot[np.repeat(first, count) + inside]
