"""State a problem as an OR-Tools routing model. Knows the library's traps; decides nothing.

Pinned stops are folded away: a courier starts where and when their last pinned stop ends, with what is then on the
bike. Breaks are left out (the engine puts them back). Costs are those of `routing.objective` but for two terms the
library cannot say: lateness is not steeper after a while, and resequencing is free. The engine prices what comes out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp

from routing.objective import fairness_cost, lateness_factor, moved_cost, unserved_cost
from routing.problem import HORIZON_S, Courier, Plan, Problem, Shipment, Stop, StopRef
from routing.solution import load_at_start, schedule_run

LOOK_BACK_S = 86_400
"""A promise broken longer ago than this counts as broken this long ago: the library wants times from 0."""

AHEAD_S = 5 * 86_400
"""No plan reaches further than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where, when and how loaded a courier goes on after the pinned stops."""

    place: int
    ready_s: int
    grams: int
    millilitres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One stop that may still be placed."""

    ref: StopRef
    shipment: Shipment
    stop: Stop
    is_first: bool
    grams: int
    millilitres: int


class RoutingModel:
    """One problem in OR-Tools' words. Node numbers: stops, then starts, then ends of couriers."""

    def __init__(self, problem: Problem, full: frozenset[str]) -> None:
        """`full`: couriers who get no new work, because what they have lasts beyond their latest end."""
        self.problem = problem
        self.starts = [_start(problem, courier) for courier in problem.couriers]
        self.nodes = _nodes(problem)
        self.node_of = {node.ref: number for number, node in enumerate(self.nodes)}
        self.origin_s = self._origin_s()
        stops, couriers = len(self.nodes), len(problem.couriers)
        starts = list(range(stops, stops + couriers))
        ends = list(range(stops + couriers, stops + 2 * couriers))
        self.manager = pywrapcp.RoutingIndexManager(stops + 2 * couriers, couriers, starts, ends)
        self.routing: Any = pywrapcp.RoutingModel(self.manager)
        self._ride()
        self._keep_time(full)
        self._carry("grams", [start.grams for start in self.starts], [c.capacity_g for c in problem.couriers])
        self._carry("millilitres", [s.millilitres for s in self.starts], [c.capacity_ml for c in problem.couriers])
        self._limit_distance()
        self._prefer()
        for shipment_id in dict.fromkeys(node.shipment.id for node in self.nodes):
            self._serve([node for node in self.nodes if node.shipment.id == shipment_id], full)

    def routes_of(self, plan: Plan) -> list[list[int]]:
        """A plan's free stops as indices of the model, by courier."""
        return [
            [self.manager.NodeToIndex(self.node_of[ref]) for ref in plan.get(courier.id, ()) if ref in self.node_of]
            for courier in self.problem.couriers
        ]

    def plan_of(self, assignment: Any) -> dict[str, tuple[StopRef, ...]]:
        """The plan in an answer, with the pinned stops in front."""
        plan = {}
        for vehicle, courier in enumerate(self.problem.couriers):
            refs = list(self.problem.pinned.get(courier.id, ()))
            index = assignment.Value(self.routing.NextVar(self.routing.Start(vehicle)))
            while not self.routing.IsEnd(index):
                refs.append(self.nodes[self.manager.IndexToNode(index)].ref)
                index = assignment.Value(self.routing.NextVar(index))
            if refs:
                plan[courier.id] = tuple(refs)
        return plan

    def _origin_s(self) -> int:
        moments = [start.ready_s for start in self.starts]
        moments += [node.stop.promised_s for node in self.nodes if node.stop.promised_s is not None]
        return max(min(moments, default=0), -LOOK_BACK_S)

    def _time(self, seconds: int) -> int:
        return max(0, min(AHEAD_S + LOOK_BACK_S, seconds - self.origin_s))

    def _legs(self, profile: str, table: str) -> NDArray[np.int64]:
        """Seconds or metres between all nodes; riding to an end that is no depot takes nothing."""
        matrix = getattr(self.problem.matrices[profile], table)
        couriers = self.problem.couriers
        places = [node.stop.place for node in self.nodes] + [start.place for start in self.starts]
        places += [0 if courier.end_place is None else courier.end_place for courier in couriers]
        legs: NDArray[np.int64] = matrix[np.ix_(places, places)].astype(np.int64)
        first_end = len(self.nodes) + len(couriers)
        for vehicle, courier in enumerate(couriers):
            if courier.end_place is None:
                legs[:, first_end + vehicle] = 0
            else:
                legs[len(self.nodes) + vehicle, first_end + vehicle] = 0
        return legs

    def _ride(self) -> None:
        weight = self.problem.weights.riding_per_s
        index_of = {
            profile: self.routing.RegisterTransitMatrix((self._legs(profile, "seconds") * weight).tolist())
            for profile in dict.fromkeys(courier.profile for courier in self.problem.couriers)
        }
        for vehicle, courier in enumerate(self.problem.couriers):
            self.routing.SetArcCostEvaluatorOfVehicle(index_of[courier.profile], vehicle)

    def _keep_time(self, full: frozenset[str]) -> None:
        problem, weights = self.problem, self.problem.weights
        service = np.zeros(len(self.nodes) + 2 * len(self.starts), dtype=np.int64)
        service[: len(self.nodes)] = [node.stop.service_s for node in self.nodes]
        transit_of = {
            profile: self.routing.RegisterTransitMatrix((self._legs(profile, "seconds") + service[:, None]).tolist())
            for profile in dict.fromkeys(courier.profile for courier in problem.couriers)
        }
        transits = [transit_of[courier.profile] for courier in problem.couriers]
        horizon = AHEAD_S + LOOK_BACK_S
        self.routing.AddDimensionWithVehicleTransits(transits, horizon, horizon, False, "time")
        time = self.time = self.routing.GetDimensionOrDie("time")
        time.SetSlackCostCoefficientForAllVehicles(weights.waiting_per_s)
        for vehicle, (courier, start) in enumerate(zip(problem.couriers, self.starts, strict=True)):
            ready = self._time(start.ready_s)
            time.CumulVar(self.routing.Start(vehicle)).SetRange(ready, ready)
            end = self.routing.End(vehicle)
            if courier.shift_end_s < HORIZON_S:
                time.SetCumulVarSoftUpperBound(end, self._time(courier.shift_end_s), weights.overtime_per_s)
            if courier.latest_end_s is not None and courier.id not in full:
                time.CumulVar(end).SetMax(max(ready, self._time(courier.latest_end_s)))
        for node in self.nodes:
            self._open(node)

    def _open(self, node: Node) -> None:
        index = self.manager.NodeToIndex(self.node_of[node.ref])
        is_committed = node.shipment.id in self.problem.committed
        closes_s = node.stop.window.closes_s if node.stop.window and not is_committed else HORIZON_S
        self.time.CumulVar(index).SetRange(self._time(node.stop.opens_s), self._time(closes_s))
        if node.stop.promised_s is not None:
            per_s = self.problem.weights.lateness_per_s * lateness_factor(self.problem, node.shipment.id)
            self.time.SetCumulVarSoftUpperBound(index, self._time(node.stop.promised_s), per_s)

    def _carry(self, what: str, aboard: list[int], capacities: list[int]) -> None:
        changes = [getattr(node, what) for node in self.nodes] + [0] * (2 * len(self.starts))
        evaluator = self.routing.RegisterUnaryTransitVector(changes)
        rooms = [max(capacity, load) for capacity, load in zip(capacities, aboard, strict=True)]
        self.routing.AddDimensionWithVehicleCapacity(evaluator, 0, rooms, False, what)
        dimension = self.routing.GetDimensionOrDie(what)
        for vehicle, load in enumerate(aboard):
            dimension.CumulVar(self.routing.Start(vehicle)).SetRange(load, load)

    def _limit_distance(self) -> None:
        couriers = self.problem.couriers
        if not any(courier.max_distance_m is not None for courier in couriers):
            return
        if any(matrix.metres is None for matrix in self.problem.matrices.values()):
            return
        far = 10**9
        register = self.routing.RegisterTransitMatrix
        tables = {profile: register(self._legs(profile, "metres").tolist()) for profile in self.problem.matrices}
        limits = [far if courier.max_distance_m is None else courier.max_distance_m for courier in couriers]
        self.routing.AddDimensionWithVehicleTransitAndCapacity(
            [tables[courier.profile] for courier in couriers], 0, limits, True, "metres"
        )

    def _prefer(self) -> None:
        """Churn and fairness as a quantity that each first stop adds for each courier."""
        rows = [self._preferences(courier) for courier in self.problem.couriers]
        if not any(any(row) for row in rows):
            return
        evaluators = [self.routing.RegisterUnaryTransitVector(row) for row in rows]
        self.routing.AddDimensionWithVehicleTransits(evaluators, 0, 10**15, True, "preference")
        self.routing.GetDimensionOrDie("preference").SetSpanCostCoefficientForAllVehicles(1)

    def _preferences(self, courier: Courier) -> list[int]:
        cap = self.problem.weights.fairness_cap if self.problem.bias else 0
        row = []
        for node in self.nodes:
            name = node.shipment.id
            cost = moved_cost(self.problem, name, courier.id) + fairness_cost(self.problem, name, courier.id) + cap
            row.append(cost if node.is_first else 0)
        return row + [0] * (2 * len(self.starts))

    def _serve(self, nodes: list[Node], full: frozenset[str]) -> None:
        routing, shipment = self.routing, nodes[0].shipment
        indices = [self.manager.NodeToIndex(self.node_of[node.ref]) for node in nodes]
        routing.AddDisjunction([indices[0]], unserved_cost(self.problem, shipment.id))
        for index in indices[1:]:
            routing.AddDisjunction([index], 0)
        vehicles = [v for v, courier in enumerate(self.problem.couriers) if self._may(courier, shipment, full)]
        for index in indices:
            # SetAllowedVehiclesForIndex raises TypeError from Python in OR-Tools 9.15
            routing.VehicleVar(index).SetValues([-1, *vehicles])
        solver = routing.solver()
        for number, index in enumerate(indices[1:]):
            if number == 0 and nodes[0].ref.stop_index == 0:
                routing.AddPickupAndDelivery(indices[0], index)
            solver.Add(routing.VehicleVar(indices[0]) == routing.VehicleVar(index))
            if nodes[0].ref.stop_index == 0:
                self._after_pickup(nodes[0], indices[0], index)

    def _after_pickup(self, pickup: Node, first: int, drop: int) -> None:
        solver = self.routing.solver()
        before, after = self.time.CumulVar(first), self.time.CumulVar(drop)
        solver.Add(before <= after)
        longest_s = pickup.shipment.longest_ride_s
        if longest_s is not None and pickup.shipment.id not in self.problem.committed:
            solver.Add(after <= before + pickup.stop.service_s + longest_s)

    def _may(self, courier: Courier, shipment: Shipment, full: frozenset[str]) -> bool:
        owner = _owner(self.problem, shipment)
        if owner is not None:
            return courier.id == owner
        if courier.id in full or not shipment.skills <= courier.skills:
            return False
        if courier.id in shipment.forbidden_couriers:
            return False
        return shipment.allowed_couriers is None or courier.id in shipment.allowed_couriers


def _owner(problem: Problem, shipment: Shipment) -> str | None:
    """The only courier who can finish a shipment: by decision, by fact, or because a stop of it is pinned."""
    if shipment.bound_to is not None:
        return shipment.bound_to
    if shipment.id not in problem.committed:
        return None
    return next(name for name, refs in problem.pinned.items() if any(r.shipment_id == shipment.id for r in refs))


def _start(problem: Problem, courier: Courier) -> Start:
    pinned = problem.pinned.get(courier.id, ())
    grams, millilitres = load_at_start(problem, courier.id)
    if not pinned:
        return Start(place=courier.place, ready_s=courier.ready_s, grams=grams, millilitres=millilitres)
    last = schedule_run(problem, courier, pinned).visits[-1]
    ridden = [ref for ref in pinned if ref.shipment_id not in problem.break_by_id]
    stop = problem.shipment_by_id[ridden[-1].shipment_id].stop(ridden[-1].stop_index) if ridden else None
    return Start(place=courier.place if stop is None else stop.place, ready_s=last.departure_s, grams=last.load_g,
                 millilitres=last.load_ml)


def _nodes(problem: Problem) -> list[Node]:
    pinned = {ref for refs in problem.pinned.values() for ref in refs}
    nodes = []
    for shipment in problem.shipments:
        free = [ref for ref in shipment.refs if ref not in pinned]
        for ref in free:
            stop = shipment.stop(ref.stop_index)
            is_pickup = ref.stop_index == 0
            nodes.append(Node(
                ref=ref, shipment=shipment, stop=stop, is_first=ref == free[0],
                grams=shipment.weight_g if is_pickup else -stop.weight_g,
                millilitres=shipment.volume_ml if is_pickup else -stop.volume_ml,
            ))
    return nodes
