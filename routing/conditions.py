"""State what must hold for a plan as a whole, beyond each rider's own limits. Pure; `routing.assign` keeps to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routing.problem import Plan, Problem, StopRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must hold for a plan as a whole. Empty: nothing beyond each run's own limits.

    `most_moved`: orders that may go to another rider than announced. `most_orders`: fair shares, by courier.
    `scarce`: riders of a bike profile who may be out at once. `apart`: pairs who are not sent to the same pickup
    place. All of them bind what is still open: what is pinned or on board is as it is.
    """

    most_moved: int | None = None
    most_orders: Mapping[str, int] = field(default_factory=dict)
    scarce: Mapping[str, int] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()

    def broken_by(self, problem: Problem, plan: Plan) -> list[str]:
        """Names of the conditions that a plan breaks."""
        broken = []
        changed = sum(moved(problem, courier_id, refs) for courier_id, refs in plan.items())
        if self.most_moved is not None and changed > self.most_moved:
            broken.append("most_moved")
        if any(open_orders(problem, refs) > self.most_orders.get(name, 10**9) for name, refs in plan.items()):
            broken.append("most_orders")
        out = [problem.courier_by_id[name].profile for name, refs in plan.items() if open_orders(problem, refs)]
        if any(out.count(profile) > most for profile, most in self.scarce.items()):
            broken.append("scarce")
        if any(counters(problem, plan.get(a, ())) & counters(problem, plan.get(b, ())) for a, b in self.apart):
            broken.append("apart")
        return broken


ANYTHING = Conditions()


def open_orders(problem: Problem, refs: Iterable[StopRef]) -> int:
    """Orders in a run that are still anybody's."""
    names = {ref.shipment_id for ref in refs}
    return len(names - problem.committed - set(problem.break_by_id))


def moved(problem: Problem, courier_id: str, refs: Iterable[StopRef]) -> int:
    """Orders in a run that are announced to another rider."""
    names = {ref.shipment_id for ref in refs}
    return sum(problem.announced_to.get(name, courier_id) != courier_id for name in names)


def counters(problem: Problem, refs: Iterable[StopRef]) -> set[int]:
    """Places where new goods are picked up."""
    picked = (problem.shipment_by_id[ref.shipment_id] for ref in refs
              if ref.stop_index == 0 and ref.shipment_id in problem.shipment_by_id)
    return {shipment.pickup.place for shipment in picked if shipment.pickup and shipment.id not in problem.committed}
