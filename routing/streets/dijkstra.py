"""Shortest paths by Dijkstra's algorithm in SciPy: slow and plain, the oracle of the tests and the fallback."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.streets.network import Network
from routing.streets.search import UNREACHED, Path, Seeds
from routing.streets.weights import CLOSED_DS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DijkstraMetric:
    """Open arcs, the cheapest only of those that join the same two nodes, sorted by (tail, head)."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ds: NDArray[np.int64]
    arc: NDArray[np.int64]


class DijkstraSearch:
    """`search.Search` without any preparation."""

    def __init__(self, network: Network) -> None:
        self._tail, self._head = np.asarray(network.arc_tail), np.asarray(network.arc_head)
        self._count = network.node_count

    def customise(self, weights: NDArray[np.int32]) -> DijkstraMetric:
        """See `search.Search`."""
        arcs = np.flatnonzero(weights != CLOSED_DS)
        arcs = arcs[np.lexsort((weights[arcs], self._head[arcs], self._tail[arcs]))]
        tail, head = self._tail[arcs], self._head[arcs]
        first = np.ones(len(arcs), dtype=bool)
        first[1:] = (np.diff(tail) != 0) | (np.diff(head) != 0)
        arcs = arcs[first]
        return DijkstraMetric(
            tail=self._tail[arcs], head=self._head[arcs], ds=weights[arcs].astype(np.int64), arc=arcs
        )

    def table(self, metric: DijkstraMetric, sources: Seeds, targets: Seeds) -> NDArray[np.int64]:
        """See `search.Search`."""
        graph, shift = self._with_sources(metric, sources)
        starts = np.arange(len(sources.node)) + self._count
        reached = dijkstra(graph, directed=True, indices=starts)
        reached = np.where(np.isfinite(reached), reached - shift, UNREACHED).astype(np.int64)
        costs = [
            np.where(targets.node[:, side] >= 0, reached[:, targets.node[:, side]] + targets.ds[:, side], UNREACHED)
            for side in (0, 1)
        ]
        return np.asarray(np.minimum(*costs).clip(max=UNREACHED))

    def path(self, metric: DijkstraMetric, source: Seeds, target: Seeds) -> Path | None:
        """See `search.Search`."""
        graph, shift = self._with_sources(metric, source)
        reached, before = dijkstra(graph, directed=True, indices=self._count, return_predecessors=True)
        ends = [(reached[node] + cost, node) for node, cost in target.pairs(0) if np.isfinite(reached[node])]
        if not ends:
            return None
        total, last = min(ends)
        nodes = [last]
        while before[nodes[-1]] != self._count:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        arcs = [self._arc(metric, *pair) for pair in zip(nodes, nodes[1:], strict=False)]
        return Path(ds=int(total) - shift, arcs=arcs, first_node=nodes[0], last_node=last)

    def _with_sources(self, metric: DijkstraMetric, sources: Seeds) -> tuple[csr_array, int]:
        """The graph with one more node per source. SciPy drops zero weights, so their arcs cost one more (`shift`)."""
        shift = 1
        source, side = np.nonzero(sources.node >= 0)
        tail = np.concatenate([metric.tail, source + self._count])
        head = np.concatenate([metric.head, sources.node[source, side]])
        cost = np.concatenate([metric.ds, sources.ds[source, side] + shift]).astype(np.float64)
        size = self._count + len(sources.node)
        return csr_array((cost, (tail, head)), shape=(size, size)), shift

    @staticmethod
    def _arc(metric: DijkstraMetric, tail: int, head: int) -> int:
        low, high = np.searchsorted(metric.tail, tail), np.searchsorted(metric.tail, tail, side="right")
        return int(metric.arc[low + np.searchsorted(metric.head[low:high], head)])
