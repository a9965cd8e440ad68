"""Price a plan: the one cost function of the product, in milliseconds of riding (see `routing.weights`).

Pure, exact and slow on purpose: engines have their own fast arithmetic and are tested to give the same
integer as this page. Terms and their sources:

riding       every second on the bike, by the courier's own profile
waiting      every second at a stop before it opens (a break is no waiting)
lateness     start of service after the promise, steeper after 15 minutes; soft windows, Taillard et al. 1997;
             of a solidarity slot many times dearer, so that no paid work makes it late
overtime     finish after the agreed end of the shift
unserved     per shipment by priority; a solidarity slot, and goods already on board, by so much more that no
             other work can buy them
moved        announced stops that another courier now has; resequenced: announced stops in another order
fairness     what the co-op's pay median adds or takes, capped
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from routing.problem import Courier, Plan, Problem, StopRef
from routing.solution import Route, StopKind, schedule, stop_of
from routing.weights import Weights

MOST_TIMES_LATE = 100
"""Beyond this, to save seconds of a solidarity slot a paid order would be left out altogether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The parts of a cost, all in milliseconds of riding."""

    riding: int = 0
    waiting: int = 0
    lateness: int = 0
    overtime: int = 0
    unserved: int = 0
    moved: int = 0
    resequenced: int = 0
    fairness: int = 0

    @property
    def total(self) -> int:
        """Sum of all parts."""
        return sum(getattr(self, field.name) for field in fields(self))

    def __add__(self, other: "Terms") -> "Terms":
        return Terms(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def __sub__(self, other: "Terms") -> "Terms":
        return Terms(**{f.name: getattr(self, f.name) - getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Price of a plan: `by_courier` adds up to all but the unserved; `by_shipment` holds what is its own
    (lateness, unserved, moved, fairness), breaks by their id among them.
    """

    terms: Terms
    by_courier: Mapping[str, Terms]
    by_shipment: Mapping[str, Terms]

    @property
    def total(self) -> int:
        """The integer every engine must agree on."""
        return self.terms.total


def lateness_cost(start_s: int, promised_s: int | None, weights: Weights) -> int:
    """Cost of starting service after the promise; 0 when early. Seconds since the planning epoch."""
    late_s = 0 if promised_s is None else max(0, start_s - promised_s)
    steep_s = max(0, late_s - weights.steep_after_s)
    return weights.lateness_per_s * (late_s - steep_s) + weights.steep_lateness_per_s * steep_s


def lateness_factor(problem: Problem, shipment_id: str) -> int:
    """How many times dearer than usual the lateness of a shipment is, or of a break."""
    shipment = problem.shipment_by_id.get(shipment_id)
    if shipment is None or not shipment.solidarity:
        return 1
    return max(1, min(MOST_TIMES_LATE, problem.weights.solidarity_factor))


def unserved_cost(problem: Problem, shipment_id: str) -> int:
    """Cost of leaving out one shipment; a missed break counts like a shipment of priority 1."""
    shipment = problem.shipment_by_id.get(shipment_id)
    if shipment is None:
        return problem.weights.unserved
    is_protected = shipment.solidarity or shipment_id in problem.committed
    factor = problem.weights.solidarity_factor if is_protected else 1
    return problem.weights.unserved * shipment.priority * factor


def fairness_cost(problem: Problem, shipment_id: str, courier_id: str) -> int:
    """The capped bias of giving this shipment to this courier."""
    cap = problem.weights.fairness_cap
    return max(-cap, min(cap, problem.bias.get((shipment_id, courier_id), 0)))


def moved_cost(problem: Problem, shipment_id: str, courier_id: str) -> int:
    """Cost of serving a shipment by another courier than the announced one."""
    announced_to = problem.announced_to.get(shipment_id)
    if announced_to is None or announced_to == courier_id:
        return 0
    stops = sum(ref.shipment_id == shipment_id for ref in problem.announced[announced_to])
    return problem.weights.moved_stop * stops


def resequenced_count(announced: tuple[StopRef, ...], run: tuple[StopRef, ...]) -> int:
    """How often, along a run, an announced stop follows one that was announced after it."""
    rank = {ref: position for position, ref in enumerate(announced)}
    ranks = [rank[ref] for ref in run if ref in rank]
    return sum(later < earlier for earlier, later in zip(ranks, ranks[1:], strict=False))


def cost(problem: Problem, plan: Plan) -> Cost:
    """Price a whole plan. ValueError if a shipment is only partly in it, twice, or with two couriers."""
    _require_whole_shipments(problem, plan)
    by_shipment: dict[str, Terms] = {}
    by_courier = {}
    for route in schedule(problem, plan):
        courier = problem.courier_by_id[route.courier_id]
        by_courier[courier.id] = route_terms(problem, route)
        by_shipment.update(_terms_by_shipment(problem, courier, route))
    for shipment_id in _all_ids(problem):
        if shipment_id not in by_shipment:
            by_shipment[shipment_id] = Terms(unserved=unserved_cost(problem, shipment_id))
    unserved = sum(terms.unserved for terms in by_shipment.values())
    terms = sum(by_courier.values(), Terms(unserved=unserved))
    return Cost(terms=terms, by_courier=by_courier, by_shipment=by_shipment)


def route_terms(problem: Problem, route: Route) -> Terms:
    """Price of one courier's run."""
    weights = problem.weights
    courier = problem.courier_by_id[route.courier_id]
    waiting_s = sum(v.start_s - v.arrival_s for v in route.visits if v.kind != StopKind.BREAK)
    overtime_s = max(0, route.finish_s - courier.shift_end_s) if route.visits else 0
    own = sum(_terms_by_shipment(problem, courier, route).values(), Terms())
    announced = problem.announced.get(courier.id, ())
    return own + Terms(
        riding=weights.riding_per_s * route.riding_s,
        waiting=weights.waiting_per_s * waiting_s,
        overtime=weights.overtime_per_s * overtime_s,
        resequenced=weights.resequenced_stop * resequenced_count(announced, route.refs),
    )


def _terms_by_shipment(problem: Problem, courier: Courier, route: Route) -> dict[str, Terms]:
    found: dict[str, Terms] = {}
    for visit in route.visits:
        stop = stop_of(problem, visit.ref)[1]
        promised_s = stop.due_s if visit.kind == StopKind.BREAK else getattr(stop, "promised_s")
        times = lateness_factor(problem, visit.shipment_id)
        late = Terms(lateness=times * lateness_cost(visit.start_s, promised_s, problem.weights))
        if visit.shipment_id not in found:
            late += Terms(moved=moved_cost(problem, visit.shipment_id, courier.id),
                          fairness=fairness_cost(problem, visit.shipment_id, courier.id))
        found[visit.shipment_id] = found.get(visit.shipment_id, Terms()) + late
    return found


def _all_ids(problem: Problem) -> list[str]:
    return [shipment.id for shipment in problem.shipments] + list(problem.break_by_id)


def _require_whole_shipments(problem: Problem, plan: Plan) -> None:
    seen: dict[str, tuple[str, set[int]]] = {}
    for courier_id, refs in plan.items():
        for ref in refs:
            owner, indices = seen.setdefault(ref.shipment_id, (courier_id, set()))
            if owner != courier_id or ref.stop_index in indices:
                raise ValueError(f"{ref} is planned twice or with two couriers")
            indices.add(ref.stop_index)
    for shipment_id, (_, indices) in seen.items():
        shipment = problem.shipment_by_id.get(shipment_id)
        if shipment is not None and len(indices) != len(shipment.refs):
            raise ValueError(f"shipment {shipment_id} is only partly planned")
