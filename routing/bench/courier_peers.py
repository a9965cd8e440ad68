"""Solve the hard-window twin with VROOM or PyVRP: `python -m routing.bench.courier_peers NAME`.

A process of its own, because both hold Python's lock and PyVRP may find no plan at all: the problem comes in
as a pickle on standard input, the plan goes out as JSON on standard output. Development extras.
"""

import importlib
import json
import pickle
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from routing.problem import Plan, Problem, Stop, StopRef

FAR_S = 100_000

DEAR_VEHICLE = 10_000_000
"""Fixed cost of a vehicle, in seconds of riding, where the fleet is to be small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A peer's plan and the time its solver took; an error instead of the plan if there is none."""

    plan: Plan
    seconds: float
    error: str = ""


def ask(name: str, problem: Problem, seconds: float, is_fleet_dear: bool = False) -> Answer:
    """Run one peer ("vroom-3", "pyvrp", ...) and read its plan."""
    command = [sys.executable, "-m", "routing.bench.courier_peers", name, str(seconds), str(int(is_fleet_dear))]
    done = subprocess.run(command, input=pickle.dumps(problem), capture_output=True, check=False)
    if done.returncode:
        return Answer(plan={}, seconds=0.0, error=done.stderr.decode()[-300:])
    answer = json.loads(done.stdout)
    plan = {courier: tuple(StopRef(*ref) for ref in refs) for courier, refs in answer["plan"].items()}
    return Answer(plan=plan, seconds=answer["seconds"])


def _closes_s(stop: Stop) -> int:
    return stop.window.closes_s if stop.window else FAR_S


def solve_by_vroom(vroom: Any, problem: Problem, level: int, vehicle_cost: int = 0) -> tuple[Plan, float]:
    """VROOM at an exploration level on one thread."""
    model = vroom.Input()
    for name, matrix in problem.matrices.items():
        model.set_durations_matrix(name, matrix.seconds.astype("uint32"))
    for number, courier in enumerate(problem.couriers):
        model.add_vehicle(vroom.Vehicle(
            number, start=courier.place, end=courier.end_place, profile=courier.profile,
            capacity=[courier.capacity_g], costs=vroom.VehicleCosts(fixed=vehicle_cost),
            time_window=vroom.TimeWindow(courier.ready_s, courier.latest_end_s or FAR_S),
        ))
    for number, shipment in enumerate(problem.shipments):
        stops = [shipment.stop(ref.stop_index) for ref in shipment.refs]
        steps = [
            vroom.ShipmentStep(number, stop.place, default_service=stop.service_s,
                               time_windows=[vroom.TimeWindow(max(0, stop.opens_s), _closes_s(stop))])
            for stop in stops
        ]
        model.add_shipment(steps[0], steps[1], amount=vroom.Amount([shipment.weight_g]))
    began = time.perf_counter()
    routes = model.solve(level, 1).routes
    seconds = time.perf_counter() - began
    plan: dict[str, list[StopRef]] = {}
    for vehicle, kind, number in zip(routes.vehicle_id, routes.type, routes.id, strict=True):
        if kind in ("pickup", "delivery"):
            ref = StopRef(problem.shipments[int(number)].id, int(kind == "delivery"))
            plan.setdefault(problem.couriers[int(vehicle)].id, []).append(ref)
    return {courier: tuple(refs) for courier, refs in plan.items()}, seconds


def solve_by_pyvrp(pyvrp: Any, problem: Problem, limit_s: float) -> tuple[Plan, float]:
    """PyVRP for some seconds; open routes end at a place that is near to everything."""
    model = pyvrp.Model()
    matrices = problem.matrices
    places = next(iter(matrices.values())).places
    at = [model.add_location(x=k, y=0) for k in range(places + 1)]
    starts = {courier.id: model.add_depot(at[courier.place]) for courier in problem.couriers}
    end = model.add_depot(at[places])
    profiles = {name: model.add_profile() for name in matrices}
    for name, matrix in matrices.items():
        for a in range(places):
            model.add_edge(at[a], at[places], 0, 0, profiles[name])
            for b in range(places):
                leg_s = int(matrix.seconds[a, b])
                model.add_edge(at[a], at[b], leg_s, leg_s, profiles[name])
    for courier in problem.couriers:
        model.add_vehicle_type(
            1, capacity=[courier.capacity_g], start_depot=starts[courier.id], end_depot=end,
            tw_early=courier.ready_s, tw_late=courier.latest_end_s or FAR_S, profile=profiles[courier.profile],
        )
    for shipment in problem.shipments:
        stops = [shipment.stop(ref.stop_index) for ref in shipment.refs]
        pickup, door = stops
        model.add_shipment(
            at[pickup.place], at[door.place], amount=[shipment.weight_g],
            pickup_tw_early=max(0, pickup.opens_s), pickup_service_duration=pickup.service_s,
            delivery_tw_early=max(0, door.opens_s), delivery_tw_late=_closes_s(door),
            delivery_service_duration=door.service_s,
        )
    began = time.perf_counter()
    result = model.solve(pyvrp.stop.MaxRuntime(limit_s), seed=1, display=False)
    seconds = time.perf_counter() - began
    if not result.is_feasible():
        raise SystemExit("found no feasible plan")
    plan = {}
    for route in result.best.routes():
        visits = [activity for activity in route.schedule() if activity.is_shipment()]
        plan[problem.couriers[route.vehicle_type()].id] = tuple(
            StopRef(problem.shipments[visit.idx].id, int(visit.is_delivery())) for visit in visits
        )
    return plan, seconds


def main() -> None:
    """Read a problem, solve it by the named peer, write the plan."""
    name, seconds, is_fleet_dear = sys.argv[1], float(sys.argv[2]), sys.argv[3] == "1"
    problem: Problem = pickle.load(sys.stdin.buffer)
    peer, _, level = name.partition("-")
    solver = importlib.import_module(peer)
    if peer == "vroom":
        plan, took_s = solve_by_vroom(solver, problem, int(level), DEAR_VEHICLE if is_fleet_dear else 0)
    else:
        plan, took_s = solve_by_pyvrp(solver, problem, seconds)
    print(json.dumps({"plan": plan, "seconds": took_s}))


if __name__ == "__main__":
    main()
