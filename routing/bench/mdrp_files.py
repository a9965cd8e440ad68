"""Read an instance of the Meal Delivery Routing Problem; write and read the three files of a solution.

Times are whole minutes, places are metres in the plane. Format: Reyes et al., The Meal Delivery Routing Problem, 2018,
and the public instances that go with it.
"""

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routing.streets.errors import StreetsError

FILES = ("restaurants.txt", "orders.txt", "couriers.txt", "instance_parameters.txt")
Columns = Mapping[str, Callable[[str], Any]]
"""Names of columns, and what makes a value of the text in them."""

START = "0"
"""How a move names the place where a courier begins the day."""


class BadInstance(StreetsError):
    """A file of an instance or a solution cannot be used; the message says which and why."""

    code = "bad_instance"


@dataclass(frozen=True, slots=True, kw_only=True)
class MealOrder:
    """One meal: nothing is known of it before `placed_min`, and it cannot leave before `ready_min`."""

    id: str
    x: float
    y: float
    placed_min: int
    restaurant: str
    ready_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MealCourier:
    """One courier, who picks up nothing after `off_min`."""

    id: str
    x: float
    y: float
    on_min: int
    off_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for the whole day: minutes of service at each end, pay in the currency of the file."""

    metres_per_min: float
    pickup_min: int
    dropoff_min: int
    target_min: int
    longest_min: int
    pay_per_order: float
    pay_per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One day."""

    name: str
    terms: Terms
    places: Mapping[str, tuple[float, float]]
    orders: Mapping[str, MealOrder]
    couriers: Mapping[str, MealCourier]

    def ride_min(self, a: str, b: str) -> int:
        """Whole minutes between two places, named by restaurant, order or courier (where the day begins)."""
        return math.ceil(math.dist(self.places[a], self.places[b]) / self.terms.metres_per_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Meals of one restaurant that a courier picks up together, in the order of delivery."""

    assigned_min: int
    pickup_min: int
    courier: str
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One ride."""

    courier: str
    departs_min: int
    origin: str
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one order."""

    order: str
    placed_min: int
    ready_min: int
    pickup_min: int
    dropoff_min: int
    courier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One solution: everything that was done. `moves` are grouped by courier, in sequence."""

    assignments: tuple[Assignment, ...]
    deliveries: tuple[Delivery, ...]
    moves: tuple[Move, ...]


def instance_folders(folder: Path) -> list[Path]:
    """The folder itself if it is an instance, else the instances in it. BadInstance if there are none."""
    if all((folder / name).is_file() for name in FILES):
        return [folder]
    found = sorted(path for path in folder.glob("*") if (path / "orders.txt").is_file())
    if not found:
        raise BadInstance(f"{folder}: neither an instance ({', '.join(FILES)}) nor a folder of instances")
    return found


def read_instance(folder: Path) -> Instance:
    """One instance. BadInstance names the file and what is wrong in it."""
    restaurants = _rows(folder / "restaurants.txt", {"restaurant": str, "x": float, "y": float})
    orders = _rows(folder / "orders.txt", {"order": str, "x": float, "y": float, "placement_time": _whole,
                                           "restaurant": str, "ready_time": _whole})
    couriers = _rows(folder / "couriers.txt", {"courier": str, "x": float, "y": float, "on_time": _whole,
                                               "off_time": _whole})
    places = {str(row[0]): (row[1], row[2]) for row in [*restaurants, *orders, *couriers]}
    if len(places) < len(restaurants) + len(orders) + len(couriers):
        raise BadInstance(f"{folder}: an id is used twice")
    known = {row[0] for row in restaurants}
    if lost := [row[0] for row in orders if row[4] not in known]:
        raise BadInstance(f"{folder / 'orders.txt'}: order {lost[0]} is of an unknown restaurant")
    return Instance(
        name=folder.resolve().name,
        terms=_terms(folder / "instance_parameters.txt"),
        places=places,
        orders={row[0]: MealOrder(id=row[0], x=row[1], y=row[2], placed_min=row[3], restaurant=row[4],
                                  ready_min=row[5]) for row in orders},
        couriers={row[0]: MealCourier(id=row[0], x=row[1], y=row[2], on_min=row[3], off_min=row[4])
                  for row in couriers},
    )


def _terms(path: Path) -> Terms:
    columns: Columns = {
        "meters_per_minute": float, "pickup service minutes": _whole, "dropoff service minutes": _whole,
        "target click-to-door": _whole, "maximum click-to-door": _whole, "pay per order": float,
        "guaranteed pay per hour": float,
    }
    rows = _rows(path, columns)
    if len(rows) != 1 or not rows[0][0] > 0:
        raise BadInstance(f"{path}: must hold one row with a speed above 0")
    speed, pickup, dropoff, target, longest, per_order, per_hour = rows[0]
    return Terms(metres_per_min=speed, pickup_min=pickup, dropoff_min=dropoff, target_min=target,
                 longest_min=longest, pay_per_order=per_order, pay_per_hour=per_hour)


def _rows(path: Path, columns: Columns) -> list[tuple[Any, ...]]:
    """The named columns of a table separated by tabs, as their types."""
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file, delimiter="\t"))
    header = [name.strip() for name in table[0]] if table else []
    if missing := [name for name in columns if name not in header]:
        raise BadInstance(f"{path}: no column {missing[0]!r}")
    at = [header.index(name) for name in columns]
    found = []
    for number, row in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            found.append(tuple(kind(row[k].strip()) for k, kind in zip(at, columns.values(), strict=True)))
        except (ValueError, IndexError) as error:
            raise BadInstance(f"{path}: line {number}: {error}") from error
    return found


def _whole(text: str) -> int:
    number = float(text)
    if number != int(number):
        raise ValueError(f"{text} is no whole number of minutes")
    return int(number)


def write_day(day: Day, folder: Path) -> None:
    """The three files that the official evaluator reads; orders that were not delivered have no row."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "solution_info_assignments.txt", "assignment_time pickup_time courier order", (
        f"{a.assigned_min} {a.pickup_min} {a.courier} {' '.join(a.orders)}" for a in day.assignments
    ))
    _write(folder / "solution_info_orders.txt", "order placement_time ready_time pickup_time dropoff_time courier", (
        f"{d.order} {d.placed_min} {d.ready_min} {d.pickup_min} {d.dropoff_min} {d.courier}" for d in day.deliveries
    ))
    _write(folder / "solution_info_couriers.txt", "courier departure_time origin destination", (
        f"{m.courier} {m.departs_min} {m.origin} {m.destination}" for m in day.moves
    ))


def _write(path: Path, header: str, lines: Iterator[str]) -> None:
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def read_day(folder: Path) -> Day:
    """A solution as it was written. BadInstance names the file and the line that cannot be read."""
    return Day(
        assignments=tuple(
            Assignment(assigned_min=_minute(path, row[0]), pickup_min=_minute(path, row[1]), courier=row[2],
                       orders=tuple(row[3:]))
            for path, row in _lines(folder / "solution_info_assignments.txt", 4)
        ),
        deliveries=tuple(
            Delivery(order=row[0], placed_min=_minute(path, row[1]), ready_min=_minute(path, row[2]),
                     pickup_min=_minute(path, row[3]), dropoff_min=_minute(path, row[4]), courier=row[5])
            for path, row in _lines(folder / "solution_info_orders.txt", 6)
        ),
        moves=tuple(
            Move(courier=row[0], departs_min=_minute(path, row[1]), origin=row[2], destination=row[3])
            for path, row in _lines(folder / "solution_info_couriers.txt", 4)
        ),
    )


def _lines(path: Path, least: int) -> Iterator[tuple[Path, list[str]]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], start=2):
        row = line.split()
        if row and len(row) < least:
            raise BadInstance(f"{path}: line {number} has {len(row)} words, not {least}")
        if row:
            yield path, row


def _minute(path: Path, text: str) -> int:
    try:
        return _whole(text)
    except ValueError as error:
        raise BadInstance(f"{path}: {error}") from error
