"""Put points onto the nearest piece of street, exactly where the perpendicular falls."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.errors import BadPoint, OffStreet
from routing.streets.grid import reach_m, rings_for, slots_near
from routing.streets.network import E7, METRES_PER_DEGREE, Lonlat, Network, degrees

DEFAULT_LIMIT_M = 250.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapped:
    """n points on the network.

    `edge` (n,) int32; `slot` (n,) int32 and `slot_share` (n,) float64: the segment and the share of it that lies
    before the point; `fraction` (n,) float64 of the edge's length; `lonlat` (n, 2) where on the street; `distance_m`
    (n,) from the point asked for.
    """

    edge: NDArray[np.int32]
    slot: NDArray[np.int32]
    slot_share: NDArray[np.float64]
    fraction: NDArray[np.float64]
    lonlat: Lonlat
    distance_m: NDArray[np.float64]

    @property
    def lon(self) -> NDArray[np.float64]:
        """Longitudes on the street, degrees."""
        return self.lonlat[:, 0]

    @property
    def lat(self) -> NDArray[np.float64]:
        """Latitudes on the street, degrees."""
        return self.lonlat[:, 1]

    def __len__(self) -> int:
        return len(self.edge)

    def only(self, index: int) -> "Snapped":
        """One of the points, alone."""
        one = slice(index, index + 1)
        return Snapped(
            edge=self.edge[one],
            slot=self.slot[one],
            slot_share=self.slot_share[one],
            fraction=self.fraction[one],
            lonlat=self.lonlat[one],
            distance_m=self.distance_m[one],
        )


def as_points(points: object) -> Lonlat:
    """Check and convert to (n, 2) float64; BadPoint names the first that is no place on earth."""
    array = np.asarray(points, dtype=np.float64)
    if array.size == 0:
        return array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise BadPoint(f"points must be (n, 2) longitude, latitude, not {array.shape}")
    bad = np.flatnonzero(~((np.abs(array[:, 0]) <= 180) & (np.abs(array[:, 1]) <= 90)))
    if len(bad):
        index = int(bad[0])
        raise BadPoint(f"point {index} ({array[index, 0]}, {array[index, 1]}) is no place on earth")
    return array


def snap(
    network: Network, snappable: NDArray[np.bool_], points: Lonlat, limit_m: float = DEFAULT_LIMIT_M
) -> Snapped:
    """Nearest place on a snappable slot for each point. OffStreet if one is farther than `limit_m` from all."""
    slot = np.full(len(points), -1, dtype=np.int32)
    share = np.zeros(len(points))
    distance = np.full(len(points), np.inf)
    most = rings_for(limit_m)
    rings = 1
    todo = np.arange(len(points))
    while len(todo):
        slot[todo], share[todo], distance[todo] = _nearest(network, snappable, points[todo], rings)
        todo = todo[distance[todo] > reach_m(rings)]
        if rings >= most:
            break
        rings = min(rings * 2, most)
    lost = np.flatnonzero(~(distance <= limit_m))
    if len(lost):
        raise off_street(points, lost, limit_m)
    return _describe(network, slot, share, distance)


def off_street(points: Lonlat, lost: NDArray[np.integer[Any]], limit_m: float) -> OffStreet:
    """The error that names the first of the lost points and carries the indices of all."""
    first = int(lost[0])
    others = f", and so are {len(lost) - 1} others" if len(lost) > 1 else ""
    return OffStreet(
        f"point {first} ({points[first, 0]:.6f}, {points[first, 1]:.6f}) is more than {limit_m:.0f} m from "
        f"every street this bike may use{others}",
        tuple(lost.tolist()),
    )


def _nearest(
    network: Network, snappable: NDArray[np.bool_], points: Lonlat, rings: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """(slot, share, distance in metres) of the nearest snappable segment among the cells around; infinite if none."""
    owner, slots = slots_near((network.cell_key, network.cell_start, network.cell_slot), points, rings)
    keep = snappable[slots]
    owner, slots = owner[keep], slots[keep]
    best_slot = np.full(len(points), -1, dtype=np.int32)
    best_share, best = np.zeros(len(points)), np.full(len(points), np.inf)
    if not len(owner):
        return best_slot, best_share, best
    scale = (np.cos(np.radians(points[:, 1])) * (METRES_PER_DEGREE * E7), np.full(len(points), METRES_PER_DEGREE * E7))
    start_x, start_y = ((network.point[slots, i] - (points[:, i] / E7)[owner]) * scale[i][owner] for i in (0, 1))
    step_x, step_y = (
        (network.point[slots + 1, i] - network.point[slots, i]) * scale[i][owner] for i in (0, 1)
    )
    length = np.maximum(step_x * step_x + step_y * step_y, 1e-9)
    share = np.clip(-(start_x * step_x + start_y * step_y) / length, 0.0, 1.0)
    distance = np.hypot(start_x + step_x * share, start_y + step_y * share)
    found, first = np.unique(owner, return_index=True)
    best[found] = np.minimum.reduceat(distance, first)
    # The first of equally near segments wins, so that a point always snaps to the same place.
    ties = np.flatnonzero(distance == best[owner])
    _, chosen = np.unique(owner[ties], return_index=True)
    winners = ties[chosen]
    best_slot[found], best_share[found] = slots[winners], share[winners]
    return best_slot, best_share, best


def _describe(
    network: Network, slot: NDArray[np.int32], share: NDArray[np.float64], distance: NDArray[np.float64]
) -> Snapped:
    start, end = degrees(network.point[slot]), degrees(network.point[slot + 1])
    edge = network.slot_edge[slot]
    whole = network.slot_along[network.edge_start[edge + 1] - 1].astype(np.float64)
    before = network.slot_along[slot] + network.slot_length[slot] * share
    fraction = before / np.maximum(whole, 1e-9)
    return Snapped(
        edge=edge,
        slot=slot,
        slot_share=share,
        fraction=fraction,
        lonlat=start + (end - start) * share[:, None],
        distance_m=distance,
    )
