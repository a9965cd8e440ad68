"""Collect good runs while a search comes across them: what `routing.assign` chooses from."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from routing.engines.compiled import flat
from routing.engines.live_plan import LivePlan
from routing.engines.pool_kernel import price_exchanges
from routing.engines.route_kernel import ANY_PRICE
from routing.problem import StopRef

MOST = 4_000
"""Runs kept; HiGHS chooses among so many in well under a second."""

TAKERS = 8
"""Riders to whom a present run is offered: those for whom it would be cheapest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One rider's stops in order, and what they cost that rider (`routing.objective`, all but the unserved)."""

    courier_id: str
    refs: tuple[StopRef, ...]
    cost: int


class Pool:
    """Runs seen so far, each once; when there are too many the oldest go."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._runs: dict[tuple[int, tuple[int, ...]], int] = {}
        self._versions: dict[int, int] = {}

    def watch(self, live: LivePlan) -> None:
        """Take in every run that has changed since the last look."""
        row, state = live.encoded.facts.row, live.state
        for courier in range(live.encoded.facts.couriers):
            run = state.run[courier]
            if self._versions.get(courier) == run.version or not run.count:
                continue
            self._versions[courier] = int(run.version)
            if run.cost < ANY_PRICE:
                first = courier * row + 1
                self._keep(courier, tuple(int(node) for node in state.nodes[first: first + run.count]), int(run.cost))

    def exchange(self, live: LivePlan) -> None:
        """Take in every present run as the riders could ride it for whom it would be cheapest."""
        facts, state = live.encoded.facts, live.state
        prices = flat(np.zeros(facts.couriers**2))
        price_exchanges(facts, state, prices)
        for giver in range(facts.couriers):
            first = giver * facts.row + 1
            nodes = tuple(int(node) for node in state.nodes[first: first + state.run[giver].count])
            offers = np.asarray(prices[giver * facts.couriers: (giver + 1) * facts.couriers])
            for taker in np.argsort(offers, kind="stable")[:TAKERS]:
                if offers[taker] < ANY_PRICE:
                    self._keep(int(taker), nodes, int(offers[taker]))

    def runs(self, live: LivePlan) -> list[Run]:
        """Everything kept, in names."""
        refs, couriers = live.encoded.refs, live.problem.couriers
        return [
            Run(courier_id=couriers[courier].id, refs=tuple(refs[node] for node in nodes), cost=cost)
            for (courier, nodes), cost in self._runs.items()
        ]

    def _keep(self, courier: int, nodes: tuple[int, ...], cost: int) -> None:
        self._runs[courier, nodes] = cost
        if len(self._runs) > self.most:
            del self._runs[next(iter(self._runs))]


class Runs:
    """Runs of one problem by rider, whichever groups and pieces of a search met them."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._costs: dict[str, dict[tuple[StopRef, ...], int]] = {}

    def take(self, runs: Iterable[Run]) -> None:
        """Take in runs, the newest last; of each rider so many are kept at most."""
        for run in runs:
            own = self._costs.setdefault(run.courier_id, {})
            own.pop(run.refs, None)
            own[run.refs] = run.cost
            if len(own) > self.most:
                del own[next(iter(own))]

    def newest(self, count: int) -> list[Run]:
        """At most so many, the newest of every rider before anybody's older ones; the newest last."""
        aged = [
            (age, name, refs)
            for name, own in self._costs.items()
            for age, refs in enumerate(reversed(own))
        ]
        aged.sort(key=lambda entry: entry[0])
        kept = aged[: max(0, count)]
        return [Run(courier_id=name, refs=refs, cost=self._costs[name][refs]) for _, name, refs in reversed(kept)]
