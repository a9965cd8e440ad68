"""What a shortest-path search must offer over a network's arcs; `cch` and `dijkstra` do."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

UNREACHED = np.iinfo(np.int64).max // 4
"""Cost of a pair that no path joins."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seeds:
    """Where n searches begin or end: up to two nodes each, because a point lies between an edge's two ends.

    `node` (n, 2) int32, -1 for none; `ds` (n, 2) int64: cost in tenths of a second between the point and the node.
    """

    node: NDArray[np.int32]
    ds: NDArray[np.int64]

    def pairs(self, index: int) -> list[tuple[int, int]]:
        """(node, cost) of one search."""
        nodes, costs = self.node[index].tolist(), self.ds[index].tolist()
        return [(node, cost) for node, cost in zip(nodes, costs, strict=True) if node >= 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A cheapest path: its cost with that of the seeds, its arcs in order, and the nodes where it begins and ends."""

    ds: int
    arcs: list[int]
    first_node: int
    last_node: int


class Search(Protocol):
    """Shortest paths over a fixed set of arcs under weights that may change. Safe to use from many threads."""

    def customise(self, weights: NDArray[np.int32]) -> Any:
        """Prepare one metric; `weights` (A,) int32 tenths of a second, `weights.CLOSED_DS` for closed."""

    def table(self, metric: Any, sources: Seeds, targets: Seeds) -> NDArray[np.int64]:
        """Costs in tenths of a second from every source to every target, (n, m); UNREACHED where there is none."""

    def path(self, metric: Any, source: Seeds, target: Seeds) -> Path | None:
        """The cheapest path between the first source and the first target, or None."""
