"""Seconds of every segment and arc for one profile, on the time and on the comfort metric."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routing.streets.extract import SIGNAL_AHEAD, SIGNAL_BEHIND
from routing.streets.network import Network
from routing.streets.profiles import Profile, stress
from routing.streets.tags import KIND_INDEX, NONE, PUSH

CLOSED_DS = 2_147_483_647
"""Weight of an arc that may not be used; RoutingKit's infinity."""
MAX_ARC_DS = 10_000_000
"""No open arc costs more (eleven days), so that sums of arcs stay below CLOSED_DS."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pace:
    """What one profile makes of a network, before hazards.

    `run_s` (2, P) float32: seconds along and against each slot, infinite where closed; `stop_s` (2, P): seconds lost at
    the signal that ends it in that direction; `stress` (2, P); `usable` (2 E,) bool: arcs inside the largest
    strongly connected component; `snappable` (P,) bool: slots a rider can both reach and leave.
    """

    profile: Profile
    run_s: NDArray[np.float32]
    stop_s: NDArray[np.float32]
    stress: NDArray[np.float32]
    usable: NDArray[np.bool_]
    snappable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """Weights of all arcs in tenths of a second, and how they grow along each edge.

    `arc_ds` (A,) int32; `before_s` (2, P) float64: cost from the edge's start to each slot's start (row 0, along) and
    from the slot's start to the edge's start (row 1, against), without the loss at the junction; `run_s` (2, P): cost
    inside the slot.
    """

    arc_ds: NDArray[np.int32]
    before_s: NDArray[np.float64]
    run_s: NDArray[np.float32]


def pace(network: Network, profile: Profile) -> Pace:
    """Seconds per segment for that profile. A few milliseconds for a town."""
    classes = network.classes
    run = np.empty((2, len(network.point)), dtype=np.float32)
    stop = np.empty_like(run)
    strain = np.empty_like(run)
    factors = profile.grade_factors()
    fixed = profile.barrier_seconds()[classes["barrier"]] / 2
    for backward in (0, 1):
        metres_per_s, hilly = _class_speeds(classes, profile, bool(backward))
        grade = network.slot_grade if not backward else -network.slot_grade
        speed = metres_per_s[network.slot_class]
        factor = np.where(hilly[network.slot_class], factors[grade + 150], 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            seconds = np.where(speed > 0, network.slot_length / np.maximum(speed * factor, profile.push_ms / 4), np.inf)
        run[backward] = seconds + fixed[network.slot_class]
        signal = network.slot_flags & (SIGNAL_BEHIND if backward else SIGNAL_AHEAD)
        stop[backward] = np.where(signal > 0, profile.signal_s, 0.0)
        strain[backward] = stress(classes, bool(backward))[network.slot_class]
    empty = network.edge_start[1:] - 1
    run[:, empty] = 0.0
    stop[:, empty] = 0.0
    usable = _in_largest_component(network, run)
    snappable = np.repeat(usable[0::2] | usable[1::2], np.diff(network.edge_start))
    return Pace(profile=profile, run_s=run, stop_s=stop, stress=strain, usable=usable, snappable=snappable)


def _class_speeds(
    classes: NDArray[np.void], profile: Profile, backward: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(flat speed in m/s, 0 where closed; whether hills change it) per class."""
    mode = classes["backward" if backward else "forward"]
    speed = profile.kind_speeds()[classes["kind"]] * np.array(profile.surface)[classes["surface"]]
    speed = np.where(classes["private"] > 0, np.minimum(speed, profile.private_ms), speed)
    speed = np.where(mode == PUSH, np.minimum(profile.push_ms, speed), np.maximum(speed, profile.push_ms))
    steps = classes["kind"] == KIND_INDEX["steps"]
    speed = np.where(steps, profile.steps_ms, speed)
    narrow = (classes["width_cm"] > 0) & (classes["width_cm"] < profile.min_width_cm)
    speed = np.where((mode == NONE) | narrow, 0.0, speed)
    return speed, (mode != PUSH) & ~steps


def _in_largest_component(network: Network, run_s: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which edge arcs have both ends in the largest strongly connected component."""
    open_ = _edge_sums(network, run_s) < np.inf
    arcs = np.concatenate([open_, np.ones(len(network.arc_tail) - len(open_), dtype=bool)])
    tail, head = network.arc_tail[arcs], network.arc_head[arcs]
    count = network.node_count
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(count, count))
    _, label = connected_components(graph, directed=True, connection="strong")
    largest = label == np.argmax(np.bincount(label))
    edges = len(open_)
    return np.asarray(open_ & largest[network.arc_tail[:edges]] & largest[network.arc_head[:edges]])


def _edge_sums(network: Network, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum per edge arc, (2 E,): even entries along, odd ones against."""
    sums = np.add.reduceat(values, network.edge_start[:-1], axis=1, dtype=np.float64)
    return np.asarray(sums.T.ravel())


def build_metric(network: Network, pace_: Pace, hazard: NDArray[np.float32] | None, comfort: bool) -> Metric:
    """Weigh every arc: riding, waiting at signals and junctions, hazards; stress too on the comfort metric."""
    run = pace_.run_s
    if hazard is not None:
        run = run * hazard
    if comfort:
        run = run * pace_.stress
    total = run + pace_.stop_s
    sums = _edge_sums(network, total)
    edges = len(sums)
    delay = network.junction[network.arc_head] * pace_.profile.junction_s
    with np.errstate(invalid="ignore"):
        tenths = np.rint((sums + delay[:edges]) * 10.0)
    weights = np.ones(len(network.arc_tail), dtype=np.int32)
    weights[:edges] = np.where(np.isfinite(tenths), np.clip(tenths, 1, MAX_ARC_DS), CLOSED_DS).astype(np.int32)
    finite = np.where(np.isfinite(total), total, 0.0).astype(np.float64)
    before = np.zeros_like(finite)
    np.cumsum(finite[:, :-1], axis=1, out=before[:, 1:])
    before -= before[:, np.repeat(network.edge_start[:-1], np.diff(network.edge_start))]
    return Metric(arc_ds=weights, before_s=before, run_s=run)
