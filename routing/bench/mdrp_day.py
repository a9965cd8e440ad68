"""Live through one day of the Meal Delivery Routing Problem, minute by minute, knowing only what is known by then.

Every minute the open orders and the couriers become a `routing.problem.Problem`, an engine plans, and
`routing.rolling` decides what of the plan is carried out now. The rules of the game, in the words of a Problem:

* Riding into a restaurant costs the service there too, so meals fetched together pay it once; the pickup "starts"
  when the courier leaves the counter.
* A courier on the way to a restaurant is free there from the arrival on: the plan for them may still change.
* One restaurant at a time, no pickup after the courier's end: `is_single_origin`, `last_pickup_s`.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routing.bench.mdrp_files import START, Assignment, Day, Delivery, Instance, MealCourier, MealOrder, Move
from routing.engines.interface import Deadline, Engine
from routing.problem import Courier, Problem, Shipment, Stop, StopRef, TravelMatrix
from routing.rolling import Policy, may_commit_load
from routing.solution import Route, Solution, StopKind
from routing.weights import Weights

MINUTE = 60

POLICY = Policy(look_ahead_s=3600)
"""Everything known is near: meals are ready within the hour. A courier leaves when no waiting would be left."""

WEIGHTS = Weights(riding_per_s=100, waiting_per_s=0, lateness_per_s=1_000, steep_lateness_per_s=2_000,
                  fairness_cap=200_000)
"""Minutes over the floor count, at the counter and at the door alike; riding only decides between equals."""

FAIR_COST = 200_000
"""Most that an order costs extra for a courier whose orders already pay more than the guarantee."""

FAIR_RAMP = 4
"""That extra begins so many orders before the guarantee is reached."""

COMES_ON_MIN = 60
"""Couriers are planned with so long before they come on."""

NEARBY = 3
"""An idle courier goes to the busiest of so many nearest restaurants..."""

BUSY_MIN = 120
"""...by the orders of so many minutes,"""

IDLE_MIN = 2
"""after so many minutes without work (from where the day begins: at once),"""

GOES_OFF_MIN = 20
"""but not within so many minutes of going off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How the day is run: the rolling policy, what counts, and how hard each minute is thought about."""

    policy: Policy = POLICY
    weights: Weights = WEIGHTS
    fair_cost: int = FAIR_COST
    iterations: int = 300


@dataclass(slots=True, kw_only=True)
class Rider:
    """One courier now: where, and from which minute on free to be sent elsewhere.

    `stands` says that the place is a restaurant, `is_ahead` that no meal of it called them there.
    """

    facts: MealCourier
    place: str
    free_min: int
    stands: bool = False
    is_ahead: bool = False
    delivered: int = 0
    moves: list[Move] = field(default_factory=list)

    def ride(self, departs_min: int, to: str, ride_min: int) -> int:
        """Note a ride; returns the arrival."""
        origin = START if self.place == self.facts.id else self.place
        self.moves.append(Move(courier=self.facts.id, departs_min=departs_min, origin=origin, destination=to))
        self.place = to
        return departs_min + ride_min


class LiveDay:
    """The state of the day, and what has been done so far."""

    def __init__(self, instance: Instance, engine: Engine, conduct: Conduct, seed: int) -> None:
        self.instance, self.engine, self.conduct, self.seed = instance, engine, conduct, seed
        self.riders = {c.id: Rider(facts=c, place=c.id, free_min=c.on_min) for c in instance.couriers.values()}
        self.open: dict[str, MealOrder] = {}
        self.last: dict[str, tuple[StopRef, ...]] = {}
        self.plan: dict[str, tuple[StopRef, ...]] = {}
        self.assignments: list[Assignment] = []
        self.deliveries: list[Delivery] = []
        self._index = {name: number for number, name in enumerate(instance.places)}
        self._legs = _ride_minutes(instance)

    def run(self) -> Day:
        """The whole day."""
        placed: dict[int, list[MealOrder]] = {}
        for order in self.instance.orders.values():
            placed.setdefault(order.placed_min, []).append(order)
        first = min([c.on_min for c in self.instance.couriers.values()] + list(placed), default=0)
        last = max((c.off_min for c in self.instance.couriers.values()), default=0)
        for now in range(first, last + 1):
            self.open |= {order.id: order for order in placed.get(now, ())}
            self.step(now)
        moves = tuple(move for rider in self.riders.values() for move in rider.moves)
        return Day(assignments=tuple(self.assignments), deliveries=tuple(self.deliveries), moves=moves)

    def step(self, now: int) -> None:
        """One minute: plan, carry out what cannot wait, send the idle towards restaurants."""
        riders = [rider for rider in self.riders.values()
                  if rider.facts.on_min - COMES_ON_MIN <= now <= rider.facts.off_min]
        orders = [order for order in self.open.values()
                  if self.conduct.policy.is_in_sight((order.ready_min - now) * MINUTE)]
        self.plan = {}
        if orders and riders:
            problem = self.problem(now, riders, orders)
            deadline = Deadline(iterations=self.conduct.iterations)
            solution = self.engine.solve(problem, self.last, deadline, self.seed + now)
            self.plan = self.last = solution.plan
            self._carry_out(now, solution)
        for rider in riders:
            self._move_up(now, rider)

    def problem(self, now: int, riders: list[Rider], orders: list[MealOrder]) -> Problem:
        """What is known now. Places: riders where they are, then restaurants, then doors."""
        restaurants = list(dict.fromkeys(order.restaurant for order in orders))
        place_of = {name: len(riders) + number for number, name in enumerate(restaurants)}
        place_of |= {order.id: len(riders) + len(restaurants) + number for number, order in enumerate(orders)}
        return Problem(
            couriers=tuple(self._courier(now, rider, number) for number, rider in enumerate(riders)),
            shipments=tuple(self._shipment(now, order, place_of) for order in orders),
            matrices={"bike": self._matrix(riders, restaurants, orders)},
            weights=self.conduct.weights,
            bias=self._bias(riders, orders),
        )

    def _bias(self, riders: list[Rider], orders: list[MealOrder]) -> dict[tuple[str, str], int]:
        """The fairness term: orders go first to those whom they would not yet pay more than the guarantee."""
        terms = self.instance.terms
        bias: dict[tuple[str, str], int] = {}
        for rider in riders:
            hours = (rider.facts.off_min - rider.facts.on_min) / 60
            missing = hours * terms.pay_per_hour / max(terms.pay_per_order, 1e-9) - rider.delivered
            cost = round(self.conduct.fair_cost * min(1.0, max(0.0, 1 - missing / FAIR_RAMP)))
            if cost:
                bias |= {(order.id, rider.facts.id): cost for order in orders}
        return bias

    def _courier(self, now: int, rider: Rider, number: int) -> Courier:
        terms = self.instance.terms
        ready_min = max(rider.free_min, now - _half(terms.pickup_min) if rider.stands else now)
        return Courier(
            id=rider.facts.id, place=number, ready_s=(ready_min - now) * MINUTE, is_single_origin=True,
            last_pickup_s=(rider.facts.off_min + _half(terms.pickup_min) - now) * MINUTE,
        )

    def _shipment(self, now: int, order: MealOrder, place_of: dict[str, int]) -> Shipment:
        terms = self.instance.terms
        leaves_min = order.ready_min + _half(terms.pickup_min)
        door_min = leaves_min + self.ride_min(order.restaurant, order.id)
        return Shipment(
            id=order.id,
            pickup=Stop(place=place_of[order.restaurant], ready_s=(leaves_min - now) * MINUTE,
                        due_s=(leaves_min - now) * MINUTE),
            dropoffs=(Stop(place=place_of[order.id], service_s=2 * _half(terms.dropoff_min) * MINUTE,
                           due_s=(door_min - now) * MINUTE),),
        )

    def _matrix(self, riders: list[Rider], restaurants: list[str], orders: list[MealOrder]) -> TravelMatrix:
        """Seconds between places; a restaurant is only left after the service there."""
        names = [rider.place for rider in riders] + restaurants + [order.id for order in orders]
        at = np.array([self._index[name] for name in names])
        minutes = self._legs[np.ix_(at, at)].copy()
        first, last = len(riders), len(riders) + len(restaurants)
        minutes[:, first:last] += 2 * _half(self.instance.terms.pickup_min)
        inside = np.arange(first, last)
        minutes[inside, inside] = 0
        return TravelMatrix(seconds=(minutes * MINUTE).astype(np.int32))

    def ride_min(self, a: str, b: str) -> int:
        """Minutes between two places."""
        return int(self._legs[self._index[a], self._index[b]])

    def _carry_out(self, now: int, solution: Solution) -> None:
        """Couriers who are free leave or pick up if it is time; the rest of the plan is only a plan."""
        half = _half(self.instance.terms.pickup_min)
        for route in solution.routes:
            rider = self.riders[route.courier_id]
            if not route.visits or rider.free_min > now:
                continue
            bundle = _first_bundle(route)
            restaurant = self.open[bundle[0]].restaurant
            pickup_s = route.visits[len(bundle) - 1].start_s - half * MINUTE
            ride_min = self.ride_min(rider.place, restaurant)
            if rider.place == restaurant:
                # on arrival for them the meals are fixed; who was sent ahead gets them when they can leave the counter
                is_due_there = rider.free_min == now and not rider.is_ahead
                if is_due_there or may_commit_load(pickup_s, 0):
                    self._pick_up(now, rider, route, bundle, now + pickup_s // MINUTE)
            elif self.conduct.policy.sets_out(pickup_s - (ride_min + half) * MINUTE):
                rider.free_min = rider.ride(now, restaurant, ride_min)
                rider.stands, rider.is_ahead = True, False

    def _pick_up(self, now: int, rider: Rider, route: Route, bundle: list[str], pickup_min: int) -> None:
        """Fix a bundle and ride it out: nothing diverts the courier until the last door."""
        doors = [v.shipment_id for v in route.visits if v.kind == StopKind.DROPOFF and v.shipment_id in bundle]
        terms = self.instance.terms
        self.assignments.append(Assignment(assigned_min=now, pickup_min=pickup_min, courier=rider.facts.id,
                                           orders=tuple(doors)))
        leaves_min = pickup_min + _half(terms.pickup_min)
        for order_id in doors:
            order = self.open.pop(order_id)
            at_min = rider.ride(leaves_min, order_id, self.ride_min(rider.place, order_id)) + _half(terms.dropoff_min)
            leaves_min = at_min + _half(terms.dropoff_min)
            self.deliveries.append(Delivery(
                order=order_id, placed_min=order.placed_min, ready_min=order.ready_min, pickup_min=pickup_min,
                dropoff_min=at_min, courier=rider.facts.id,
            ))
        rider.free_min, rider.stands = leaves_min, False
        rider.delivered += len(doors)

    def _move_up(self, now: int, rider: Rider) -> None:
        """Send a courier who has nothing to do to a restaurant near by where orders are likely."""
        if rider.stands or self.plan.get(rider.facts.id) or now > rider.facts.off_min - GOES_OFF_MIN:
            return
        if now < rider.free_min + (IDLE_MIN if rider.moves else 0):
            return
        known = Counter(order.restaurant for order in self.instance.orders.values() if order.placed_min <= now)
        recent = Counter(order.restaurant for order in self.instance.orders.values()
                         if now - BUSY_MIN <= order.placed_min <= now)
        near = sorted(known, key=lambda name: self.ride_min(rider.place, name))[:NEARBY]
        if near:
            to = max(near, key=lambda name: recent[name])
            rider.free_min = rider.ride(now, to, self.ride_min(rider.place, to))
            rider.stands = rider.is_ahead = True


def _first_bundle(route: Route) -> list[str]:
    """The meals picked up before the first door."""
    bundle = []
    for visit in route.visits:
        if visit.kind != StopKind.PICKUP:
            break
        bundle.append(visit.shipment_id)
    return bundle


def _half(service_min: int) -> int:
    """Half of a service, in whole minutes that are long enough."""
    return -(-service_min // 2)


def _ride_minutes(instance: Instance) -> NDArray[np.int64]:
    """Whole minutes between all places of the day."""
    at = np.array(list(instance.places.values()))
    apart = np.sqrt(((at[:, None, :] - at[None, :, :]) ** 2).sum(axis=2))
    minutes: NDArray[np.int64] = np.ceil(apart / instance.terms.metres_per_min).astype(np.int64)
    return minutes
