"""Read Li and Lim's pickup and delivery instances, state them as problems, and judge routes by their rules."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.problem import Courier, Problem, Shipment, Stop, TimeWindow, TravelMatrix
from routing.solution import Solution
from routing.weights import Weights

SCALE = 10_000
"""Time units of the problem per unit of the file: legs are rounded up, so that what is feasible stays so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the file; `pickup` and `delivery` name the sibling, 0 for none."""

    id: int
    x: float
    y: float
    demand: int
    earliest: int
    latest: int
    service: int
    pickup: int
    delivery: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One file; row 0 is the depot."""

    name: str
    vehicles: int
    capacity: int
    rows: tuple[Row, ...]

    def distances(self) -> NDArray[np.float64]:
        """Euclidean distances between all rows, not rounded."""
        at = np.array([(row.x, row.y) for row in self.rows])
        apart = at[:, None] - at[None, :]
        result: NDArray[np.float64] = np.hypot(apart[..., 0], apart[..., 1])
        return result


def read_instance(path: Path) -> Instance:
    """Read a file. ValueError, naming the line, if it is no Li and Lim instance."""
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    try:
        vehicles, capacity = int(lines[0][0]), int(lines[0][1])
    except (IndexError, ValueError) as error:
        raise ValueError(f"{path.name}: the first line must hold vehicles, capacity and speed") from error
    rows = []
    for number, fields in enumerate(lines[1:], start=2):
        try:
            whole = [int(float(field)) for field in fields[3:9]]
            rows.append(Row(id=int(fields[0]), x=float(fields[1]), y=float(fields[2]), demand=whole[0],
                            earliest=whole[1], latest=whole[2], service=whole[3], pickup=whole[4],
                            delivery=whole[5]))
        except (IndexError, ValueError) as error:
            raise ValueError(f"{path.name}: line {number} must hold nine numbers") from error
    if any(row.id != k or not 0 <= max(row.pickup, row.delivery) < len(rows) for k, row in enumerate(rows)):
        raise ValueError(f"{path.name}: rows must be numbered from 0 and name siblings among themselves")
    return Instance(name=path.stem, vehicles=vehicles, capacity=capacity, rows=tuple(rows))


def to_problem(instance: Instance) -> Problem:
    """Vehicles become couriers that start and end at the depot; one metre of ours is one unit of cost."""
    rows, depot = instance.rows, instance.rows[0]
    legs = np.ceil(instance.distances() * SCALE - 1e-6).astype(np.int32)

    def stop(row: Row, weight_g: int) -> Stop:
        window = TimeWindow(opens_s=row.earliest * SCALE, closes_s=row.latest * SCALE)
        return Stop(place=row.id, service_s=row.service * SCALE, window=window, weight_g=weight_g)

    shipments = tuple(
        Shipment(id=str(row.id), pickup=stop(row, 0), dropoffs=(stop(rows[row.delivery], row.demand),))
        for row in rows[1:] if row.delivery
    )
    couriers = tuple(
        Courier(id=str(number), place=0, end_place=0, ready_s=depot.earliest * SCALE,
                latest_end_s=depot.latest * SCALE, capacity_g=instance.capacity)
        for number in range(min(instance.vehicles, len(shipments)))
    )
    weights = Weights(riding_per_s=1, waiting_per_s=0, lateness_per_s=0, steep_lateness_per_s=0,
                      overtime_per_s=0, unserved=1_000_000_000)
    return Problem(couriers=couriers, shipments=shipments, weights=weights,
                   matrices={"bike": TravelMatrix(seconds=legs)})


def routes_of(instance: Instance, solution: Solution) -> list[list[int]]:
    """Row ids of every used route."""
    sibling = {str(row.id): (row.id, row.delivery) for row in instance.rows}
    return [
        [sibling[visit.shipment_id][visit.stop_index] for visit in route.visits]
        for route in solution.routes if route.visits
    ]


def measure(instance: Instance, routes: list[list[int]]) -> tuple[float, bool]:
    """Distance and feasibility of routes by the rules of the file, in double precision, from scratch."""
    apart, rows = instance.distances(), instance.rows
    total, served = 0.0, sorted(row for route in routes for row in route)
    feasible = served == [row.id for row in rows[1:]] and len(routes) <= instance.vehicles
    for route in routes:
        clock, load, at, seen = float(rows[0].earliest), 0, 0, set()
        for number in [*route, 0]:
            row = rows[number]
            total += apart[at, number]
            clock = max(clock + apart[at, number], row.earliest)
            load += row.demand
            feasible = feasible and clock <= row.latest + 1e-6 and 0 <= load <= instance.capacity
            feasible = feasible and (not row.pickup or row.pickup in seen)
            clock, at = clock + row.service, number
            seen.add(number)
    return total, feasible
