"""State one planning problem: who may ride, what must be moved, and how long every ride takes.

Pure and immutable. Ids are strings, places are indices into the travel matrices, times are whole seconds
since the planning epoch, weights are grams and volumes millilitres. Whatever is contradictory is refused
here, by name, so that no engine has to ask twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.conditions import ANYTHING, Conditions
from routing.weights import Weights

UNREACHABLE_S = 1_000_000_000
"""Riding time of a leg that no street connects."""

HORIZON_S = 500_000_000
"""No time in a problem lies further than this from the epoch."""


class ProblemError(ValueError):
    """The facts contradict each other; the message names the value."""


class StopRef(NamedTuple):
    """One stop of a shipment: index 0 is its pickup, 1.. its dropoffs. A break is its own id at index 0."""

    shipment_id: str
    stop_index: int


Plan = Mapping[str, tuple[StopRef, ...]]
"""The order of stops in each courier's run, without times."""


def require_whole(name: str, value: int, low: int, high: int) -> None:
    """Refuse what is no int within [low, high]: floats, NaN and bools among them."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ProblemError(f"{name} must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise ProblemError(f"{name} must lie in {low}..{high}, not {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Hard limits for the start of service at a stop, both inclusive."""

    opens_s: int
    closes_s: int

    def __post_init__(self) -> None:
        require_whole("opens_s", self.opens_s, -HORIZON_S, HORIZON_S)
        require_whole("closes_s", self.closes_s, -HORIZON_S, HORIZON_S)
        if self.opens_s > self.closes_s:
            raise ProblemError(f"window opens at {self.opens_s} after it closes at {self.closes_s}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place to be served once.

    Service never starts before `ready_s`; after `due_s`, the promise, it costs lateness. What is handed over
    at a dropoff has its weight and volume there; a pickup takes up the sum of its dropoffs and states none.
    """

    place: int
    service_s: int = 0
    ready_s: int = -HORIZON_S
    due_s: int | None = None
    window: TimeWindow | None = None
    weight_g: int = 0
    volume_ml: int = 0

    def __post_init__(self) -> None:
        require_whole("place", self.place, 0, 1_000_000)
        require_whole("service_s", self.service_s, 0, HORIZON_S)
        require_whole("ready_s", self.ready_s, -HORIZON_S, HORIZON_S)
        require_whole("weight_g", self.weight_g, 0, HORIZON_S)
        require_whole("volume_ml", self.volume_ml, 0, HORIZON_S)
        if self.due_s is not None:
            require_whole("due_s", self.due_s, -HORIZON_S, HORIZON_S)

    @property
    def opens_s(self) -> int:
        """Earliest start of service."""
        return self.ready_s if self.window is None else max(self.ready_s, self.window.opens_s)

    @property
    def promised_s(self) -> int | None:
        """Start of service after which lateness is counted: the promise or the hard close."""
        if self.window is None:
            return self.due_s
        return self.window.closes_s if self.due_s is None else min(self.due_s, self.window.closes_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Goods from one pickup to one or more dropoffs, all carried by one courier.

    `pickup` is None exactly when the goods are on board of courier `on_board_of`. `pinned_to` fixes the
    courier, `allowed_couriers` (None: all) and `forbidden_couriers` narrow the choice. `longest_ride_s`
    limits the time from leaving the pickup to the start of each dropoff; goods on board left it at `left_s`,
    if anybody knows. A solidarity shipment keeps its slot: no amount of paid work can buy it.
    """

    id: str
    pickup: Stop | None
    dropoffs: tuple[Stop, ...]
    priority: int = 1
    skills: frozenset[str] = frozenset()
    longest_ride_s: int | None = None
    pinned_to: str | None = None
    allowed_couriers: frozenset[str] | None = None
    forbidden_couriers: frozenset[str] = frozenset()
    on_board_of: str | None = None
    left_s: int | None = None
    solidarity: bool = False

    def __post_init__(self) -> None:
        if not self.dropoffs:
            raise ProblemError(f"shipment {self.id}: no dropoff")
        if (self.pickup is None) != (self.on_board_of is not None):
            raise ProblemError(f"shipment {self.id}: has no pickup exactly when it is on board of a courier")
        if self.pickup and (self.pickup.weight_g or self.pickup.volume_ml):
            raise ProblemError(f"shipment {self.id}: weight and volume are stated at the dropoffs")
        if self.on_board_of and self.pinned_to not in (None, self.on_board_of):
            raise ProblemError(
                f"shipment {self.id}: on board of {self.on_board_of} but pinned to {self.pinned_to}"
            )
        require_whole(f"shipment {self.id}: priority", self.priority, 1, 100)
        if self.longest_ride_s is not None:
            require_whole(f"shipment {self.id}: longest_ride_s", self.longest_ride_s, 0, HORIZON_S)
        if self.left_s is not None:
            require_whole(f"shipment {self.id}: left_s", self.left_s, -HORIZON_S, HORIZON_S)
            if self.pickup:
                raise ProblemError(f"shipment {self.id}: left its pickup, which is still to come")

    @property
    def bound_to(self) -> str | None:
        """The only courier who can serve it, if there is just one by decision or by fact."""
        return self.on_board_of or self.pinned_to

    @property
    def weight_g(self) -> int:
        """Grams on the bike between the pickup and the first dropoff."""
        return sum(stop.weight_g for stop in self.dropoffs)

    @property
    def volume_ml(self) -> int:
        """Millilitres on the bike between the pickup and the first dropoff."""
        return sum(stop.volume_ml for stop in self.dropoffs)

    def stop(self, index: int) -> Stop:
        """The stop a `StopRef` index names. KeyError if there is none."""
        if index == 0 and self.pickup is not None:
            return self.pickup
        if 1 <= index <= len(self.dropoffs):
            return self.dropoffs[index - 1]
        raise KeyError(f"shipment {self.id} has no stop {index}")

    @property
    def refs(self) -> tuple[StopRef, ...]:
        """Every stop still to be made, pickup first."""
        first = 0 if self.pickup is not None else 1
        return tuple(StopRef(self.id, index) for index in range(first, len(self.dropoffs) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A rest the courier takes wherever they are; its id lives among the shipments' ids.

    It starts at or after `opens_s`, lasts `duration_s`, and costs lateness when it starts after `due_s`.
    """

    id: str
    opens_s: int
    due_s: int
    duration_s: int

    def __post_init__(self) -> None:
        require_whole(f"break {self.id}: opens_s", self.opens_s, -HORIZON_S, HORIZON_S)
        require_whole(f"break {self.id}: due_s", self.due_s, self.opens_s, HORIZON_S)
        require_whole(f"break {self.id}: duration_s", self.duration_s, 0, HORIZON_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """One rider on shift, from the place and time they become free.

    `end_place` is the depot to return to, if any. Work after `shift_end_s` costs overtime; new work that
    would end after `latest_end_s`, or begin with a pickup after `last_pickup_s`, is never given. `is_deep_box`: what
    went in first comes out last. `is_single_origin`: goods of one pickup place at a time, and all of them
    delivered before the next are taken up. `profile` names the travel matrix.
    """

    id: str
    place: int
    ready_s: int = 0
    shift_end_s: int = HORIZON_S
    latest_end_s: int | None = None
    last_pickup_s: int | None = None
    end_place: int | None = None
    profile: str = "bike"
    capacity_g: int = HORIZON_S
    capacity_ml: int = HORIZON_S
    skills: frozenset[str] = frozenset()
    breaks: tuple[Break, ...] = ()
    max_distance_m: int | None = None
    is_deep_box: bool = False
    is_single_origin: bool = False

    def __post_init__(self) -> None:
        name = f"courier {self.id}: "
        require_whole(name + "place", self.place, 0, 1_000_000)
        require_whole(name + "ready_s", self.ready_s, -HORIZON_S, HORIZON_S)
        require_whole(name + "shift_end_s", self.shift_end_s, -HORIZON_S, HORIZON_S)
        require_whole(name + "capacity_g", self.capacity_g, 0, HORIZON_S)
        require_whole(name + "capacity_ml", self.capacity_ml, 0, HORIZON_S)
        if self.latest_end_s is not None:
            require_whole(name + "latest_end_s", self.latest_end_s, -HORIZON_S, HORIZON_S)
        if self.last_pickup_s is not None:
            require_whole(name + "last_pickup_s", self.last_pickup_s, -HORIZON_S, HORIZON_S)
        if self.end_place is not None:
            require_whole(name + "end_place", self.end_place, 0, 1_000_000)
        if self.max_distance_m is not None:
            require_whole(name + "max_distance_m", self.max_distance_m, 0, HORIZON_S)

    @property
    def kind(self) -> str:
        """The kind of bike: what stands before the @ in the name of a travel matrix that is a courier's own."""
        return self.profile.partition("@")[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelMatrix:
    """Riding between all places on one kind of bike.

    `seconds[a, b]` and `metres[a, b]` are int32 arrays of shape (places, places); a leg of `UNREACHABLE_S`
    or more cannot be ridden. Without `metres`, distances are unknown and count as 0.
    """

    seconds: NDArray[np.int32] = field(repr=False)
    metres: NDArray[np.int32] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, array in (("seconds", self.seconds), ("metres", self.metres)):
            if array is None:
                continue
            if array.dtype != np.int32 or array.ndim != 2 or array.shape[0] != array.shape[1]:
                raise ProblemError(f"{name} must be a square int32 array, not {array.dtype} {array.shape}")
            if array.shape != self.seconds.shape:
                raise ProblemError(f"{name} and seconds differ in shape")
            if array.size and int(array.min()) < 0:
                raise ProblemError(f"{name} holds a negative leg")

    @property
    def places(self) -> int:
        """Number of places."""
        return len(self.seconds)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Everything an engine may know.

    `announced` is the plan the riders have on their phones: departing from it costs churn. `pinned` are
    leading stops of runs that stay exactly as they are; a shipment with a pinned stop or with its goods on
    board is *committed*: its hard limits are taken as promises, because it will be delivered anyway. But no
    new stop comes before a door of it that this makes too late for its longest ride, and nothing new lies on top
    of it in a deep box when it is to come out.
    `bias[(shipment, courier)]` is the fairness term in cost units, capped by the weights. `apart` are pairs of
    couriers who are not sent to the same pickup place; what is committed is as it is.
    """

    couriers: tuple[Courier, ...]
    shipments: tuple[Shipment, ...]
    matrices: Mapping[str, TravelMatrix]
    weights: Weights = field(default_factory=Weights)
    epoch: datetime | None = None
    announced: Plan = field(default_factory=dict)
    pinned: Plan = field(default_factory=dict)
    bias: Mapping[tuple[str, str], int] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()
    conditions: Conditions = ANYTHING

    def __post_init__(self) -> None:
        if self.epoch is not None and self.epoch.tzinfo is None:
            raise ProblemError("epoch must be an aware time")
        ids = [s.id for s in self.shipments] + [b.id for c in self.couriers for b in c.breaks]
        if len(set(ids)) < len(ids) or len(self.courier_by_id) < len(self.couriers):
            raise ProblemError("two couriers, shipments or breaks share an id")
        self._check_places()
        self._check_people()
        self._check_pins()

    def _check_places(self) -> None:
        sizes = {matrix.places for matrix in self.matrices.values()}
        if len(sizes) > 1:
            raise ProblemError("travel matrices differ in size")
        places = sizes.pop() if sizes else 0
        for courier in self.couriers:
            if courier.profile not in self.matrices:
                raise ProblemError(f"courier {courier.id}: no travel matrix for profile {courier.profile!r}")
            if max(courier.place, courier.end_place or 0) >= places:
                raise ProblemError(f"courier {courier.id}: place outside the travel matrix")
        for shipment in self.shipments:
            if any(shipment.stop(ref.stop_index).place >= places for ref in shipment.refs) and self.couriers:
                raise ProblemError(f"shipment {shipment.id}: place outside the travel matrix")

    def _check_people(self) -> None:
        for shipment in self.shipments:
            if shipment.on_board_of and shipment.on_board_of not in self.courier_by_id:
                raise ProblemError(f"shipment {shipment.id}: on board of unknown {shipment.on_board_of}")
        for a, b in self.apart:
            if a == b or not {a, b} <= set(self.courier_by_id):
                raise ProblemError(f"{a} and {b} are to be kept apart, but are not two couriers")

    def _check_pins(self) -> None:
        seen: set[StopRef] = set()
        for courier_id, refs in self.pinned.items():
            if courier_id not in self.courier_by_id:
                raise ProblemError(f"stops are pinned to unknown courier {courier_id}")
            for ref in refs:
                if ref in seen or not self.has_stop(ref):
                    raise ProblemError(f"pinned stop {ref} is unknown or pinned twice")
                seen.add(ref)
                shipment = self.shipment_by_id.get(ref.shipment_id)
                if shipment is None:
                    continue
                if shipment.bound_to not in (None, courier_id):
                    raise ProblemError(f"{ref} is pinned to {courier_id}, bound to {shipment.bound_to}")
                if ref.stop_index and shipment.pickup and StopRef(ref.shipment_id, 0) not in refs:
                    raise ProblemError(f"{ref} is pinned without its pickup")

    def has_stop(self, ref: StopRef) -> bool:
        """Whether a reference names a stop or break of this problem."""
        shipment = self.shipment_by_id.get(ref.shipment_id)
        if shipment is None:
            return ref.shipment_id in self.break_by_id and ref.stop_index == 0
        return ref in shipment.refs

    @cached_property
    def courier_by_id(self) -> dict[str, Courier]:
        """Couriers by id."""
        return {courier.id: courier for courier in self.couriers}

    @cached_property
    def shipment_by_id(self) -> dict[str, Shipment]:
        """Shipments by id."""
        return {shipment.id: shipment for shipment in self.shipments}

    @cached_property
    def break_by_id(self) -> dict[str, Break]:
        """Breaks of all couriers by id."""
        return {rest.id: rest for courier in self.couriers for rest in courier.breaks}

    @cached_property
    def committed(self) -> frozenset[str]:
        """Ids of shipments on board or with a pinned stop."""
        on_board = (shipment.id for shipment in self.shipments if shipment.on_board_of)
        pinned = (ref.shipment_id for refs in self.pinned.values() for ref in refs)
        return frozenset(chain(on_board, pinned))

    @cached_property
    def on_board(self) -> dict[str, tuple[int, int]]:
        """Grams and millilitres on the bikes at the epoch, by courier."""
        loads: dict[str, tuple[int, int]] = {}
        for shipment in self.shipments:
            if shipment.on_board_of is not None:
                grams, ml = loads.get(shipment.on_board_of, (0, 0))
                loads[shipment.on_board_of] = (grams + shipment.weight_g, ml + shipment.volume_ml)
        return loads

    @cached_property
    def apart_from(self) -> dict[str, frozenset[str]]:
        """Whom each courier is kept apart from; only couriers of whom there is somebody."""
        others: dict[str, frozenset[str]] = {}
        for a, b in chain(self.apart, ((b, a) for a, b in self.apart)):
            others[a] = others.get(a, frozenset()) | {b}
        return others

    def counters(self, refs: Iterable[StopRef]) -> set[int]:
        """Places where a run picks up goods that are not committed."""
        picked = (self.shipment_by_id[ref.shipment_id] for ref in refs
                  if ref.stop_index == 0 and ref.shipment_id in self.shipment_by_id)
        return {one.pickup.place for one in picked if one.pickup and one.id not in self.committed}

    @cached_property
    def announced_to(self) -> dict[str, str]:
        """Courier each announced shipment is announced to."""
        return {ref.shipment_id: courier for courier, refs in self.announced.items() for ref in refs}
