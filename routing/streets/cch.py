"""Shortest paths by customizable contraction hierarchies (RoutingKit through `routingkit-cch`).

The only module that touches that library, because it has edges: its PanicException derives from BaseException; its
queries belong to the thread that made them, so every call makes and drops its own; a query's result must be gone
before its query runs again; and a metric cannot be changed while queries live, so a new one is built instead.
Source: Dibbelt, Strasser, Wagner, Customizable Contraction Hierarchies, ACM JEA 2016.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import routingkit_cch
from numpy.typing import NDArray

from routing.streets.errors import EngineFailed
from routing.streets.network import Network
from routing.streets.search import UNREACHED, Path, Seeds

THREADS = min(os.cpu_count() or 1, 4)
"""The library lets go of the GIL while it sweeps, so a table is made by so many threads, each with its own query."""

ROWS_PER_THREAD = 50
"""Fewer are not worth a thread: a hundred take 15 ms."""


class CchSearch:
    """`search.Search` over a contraction hierarchy: the order is known, so a new metric takes milliseconds."""

    def __init__(self, network: Network) -> None:
        order, tail, head = (array.tolist() for array in (network.order, network.arc_tail, network.arc_head))
        with _no_panic():
            self._cch = routingkit_cch.CCH(order, tail, head, False)

    def customise(self, weights: NDArray[np.int32]) -> routingkit_cch.CCHMetric:
        """See `search.Search`."""
        with _no_panic():
            return routingkit_cch.CCHMetric(self._cch, weights.tolist())

    def table(self, metric: routingkit_cch.CCHMetric, sources: Seeds, targets: Seeds) -> NDArray[np.int64]:
        """See `search.Search`. One sweep of the hierarchy per source over all targets, by threads if there are many."""
        pinned, column = np.unique(targets.node, return_inverse=True)
        column = column.reshape(targets.node.shape)
        missing = int(pinned[0] < 0)
        costs = np.full((len(sources.node), len(pinned)), UNREACHED, dtype=np.int64)
        nodes = pinned[missing:].tolist()

        def fill(indices: range) -> None:
            query = routingkit_cch.CCHOneToMany(metric, nodes)
            for index in indices:
                costs[index, missing:] = _as_array(query.distances_from_multi(sources.pairs(index)))

        with _no_panic():
            threads = min(THREADS, len(costs) // ROWS_PER_THREAD)
            if threads < 2:
                fill(range(len(costs)))
            else:
                with ThreadPoolExecutor(threads) as pool:
                    list(pool.map(fill, (range(first, len(costs), threads) for first in range(threads))))
        first, second = (costs[:, column[:, side]] + targets.ds[:, side] for side in (0, 1))
        return np.asarray(np.minimum(first, second).clip(max=UNREACHED))

    def path(self, metric: routingkit_cch.CCHMetric, source: Seeds, target: Seeds) -> Path | None:
        """See `search.Search`."""
        with _no_panic():
            result = routingkit_cch.CCHQuery(metric).run_multi(source.pairs(0), target.pairs(0))
            if result.distance is None:
                return None
            nodes = result.node_path
            return Path(ds=result.distance, arcs=result.arc_path, first_node=nodes[0], last_node=nodes[-1])


def _as_array(found: list[int | None]) -> NDArray[np.int64]:
    """Costs as the library lists them; None, which is rare, where no path leads."""
    try:
        return np.fromiter(found, np.int64, len(found))
    except TypeError:
        return np.array([UNREACHED if cost is None else cost for cost in found], dtype=np.int64)


@contextmanager
def _no_panic() -> Iterator[None]:
    """Turn the library's panics, which pass through `except Exception`, into EngineFailed."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise EngineFailed(f"routingkit-cch: {error}") from error
