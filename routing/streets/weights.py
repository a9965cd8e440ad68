"""Seconds of every segment and arc for one profile, on the time and on the comfort metric."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routing.streets.elevation import MAX_GRADE_PERMILLE
from routing.streets.extract import SIGNAL_AHEAD, SIGNAL_BEHIND
from routing.streets.network import Network
from routing.streets.profiles import Profile, stress
from routing.streets.tags import KIND_INDEX, NONE, PUSH

CLOSED_DS = 2_147_483_647
"""Weight of an arc that may not be used; RoutingKit's infinity."""
MAX_ARC_DS = 10_000_000
"""No open arc costs more (eleven days), so that sums of arcs stay below CLOSED_DS."""
ROUGH, ROUGH_PUSH_SHARE = 4, 0.7
"""Pushing over grass, sand and stones, surface rank 4 and worse, goes at this share of the pace on paving [own]."""
MIN_MS = 0.25
"""Nothing is slower than this, however bad surface and slope are together."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pace:
    """What one profile makes of a network, before hazards.

    `run_s` (2, P) float32: seconds along and against each slot, infinite where closed; `stress` (2, C): factor of
    each class in both directions; `usable` (2 E,) bool: arcs inside the largest strongly connected component;
    `snappable` (P,) bool: slots a rider can both reach and leave.
    """

    profile: Profile
    run_s: NDArray[np.float32]
    stress: Floats
    usable: NDArray[np.bool_]
    snappable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """Weights of all arcs, `arc_ds` (A,) int32 in tenths of a second, and what they were made of.

    `plain_ds` (A,) are the weights without hazards; `factors` (P,) float32 those of the hazards, None without any;
    `comfort` says whether stress is in.
    """

    pace: Pace
    factors: NDArray[np.float32] | None
    comfort: bool
    plain_ds: NDArray[np.int32]
    arc_ds: NDArray[np.int32]

    def plain_s(self, network: Network, slots: NDArray[np.integer[Any]]) -> Floats:
        """Cost of riding each slot to its end (2, k) without hazards: along and against it."""
        return _ride_s(network, self.pace, slots, self.comfort)

    def ride_s(self, network: Network, slots: NDArray[np.integer[Any]]) -> Floats:
        """Cost of riding each slot to its end (2, k): along and against it, without what is lost there."""
        plain = self.plain_s(network, slots)
        return plain if self.factors is None else plain * self.factors[slots]

    def added_ds(self, network: Network, slots: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Tenths that hazards add to each slot (2, k), 0 where it is closed anyway.

        Rounded up slot by slot and added to the weights without hazards, so that no hazard, by rounding, makes any
        part of any street faster.
        """
        if self.factors is None:
            return np.zeros((2, len(slots)), dtype=np.int64)
        return _added_ds(self.plain_s(network, slots), self.factors[slots])

    def stop_s(self, network: Network, slots: NDArray[np.integer[Any]]) -> Floats:
        """Seconds lost at the signal that ends each slot (2, k): along and against it."""
        return _stop_s(network, self.pace, slots)


def pace(network: Network, profile: Profile) -> Pace:
    """Seconds per segment for that profile. Milliseconds for a town."""
    classes = network.classes
    run = np.empty((2, len(network.point)), dtype=np.float32)
    factors = profile.grade_factors()
    fixed = profile.barrier_seconds()[classes["barrier"]] / 2
    for backward in (0, 1):
        metres_per_s, afoot = _class_speeds(classes, profile, bool(backward))
        grade = network.slot_grade if not backward else -network.slot_grade
        speed = metres_per_s[network.slot_class]
        factor = factors[afoot[network.slot_class].astype(int), grade + MAX_GRADE_PERMILLE]
        seconds = np.where(speed > 0, network.slot_length / np.maximum(speed * factor, MIN_MS), np.inf)
        run[backward] = seconds + fixed[network.slot_class]
    run[:, network.edge_start[1:] - 1] = 0.0
    usable = _in_largest_component(network, run)
    return Pace(
        profile=profile,
        run_s=run,
        stress=np.stack([stress(classes, backward) for backward in (False, True)]),
        usable=usable,
        snappable=np.repeat(usable[0::2] | usable[1::2], np.diff(network.edge_start)),
    )


def build_metric(network: Network, pace_: Pace, *, comfort: bool) -> Metric:
    """Weigh every arc: riding, waiting at signals and junctions; stress too on the comfort metric."""
    weights = np.ones(len(network.arc_tail), dtype=np.int32)
    edges = np.arange(network.edge_count)
    if len(edges):
        slots, starts = edge_slots(network, edges)
        cost = _ride_s(network, pace_, slots, comfort) + _stop_s(network, pace_, slots)
        sums = np.add.reduceat(cost, starts, axis=1)
        for backward in (0, 1):
            arcs = edges * 2 + backward
            delay = network.junction[network.arc_head[arcs]] * pace_.profile.junction_s
            weights[arcs] = _tenths(sums[backward] + delay)
    return Metric(pace=pace_, factors=None, comfort=comfort, plain_ds=weights, arc_ds=weights)


def with_hazards(network: Network, plain: Metric, factors: NDArray[np.float32]) -> Metric:
    """The same metric under hazards; only the edges that one touches are weighed anew."""
    weights = plain.plain_ds.copy()
    edges = np.unique(network.slot_edge[factors != 1.0]).astype(np.int64)
    if len(edges):
        slots, starts = edge_slots(network, edges)
        added = _added_ds(plain.plain_s(network, slots), factors[slots])
        sums = np.add.reduceat(added, starts, axis=1)
        for backward in (0, 1):
            arcs = edges * 2 + backward
            heavier = np.minimum(weights[arcs] + sums[backward], MAX_ARC_DS)
            weights[arcs] = np.where(weights[arcs] == CLOSED_DS, CLOSED_DS, heavier)
    return Metric(pace=plain.pace, factors=factors, comfort=plain.comfort, plain_ds=plain.plain_ds, arc_ds=weights)


def edge_slots(network: Network, edges: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(slots of all those edges one after another, where each edge's begin), the empty last slots included."""
    first = network.edge_start[edges].astype(np.int64)
    count = network.edge_start[edges + 1] - first
    starts = np.cumsum(count) - count
    return np.repeat(first - starts, count) + np.arange(int(count.sum())), starts


def _added_ds(plain_s: Floats, factors: NDArray[np.float32]) -> NDArray[np.int64]:
    added = np.where(np.isfinite(plain_s), plain_s, 0.0) * (factors.astype(np.float64) - 1.0)
    return np.ceil(added * 10.0).astype(np.int64)


def _ride_s(network: Network, pace_: Pace, slots: NDArray[np.integer[Any]], comfort: bool) -> Floats:
    cost = pace_.run_s[:, slots].astype(np.float64)
    if comfort:
        cost *= pace_.stress[:, network.slot_class[slots]]
    return cost


def _stop_s(network: Network, pace_: Pace, slots: NDArray[np.integer[Any]]) -> Floats:
    flags = network.slot_flags[slots]
    return np.stack([(flags & bit) > 0 for bit in (SIGNAL_AHEAD, SIGNAL_BEHIND)]) * pace_.profile.signal_s


def _tenths(seconds: Floats) -> NDArray[np.int32]:
    tenths = np.clip(np.rint(seconds * 10.0), 1, MAX_ARC_DS)
    return np.where(np.isfinite(seconds), tenths, CLOSED_DS).astype(np.int32)


def _class_speeds(
    classes: NDArray[np.void], profile: Profile, backward: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(flat speed in m/s, 0 where closed; whether one goes on foot) per class."""
    mode = classes["backward" if backward else "forward"]
    speed = profile.kind_speeds()[classes["kind"]] * np.array(profile.surface)[classes["surface"]]
    speed = np.where(classes["private"] > 0, np.minimum(speed, profile.private_ms), speed)
    speed = np.maximum(speed, profile.push_ms)
    afoot = profile.push_ms * np.where(classes["surface"] >= ROUGH, ROUGH_PUSH_SHARE, 1.0)
    speed = np.where(mode == PUSH, afoot, speed)
    steps = classes["kind"] == KIND_INDEX["steps"]
    speed = np.where(steps, profile.steps_ms, speed)
    narrow = (classes["width_cm"] > 0) & (classes["width_cm"] < profile.min_width_cm)
    speed = np.where((mode == NONE) | narrow, 0.0, speed)
    return speed, (mode == PUSH) | steps


def _in_largest_component(network: Network, run_s: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which edge arcs have both ends in the largest strongly connected component."""
    sums = np.add.reduceat(run_s, network.edge_start[:-1], axis=1)
    open_ = np.isfinite(sums.T.ravel())
    arcs = np.concatenate([open_, np.ones(len(network.arc_tail) - len(open_), dtype=bool)])
    tail, head = network.arc_tail[arcs], network.arc_head[arcs]
    count = network.node_count
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(count, count))
    _, label = connected_components(graph, directed=True, connection="strong")
    largest = label == np.argmax(np.bincount(label))
    edges = len(open_)
    return np.asarray(open_ & largest[network.arc_tail[:edges]] & largest[network.arc_head[:edges]])
