"""Turn a problem into the arrays of `facts`, and keep what their indices mean."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.conditions import ANYTHING
from routing.engines.compiled import flat, table
from routing.engines.facts import BLOCKED, FAR, CourierRow, Facts, NodeRow, OrderRow
from routing.objective import fairness_cost, lateness_factor, moved_cost, unserved_cost
from routing.problem import HORIZON_S, UNREACHABLE_S, Break, Courier, Problem, Shipment, Stop, StopRef
from routing.solution import load_at_start, schedule_run

NEIGHBOURS = 120
"""How many near stops the removal of strings looks at."""

SAMPLED = 3_000
PAIRS = 9_000_000
"""Pairs of stops looked at in the search for near ones; beyond, each stop looks at a smaller sample of the others."""

BLOCK = 256

TIME_APART = 0.1
"""How far a second between two wanted times sets two stops apart, in seconds of riding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Facts, and what their indices mean."""

    problem: Problem
    facts: Facts
    refs: tuple[StopRef, ...]
    node_of: dict[StopRef, int]
    order_ids: tuple[str, ...]
    order_of: dict[str, int]
    courier_of: dict[str, int]


def encode(problem: Problem) -> Encoded:
    """Read a problem into arrays."""
    pinned = {ref for refs in problem.pinned.values() for ref in refs}
    owners: list[Shipment | Break] = [*problem.shipments, *problem.break_by_id.values()]
    refs: list[StopRef] = []
    starts = [0]
    for owner in owners:
        own = owner.refs if isinstance(owner, Shipment) else (StopRef(owner.id, 0),)
        refs.extend(sorted(own, key=lambda ref: ref not in pinned))
        starts.append(len(refs))
    courier_of = {courier.id: number for number, courier in enumerate(problem.couriers)}
    node = _nodes(problem, owners, starts, refs, pinned) | _announced(problem, refs, courier_of)
    near, width = _near(problem, np.asarray(node["place"]), _middle_s(node))
    weights = problem.weights
    facts = Facts(
        couriers=len(problem.couriers), orders=len(owners), nodes=len(refs), row=_row(problem, len(refs)),
        width=width, **_matrices(problem), node=table(NodeRow, node),
        courier=table(CourierRow, _couriers(problem)),
        order=table(OrderRow, _orders(problem, owners, starts, refs, pinned)), near=flat(near),
        bias=flat(_bias(problem, owners)),
        apart=flat(_apart(problem, courier_of)), pairs=len(problem.apart), keys=flat(_sort_keys(problem, owners)),
        is_limited=int(problem.conditions != ANYTHING),
        most_moved=FAR if problem.conditions.most_moved is None else problem.conditions.most_moved,
        w_riding=weights.riding_per_s, w_waiting=weights.waiting_per_s, w_late=weights.lateness_per_s,
        w_steep=weights.steep_lateness_per_s, w_steep_after=weights.steep_after_s,
        w_overtime=weights.overtime_per_s, w_resequenced=weights.resequenced_stop,
    )
    order_ids = tuple(owner.id for owner in owners)
    return Encoded(
        problem=problem, facts=facts, refs=tuple(refs),
        node_of={ref: node for node, ref in enumerate(refs)}, order_ids=order_ids,
        order_of={id_: order for order, id_ in enumerate(order_ids)}, courier_of=courier_of,
    )


def _matrices(problem: Problem) -> dict[str, Any]:
    matrices = list(problem.matrices.values())
    places = matrices[0].places if matrices else 0
    is_limited = any(courier.max_distance_m is not None for courier in problem.couriers)
    unknown = np.zeros((places, places), dtype=np.int32)
    metres = [unknown if m.metres is None else m.metres for m in matrices] if is_limited else []
    none = [np.zeros(1, np.int32)]
    return {"places": places,
            "legs": flat(np.concatenate([m.seconds.ravel() for m in matrices] or none), np.int32),
            "metres": flat(np.concatenate([m.ravel() for m in metres] or none), np.int32)}


def _row(problem: Problem, nodes: int) -> int:
    """Room for one route: all stops of a small problem, six fair shares of a large one."""
    longest = max((len(run) for run in problem.announced.values()), default=0) + 64
    return min(nodes + 2, max(256, longest, 6 * nodes // max(1, len(problem.couriers))))


def _couriers(problem: Problem) -> dict[str, Any]:
    couriers = problem.couriers
    offsets = {name: number * m.places**2 for number, (name, m) in enumerate(problem.matrices.items())}
    loads = [load_at_start(problem, courier.id) for courier in couriers]
    has_ride_limit = any(shipment.longest_ride_s is not None for shipment in problem.shipments)
    kinds: dict[tuple[object, ...], int] = {}
    bikes: dict[str, int] = {}
    parcels: Counter[str] = Counter()
    for shipment in problem.shipments:
        if shipment.on_board_of is not None:
            parcels[shipment.on_board_of] += len(shipment.dropoffs)
    ends = [UNREACHABLE_S - 1 if c.latest_end_s is None else c.latest_end_s for c in couriers]
    return {
        "place": [c.place for c in couriers],
        "end": [-1 if c.end_place is None else c.end_place for c in couriers],
        "ready": [c.ready_s for c in couriers], "shift_end": [c.shift_end_s for c in couriers],
        "latest_end": ends,
        "last_pickup": [FAR if c.last_pickup_s is None else c.last_pickup_s for c in couriers],
        "matrix": [offsets[c.profile] for c in couriers],
        "grams": [c.capacity_g for c in couriers], "ml": [c.capacity_ml for c in couriers],
        "grams_0": [grams for grams, _ in loads], "ml_0": [ml for _, ml in loads],
        "metres": [FAR if c.max_distance_m is None else c.max_distance_m for c in couriers],
        "deep": [c.is_deep_box for c in couriers], "single": [c.is_single_origin for c in couriers],
        "parcels_0": [parcels[c.id] for c in couriers],
        "pinned": [len(problem.pinned.get(c.id, ())) for c in couriers],
        "kind": [kinds.setdefault(_kind_of(problem, c), len(kinds)) for c in couriers],
        "mode": [_mode(c, has_ride_limit) for c in couriers],
        "most": [problem.conditions.share_of(c.id) for c in couriers],
        "bike": [bikes.setdefault(c.kind, len(bikes)) for c in couriers],
        "bikes": [problem.conditions.scarce.get(c.kind, FAR) for c in couriers],
    }


def _kind_of(problem: Problem, c: Courier) -> tuple[object, ...]:
    """Couriers alike in this are alike while their runs are empty; anything personal sets one apart."""
    is_own = c.breaks or problem.bias or problem.announced or problem.pinned
    return (c.place, c.end_place, c.ready_s, c.shift_end_s, c.latest_end_s, c.profile, c.capacity_g,
            c.capacity_ml, c.skills, c.max_distance_m, c.is_deep_box, c.last_pickup_s, c.is_single_origin,
            problem.conditions.share_of(c.id), c.id if is_own else "")


def _mode(courier: Courier, has_ride_limit: bool) -> int:
    if courier.breaks:
        return 2
    is_rare = courier.is_deep_box or courier.is_single_origin or courier.max_distance_m is not None
    return int(has_ride_limit or is_rare)


def _nodes(
    problem: Problem, owners: list[Shipment | Break], starts: list[int], refs: list[StopRef],
    pinned: set[StopRef],
) -> dict[str, Any]:
    rows = []
    warm_until = _warm_until(problem)
    for order, owner in enumerate(owners):
        times = lateness_factor(problem, owner.id)
        for ref in refs[starts[order]:starts[order + 1]]:
            is_first = int(ref == refs[starts[order]])
            if isinstance(owner, Break):
                rows.append((order, -1, owner.opens_s, FAR, owner.due_s, 1, owner.duration_s, 0, 0, 0, 0,
                             is_first, 0, FAR))
                continue
            stop, is_pickup = owner.stop(ref.stop_index), ref.stop_index == 0
            grams = owner.weight_g if is_pickup else -stop.weight_g
            ml = owner.volume_ml if is_pickup else -stop.volume_ml
            closes = FAR if owner.id in problem.committed else _closes_s(stop)
            due = FAR if stop.promised_s is None else stop.promised_s
            parcels = len(owner.dropoffs) if is_pickup else -1
            is_checked = int(is_pickup and ref not in pinned)
            rows.append((order, stop.place, stop.opens_s, closes, due, times, stop.service_s, grams, ml, parcels,
                         is_checked, is_first, 1, warm_until.get(ref, FAR)))
    names = ("order", "place", "opens", "closes", "due", "times", "service", "grams", "ml", "parcels", "is_checked",
             "is_first", "waits", "warm_until")
    columns = np.array(rows, dtype=np.int64).reshape(len(rows), len(names))
    return {name: columns[:, column] for column, name in enumerate(names)}


def _closes_s(stop: Stop) -> int:
    return HORIZON_S if stop.window is None else stop.window.closes_s


def _warm_until(problem: Problem) -> dict[StopRef, int]:
    """When the longest ride of committed goods is over, by door; not where it is over by the straight way already."""
    found: dict[StopRef, int] = {}
    pinned_to = {ref.shipment_id: name for name, refs in problem.pinned.items() for ref in refs}
    for shipment in problem.shipments:
        name = shipment.on_board_of or pinned_to.get(shipment.id)
        if name is None or shipment.longest_ride_s is None:
            continue
        courier, pinned = problem.courier_by_id[name], problem.pinned.get(name, ())
        left = {visit.ref: visit.departure_s for visit in schedule_run(problem, courier, pinned).visits}
        left_s = left.get(StopRef(shipment.id, 0), shipment.left_s)
        for ref in shipment.refs:
            if left_s is None or ref in left:
                continue
            straight = schedule_run(problem, courier, (*pinned, ref)).visits[-1]
            if straight.start_s <= left_s + shipment.longest_ride_s:
                found[ref] = left_s + shipment.longest_ride_s
    return found


def _announced(problem: Problem, refs: list[StopRef], courier_of: dict[str, int]) -> dict[str, Any]:
    place = {ref: (rank, courier_of.get(courier, -1))
             for courier, run in problem.announced.items() for rank, ref in enumerate(run)}
    found = [place.get(ref, (0, -1)) for ref in refs]
    return {"rank": [rank for rank, _ in found], "rank_of": [courier for _, courier in found]}


def _orders(
    problem: Problem, owners: list[Shipment | Break], starts: list[int], refs: list[StopRef],
    pinned: set[StopRef],
) -> dict[str, Any]:
    courier_of = {courier.id: number for number, courier in enumerate(problem.couriers)}
    free = [first + sum(ref in pinned for ref in refs[first:end])
            for first, end in zip(starts, starts[1:], strict=False)]
    shipments = [owner if isinstance(owner, Shipment) else None for owner in owners]
    committed = [s is None or s.id in problem.committed for s in shipments]
    longest = [FAR if s is None or c or s.longest_ride_s is None else s.longest_ride_s
               for s, c in zip(shipments, committed, strict=True)]
    picks = [int(f < e and s is not None and refs[f].stop_index == 0)
             for f, e, s in zip(free, starts[1:], shipments, strict=True)]
    return {
        "free": free, "end": starts[1:], "picks": picks, "committed": committed,
        "bound": [c or (s is not None and s.bound_to is not None) for s, c in zip(shipments, committed, strict=True)],
        "home": [courier_of.get(problem.announced_to.get(owner.id, ""), -1) for owner in owners],
        "unserved": [unserved_cost(problem, owner.id) for owner in owners], "longest": longest,
        "grams": [s.weight_g if s else 0 for s in shipments],
        "ml": [s.volume_ml if s else 0 for s in shipments],
    }


def _bias(problem: Problem, owners: list[Shipment | Break]) -> NDArray[np.int64]:
    """Churn and fairness of giving each order to each courier; BLOCKED where they may not carry it."""
    number_of = {courier.id: number for number, courier in enumerate(problem.couriers)}
    order_of = {owner.id: order for order, owner in enumerate(owners)}
    table = np.zeros((len(owners), len(number_of)), dtype=np.int64)
    for name, courier_id in problem.bias:
        if name in order_of and courier_id in number_of:
            table[order_of[name], number_of[courier_id]] = fairness_cost(problem, name, courier_id)
    for name, courier_id in problem.announced_to.items():
        if name in order_of:
            others = np.arange(len(number_of)) != number_of.get(courier_id, -1)
            table[order_of[name], others] += moved_cost(problem, name, "anybody else")
    able = _Able(problem)
    for order, owner in enumerate(owners):
        table[order, ~able.couriers_for(owner)] = BLOCKED
    return table


def _apart(problem: Problem, courier_of: dict[str, int]) -> NDArray[np.int64]:
    """Who is kept apart from whom, courier by courier."""
    size = len(courier_of) if problem.apart else 1
    table = np.zeros((size, size), dtype=np.int64)
    for a, b in problem.apart:
        table[courier_of[a], courier_of[b]] = table[courier_of[b], courier_of[a]] = 1
    return table


class _Able:
    """Which couriers may carry what, as rows of booleans."""

    def __init__(self, problem: Problem) -> None:
        self.couriers = problem.couriers
        self.number_of = {courier.id: number for number, courier in enumerate(problem.couriers)}
        self.grams = np.array([courier.capacity_g for courier in problem.couriers])
        self.ml = np.array([courier.capacity_ml for courier in problem.couriers])
        self.pinned_to = {ref.shipment_id: name for name, refs in problem.pinned.items() for ref in refs}
        self.resting = {rest.id: courier.id for courier in problem.couriers for rest in courier.breaks}
        self.skilled: dict[frozenset[str], NDArray[np.bool_]] = {}

    def couriers_for(self, owner: Shipment | Break) -> NDArray[np.bool_]:
        """True for every courier who may carry it, or take this break."""
        if isinstance(owner, Break):
            return self._only({self.resting[owner.id]})
        if pinned_to := self.pinned_to.get(owner.id):
            return self._only({pinned_to})
        if owner.on_board_of is not None:
            return self._only({owner.on_board_of})
        able = self._skilled(owner.skills) & (owner.weight_g <= self.grams) & (owner.volume_ml <= self.ml)
        if owner.pinned_to is not None:
            return able & self._only({owner.pinned_to})
        if owner.allowed_couriers is not None:
            able &= self._only(owner.allowed_couriers)
        return able & ~self._only(owner.forbidden_couriers)

    def _only(self, ids: Iterable[str]) -> NDArray[np.bool_]:
        row = np.zeros(len(self.couriers), dtype=np.bool_)
        row[[self.number_of[name] for name in ids if name in self.number_of]] = True
        return row

    def _skilled(self, skills: frozenset[str]) -> NDArray[np.bool_]:
        if skills not in self.skilled:
            self.skilled[skills] = np.array([skills <= courier.skills for courier in self.couriers], dtype=np.bool_)
        return self.skilled[skills]


def _sort_keys(problem: Problem, owners: list[Shipment | Break]) -> NDArray[np.int64]:
    """Five orders in which to put shipments back: opening, promise, width of window, length, load."""
    seconds = next(iter(problem.matrices.values())).seconds if problem.matrices else None
    rows = []
    for shipment in owners:
        if isinstance(shipment, Break) or seconds is None or not problem.couriers:
            rows.append((0, 0, 0, 0, 0))
            continue
        first, last = shipment.pickup or shipment.dropoffs[0], shipment.dropoffs[-1]
        due = HORIZON_S if last.promised_s is None else last.promised_s
        length = int(seconds[first.place, last.place]) + int(seconds[problem.couriers[0].place, first.place])
        rows.append((first.opens_s, due, due - first.opens_s, -length, -shipment.weight_g))
    return np.array(rows, dtype=np.int64).reshape(len(owners), 5)


def _middle_s(node: dict[str, Any]) -> NDArray[np.int64]:
    """The middle of the time in which each stop is wanted, as far as it is limited at all."""
    opens, ends = np.asarray(node["opens"]), np.minimum(node["closes"], node["due"])
    middle = np.where(ends < HORIZON_S, (np.maximum(opens, 0) + np.minimum(ends, HORIZON_S)) // 2, np.maximum(opens, 0))
    result: NDArray[np.int64] = middle.astype(np.int64)
    return result


def _near(problem: Problem, places: NDArray[np.int64], times: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """For every node the nearest others: by the ride between them and the time apart.

    Worked out a block of rows at a time, and of very many nodes against a sample, to bound memory and time.
    """
    count = len(places)
    if not problem.matrices or not count:
        return np.zeros((count, 0), dtype=np.int64), 0
    seconds = next(iter(problem.matrices.values())).seconds
    at = np.maximum(places, 0)
    sample = min(count, SAMPLED, max(NEIGHBOURS, PAIRS // count))
    others = np.arange(count) if sample == count else np.linspace(0, count - 1, sample, dtype=np.int64)
    width = min(len(others), NEIGHBOURS)
    near = np.empty((count, width), dtype=np.int64)
    for first in range(0, count, BLOCK):
        rows = np.arange(first, min(first + BLOCK, count))
        apart = seconds[np.ix_(at[rows], at[others])].astype(np.float64)
        apart += TIME_APART * np.abs(times[rows, None] - times[None, others])
        nearest = np.argpartition(apart, width - 1, axis=1)[:, :width]
        sorting = np.take_along_axis(apart, nearest, axis=1).argsort(axis=1, kind="stable")
        near[rows] = others[np.take_along_axis(nearest, sorting, axis=1)]
    return near, width
