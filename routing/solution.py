"""Say what a plan means in time: which courier is where, when, with how much on the bike.

Pure. A plan is an order of stops; `schedule` adds the times by the one rule that every engine and the cost
function share: ride at once, wait at the stop until it opens, serve, ride on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.problem import Break, Courier, Plan, Problem, Stop, StopRef


class StopKind(StrEnum):
    """What happens at a visit."""

    PICKUP = "pickup"
    DROPOFF = "dropoff"
    BREAK = "break"


class Reason(StrEnum):
    """Why a courier, or no courier at all, can take a shipment. Words are made elsewhere, per language."""

    NO_COURIER = "no_courier"
    NOT_ALLOWED = "not_allowed"
    SKILLS = "skills"
    TOO_HEAVY = "too_heavy"
    TOO_BULKY = "too_bulky"
    UNREACHABLE = "unreachable"
    WINDOW_CLOSED = "window_closed"
    SHIFT_ENDS = "shift_ends"
    RIDE_TOO_LONG = "ride_too_long"
    TOO_FAR = "too_far"
    BEYOND_RULES = "beyond_rules"
    NO_ROOM = "no_room"
    NO_TIME = "no_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One served stop. `load_g` and `load_ml` are on the bike when leaving."""

    shipment_id: str
    kind: StopKind
    stop_index: int
    arrival_s: int
    start_s: int
    departure_s: int
    load_g: int = 0
    load_ml: int = 0

    @property
    def ref(self) -> StopRef:
        """The stop that is served."""
        return StopRef(self.shipment_id, self.stop_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A courier's run with times. `finish_s` includes the return to the depot, if there is one."""

    courier_id: str
    visits: tuple[Visit, ...]
    finish_s: int
    riding_s: int
    distance_m: int

    @property
    def refs(self) -> tuple[StopRef, ...]:
        """The order of stops alone."""
        return tuple(visit.ref for visit in self.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A shipment (or break) left out, and the facts that say why."""

    shipment_id: str
    reason: Reason
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """An engine's answer. `cost` is its own price of it, in the unit of `routing.weights`."""

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    cost: int
    engine: str
    seed: int = 0
    iterations: int = 0

    @property
    def plan(self) -> dict[str, tuple[StopRef, ...]]:
        """The order of stops alone, by courier."""
        return {route.courier_id: route.refs for route in self.routes}


def schedule(problem: Problem, plan: Plan) -> tuple[Route, ...]:
    """Add times to a plan; one route per courier of the problem, in its order.

    KeyError if the plan names an unknown courier or stop. Whether the times are allowed is asked elsewhere.
    """
    for courier_id in plan:
        if courier_id not in problem.courier_by_id:
            raise KeyError(f"plan names unknown courier {courier_id}")
    return tuple(schedule_run(problem, courier, plan.get(courier.id, ())) for courier in problem.couriers)


def schedule_run(problem: Problem, courier: Courier, refs: tuple[StopRef, ...]) -> Route:
    """Add times to one courier's run."""
    matrix = problem.matrices[courier.profile]
    clock_s, place, riding_s, distance_m = courier.ready_s, courier.place, 0, 0
    load_g, load_ml = load_at_start(problem, courier.id)
    visits = []

    def ride(to: int) -> None:
        nonlocal clock_s, place, riding_s, distance_m
        leg_s = int(matrix.seconds[place, to])
        clock_s, riding_s = clock_s + leg_s, riding_s + leg_s
        distance_m += int(matrix.metres[place, to]) if matrix.metres is not None else 0
        place = to

    for ref in refs:
        kind, stop = stop_of(problem, ref)
        if isinstance(stop, Stop):
            ride(stop.place)
            load_g, load_ml = _load_after(problem, ref, (load_g, load_ml))
        start_s = max(clock_s, stop.opens_s)
        departure_s = start_s + (stop.service_s if isinstance(stop, Stop) else stop.duration_s)
        visits.append(Visit(shipment_id=ref.shipment_id, kind=kind, stop_index=ref.stop_index,
                            arrival_s=clock_s, start_s=start_s, departure_s=departure_s,
                            load_g=load_g, load_ml=load_ml))
        clock_s = departure_s
    if courier.end_place is not None and refs:
        ride(courier.end_place)
    return Route(courier_id=courier.id, visits=tuple(visits), finish_s=clock_s, riding_s=riding_s,
                 distance_m=distance_m)


def stop_of(problem: Problem, ref: StopRef) -> tuple[StopKind, Stop | Break]:
    """The kind and facts of a stop. KeyError if it is unknown."""
    rest = problem.break_by_id.get(ref.shipment_id)
    if rest is not None:
        return StopKind.BREAK, rest
    kind = StopKind.DROPOFF if ref.stop_index else StopKind.PICKUP
    return kind, problem.shipment_by_id[ref.shipment_id].stop(ref.stop_index)


def load_at_start(problem: Problem, courier_id: str) -> tuple[int, int]:
    """Grams and millilitres on the bike at the epoch: everything on board, planned or not."""
    return problem.on_board.get(courier_id, (0, 0))


def _load_after(problem: Problem, ref: StopRef, load: tuple[int, int]) -> tuple[int, int]:
    shipment = problem.shipment_by_id[ref.shipment_id]
    if ref.stop_index == 0:
        return load[0] + shipment.weight_g, load[1] + shipment.volume_ml
    stop = shipment.stop(ref.stop_index)
    return load[0] - stop.weight_g, load[1] - stop.volume_ml
