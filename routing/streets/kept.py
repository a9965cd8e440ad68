"""Durations between places that planning asks for again and again: kept, so that no known pair is computed twice.

One `KeptPairs` belongs to one set of hazards; new hazards get a new one. It holds the engine's own seconds, before
any speed factor, so that a new calibration leaves it valid.
"""

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import Lonlat

MOST_PLACES = 1_000
"""Places per profile, 4 MB; one more and only those of the question stay."""

Table = Callable[[Lonlat, Lonlat], NDArray[np.float32]]
Place = tuple[float, float]


class KeptPairs:
    """One full square of durations per profile, which grows as places come up. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._squares: dict[str, _Square] = {}

    def matrix(self, points: Lonlat, profile: str, table: Table) -> NDArray[np.float32]:
        """Seconds between all points, (n, n); `table(sources, targets)` is asked for the unknown pairs only."""
        places: list[Place] = [(lon, lat) for lon, lat in points.tolist()]
        with self._lock:
            square = self._squares.setdefault(profile, _Square())
            if len(square.index.keys() | set(places)) > MOST_PLACES:
                square.keep(places)
            square.add(places, table)
            chosen = [square.index[place] for place in places]
            return square.seconds[np.ix_(chosen, chosen)]


class _Square:
    """Durations between all places of `index`."""

    def __init__(self) -> None:
        self.index: dict[Place, int] = {}
        self.seconds = np.zeros((0, 0), dtype=np.float32)

    def keep(self, places: list[Place]) -> None:
        """Forget all places but these."""
        stay = [place for place in dict.fromkeys(places) if place in self.index]
        chosen = [self.index[place] for place in stay]
        self.seconds = self.seconds[np.ix_(chosen, chosen)]
        self.index = {place: number for number, place in enumerate(stay)}

    def add(self, places: list[Place], table: Table) -> None:
        """Complete the square for places that are not in it: their rows, and their columns above them."""
        new = [place for place in dict.fromkeys(places) if place not in self.index]
        if not new:
            return
        known = len(self.index)
        every = np.array([*self.index, *new], dtype=np.float64)
        rows = table(every[known:], every)
        columns = table(every[:known], every[known:]) if known else np.zeros((0, len(new)), dtype=np.float32)
        self.seconds = np.vstack([np.hstack([self.seconds, columns]), rows])
        self.index.update(zip(new, range(known, len(every)), strict=True))
