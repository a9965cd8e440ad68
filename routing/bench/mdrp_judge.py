"""Judge a solved day of the Meal Delivery Routing Problem from its files alone: does it keep the rules, how good is it?

Shares nothing with the simulation but the format of the files; every time is worked out again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil

from routing.bench.mdrp_files import START, Assignment, Day, Instance, Move

LATE_MIN = 90
"""Click-to-door beyond which an order counts as very late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How good a feasible day is. Minutes are means over delivered orders unless said otherwise."""

    orders: int
    delivered: int
    undelivered_percent: float
    click_to_door_min: float
    click_to_door_p90_min: float
    ready_to_pickup_min: float
    ready_to_door_min: float
    excess_min: float
    above_90_per_1000: float
    cost_per_order: float
    orders_per_bundle: float
    utilisation: float


def violations(instance: Instance, day: Day) -> list[str]:
    """Every broken rule in a sentence; empty when the day is feasible."""
    unknown = list(_unknown_names(instance, day))
    if unknown:
        return unknown
    found = list(_check_once(day))
    tracks = {}
    for courier_id, moves in groupby(day.moves, key=lambda move: move.courier):
        if courier_id in tracks:
            found.append(f"moves of {courier_id} are not together")
        tracks[courier_id] = _track(instance, courier_id, list(moves))
        found.extend(tracks[courier_id].faults)
    for courier_id in instance.couriers:
        tracks.setdefault(courier_id, _track(instance, courier_id, []))
    found.extend(_check_orders(instance, day))
    for assignment in day.assignments:
        found.extend(_check_assignment(instance, day, tracks[assignment.courier], assignment))
    found.extend(_check_sequence(day))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where a courier stands: at `places[k]` from `arrivals[k]` to `departures[k]` (no end: the day's)."""

    places: tuple[str, ...]
    arrivals: tuple[int, ...]
    departures: tuple[int, ...]
    faults: tuple[str, ...]

    def is_there(self, place: str, at_min: int, service_min: int) -> bool:
        """Whether the courier stands at a place for half a service before a minute and for the other half after it."""
        half = ceil(service_min / 2)
        return any(
            name == place and arrival + half <= at_min <= departure - half
            for name, arrival, departure in zip(self.places, self.arrivals, self.departures, strict=True)
        )


def _unknown_names(instance: Instance, day: Day) -> Iterator[str]:
    couriers = {row.courier for rows in (day.assignments, day.deliveries, day.moves) for row in rows}
    orders = {row.order for row in day.deliveries} | {o for row in day.assignments for o in row.orders}
    places = {place for move in day.moves for place in (move.origin, move.destination)} - {START}
    yield from (f"unknown courier {name}" for name in sorted(couriers - set(instance.couriers)))
    yield from (f"unknown order {name}" for name in sorted(orders - set(instance.orders)))
    yield from (f"unknown place {name}" for name in sorted(places - set(instance.places)))


def _check_once(day: Day) -> Iterator[str]:
    assigned = Counter(order for row in day.assignments for order in row.orders)
    delivered = Counter(row.order for row in day.deliveries)
    yield from (f"order {name} is assigned {times} times" for name, times in assigned.items() if times > 1)
    yield from (f"order {name} is delivered {times} times" for name, times in delivered.items() if times > 1)
    yield from (f"order {name} is assigned but not delivered" for name in sorted(set(assigned) - set(delivered)))
    yield from (f"order {name} is delivered but not assigned" for name in sorted(set(delivered) - set(assigned)))


def _track(instance: Instance, courier_id: str, moves: Sequence[Move]) -> Track:
    places, arrivals, departures = [courier_id], [instance.couriers[courier_id].on_min], []
    faults = []
    for move in moves:
        origin = courier_id if move.origin == START else move.origin
        if origin != places[-1]:
            faults.append(f"{courier_id} leaves {origin} at {move.departs_min} but is at {places[-1]}")
        if move.departs_min < arrivals[-1]:
            faults.append(f"{courier_id} leaves {origin} at {move.departs_min}, before arriving at {arrivals[-1]}")
        departures.append(move.departs_min)
        places.append(move.destination)
        arrivals.append(move.departs_min + instance.ride_min(origin, move.destination))
    return Track(places=tuple(places), arrivals=tuple(arrivals), departures=(*departures, 10**9),
                 faults=tuple(faults))


def _check_orders(instance: Instance, day: Day) -> Iterator[str]:
    by_order = {order: row for row in day.assignments for order in row.orders}
    for row in day.deliveries:
        order = instance.orders[row.order]
        if (row.placed_min, row.ready_min) != (order.placed_min, order.ready_min):
            yield f"order {row.order}: placement or ready time is not that of the instance"
        assignment = by_order.get(row.order)
        if assignment and (row.pickup_min, row.courier) != (assignment.pickup_min, assignment.courier):
            yield f"order {row.order}: pickup or courier is not that of its assignment"


def _check_assignment(instance: Instance, day: Day, track: Track, row: Assignment) -> Iterator[str]:
    """One assignment: orders of one restaurant, not before anything is known or ready, not after the shift."""
    name = f"assignment of {row.courier} at {row.pickup_min}"
    orders = [instance.orders[order] for order in row.orders]
    if not orders:
        yield f"{name}: no orders"
        return
    rules = {
        "several restaurants": len({order.restaurant for order in orders}) == 1,
        "before an order was placed": row.assigned_min >= max(order.placed_min for order in orders),
        "given after its pickup": row.assigned_min <= row.pickup_min,
        "before an order was ready": row.pickup_min >= max(order.ready_min for order in orders),
        "after the courier went off": row.pickup_min <= instance.couriers[row.courier].off_min,
        f"courier is not at {orders[0].restaurant} for the whole service":
            track.is_there(orders[0].restaurant, row.pickup_min, instance.terms.pickup_min),
    }
    yield from (f"{name}: {words}" for words, is_kept in rules.items() if not is_kept)
    yield from _check_doors(instance, day, track, row)


def _check_doors(instance: Instance, day: Day, track: Track, row: Assignment) -> Iterator[str]:
    """Every order of an assignment reaches its door, in sequence."""
    doors = {delivery.order: delivery.dropoff_min for delivery in day.deliveries}
    before = row.pickup_min
    for order_id in row.orders:
        at_min = doors.get(order_id)
        if at_min is None:
            continue
        if not track.is_there(order_id, at_min, instance.terms.dropoff_min):
            yield f"order {order_id}: courier is not at the door for the whole service"
        if at_min <= before:
            yield f"order {order_id}: not in the sequence of its assignment"
        before = at_min


def _check_sequence(day: Day) -> Iterator[str]:
    """An assignment is finished before the next of the same courier is picked up."""
    doors = {row.order: row.dropoff_min for row in day.deliveries}
    rows = sorted(day.assignments, key=lambda row: (row.courier, row.pickup_min))
    for before, after in pairwise(rows):
        if before.courier == after.courier:
            ends = [doors[order] for order in before.orders if order in doors]
            if ends and after.pickup_min <= max(ends):
                yield f"{after.courier} picks up at {after.pickup_min} with orders of {before.pickup_min} on board"


def figures(instance: Instance, day: Day) -> Figures:
    """The measures of Reyes et al.; `excess_min` is over the floor: preparation, direct ride, half of each service."""
    terms = instance.terms
    half = terms.pickup_min / 2 + terms.dropoff_min / 2
    click, excess = [], []
    for row in day.deliveries:
        order = instance.orders[row.order]
        floor = order.ready_min - order.placed_min + instance.ride_min(order.restaurant, order.id) + half
        click.append(row.dropoff_min - row.placed_min)
        excess.append(click[-1] - floor)
    count = max(1, len(day.deliveries))
    return Figures(
        orders=len(instance.orders),
        delivered=len(day.deliveries),
        undelivered_percent=round(100 * (1 - len(day.deliveries) / max(1, len(instance.orders))), 3),
        click_to_door_min=round(sum(click) / count, 3),
        click_to_door_p90_min=_percentile(click, 90),
        ready_to_pickup_min=round(sum(row.pickup_min - row.ready_min for row in day.deliveries) / count, 3),
        ready_to_door_min=round(sum(row.dropoff_min - row.ready_min for row in day.deliveries) / count, 3),
        excess_min=round(sum(excess) / count, 3),
        above_90_per_1000=round(1000 * sum(minutes > LATE_MIN for minutes in click) / count, 2),
        cost_per_order=round(_pay(instance, day) / count, 3),
        orders_per_bundle=round(len(day.deliveries) / max(1, len(day.assignments)), 3),
        utilisation=_utilisation(instance, day),
    )


def _percentile(values: Sequence[int], percent: int) -> float:
    """Linear between the two nearest ranks; 0 of nothing."""
    if not values:
        return 0.0
    ranked = sorted(values)
    at = (len(ranked) - 1) * percent / 100
    low = int(at)
    high = min(low + 1, len(ranked) - 1)
    return round(ranked[low] + (at - low) * (ranked[high] - ranked[low]), 2)


def _pay(instance: Instance, day: Day) -> float:
    terms = instance.terms
    delivered = Counter(row.courier for row in day.deliveries)
    return sum(
        max(delivered[courier.id] * terms.pay_per_order, (courier.off_min - courier.on_min) / 60 * terms.pay_per_hour)
        for courier in instance.couriers.values()
    )


def _utilisation(instance: Instance, day: Day) -> float:
    """Mean over couriers of riding and service by hours on duty."""
    busy: Counter[str] = Counter()
    for move in day.moves:
        origin = move.courier if move.origin == START else move.origin
        busy[move.courier] += instance.ride_min(origin, move.destination)
    for row in day.assignments:
        busy[row.courier] += instance.terms.pickup_min + len(row.orders) * instance.terms.dropoff_min
    shares = [busy[c.id] / (c.off_min - c.on_min) for c in instance.couriers.values() if c.off_min > c.on_min]
    return round(sum(shares) / max(1, len(shares)), 3)
