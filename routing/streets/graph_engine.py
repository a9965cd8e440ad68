"""The engine in this process: a network, four profiles, and any search over its arcs."""

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.engines import Reach
from routing.streets.errors import NoRoute
from routing.streets.hazards import Hazard, Slowing
from routing.streets.leg import Leg, draw_leg
from routing.streets.network import Lonlat, Network, degrees
from routing.streets.profiles import get_profile
from routing.streets.search import UNREACHED, Search, Seeds
from routing.streets.snap import DEFAULT_LIMIT_M, Snapped, snap
from routing.streets.trace import (
    Trace,
    along_one_edge,
    partial_costs,
    path_arcs,
    source_seeds,
    target_seeds,
    trace_arcs,
    trace_within_edge,
)
from routing.streets.weights import Metric, Pace, build_metric, pace, with_hazards

SETS_KEPT = 16
"""Sets of points whose places on streets are kept, some 30 kB each."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A metric and the same customised for the search."""

    metric: Metric
    customised: Any


@dataclass(frozen=True, slots=True)
class _State:
    """What changes with hazards. Replaced as a whole, so that a query sees one state from beginning to end."""

    factors: NDArray[np.float32] | None = None
    ready: dict[tuple[str, bool], _Ready] = field(default_factory=dict)


class GraphEngine:
    """`engines.Engine` over a network. Metrics are made when first needed and after every change of hazards."""

    def __init__(self, network: Network, search: Search, limit_m: float = DEFAULT_LIMIT_M) -> None:
        self._network = network
        self._search = search
        self._limit_m = limit_m
        self._lock = threading.RLock()
        self._paces: dict[str, Pace] = {}
        self._base: dict[tuple[str, bool], Metric] = {}
        self._state = _State()
        self._slowing = Slowing(network)
        self._snapped: dict[tuple[str, bytes], Snapped] = {}

    def snap(self, points: Lonlat, profile: str) -> Snapped:
        """See `engines.Engine`. The last sets of points are kept: quotes ask for the same stops again and again."""
        key = profile, points.tobytes()
        found = self._snapped.get(key)
        if found is None:
            found = snap(self._network, self.pace(profile).snappable, points, self._limit_m)
            while len(self._snapped) >= SETS_KEPT:
                self._snapped.pop(next(iter(self._snapped), key), None)
            self._snapped[key] = found
        return found

    def table(self, sources: Lonlat, targets: Lonlat, profile: str) -> NDArray[np.float32]:
        """See `engines.Engine`."""
        from_ = self.snap(sources, profile)
        to = from_ if targets is sources else self.snap(targets, profile)
        costs = self._costs(from_, to, profile)
        return np.where(costs >= UNREACHED, np.nan, costs / 10.0).astype(np.float32)

    def leg(self, start: Lonlat, end: Lonlat, profile: str) -> Leg:
        """See `engines.Engine`."""
        state, pace_ = self._state, self.pace(profile)
        ends = self.snap(np.vstack([start, end]), profile)
        time, comfort = self._ready(state, profile, False), self._ready(state, profile, True)
        trace, arcs = self._best_trace(comfort, pace_, ends)
        here, there = partial_costs(self._network, time.metric, ends).from_start
        if arcs is None:
            row = int(trace.backward[0])
            tenths = max(int(there[row] - here[row]), 0)
        else:
            first, last = arcs[0], arcs[-1]
            tenths = int(time.metric.arc_ds[arcs[:-1]].astype(np.int64).sum())
            tenths += int(there[last & 1] - here[first & 1])
        return draw_leg(self._network, time.metric, trace, ends.lonlat, duration_s=tenths / 10.0)

    def reach(self, start: Lonlat, profile: str, limit_s: float) -> Reach:
        """See `engines.Engine`. One search to all nodes that any usable arc touches."""
        state, pace_ = self._state, self.pace(profile)
        ready, from_ = self._ready(state, profile, False), self.snap(start, profile)
        arcs = np.flatnonzero(pace_.usable)
        nodes = np.union1d(self._network.arc_tail[arcs], self._network.arc_head[arcs])
        every = Seeds(
            node=np.column_stack([nodes, np.full(len(nodes), -1)]).astype(np.int32),
            ds=np.zeros((len(nodes), 2), dtype=np.int64),
        )
        costs = partial_costs(self._network, ready.metric, from_)
        seeds = source_seeds(self._network, pace_.usable, from_, costs)
        tenths = self._search.table(ready.customised, seeds, every)[0]
        near = tenths <= limit_s * 10.0
        return Reach(lonlat=degrees(self._network.node_point[nodes[near]]), seconds=tenths[near] / 10.0)

    def set_hazards(self, hazards: tuple[Hazard, ...]) -> None:
        """See `engines.Engine`. Each metric is made anew by the first query that needs it."""
        self._state = _State(self._slowing.factors(hazards))

    def pace(self, profile: str) -> Pace:
        """Seconds per segment of that profile, computed once."""
        found = self._paces.get(profile)
        if found is None:
            with self._lock:
                found = self._paces.get(profile) or pace(self._network, get_profile(profile))
                self._paces[profile] = found
        return found

    def _ready(self, state: _State, profile: str, comfort: bool) -> _Ready:
        found = state.ready.get((profile, comfort))
        if found is None:
            with self._lock:
                found = state.ready.get((profile, comfort))
                if found is None:
                    metric = self._metric(profile, comfort, state.factors)
                    found = _Ready(metric, self._search.customise(metric.arc_ds))
                    state.ready[profile, comfort] = found
        return found

    def _metric(self, profile: str, comfort: bool, factors: NDArray[np.float32] | None) -> Metric:
        """The metric under those factors, built upon the one without hazards, which is kept."""
        base = self._base.get((profile, comfort))
        if base is None:
            base = build_metric(self._network, self.pace(profile), comfort=comfort)
            self._base[profile, comfort] = base
        if factors is None:
            return base
        return with_hazards(self._network, base, factors)

    def _costs(self, from_: Snapped, to: Snapped, profile: str) -> NDArray[np.int64]:
        ready, usable = self._ready(self._state, profile, False), self.pace(profile).usable
        here = partial_costs(self._network, ready.metric, from_)
        there = here if to is from_ else partial_costs(self._network, ready.metric, to)
        costs = self._search.table(
            ready.customised,
            source_seeds(self._network, usable, from_, here),
            target_seeds(self._network, usable, to, there),
        )
        source, target, direct = along_one_edge(usable, from_, to, (here, there))
        costs[source, target] = np.minimum(costs[source, target], direct)
        return costs

    def _best_trace(
        self, ready: _Ready, pace_: Pace, ends: Snapped
    ) -> tuple[Trace, NDArray[np.int64] | None]:
        """The cheapest ride, and its arcs with those of both ends; None for arcs if it stays on one edge."""
        network, usable = self._network, pace_.usable
        from_, to = ends.only(0), ends.only(1)
        costs = partial_costs(network, ready.metric, ends)
        here, there = costs.only(0), costs.only(1)
        path = self._search.path(
            ready.customised,
            source_seeds(network, usable, from_, here),
            target_seeds(network, usable, to, there),
        )
        _, _, direct = along_one_edge(usable, from_, to, (here, there))
        if len(direct) and direct[0] < UNREACHED and (path is None or direct[0] <= path.ds):
            return trace_within_edge(from_, to), None
        if path is None:
            raise NoRoute("no path leads from the first point to the second for this bike")
        arcs = path_arcs(network, from_, to, path)
        return trace_arcs(network, from_, to, arcs), arcs
