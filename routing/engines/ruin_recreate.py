"""Ruin and recreate with annealing: the engine of choice (kernels in `search_kernel`)."""

from collections.abc import Callable
from dataclasses import dataclass

from routing.engines.interface import Deadline
from routing.engines.live_plan import LivePlan
from routing.engines.pace import Pace
from routing.engines.search_kernel import anneal
from routing.objective import lateness_cost, lateness_factor
from routing.problem import Plan, Problem
from routing.solution import Solution

Watch = Callable[[LivePlan], None]
"""Looks at a plan between two chunks of a search and changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Start and end temperature as shares of the mean cost per served order.

    The defaults were measured on the courier model: ten times cooler, plans end 3 to 5 % dearer.
    """

    start: float = 0.6
    end: float = 0.006

    def at(self, used: float) -> float:
        """Share at a moment of the search, 0 its beginning and 1 its end; falls geometrically."""
        return float(self.start * (self.end / self.start) ** used)


COLD_START = Heat()
WARM_START = Heat(start=0.1)


class RuinRecreate:
    """Slack induction by string removals for pickup and delivery."""

    name = "ruin_recreate"

    def __init__(self, heat: Heat = COLD_START, reheat: Heat = WARM_START) -> None:
        """`reheat` is for searches that start from a plan with most of the orders in it."""
        self.heat = heat
        self.reheat = reheat

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """Insert what is missing, then search until the deadline; the best plan seen is the answer."""
        return self.explore(problem, start, deadline, seed)[1]

    def explore(
        self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int, watch: Watch | None = None
    ) -> tuple[LivePlan, Solution]:
        """The same, with the kernels' arrays as they are at the end; `watch` looks at them now and then."""
        pace = Pace(deadline)
        live = LivePlan(problem, start, seed)
        is_planned = 2 * len(live.unserved) < live.encoded.facts.orders
        live.insert_all(pace)
        if live.encoded.facts.orders and live.encoded.facts.couriers:
            self.search(live, pace, self.reheat if is_planned else self.heat, watch)
            live.restore_best()
        live.keep_announced()
        return live, live.solution(self.name, seed, pace)

    def search(
        self, live: LivePlan, pace: Pace, heat: Heat, watch: Watch | None = None, until: float = 1.0
    ) -> None:
        """Anneal in chunks until a share of the deadline is used up, cooling all the while."""
        scale, before = cost_per_order(live), pace.used()
        while (used := pace.used()) < until:
            degrees = scale * heat.at((used - before) / (until - before))
            anneal(live.encoded.facts, live.state, pace.next_chunk(until), degrees)
            if watch is not None:
                watch(live)


def cost_per_order(live: LivePlan) -> float:
    """Mean cost of what is served, at least one second of riding: the scale of temperatures.

    Lateness counts here as usual even where it is many times dearer: one order late for good would heat all others.
    """
    state, facts = live.state, live.encoded.facts
    routes = sum(int(state.run[courier].cost) for courier in range(facts.couriers)) - _extra_lateness(live)
    served = facts.orders - int(state.now[0].out_count)
    return max(1000.0, routes / max(1, served))


def _extra_lateness(live: LivePlan) -> int:
    """What lateness costs beyond the usual where it is many times dearer."""
    state, row, extra = live.state, live.encoded.facts.row, 0
    for shipment in live.problem.shipments:
        times = lateness_factor(live.problem, shipment.id)
        courier = int(state.item[live.encoded.order_of[shipment.id]].courier) if times > 1 else -1
        for ref in shipment.refs if courier >= 0 else ():
            start_s = int(state.spot[courier * row + state.position[live.encoded.node_of[ref]]].start)
            promised_s = shipment.stop(ref.stop_index).promised_s
            extra += (times - 1) * lateness_cost(start_s, promised_s, live.problem.weights)
    return extra
