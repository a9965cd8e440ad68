"""Large problems in groups of riders, whose borders shift from round to round.

A group keeps its riders' runs and the orders near them, and an engine searches it with a share of the time.
Each round looks at the town from two other places and cuts across the old borders, so that orders can wander.
What a search needs in time and memory grows with riders times orders; groups make it grow with orders alone.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routing.conditions import ANYTHING
from routing.engines.interface import Deadline, Engine
from routing.engines.pace import Pace
from routing.engines.start import Runs, answer_of, better_of
from routing.excess import left_by
from routing.problem import Courier, Plan, Problem, Shipment, TravelMatrix
from routing.solution import Solution, Unserved

ANSWER_S = 100e-6
"""Processor time to price, check and write down one stop of the whole plan."""

LEAST_S = 0.004
"""Seconds that a round needs for each order, about: to read it, to find it a place and to try others."""


class Grouped:
    """Another engine on groups of about so many riders or orders; small problems go to it whole."""

    def __init__(self, inner: Engine, riders: int = 100, orders: int = 500, rounds: int = 3) -> None:
        """At most so many rounds: fewer where the time would not be enough to place every order in each."""
        self.inner = inner
        self.riders = riders
        self.orders = orders
        self.rounds = rounds
        self.name = f"{inner.name}_grouped"

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """The best plan of the last round; never dearer than a start that is sound."""
        groups = max(-(-len(problem.couriers) // self.riders), -(-len(problem.shipments) // self.orders))
        groups = min(groups, len(problem.couriers))
        if groups <= 1:
            return self.inner.solve(problem, start, deadline, seed)
        pace, random = Pace(deadline), np.random.default_rng(seed)
        pace.keep(ANSWER_S * sum(len(shipment.refs) for shipment in problem.shipments))
        rounds = self._rounds(problem, deadline)
        parts = rounds * groups
        plan: Runs = {}
        reasons: dict[str, Unserved] = {}
        for number in range(rounds):
            given = dict(start or {}) if number == 0 else plan
            for part in _groups(problem, given, groups, random):
                if number and pace.used() >= 1:
                    break
                part = _within(problem, part, {**given, **plan})
                share, parts = _share(pace, parts), parts - 1
                answer = self.inner.solve(part, {c.id: given.get(c.id, ()) for c in part.couriers}, share, seed)
                pace.done += share.iterations or 0
                plan |= answer.plan
                reasons |= {entry.shipment_id: entry for entry in answer.unserved}
        blank = Solution(routes=(), unserved=(), cost=0, engine=self.name, seed=seed)
        return better_of(problem, start, answer_of(problem, plan, reasons, blank))

    def _rounds(self, problem: Problem, deadline: Deadline) -> int:
        if deadline.seconds is None:
            return self.rounds
        return max(1, min(self.rounds, int(deadline.seconds / (LEAST_S * max(1, len(problem.shipments))))))


def _within(problem: Problem, part: Problem, plan: Plan) -> Problem:
    """A group with what the others leave it of the conditions for the plan as a whole."""
    if problem.conditions == ANYTHING:
        return part
    others = {name: plan.get(name, ()) for name in problem.courier_by_id if name not in part.courier_by_id}
    return replace(part, conditions=left_by(problem, others))


def _share(pace: Pace, parts: int) -> Deadline:
    """What is left of a deadline, shared among so many parts."""
    left_s, left = pace.left_s, pace.left
    return Deadline(seconds=None if left_s is None else left_s / parts,
                    iterations=None if left is None else -(-left // parts))


def _groups(problem: Problem, plan: Plan, groups: int, random: np.random.Generator) -> Iterator[Problem]:
    """Cut the town into so many stripes of riders between two random places."""
    matrix = next(iter(problem.matrices.values())).seconds
    a, b = random.integers(0, len(matrix), 2)
    along = matrix[a].astype(np.int64) - matrix[b]
    order = np.argsort([_middle(problem, courier, plan, along) for courier in problem.couriers], kind="stable")
    stripes = np.array_split(order, groups)
    group_of = {problem.couriers[k].id: number for number, stripe in enumerate(stripes) for k in stripe}
    _gather(problem, group_of)
    edges = [_middle(problem, problem.couriers[stripe[0]], plan, along) for stripe in stripes[1:]]
    owner = _owners(problem, plan)
    members: list[list[Shipment]] = [[] for _ in stripes]
    for shipment in problem.shipments:
        first = shipment.stop(shipment.refs[0].stop_index).place
        nearest = stripes[int(np.searchsorted(edges, along[first], side="right"))]
        rider = owner.get(shipment.id, "")
        members[group_of[rider if rider in group_of else problem.couriers[nearest[0]].id]].append(shipment)
    for number, shipments in enumerate(members):
        if couriers := tuple(courier for courier in problem.couriers if group_of[courier.id] == number):
            yield _part(problem, couriers, tuple(shipments))


def _gather(problem: Problem, group_of: dict[str, int]) -> None:
    """Put riders who are kept apart into one group: only there it is known who goes where."""
    for _ in problem.apart:
        for a, b in problem.apart:
            group_of[a] = group_of[b] = min(group_of[a], group_of[b])


def _middle(problem: Problem, courier: Courier, plan: Plan, along: NDArray[np.int64]) -> float:
    """Where a rider's work lies between the two places, in seconds."""
    refs = [ref for ref in plan.get(courier.id, ()) if ref.shipment_id in problem.shipment_by_id]
    places = [problem.shipment_by_id[ref.shipment_id].stop(ref.stop_index).place
              for ref in refs if problem.has_stop(ref)]
    return float(np.mean(along[[courier.place, *places]]))


def _owners(problem: Problem, plan: Plan) -> dict[str, str]:
    """The rider with whose group a shipment goes: who carries it, has it pinned, planned or announced."""
    owner = dict(problem.announced_to)
    for runs in (plan, problem.pinned):
        owner |= {ref.shipment_id: courier for courier, refs in runs.items() for ref in refs}
    return owner | {s.id: s.bound_to for s in problem.shipments if s.bound_to is not None}


def _part(problem: Problem, couriers: tuple[Courier, ...], shipments: tuple[Shipment, ...]) -> Problem:
    """The problem of one group, its matrices cut down to its places; costs are those of the whole problem."""
    used = {c.place for c in couriers} | {c.end_place for c in couriers if c.end_place is not None}
    used |= {s.stop(ref.stop_index).place for s in shipments for ref in s.refs}
    places = np.array(sorted(used))
    index = {int(place): number for number, place in enumerate(places)}
    ids, riders = {s.id for s in shipments}, {c.id for c in couriers}
    ids |= {rest.id for courier in couriers for rest in courier.breaks}
    return replace(
        problem,
        couriers=tuple(_moved_courier(courier, index) for courier in couriers),
        shipments=tuple(_moved_shipment(shipment, index) for shipment in shipments),
        matrices={name: _cut(matrix, places) for name, matrix in problem.matrices.items()},
        announced={c: tuple(ref for ref in refs if ref.shipment_id in ids) for c, refs in problem.announced.items()},
        pinned={c: refs for c, refs in problem.pinned.items() if c in riders},
        apart=tuple(pair for pair in problem.apart if pair[0] in riders),
        bias={pair: value for pair, value in problem.bias.items() if pair[0] in ids and pair[1] in riders},
    )


def _cut(matrix: TravelMatrix, places: NDArray[np.int64]) -> TravelMatrix:
    some = np.ix_(places, places)
    return TravelMatrix(seconds=matrix.seconds[some], metres=None if matrix.metres is None else matrix.metres[some])


def _moved_courier(courier: Courier, index: dict[int, int]) -> Courier:
    end = None if courier.end_place is None else index[courier.end_place]
    return replace(courier, place=index[courier.place], end_place=end)


def _moved_shipment(shipment: Shipment, index: dict[int, int]) -> Shipment:
    pickup = shipment.pickup and replace(shipment.pickup, place=index[shipment.pickup.place])
    dropoffs = tuple(replace(stop, place=index[stop.place]) for stop in shipment.dropoffs)
    return replace(shipment, pickup=pickup, dropoffs=dropoffs)
