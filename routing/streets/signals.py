"""Count one wait for one junction: mappers put a signal on every stop line and crossing of it."""

import numpy as np
from numpy.typing import NDArray

from routing.streets.extract import SIGNAL_AHEAD, SIGNAL_BEHIND

ONE_JUNCTION_M = 40.0
"""Signals of one edge that are closer than this belong together and are green together [own]."""


def one_wait_per_junction(
    flags: NDArray[np.uint8], along_m: NDArray[np.float32], edge_start: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """`flags` without the signals that a rider reaches within ONE_JUNCTION_M after another on the same edge.

    A slot's SIGNAL_AHEAD stands at the point after it, its SIGNAL_BEHIND at its own point.
    """
    first, last = edge_start[:-1], edge_start[1:] - 1
    signal = (flags & SIGNAL_BEHIND) > 0
    signal[1:] |= (flags[:-1] & SIGNAL_AHEAD) > 0
    points = np.flatnonzero(signal)
    edge = np.searchsorted(edge_start, points, side="right") - 1
    near = (np.diff(edge) == 0) & (np.diff(along_m[points]) < ONE_JUNCTION_M)
    kept = flags.copy()
    later, earlier = points[1:][near], points[:-1][near]
    kept[later[later > first[edge[1:][near]]] - 1] &= ~np.uint8(SIGNAL_AHEAD)
    kept[earlier[earlier < last[edge[:-1][near]]]] &= ~np.uint8(SIGNAL_BEHIND)
    return kept
