"""State what must hold for a plan as a whole, beyond each rider's own limits. Pure; `routing.assign` keeps to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routing.problem import Plan, Problem, StopRef

NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must hold for a plan as a whole. Empty: nothing beyond each run's own limits.

    `most_moved`: orders that may go to another rider than announced. `most_each`: orders that one rider has at once,
    `most_orders`: the same by courier. `scarce`: riders of a bike profile who may be out at once. All of them bind what
    is still open: what is pinned or on board is as it is. (Riders to be kept apart are a fact of the problem, because
    no engine may ever bring them together.)
    """

    most_moved: int | None = None
    most_each: int | None = None
    most_orders: Mapping[str, int] = field(default_factory=dict)
    scarce: Mapping[str, int] = field(default_factory=dict)

    def broken_by(self, problem: Problem, plan: Plan) -> list[str]:
        """Names of the conditions that a plan breaks."""
        return [name for name, much in self._excess(problem, plan).items() if much]

    def shortfall(self, problem: Problem, plan: Plan) -> tuple[int, int]:
        """How far a plan is from what it owes: announced orders that it leaves out, then by how much it breaks these.

        No condition is worth it that an order somebody has on the phone is in nobody's run. Without conditions: 0, 0.
        """
        if self == ANYTHING:
            return 0, 0
        planned = {ref.shipment_id for refs in plan.values() for ref in refs}
        return len(problem.announced_to.keys() - planned), sum(self._excess(problem, plan).values())

    def _excess(self, problem: Problem, plan: Plan) -> dict[str, int]:
        """By how much a plan breaks each condition."""
        changed = sum(moved(problem, courier_id, refs) for courier_id, refs in plan.items())
        out = [problem.courier_by_id[name].kind for name, refs in plan.items() if open_orders(problem, refs)]
        return {
            "most_moved": 0 if self.most_moved is None else max(0, changed - self.most_moved),
            "most_orders": sum(max(0, open_orders(problem, refs) - self.share_of(name)) for name, refs in plan.items()),
            "scarce": sum(max(0, out.count(kind) - most) for kind, most in self.scarce.items()),
        }

    def share_of(self, courier_id: str) -> int:
        """Open orders that a rider may have at once."""
        most = NO_LIMIT if self.most_each is None else self.most_each
        return min(most, self.most_orders.get(courier_id, NO_LIMIT))


ANYTHING = Conditions()


def open_orders(problem: Problem, refs: Iterable[StopRef]) -> int:
    """Orders in a run that are still anybody's."""
    names = {ref.shipment_id for ref in refs}
    return len(names - problem.committed - set(problem.break_by_id))


def moved(problem: Problem, courier_id: str, refs: Iterable[StopRef]) -> int:
    """Orders in a run that are announced to another rider."""
    names = {ref.shipment_id for ref in refs}
    return sum(problem.announced_to.get(name, courier_id) != courier_id for name in names)
