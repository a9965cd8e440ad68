"""How far somebody rode, from the positions that a phone noted on the way. numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import METRES_PER_DEGREE

MOST_INACCURATE_M = 50
FASTEST_M_S = 15.0
"""Positions that the phone itself is unsure of, or that nobody could have cycled to, are left out."""

DENSE_S = 4.0
MEDIAN_OF = 5
"""Positions closer in time than DENSE_S shake more than they move: each becomes the median of five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One position: seconds on any clock, degrees, and how exact it is (None: the phone does not say)."""

    at_s: float
    lon: float
    lat: float
    accuracy_m: float | None = None


def track_length_m(fixes: Sequence[Fix]) -> float:
    """Metres from the first to the last position, in the order of time; 0 of fewer than two."""
    exact = sorted((fix for fix in fixes if (fix.accuracy_m or 0) <= MOST_INACCURATE_M), key=lambda fix: fix.at_s)
    if len(exact) < 2:
        return 0.0
    at_s = np.array([fix.at_s for fix in exact])
    lonlat = np.array([(fix.lon, fix.lat) for fix in exact])
    metres = (lonlat - lonlat[0]) * (np.cos(np.radians(lonlat[0, 1])), 1.0) * METRES_PER_DEGREE
    kept = _reachable(at_s, metres)
    at_s, metres = at_s[kept], metres[kept]
    if len(kept) >= MEDIAN_OF and np.median(np.diff(at_s)) < DENSE_S:
        metres = _smooth(metres)
    return float(np.hypot(*np.diff(metres, axis=0).T).sum())


def _reachable(at_s: NDArray[np.float64], metres: NDArray[np.float64]) -> list[int]:
    """The positions that can be cycled to from the one kept before; a first one that is wrong is left behind."""
    kept = [0]
    for index in range(1, len(at_s)):
        away_m = float(np.hypot(*(metres[index] - metres[kept[-1]])))
        if away_m <= FASTEST_M_S * (at_s[index] - at_s[kept[-1]]):
            kept.append(index)
    return kept


def _smooth(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    half = MEDIAN_OF // 2
    windows = np.lib.stride_tricks.sliding_window_view(metres, MEDIAN_OF, axis=0)
    return np.vstack([metres[:half], np.median(windows, axis=2), metres[-half:]])
