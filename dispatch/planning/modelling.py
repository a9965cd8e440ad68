"""Turn a snapshot into the optimiser's problem, and keep track of which stop is which task. Pure.

A run is a courier, named by the run's id; an order is a shipment, named by the order's id. Times become whole seconds
since the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from dispatch.core.units import LonLat
from dispatch.orders.views import OrderView, TaskView
from riders.shifts.rules import break_left_s
from routing.problem import (
    HORIZON_S,
    UNREACHABLE_S,
    Break,
    Courier,
    Problem,
    Shipment,
    Stop,
    StopRef,
    TimeWindow,
    TravelMatrix,
)

from . import rules
from .crew import CrewMember
from .snapshot import Snapshot

Matrices = Mapping[str, TravelMatrix]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """What is known of distances, where a rider has a limit: by kind of bike the metres in a second of riding, by rider
    the metres ridden in this shift."""

    gauges: Mapping[str, float] = field(default_factory=dict)
    ridden_m: Mapping[UUID, int] = field(default_factory=dict)


UNLIMITED = Distances()


@dataclass(frozen=True, kw_only=True)
class Model:
    """The problem with the meaning of its names. `set_aside` says why an order is not in it."""

    snapshot: Snapshot
    problem: Problem
    task_of: Mapping[StopRef, UUID]
    set_aside: Mapping[UUID, str]
    gauges: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def ref_of(self) -> dict[UUID, StopRef]:
        """The optimiser's stop of each open task."""
        return {task_id: ref for ref, task_id in self.task_of.items()}

    @cached_property
    def member_of(self) -> dict[str, CrewMember]:
        """Riders by the name their run has in the problem."""
        return {str(member.run.id): member for member in self.snapshot.crew}

    @cached_property
    def order_of(self) -> dict[str, OrderView]:
        """Orders by the name they have in the problem."""
        return {str(order.id): order for order in self.snapshot.orders}

    def is_waiting(self, order_id: UUID) -> bool:
        """Whether an order is in nobody's run."""
        return not any(task.run_id for task in self.order_of[str(order_id)].tasks if task.is_open)

    def at(self, seconds: int) -> datetime:
        """The moment so many seconds after the snapshot."""
        return self.snapshot.taken_at + timedelta(seconds=seconds)


class Places:
    """Numbers for places, each place once."""

    def __init__(self) -> None:
        self._index: dict[LonLat, int] = {}

    def __getitem__(self, place: LonLat) -> int:
        return self._index.setdefault(place, len(self._index))

    @property
    def points(self) -> list[LonLat]:
        """All places in the order of their numbers."""
        return list(self._index)


def places_of(snapshot: Snapshot) -> Places:
    """Every place the problem will name."""
    places = Places()
    for member in snapshot.crew:
        places[whereabouts(member, snapshot.taken_at)[0]]
        places[_last_stop(member)]
    for order in snapshot.orders:
        for task in order.tasks:
            if task.is_open:
                places[task.lonlat]
    if snapshot.depot is not None:
        places[snapshot.depot]
    return places


def profiles_of(snapshot: Snapshot) -> set[str]:
    """The kinds of bikes that ride in this zone now."""
    return {member.profile for member in snapshot.crew}


def bikes_of(snapshot: Snapshot) -> set[str]:
    """The names of the travel matrices of everybody who rides in this zone now."""
    return {rules.bike_of(member.profile, member.speed) for member in snapshot.crew}


def whereabouts(member: CrewMember, now: datetime) -> tuple[LonLat, datetime]:
    """Where a rider is, or was last, and when that was known to be so."""
    standing = next((task for task in member.run.tasks if task.state == "arrived"), None)
    if standing is not None:
        return standing.lonlat, now
    if member.lonlat is not None and rules.is_position_fresh(member.seen_at, now):
        return member.lonlat, now
    started = [task.started_at for task in member.run.tasks if task.state == "started" and task.started_at]
    return _last_stop(member), min(started, default=now)


def _last_stop(member: CrewMember) -> LonLat:
    return member.run.last_done.lonlat if member.run.last_done else member.start_lonlat


def build(
    snapshot: Snapshot, places: Places, matrices: Matrices, distances: Distances = UNLIMITED
) -> Model:
    """The problem of a snapshot over travel times between `places.points`, one matrix per kind of bike."""
    runs = {member.run.id: member for member in snapshot.crew}
    set_aside = {order.id: reason for order in snapshot.orders if (reason := _set_aside(snapshot, order, runs))}
    included = [order for order in snapshot.orders if order.id not in set_aside]
    task_of: dict[StopRef, UUID] = {}
    shipments = tuple(_shipment(snapshot, order, runs, places, task_of) for order in included)
    ref_of = {task_id: ref for ref, task_id in task_of.items()}
    announced, pinned = {}, {}
    for member in snapshot.crew:
        tasks = [task for task in rules.in_riding_order(member.run.tasks) if task.id in ref_of]
        announced[str(member.run.id)] = tuple(ref_of[task.id] for task in tasks)
        pinned[str(member.run.id)] = _pinned(str(member.run.id), tasks, ref_of, shipments)
    problem = Problem(
        couriers=tuple(
            replace(_courier(snapshot, member, places, matrices), max_distance_m=_distance_left(member, distances))
            for member in snapshot.crew
        ),
        shipments=shipments,
        matrices=dict(matrices),
        weights=snapshot.rules.weights,
        epoch=snapshot.taken_at,
        announced={name: refs for name, refs in announced.items() if refs},
        pinned={name: refs for name, refs in pinned.items() if refs},
        bias=_biases(snapshot, shipments),
        apart=_apart(snapshot),
        conditions=snapshot.rules.conditions,
    )
    return Model(
        snapshot=snapshot, problem=problem, task_of=task_of, set_aside=set_aside, gauges=distances.gauges
    )


def _biases(snapshot: Snapshot, shipments: Sequence[Shipment]) -> dict[tuple[str, str], int]:
    """What fair shares add or take when an order that is still free to choose goes to a rider."""
    crew = [(str(member.run.id), snapshot.favours.get(member.rider_id, 0)) for member in snapshot.crew]
    free = [shipment.id for shipment in shipments if shipment.bound_to is None]
    return {(name, run): cost for run, cost in crew if cost for name in free}


def carrier(order: OrderView) -> UUID | None:
    """The run whose bike an order's goods are on; None before pickup."""
    if not order.is_on_board:
        return None
    return next((task.run_id for task in order.dropoffs if task.is_open and task.run_id), order.pickup.run_id)


def _set_aside(snapshot: Snapshot, order: OrderView, runs: Mapping[UUID, CrewMember]) -> str | None:
    """Why an order cannot be planned at all at the moment."""
    if not order.is_on_board and _holder(order) is None and snapshot.mode_of(order) == "open":
        return "open_board"
    if order.is_on_board and carrier(order) not in runs:
        return "stranded"
    elsewhere = {task.run_id for task in order.tasks if task.is_open and task.run_id} - runs.keys()
    return "elsewhere" if elsewhere else None


def _shipment(
    snapshot: Snapshot,
    order: OrderView,
    runs: Mapping[UUID, CrewMember],
    places: Places,
    task_of: dict[StopRef, UUID],
) -> Shipment:
    """One order; the stops it still needs are entered into `task_of`."""
    name = str(order.id)
    on_board_of = str(carrier(order)) if order.is_on_board else None
    left_s = _left_s(snapshot, order) if on_board_of else None
    if on_board_of is None:
        task_of[StopRef(name, 0)] = order.pickup.id
    drops = []
    for (weight_g, volume_ml), task in zip(shares(order), order.dropoffs, strict=True):
        if task.is_open:
            stop = _stop(snapshot, task, order.due_at, places, (weight_g, volume_ml))
            drops.append(stop if left_s is None else _kept_warm(stop, left_s, order.longest_ride_s))
            task_of[StopRef(name, len(drops))] = task.id
    chosen = next((task.pinned_rider_id for task in order.tasks if task.is_open and task.pinned_rider_id), None)
    barred = frozenset(str(run_id) for run_id, member in runs.items() if member.rider_id in order.barred_riders)
    run_of_chosen = next((str(run_id) for run_id, member in runs.items() if member.rider_id == chosen), None)
    if chosen is None:
        run_of_chosen = _promised_to(snapshot, order, runs)
    return Shipment(
        id=name,
        pickup=None if on_board_of else _stop(snapshot, order.pickup, None, places, (0, 0)),
        dropoffs=tuple(drops),
        priority=order.priority,
        skills=frozenset(order.skills),
        longest_ride_s=order.longest_ride_s,
        solidarity=order.is_solidarity,
        on_board_of=on_board_of,
        left_s=left_s,
        pinned_to=None if on_board_of else run_of_chosen,
        forbidden_couriers=barred - {run_of_chosen, on_board_of},
        allowed_couriers=frozenset() if chosen and not run_of_chosen and not on_board_of else None,
    )


def _left_s(snapshot: Snapshot, order: OrderView) -> int | None:
    """When goods on board left the counter."""
    return None if order.pickup.ended_at is None else _seconds(order.pickup.ended_at, snapshot)


def _kept_warm(stop: Stop, left_s: int, longest_ride_s: int | None) -> Stop:
    """A door with the longest ride of goods on board as a promise: they will be brought anyway."""
    if longest_ride_s is None:
        return stop
    until_s = max(-rules.SUNK_S, left_s + longest_ride_s)
    return replace(stop, due_s=until_s if stop.due_s is None else min(stop.due_s, until_s))


def _holder(order: OrderView) -> UUID | None:
    """The run that an order's open tasks are in."""
    return next((task.run_id for task in order.tasks if task.is_open and task.run_id), None)


def _promised_to(snapshot: Snapshot, order: OrderView, runs: Mapping[UUID, CrewMember]) -> str | None:
    """The run of the rider who said yes to an order, or is being asked: it does not move to another without them."""
    if snapshot.mode_of(order) not in ("offer", "open"):
        return None
    run_id = _holder(order) or snapshot.offered.get(order.id)
    return str(run_id) if run_id in runs else None


def shares(order: OrderView) -> list[tuple[int, int]]:
    """What is handed over at each dropoff: an equal part, the odd gram at the first."""
    count = len(order.dropoffs)
    shares = [(order.weight_g // count, order.volume_ml // count) for _ in range(count)]
    shares[0] = (
        shares[0][0] + order.weight_g % count,
        shares[0][1] + order.volume_ml % count,
    )
    return shares


def _stop(
    snapshot: Snapshot, task: TaskView, promised_at: datetime | None, places: Places, goods: tuple[int, int]
) -> Stop:
    opens_at = max((at for at in (task.ready_at, task.window_from) if at is not None), default=None)
    service_s = task.service_s
    if task.state == "arrived" and task.arrived_at is not None:
        since = max(task.arrived_at, opens_at or task.arrived_at)
        service_s = rules.remaining_service_s(service_s, (snapshot.taken_at - since).total_seconds())
    due_at = task.window_by or promised_at
    return Stop(
        place=places[task.lonlat],
        service_s=service_s,
        ready_s=-HORIZON_S if opens_at is None else _seconds(opens_at, snapshot),
        # a plan that aims at the very minute of the promise breaks half of them
        due_s=None if due_at is None else max(-rules.SUNK_S, _seconds(due_at, snapshot) - snapshot.rules.aim_early_s),
        window=_window(snapshot, task),
        weight_g=goods[0],
        volume_ml=goods[1],
    )


def _window(snapshot: Snapshot, task: TaskView) -> TimeWindow | None:
    """When a door closes for good, where one does: what is later is not merely late."""
    if not task.is_strict or task.window_by is None:
        return None
    return TimeWindow(opens_s=-HORIZON_S, closes_s=_seconds(task.window_by, snapshot))


def _courier(snapshot: Snapshot, member: CrewMember, places: Places, matrices: Matrices) -> Courier:
    place, known_at = whereabouts(member, snapshot.taken_at)
    bike = rules.bike_of(member.profile, member.speed)
    tasks = rules.in_riding_order(member.run.tasks)
    ready_s = 0
    if tasks and rules.is_begun(tasks[0]):
        # under way since `known_at`: they arrive a leg later, but not in the past
        leg_s = int(matrices[bike].seconds[places[place], places[tasks[0].lonlat]])
        ready_s = min(0, max(_seconds(known_at, snapshot), -leg_s))
    if member.break_began_at is not None:
        planned_s = member.planned_break_s or rules.USUAL_BREAK_S
        ready_s = max(ready_s, break_left_s(member.break_began_at, planned_s, snapshot.taken_at))
    shift_end_s = _seconds(member.ends_at, snapshot)
    return Courier(
        id=str(member.run.id),
        place=places[place],
        ready_s=ready_s,
        shift_end_s=shift_end_s,
        latest_end_s=shift_end_s + snapshot.rules.overtime_limit_s if member.is_signed_on else -HORIZON_S,
        profile=bike,
        capacity_g=member.capacity_g,
        capacity_ml=member.capacity_ml,
        skills=member.skills,
        is_deep_box=member.is_deep_box,
        end_place=_end_place(snapshot, member, places, matrices[bike]),
        breaks=_breaks(snapshot, member),
    )


def _end_place(snapshot: Snapshot, member: CrewMember, places: Places, matrix: TravelMatrix) -> int | None:
    """The depot, for whoever brings the bike back there soon: earlier, the way home is no matter of this plan.

    A depot that no way leads to from where the rider is would make every ride impossible, so it does not count.
    """
    left_s = (member.ends_at - snapshot.taken_at).total_seconds()
    if snapshot.depot is None or not member.returns_to_depot or left_s > snapshot.rules.return_in_sight_s:
        return None
    depot = places[snapshot.depot]
    here = places[whereabouts(member, snapshot.taken_at)[0]]
    return depot if matrix.seconds[here, depot] < UNREACHABLE_S else None


def _distance_left(member: CrewMember, distances: Distances) -> int | None:
    """Metres that a rider with a limit may still ride in this shift."""
    if member.longest_day_m is None:
        return None
    return max(0, member.longest_day_m - distances.ridden_m.get(member.rider_id, 0))


def _breaks(snapshot: Snapshot, member: CrewMember) -> tuple[Break, ...]:
    """The planned break that is still to come: a stop of the run without a place."""
    if member.break_from is None or member.break_by is None or member.break_began_at is not None:
        return ()
    if snapshot.taken_at - member.break_by > rules.BREAK_FORGOTTEN or member.break_by >= member.ends_at:
        return ()
    opens_s, due_s = _seconds(member.break_from, snapshot), _seconds(member.break_by, snapshot)
    name = f"break:{member.run.id}"
    return (Break(id=name, opens_s=opens_s, due_s=due_s, duration_s=member.planned_break_s),)


def _apart(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """Runs of riders who are kept apart, by the rules or by a coordinator, where both are at work."""
    pairs = sorted({*snapshot.rules.apart, *snapshot.apart})
    run_of = {member.rider_id: str(member.run.id) for member in snapshot.crew}
    return tuple((run_of[a], run_of[b]) for a, b in pairs if a in run_of and b in run_of)


def _pinned(
    name: str, tasks: list[TaskView], ref_of: Mapping[UUID, StopRef], shipments: tuple[Shipment, ...]
) -> tuple[StopRef, ...]:
    """The leading stops that stay; a dropoff whose pickup would come later ends them, and so does another's order."""
    by_id = {shipment.id: shipment for shipment in shipments}
    pinned: list[StopRef] = []
    for task in tasks[: rules.pinned_count(tasks)]:
        ref = ref_of[task.id]
        shipment = by_id[ref.shipment_id]
        if ref.stop_index and shipment.pickup is not None and StopRef(shipment.id, 0) not in pinned:
            break
        if shipment.bound_to not in (None, name) or shipment.allowed_couriers is not None:
            break
        pinned.append(ref)
    return tuple(pinned)


def _seconds(at: datetime, snapshot: Snapshot) -> int:
    return max(-HORIZON_S, min(HORIZON_S, round((at - snapshot.taken_at).total_seconds())))
