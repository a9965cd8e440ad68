"""Live a day again under other rules or another engine: the same orders, riders and streets, other decisions. Pure.

Time goes in steps of the policy's pace. At each step what has been placed by then becomes a `Problem`, as
`dispatch.planning` makes one: stops under way are pinned, goods on board belong to their rider, the runs on the phones
are announced. The engine plans, `routing.rolling` decides whether the plan is adopted and what is too far ahead to be
given out, and riders ride exactly as long as the streets say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from routing.check import check
from routing.conditions import ANYTHING, Conditions
from routing.day import Day, DayOrder, Measures, Served, measure
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline, Engine
from routing.engines.within import fit
from routing.fairness import Shares, biases
from routing.problem import Courier, Problem, Shipment, Stop, StopRef
from routing.rolling import Policy, better_of
from routing.solution import Solution
from routing.weights import Weights

LONGEST_S = 3 * 86_400
"""No day goes on longer than this after its last order and shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """One way to run the day. `aim_early_s` is taken off every promise, `overtime_limit_s` put onto every shift."""

    name: str
    engine: Engine
    policy: Policy
    weights: Weights
    conditions: Conditions = ANYTHING
    iterations: int = 300
    aim_early_s: int = 0
    overtime_limit_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A day lived once: what became of each order, how often one changed hands, and the measures."""

    name: str
    served: tuple[Served, ...]
    handed_over: int
    measures: Measures


@dataclass(slots=True, kw_only=True)
class Rider:
    """One rider now: free at a place since a moment, or on the way to the first stop of the run since `left_s`."""

    facts: Courier
    place: int
    free_s: int
    run: list[StopRef] = field(default_factory=list)
    left_s: int | None = None


class LiveDay:
    """The state of a day that is being lived."""

    def __init__(self, day: Day, conduct: Conduct, seed: int, shares: Shares | None = None) -> None:
        """`shares`: what couriers' work came to before; a day by itself begins with nothing."""
        self.day, self.conduct, self.seed = day, conduct, seed
        self.shares = shares or Shares()
        self.riders = {r.id: Rider(facts=r, place=r.place, free_s=r.ready_s) for r in day.riders}
        self.orders = {order.shipment.id: order for order in day.orders}
        self.open: set[str] = set()
        self.on_board: dict[str, str] = {}
        self.done: dict[StopRef, int] = {}
        self.served: list[Served] = []
        self.handed_over = 0

    def live(self) -> Lived:
        """From the first order to the last stop."""
        moments = [order.placed_s for order in self.day.orders] + [rider.ready_s for rider in self.day.riders]
        now = min(moments, default=0)
        last = max(moments + [rider.shift_end_s for rider in self.day.riders], default=0) + LONGEST_S
        to_come = sorted(self.orders.values(), key=lambda order: order.placed_s, reverse=True)
        while now <= last and (to_come or self.open or self.on_board) and not self._is_hopeless(now, to_come):
            self._ride(now)
            while to_come and to_come[-1].placed_s <= now:
                self.open.add(to_come.pop().shipment.id)
            self._cancel(now)
            if self.open or self.on_board:
                self._plan(now)
            self._set_out(now)
            now += self.conduct.policy.every_s
        return Lived(name=self.conduct.name, served=tuple(self.served), handed_over=self.handed_over,
                     measures=measure(self.day, self.served))

    def _is_hopeless(self, now: int, to_come: Sequence[DayOrder]) -> bool:
        """Whether everybody has gone home for good."""
        limit_s = self.conduct.overtime_limit_s
        is_over = all(r.facts.shift_end_s + limit_s < now and not r.run for r in self.riders.values())
        return is_over and not self.on_board and (not to_come or bool(self.riders))

    def _ride(self, now: int) -> None:
        """Let riders finish what they finish by now, each going on to the next stop at once."""
        for rider in self.riders.values():
            while rider.left_s is not None:
                stop = self._stop(rider.run[0])
                start_s = max(rider.left_s + self._leg_s(rider, stop), stop.opens_s)
                if start_s + stop.service_s > now:
                    break
                self._finish(rider, stop, start_s)
                if rider.run and self._is_time_to_leave(rider, rider.free_s):
                    rider.left_s = rider.free_s

    def _finish(self, rider: Rider, stop: Stop, start_s: int) -> None:
        ref = rider.run.pop(0)
        self.done[ref] = start_s
        rider.place, rider.free_s, rider.left_s = stop.place, start_s + stop.service_s, None
        shipment = self.orders[ref.shipment_id].shipment
        if ref.stop_index == 0:
            self.on_board[shipment.id] = rider.facts.id
            self.open.discard(shipment.id)
        elif all(other in self.done for other in shipment.refs):
            del self.on_board[shipment.id]
            self.shares.credit(rider.facts.id, self.orders[shipment.id])
            self.served.append(Served(order_id=shipment.id, courier_id=rider.facts.id, dropped_s=start_s,
                                      picked_s=self.done[StopRef(shipment.id, 0)]))

    def _cancel(self, now: int) -> None:
        gone = {id_ for id_ in self.open if (at_s := self.orders[id_].cancelled_s) is not None and at_s <= now}
        self.open -= gone
        for rider in self.riders.values():
            if rider.run and rider.run[0].shipment_id in gone:
                rider.left_s, rider.free_s = None, max(rider.free_s, now)
            rider.run = [ref for ref in rider.run if ref.shipment_id not in gone]

    def _plan(self, now: int) -> None:
        problem, index_of = self.problem(now)
        if not problem.couriers:
            return
        base = Insertion().solve(problem, problem.announced, Deadline(iterations=0), self.seed)
        base = fit(problem, base)
        found = self.conduct.engine.solve(problem, base.plan, Deadline(iterations=self.conduct.iterations),
                                          self.seed + now)
        best = base if check(problem, found) else better_of(problem, base, found, self.conduct.policy)
        self._announce(now, best, index_of)

    def problem(self, now: int) -> tuple[Problem, dict[StopRef, StopRef]]:
        """What is known now, and which stop of the day each stop of the problem is."""
        riders = [rider for rider in self.riders.values() if self._is_at_work(rider, now)]
        shipments: list[Shipment] = []
        index_of: dict[StopRef, StopRef] = {}
        for id_ in sorted(self.open) + sorted(self.on_board):
            shipment, names = self._rest(id_)
            shipments.append(shipment)
            index_of |= names
        name_of = {ref: name for name, ref in index_of.items()}
        runs = {rider.facts.id: tuple(name_of[ref] for ref in rider.run) for rider in riders}
        pinned = {rider.facts.id: runs[rider.facts.id][:1] for rider in riders if rider.left_s is not None}
        problem = Problem(
            couriers=tuple(self._courier(rider, now) for rider in riders), shipments=tuple(shipments),
            matrices=self.day.matrices, weights=self.conduct.weights,
            announced={name: run for name, run in runs.items() if run}, pinned=pinned, bias=self._bias(now, shipments),
            conditions=self.conduct.conditions,
        )
        return problem, index_of

    def _bias(self, now: int, shipments: Sequence[Shipment]) -> dict[tuple[str, str], int]:
        """Fair shares, for orders that are still free to choose."""
        hourly = self.shares.hourly(self.day.riders, now)
        costs = biases(hourly, self.conduct.weights.fairness_cap)
        free = [shipment.id for shipment in shipments if shipment.bound_to is None]
        return {(id_, rider): price for rider, price in costs.items() if price for id_ in free}

    def _is_at_work(self, rider: Rider, now: int) -> bool:
        is_on_shift = rider.facts.ready_s <= now <= rider.facts.shift_end_s + self.conduct.overtime_limit_s
        return is_on_shift or bool(rider.run) or rider.facts.id in self.on_board.values()

    def _courier(self, rider: Rider, now: int) -> Courier:
        ready_s = max(rider.free_s, now) if rider.left_s is None else rider.left_s
        return replace(rider.facts, place=rider.place, ready_s=ready_s,
                       latest_end_s=rider.facts.shift_end_s + self.conduct.overtime_limit_s)

    def _rest(self, id_: str) -> tuple[Shipment, dict[StopRef, StopRef]]:
        """What is left of an order, its dropoffs numbered anew, and the stops of the day they are."""
        shipment = self.orders[id_].shipment
        left = [index for index in range(1, len(shipment.dropoffs) + 1) if StopRef(id_, index) not in self.done]
        drops = tuple(self._aimed(shipment.dropoffs[index - 1]) for index in left)
        names = {StopRef(id_, number): StopRef(id_, index) for number, index in enumerate(left, start=1)}
        if id_ in self.on_board:
            left_s = self.done[StopRef(id_, 0)] + shipment.stop(0).service_s
            if (longest_s := shipment.longest_ride_s) is not None:
                drops = tuple(_due_by(stop, left_s + longest_s) for stop in drops)
            return replace(shipment, pickup=None, on_board_of=self.on_board[id_], left_s=left_s, dropoffs=drops), names
        return replace(shipment, dropoffs=drops), names | {StopRef(id_, 0): StopRef(id_, 0)}

    def _aimed(self, stop: Stop) -> Stop:
        return stop if stop.due_s is None else replace(stop, due_s=stop.due_s - self.conduct.aim_early_s)

    def _announce(self, now: int, plan: Solution, index_of: dict[StopRef, StopRef]) -> None:
        """Put runs onto the phones; what is too far ahead stays back."""
        before = {ref.shipment_id: rider.facts.id for rider in self.riders.values() for ref in rider.run}
        for courier_id, refs in plan.plan.items():
            run = [index_of[ref] for ref in refs if self._is_given_out(ref.shipment_id, now, before)]
            self.riders[courier_id].run = run
            moved = {ref.shipment_id for ref in run if before.get(ref.shipment_id, courier_id) != courier_id}
            self.handed_over += len(moved)

    def _is_given_out(self, id_: str, now: int, before: dict[str, str]) -> bool:
        if id_ in before or id_ in self.on_board:
            return True
        return self.conduct.policy.is_in_sight(self.orders[id_].opens_s - now)

    def _set_out(self, now: int) -> None:
        for rider in self.riders.values():
            is_free = rider.left_s is None and rider.free_s <= now
            if is_free and rider.run and self._is_time_to_leave(rider, now):
                rider.left_s = rider.free_s = now

    def _is_time_to_leave(self, rider: Rider, at_s: int) -> bool:
        stop = self._stop(rider.run[0])
        return self.conduct.policy.sets_out(stop.opens_s - at_s - self._leg_s(rider, stop))

    def _stop(self, ref: StopRef) -> Stop:
        return self.orders[ref.shipment_id].shipment.stop(ref.stop_index)

    def _leg_s(self, rider: Rider, stop: Stop) -> int:
        return int(self.day.matrices[rider.facts.profile].seconds[rider.place, stop.place])


def _due_by(stop: Stop, until_s: int) -> Stop:
    """A door with the longest ride of goods on board as a promise, as `dispatch.planning` makes it."""
    return replace(stop, due_s=until_s if stop.due_s is None else min(stop.due_s, until_s))


def compare(day: Day, conducts: Sequence[Conduct], seed: int = 1) -> list[Lived]:
    """The day as it was, if that is known, and lived once under each conduct."""
    lived = [LiveDay(day, conduct, seed).live() for conduct in conducts]
    if not day.served:
        return lived
    return [Lived(name="as it was", served=day.served, handed_over=0, measures=measure(day, day.served)), *lived]
