"""A plan held in the kernels' arrays: single orders are priced, put in and taken out in microseconds."""

from dataclasses import dataclass
from time import perf_counter

from routing.conditions import ANYTHING
from routing.engines.change_kernel import (
    clear_iteration,
    insert_unserved,
    is_beyond,
    keep_best,
    load_routes,
    price_all,
    put_in,
    return_to_best,
    take_out,
    would_meet,
)
from routing.engines.compiled import flat
from routing.engines.encode import Encoded, encode
from routing.engines.facts import BLOCKED
from routing.engines.pace import Pace
from routing.engines.place_kernel import best_place, is_simple, write_pair
from routing.engines.reasons import failed_filter, why_unserved
from routing.engines.route_kernel import ANY_PRICE, BIG
from routing.engines.state import State, new_state
from routing.objective import Terms, cost, route_terms, unserved_cost
from routing.problem import Plan, Problem, Shipment, StopRef
from routing.solution import Reason, Solution, Unserved, schedule, schedule_run

AT_ONCE = 10
"""Orders put in before the first look at the clock."""

STOP_S, REASON_S = 25e-6, 12e-6
"""Processor time to write down one stop with its times; and to ask one courier why an order was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One courier's offer for a shipment: the marginal cost, or the filter that failed."""

    courier_id: str
    cost: int | None
    failed: Reason | None = None


class LivePlan:
    """A plan of one problem that changes order by order. Not for several threads at once."""

    def __init__(self, problem: Problem, plan: Plan | None = None, seed: int = 0) -> None:
        """Take over a plan; what in it breaks a hard limit is left out, committed goods never."""
        self.problem = problem
        self.encoded: Encoded = encode(problem)
        self.state: State = new_state(self.encoded.facts, seed)
        self.untried: frozenset[str] = frozenset()
        self._load(plan or {})

    @property
    def total(self) -> int:
        """Cost of the plan, the integer of `routing.objective`."""
        return int(self.state.now[0].total)

    @property
    def plan(self) -> dict[str, tuple[StopRef, ...]]:
        """The order of stops by courier."""
        row, refs = self.encoded.facts.row, self.encoded.refs
        return {
            courier.id: tuple(
                refs[node] for node in self.state.nodes[row * k + 1: row * k + self.state.run[k].count + 1]
            )
            for k, courier in enumerate(self.problem.couriers)
        }

    @property
    def unserved(self) -> tuple[str, ...]:
        """Ids of shipments and breaks that are in no run."""
        ids = self.encoded.order_ids
        return tuple(ids[k] for k in range(len(ids)) if self.state.item[k].courier < 0)

    def candidates(self, shipment_id: str, *, is_forced: bool = False) -> list[Candidate]:
        """Exact marginal cost of an unserved shipment for every courier, cheapest first, the unable last.

        `is_forced`: conditions for the plan as a whole make nobody unable.
        """
        order = self._unserved_order(shipment_id)
        price_all(self.encoded.facts, self.state, order)
        offers, is_limited = [], not is_forced and self.problem.conditions != ANYTHING
        for number, courier in enumerate(self.problem.couriers):
            record = self.state.price[order * len(self.problem.couriers) + number]
            amount = int(record.amount) if record.first >= 0 else BIG
            if amount < BIG and is_limited and is_beyond(self.encoded.facts, self.state, number, order):
                offers.append(Candidate(courier_id=courier.id, cost=None, failed=Reason.BEYOND_RULES))
                continue
            if amount < BIG:
                offers.append(Candidate(courier_id=courier.id, cost=amount))
                continue
            shipment = self.problem.shipment_by_id.get(shipment_id)
            failed = failed_filter(self.problem, courier, shipment) if shipment else Reason.NOT_ALLOWED
            if failed is None and would_meet(self.encoded.facts, self.state, number, order):
                failed = Reason.NOT_ALLOWED
            offers.append(Candidate(courier_id=courier.id, cost=None, failed=failed or Reason.NO_ROOM))
        return sorted(offers, key=lambda offer: (offer.cost is None, offer.cost or 0))

    def run_with(self, shipment_id: str, courier_id: str) -> tuple[StopRef, ...] | None:
        """The courier's run with an unserved shipment at its cheapest place; None if there is no place."""
        order, courier = self._unserved_order(shipment_id), self.encoded.courier_of[courier_id]
        facts, state = self.encoded.facts, self.state
        if best_place(facts, state, courier, order, ANY_PRICE) >= BIG or would_meet(facts, state, courier, order):
            return None
        count = state.run[courier].count + facts.order[order].end - facts.order[order].free
        row = state.trial_best
        if is_simple(facts, courier, order):
            write_pair(facts, state, courier, order)
            row = state.trial
        return tuple(self.encoded.refs[node] for node in row[1: count + 1])

    def explain(self, shipment_id: str, courier_id: str) -> Terms | None:
        """The terms of a candidate's marginal cost; None if there is no place."""
        run = self.run_with(shipment_id, courier_id)
        if run is None:
            return None
        courier = self.problem.courier_by_id[courier_id]
        before = schedule_run(self.problem, courier, self.plan[courier_id])
        after = schedule_run(self.problem, courier, run)
        return route_terms(self.problem, after) - route_terms(self.problem, before)

    def insert(self, shipment_id: str) -> str | None:
        """Put an unserved shipment where it costs least; returns its courier, None if left out."""
        order = self._unserved_order(shipment_id)
        insert_unserved(self.encoded.facts, self.state, flat([order]))
        courier = int(self.state.item[order].courier)
        return self.problem.couriers[courier].id if courier >= 0 else None

    def give(self, shipment_id: str, courier_id: str) -> bool:
        """Put an unserved shipment into one courier's run, whatever the conditions; False if there is no place for it.
        """
        order, courier = self._unserved_order(shipment_id), self.encoded.courier_of[courier_id]
        price_all(self.encoded.facts, self.state, order)
        if self.state.price[order * len(self.problem.couriers) + courier].first < 0:
            return False
        clear_iteration(self.state)
        put_in(self.encoded.facts, self.state, courier, order)
        keep_best(self.encoded.facts, self.state)
        return True

    def remove(self, shipment_id: str) -> bool:
        """Take a shipment out of its run; False if it is in none or committed to it.

        What the run cannot keep without it goes too: a hot meal must not be fetched earlier than planned.
        """
        order = self.encoded.order_of[shipment_id]
        courier = self.state.item[order].courier
        if courier < 0 or shipment_id in self.problem.committed:
            return False
        take_out(self.encoded.facts, self.state, order)
        return True

    def insert_all(self, pace: Pace | None = None) -> None:
        """Put in everything unserved: committed goods first, then by priority and opening.

        When the time is over, the rest is left out and said to be so.
        """
        orders = [self.encoded.order_of[id_] for id_ in self.unserved]
        orders.sort(key=self._urgency)
        first, chunk = 0, AT_ONCE
        while first < len(orders) and (pace is None or pace.has_time()):
            began = perf_counter()
            insert_unserved(self.encoded.facts, self.state, flat(orders[first: first + chunk]))
            first += chunk
            if pace is not None:
                chunk = pace.after(chunk, perf_counter() - began)
                pace.keep(self._answer_s(len(orders) - first))
        self.untried = frozenset(self.encoded.order_ids[order] for order in orders[first:])

    def keep_announced(self) -> None:
        """Put what is announced and in nobody's run where it costs least, beyond the conditions if need be."""
        if self.problem.conditions == ANYTHING:
            return
        for name in self.unserved:
            if name in self.problem.announced_to and name not in self.untried and self.insert(name) is None:
                best = self.candidates(name, is_forced=True)[0]
                if best.cost is not None and best.cost < unserved_cost(self.problem, name):
                    self.give(name, best.courier_id)

    def restore_best(self) -> None:
        """Go back to the best plan seen."""
        return_to_best(self.encoded.facts, self.state)

    def solution(self, engine: str, seed: int = 0, pace: Pace | None = None) -> Solution:
        """The plan with times, and a reason for everything left out; when the time is over, that it is."""
        plan, total, unserved = self.plan, self.total, self.unserved
        if any(id_ in self.problem.committed for id_ in unserved):
            plan, unserved = self._deliver_committed(plan, unserved)
            total = cost(self.problem, plan).total
        return Solution(
            routes=schedule(self.problem, plan), cost=total, engine=engine, seed=seed,
            iterations=0 if pace is None else pace.done, unserved=tuple(self._why(id_, pace) for id_ in unserved),
        )

    def _answer_s(self, untried: int) -> float:
        """Processor time that writing the answer will take, about."""
        facts, left_out = self.encoded.facts, int(self.state.now[0].out_count) - max(0, untried)
        return STOP_S * facts.nodes + REASON_S * facts.couriers * left_out

    def _why(self, shipment_id: str, pace: Pace | None) -> Unserved:
        if shipment_id in self.untried or (pace is not None and pace.is_late()):
            return Unserved(shipment_id=shipment_id, reason=Reason.NO_TIME)
        why = why_unserved(self.problem, shipment_id)
        if why.reason == Reason.NO_ROOM and self._is_beyond_rules(shipment_id):
            return Unserved(shipment_id=shipment_id, reason=Reason.BEYOND_RULES)
        return why

    def _is_beyond_rules(self, shipment_id: str) -> bool:
        """Whether nothing but the conditions keeps an order out of a run that would be worth it."""
        if self.problem.conditions == ANYTHING or shipment_id not in self.problem.shipment_by_id:
            return False
        best = self.candidates(shipment_id, is_forced=True)[0]
        return best.cost is not None and best.cost < unserved_cost(self.problem, shipment_id)

    def _deliver_committed(
        self, plan: dict[str, tuple[StopRef, ...]], unserved: tuple[str, ...]
    ) -> tuple[dict[str, tuple[StopRef, ...]], tuple[str, ...]]:
        """Append what is on a bike and found no place, so that no goods are forgotten there."""
        pinned_to = {ref.shipment_id: id_ for id_, refs in self.problem.pinned.items() for ref in refs}
        for shipment_id in set(unserved) & self.problem.committed:
            shipment = self.problem.shipment_by_id.get(shipment_id)
            courier_id = pinned_to.get(shipment_id) or (shipment.on_board_of if shipment else None)
            if shipment is None or courier_id is None:
                continue
            run = plan[courier_id]
            plan[courier_id] = run + tuple(ref for ref in shipment.refs if ref not in run)
        return plan, tuple(id_ for id_ in unserved if id_ not in self.problem.committed)

    def _urgency(self, order: int) -> tuple[int, int, int]:
        record = self.encoded.facts.order[order]
        return -int(record.committed), -int(record.unserved), int(self.encoded.facts.keys[order * 5])

    def _unserved_order(self, shipment_id: str) -> int:
        order = self.encoded.order_of[shipment_id]
        if self.state.item[order].courier >= 0:
            raise ValueError(f"shipment {shipment_id} is in a run already")
        return order

    def _load(self, plan: Plan) -> None:
        """Write rows: pinned stops first, then whatever of the plan is whole, allowed and new."""
        facts, state = self.encoded.facts, self.state
        taken = {ref for refs in self.problem.pinned.values() for ref in refs}
        counters: dict[str, set[int]] = {}
        for number, courier in enumerate(self.problem.couriers):
            pinned = self.problem.pinned.get(courier.id, ())
            refs = plan.get(courier.id, ())
            for other in self.problem.apart_from.get(courier.id, ()):
                refs = self._without_counters(refs, counters.get(other, set()))
            run = list(pinned) + self._usable(number, pinned, refs, taken)
            run = run[: facts.row - 2]
            counters[courier.id] = self.problem.counters(run)
            for at, ref in enumerate(run, start=number * facts.row + 1):
                state.nodes[at] = self.encoded.node_of[ref]
            state.run[number].count = len(run)
        load_routes(facts, state)
        keep_best(facts, state)

    def _without_counters(self, refs: tuple[StopRef, ...], places: set[int]) -> tuple[StopRef, ...]:
        """A run without what would be picked up at some places."""
        there = {ref.shipment_id for ref in refs if self.problem.counters((ref,)) & places}
        return tuple(ref for ref in refs if ref.shipment_id not in there)

    def _usable(
        self, number: int, pinned: tuple[StopRef, ...], refs: tuple[StopRef, ...], taken: set[StopRef]
    ) -> list[StopRef]:
        """Stops of a run that may be taken over; marks them as taken."""
        couriers, bias = self.encoded.facts.couriers, self.encoded.facts.bias
        known = [ref for ref in refs if ref in self.encoded.node_of and ref not in taken]
        known = list(dict.fromkeys(known))
        whole = []
        for ref in known:
            order = self.encoded.order_of[ref.shipment_id]
            owner = self.problem.shipment_by_id.get(ref.shipment_id)
            if bias[order * couriers + number] < BLOCKED and _is_whole(owner, pinned, known):
                whole.append(ref)
        taken.update(whole)
        return whole


def _is_whole(shipment: Shipment | None, pinned: tuple[StopRef, ...], refs: list[StopRef]) -> bool:
    """Whether all stops of a shipment are in a run, the pickup first; breaks always are."""
    if shipment is None:
        return True
    places = [refs.index(ref) for ref in shipment.refs if ref not in pinned and ref in refs]
    missing = [ref for ref in shipment.refs if ref not in pinned and ref not in refs]
    return not missing and (shipment.refs[0] in pinned or places[0] == min(places))


def marginal_costs(problem: Problem, plan: Plan, shipment_id: str) -> list[Candidate]:
    """What a shipment would cost each courier on top of a plan (it is taken out of it first)."""
    live = LivePlan(problem, plan)
    live.remove(shipment_id)
    return live.candidates(shipment_id)
