"""The street network: frozen arrays that any number of threads and processes may read at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius, IUGG 1980."""
METRES_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180.0
E7 = 1e-7
"""Coordinates are stored as OpenStreetMap does: integers of 1e-7 degrees, about a centimetre."""

Lonlat = NDArray[np.float64]
"""(n, 2) longitude, latitude in degrees, WGS 84."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInfo:
    """Where a network comes from and what was left out of it."""

    source: str
    source_bytes: int
    fingerprint: str
    elevation: bool
    west: float
    south: float
    east: float
    north: float
    restrictions: int
    skipped: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Edges with their points, arcs for the search, and an index for snapping. Knows nothing of profiles.

    Slots lie edge after edge: edge e owns slots `edge_start[e]` to `edge_start[e + 1] - 1`, one per point; slot i is
    the segment from point i to i + 1, and the last slot of an edge is empty. Arc 2e runs along edge e and arc 2e + 1
    against it; the arcs after the last edge are turns inside junctions that restrictions split.

    edge_start   (E + 1,) int32
    point        (P, 2) int32    lon, lat in 1e-7 degrees
    slot_edge    (P,) int32      edge of each slot
    slot_class   (P,) uint16     row of `classes`, as seen along the edge
    slot_name    (P,) int32      index of `names`
    slot_grade   (P,) int16      rise per mille along the edge
    slot_length  (P,) float32    metres, 0 for the empty slot
    slot_along   (P,) float32    metres from the edge's start to the slot's start
    slot_flags   (P,) uint8      `extract.SIGNAL_AHEAD` and so on
    arc_tail, arc_head (A,) int32, A = 2 E + turns
    junction     (N,) bool       three or more public streets meet at this node
    node_point   (N, 2) int32    as `point`
    order        (N,) int32      contraction order, nodes from least to most important
    classes      (C,)            `tags.CLASS_DTYPE`
    cell_key, cell_start, cell_slot: which slots touch a cell of the snapping grid, see `snap`
    """

    edge_start: NDArray[np.int32]
    point: NDArray[np.int32]
    slot_edge: NDArray[np.int32]
    slot_class: NDArray[np.uint16]
    slot_name: NDArray[np.int32]
    slot_grade: NDArray[np.int16]
    slot_length: NDArray[np.float32]
    slot_along: NDArray[np.float32]
    slot_flags: NDArray[np.uint8]
    arc_tail: NDArray[np.int32]
    arc_head: NDArray[np.int32]
    junction: NDArray[np.bool_]
    node_point: NDArray[np.int32]
    order: NDArray[np.int32]
    classes: NDArray[np.void]
    cell_key: NDArray[np.int64]
    cell_start: NDArray[np.int32]
    cell_slot: NDArray[np.int32]
    names: tuple[str, ...]
    info: NetworkInfo

    @property
    def edge_count(self) -> int:
        """Edges between junctions."""
        return len(self.edge_start) - 1

    @property
    def node_count(self) -> int:
        """Nodes of the search graph, copies of split junctions included."""
        return len(self.junction)

    @property
    def size_bytes(self) -> int:
        """Memory of all arrays."""
        return sum(getattr(self, name).nbytes for name in ARRAYS)


ARRAYS = tuple(name for name in Network.__slots__ if name not in ("names", "info"))
"""The fields of a Network that are arrays, in order."""


def degrees(point: NDArray[np.int32]) -> Lonlat:
    """Stored coordinates as lon/lat in degrees."""
    return np.asarray(point * E7, dtype=np.float64)


def segment_lengths_m(start: Lonlat, end: Lonlat) -> NDArray[np.float64]:
    """Length of short segments in metres on the sphere, exact to 1e-6 below 20 km (local cosine of the latitude)."""
    middle = np.radians((start[:, 1] + end[:, 1]) / 2)
    east = (end[:, 0] - start[:, 0]) * np.cos(middle)
    return np.asarray(np.hypot(east, end[:, 1] - start[:, 1]) * METRES_PER_DEGREE)
