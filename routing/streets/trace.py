"""Where points sit inside edges, and the segments that a path runs over. Arithmetic between search and people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import Network
from routing.streets.search import UNREACHED, Path, Seeds
from routing.streets.snap import Snapped
from routing.streets.weights import Metric, edge_slots

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partial:
    """Cost in tenths of a second between n points and the two ends of their edges, (n, 2): along, against.

    `to_end` from the point to the end of the arc in that direction, with the loss at the junction there;
    `from_start` from the beginning of that arc to the point. Together they are the arc's weight.
    """

    from_start: Ints
    to_end: Ints

    def only(self, index: int) -> "Partial":
        """One of the points, alone."""
        one = slice(index, index + 1)
        return Partial(from_start=self.from_start[one], to_end=self.to_end[one])


def partial_costs(network: Network, metric: Metric, points: Snapped) -> Partial:
    """Split the weight of each point's edge at the point, in both directions.

    The ride is split as it is without hazards, and what they add in whole tenths beside it: each side of the point
    costs at least what it cost without them.
    """
    slots, starts = edge_slots(network, points.edge)
    owner = np.repeat(np.arange(len(points)), np.diff(np.append(starts, len(slots))))
    place = points.slot[owner]
    # Closed directions are left out by the seeds; here they only must not turn into NaN.
    ride = np.nan_to_num(metric.plain_s(network, slots), posinf=0.0)
    whole_slot = ride + metric.stop_s(network, slots)
    before = np.where(slots == place, points.slot_share[owner], 0.0)
    after = np.where(slots == place, 1.0 - points.slot_share[owner], 0.0)
    added = metric.added_ds(network, slots)
    spent, lost = [], []
    for row, (is_passed, share) in enumerate(((slots < place, before), (slots > place, after))):
        spent.append(np.bincount(owner, np.where(is_passed, whole_slot[row], ride[row] * share), len(points)))
        lost.append(np.bincount(owner, np.where(is_passed, added[row], np.floor(added[row] * share)), len(points)))
    arcs = points.edge[:, None].astype(np.int64) * 2 + np.arange(2)
    plain, whole = (weights[arcs].astype(np.int64) for weights in (metric.plain_ds, metric.arc_ds))
    from_start = np.clip(np.rint(np.column_stack(spent) * 10.0).astype(np.int64), 0, plain)
    from_start = np.minimum(from_start + np.column_stack(lost).astype(np.int64), whole)
    return Partial(from_start=from_start, to_end=whole - from_start)


def source_seeds(network: Network, usable: NDArray[np.bool_], points: Snapped, costs: Partial) -> Seeds:
    """Leave each point by the heads of its edge's usable arcs."""
    arcs = points.edge[:, None] * 2 + np.arange(2)
    return Seeds(node=np.where(usable[arcs], network.arc_head[arcs], -1).astype(np.int32), ds=costs.to_end)


def target_seeds(network: Network, usable: NDArray[np.bool_], points: Snapped, costs: Partial) -> Seeds:
    """Reach each point by the tails of its edge's usable arcs."""
    arcs = points.edge[:, None] * 2 + np.arange(2)
    return Seeds(node=np.where(usable[arcs], network.arc_tail[arcs], -1).astype(np.int32), ds=costs.from_start)


def along_one_edge(
    usable: NDArray[np.bool_], sources: Snapped, targets: Snapped, costs: tuple[Partial, Partial]
) -> tuple[Ints, Ints, Ints]:
    """(source, target, cost) of every pair on one edge, ridden without leaving it; UNREACHED if closed that way."""
    order = np.argsort(targets.edge, kind="stable")
    edges = targets.edge[order]
    low, high = np.searchsorted(edges, sources.edge), np.searchsorted(edges, sources.edge, side="right")
    count = high - low
    source = np.repeat(np.arange(len(sources)), count)
    target = order[np.repeat(low, count) + np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)]
    here, there = costs[0].from_start[source], costs[1].from_start[target]
    position = sources.slot[source] + sources.slot_share[source], targets.slot[target] + targets.slot_share[target]
    open_ = usable[sources.edge[source][:, None] * 2 + np.arange(2)]
    ahead = np.where(open_[:, 0] & (position[1] >= position[0]), there[:, 0] - here[:, 0], UNREACHED)
    back = np.where(open_[:, 1] & (position[1] <= position[0]), there[:, 1] - here[:, 1], UNREACHED)
    return source, target, np.maximum(np.minimum(ahead, back), 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """The slots of a ride in order: `slot` (k,), `backward` (k,) bool, and the `share` (k,) of each that is ridden.

    `junction` (k,) bool says where the loss at a junction falls due at the end of the slot; `fork` (k,) bool where
    an edge ends there, so that one might have gone another way.
    """

    slot: Ints
    backward: NDArray[np.bool_]
    share: NDArray[np.float64]
    junction: NDArray[np.bool_]
    fork: NDArray[np.bool_]


def trace_within_edge(start: Snapped, end: Snapped) -> Trace:
    """The ride between two points of one edge."""
    first, last = int(start.slot[0]), int(end.slot[0])
    position = first + start.slot_share[0], last + end.slot_share[0]
    backward = position[1] < position[0]
    slots = np.arange(first, last - 1, -1) if backward else np.arange(first, last + 1)
    share = np.ones(len(slots))
    share[0] = start.slot_share[0] if backward else 1.0 - start.slot_share[0]
    share[-1] -= end.slot_share[0] if backward else 1.0 - end.slot_share[0]
    none = np.zeros(len(slots), dtype=bool)
    return Trace(slot=slots, backward=none | backward, share=share, junction=none, fork=none)


def path_arcs(network: Network, start: Snapped, end: Snapped, path: Path) -> Ints:
    """All arcs of a ride: out of the first point's edge, over the path, into the last point's edge."""
    return np.array(
        [
            _arc_of(network.arc_head, int(start.edge[0]), path.first_node),
            *path.arcs,
            _arc_of(network.arc_tail, int(end.edge[0]), path.last_node),
        ]
    )


def trace_arcs(network: Network, start: Snapped, end: Snapped, all_arcs: Ints) -> Trace:
    """The ride over those arcs, from a point inside the first to a point inside the last."""
    arcs = all_arcs[all_arcs < network.edge_count * 2]
    first, last = network.edge_start[arcs >> 1].astype(np.int64), network.edge_start[(arcs >> 1) + 1] - 2
    size = last - first + 1
    owner = np.repeat(np.arange(len(arcs)), size)
    within = np.arange(len(owner)) - (np.cumsum(size) - size)[owner]
    backward = (arcs & 1 == 1)[owner]
    slot = np.where(backward, last[owner] - within, first[owner] + within)
    fork = within == size[owner] - 1
    junction = fork & network.junction[network.arc_head[arcs]][owner]
    begin = int(np.argmax(slot == start.slot[0]))
    finish = len(slot) - 1 - int(np.argmax(slot[::-1] == end.slot[0]))
    ridden = slice(begin, finish + 1)
    share = np.ones(finish + 1 - begin)
    share[0] = start.slot_share[0] if backward[begin] else 1.0 - start.slot_share[0]
    share[-1] = 1.0 - end.slot_share[0] if backward[finish] else end.slot_share[0]
    junction[finish] = False
    return Trace(
        slot=slot[ridden], backward=backward[ridden], share=share, junction=junction[ridden], fork=fork[ridden]
    )


def _arc_of(ends: NDArray[np.int32], edge: int, node: int) -> int:
    return edge * 2 if ends[edge * 2] == node else edge * 2 + 1
