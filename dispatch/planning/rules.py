"""Decide what a plan may change, when a better one is worth the trouble, and when a promise is in danger. Pure.

The co-op's `dispatch` rule set is read here; its weights are those of `routing.weights` (milliseconds of riding).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from dispatch.core.errors import Invalid
from routing.conditions import Conditions
from routing.rolling import Policy, frozen_count
from routing.weights import Weights

ENGINES = ("ruin_recreate", "ortools", "insertion")

DEFAULT: dict[str, Any] = {
    "engine": "ruin_recreate",
    "announce_ms": 250,
    "overtime_limit_s": 900,
    "min_gain_percent": 2,
    "look_ahead_s": 3600,
    "improve_every_s": 15,
    "most_moved": None,
    "most_open_each": None,
    "scarce_bikes": {},
    "kept_apart": [],
    "aim_early_s": 300,
    "offer_s": 120,
    "open_board_s": 900,
    "handling_s": 120,
    "per_floor_s": 20,
    "return_in_sight_s": 5400,
    "orders_per_rider_hour": 4,
    "silent_after_s": 600,
    "silent_unshared_s": 1800,
    "nudge_idle": False,
    "nudge_after_s": 600,
    "nudge_ride_s": 600,
    "nudge_from_orders": 1,
    **asdict(Weights()),
}

SECONDS = ("handling_s", "per_floor_s", "return_in_sight_s", "silent_after_s", "silent_unshared_s")
"""Rules that are whole seconds, within a day."""

POSITION_FRESH = timedelta(minutes=3)
"""An older position says less about where a rider is than the last stop they finished."""

AT_RISK_TOLERANCE = timedelta(minutes=3)
"""Lateness in the worse one of ten cases that a coordinator need not look at."""

SUNK_S = 3600
"""Lateness beyond this that has happened already is not counted: bringing an order later than late beats never."""

LEAST_REMEDY_S = 120
"""A remedy that saves less is not worth a coordinator's look."""

USUAL_BREAK_S = 900
"""How long a break lasts that nobody planned."""

BREAK_FORGOTTEN = timedelta(hours=1)
"""So long after its time a planned break is planned no more: the rider rests when they like."""

MOST_WAITING, MOST_WAITING_EACH = 1_000, 15
"""Orders in nobody's run that are looked at in one round: so many in all, or for each rider; the most urgent first."""

SLOW_ROUND_S, NO_PAUSE_S = 1.0, 1.0
"""A round that took longer than the first (real seconds), and ended less than the second ago, is a sign of a rush."""

LEAST_SERVICE_S = 30
"""What is left at a place when the usual time there is over already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudges:
    """Whether idle riders are told where orders are likely: after so long without work, so far at most, for so many."""

    is_on: bool
    after_s: int
    ride_s: int
    from_orders: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRules:
    """One version of the co-op's dispatch rules.

    `policy` says how the plan rolls; the time between its searches is real time, whatever a rehearsal's clock does.
    Riders may think about an offer for `offer_s`; what nobody picked from the open board for `open_board_s` is offered.
    Two riders `apart` are never sent to one counter. Handing over takes `handling_s`, each floor of stairs
    `per_floor_s`, there and back; who brings a bike back to the depot is planned to do so in the last
    `return_in_sight_s` of a shift. A later hour takes `orders_per_rider_hour` for each rider who has agreed to work
    then; None: as many as come. A rider of whom nothing is heard for `silent_after_s` beyond what the next stop should
    take is one to call; `silent_unshared_s` where no places are shared.
    """

    version: str
    engine: str
    announce_ms: int
    overtime_limit_s: int
    policy: Policy
    conditions: Conditions
    apart: tuple[tuple[UUID, UUID], ...]
    aim_early_s: int
    offer_s: int
    open_board_s: int
    handling_s: int
    per_floor_s: int
    return_in_sight_s: int
    orders_per_rider_hour: float | None
    silent_after_s: int
    silent_unshared_s: int
    nudges: Nudges
    weights: Weights


def search_s(announce_ms: int, plan_seconds: float, last_took_s: float | None, since_s: float) -> float:
    """Real seconds of search before something new is announced; none in a rush, when one slow round follows another.

    Then everybody waits for the planner: the cheapest place is announced at once, the longer search comes later.
    `last_took_s`, `since_s`: how long the round before took, and how long ago it ended; long before it, if the clock
    was put back.
    """
    is_rush = last_took_s is not None and last_took_s > SLOW_ROUND_S and abs(since_s) < NO_PAUSE_S
    return 0.0 if is_rush else min(plan_seconds, announce_ms / 1000)


def read_document(version: str, document: Mapping[str, Any]) -> DispatchRules:
    """The rules in a document, with defaults for what it leaves out; Invalid names what is wrong."""
    known = {**DEFAULT, **{key: value for key, value in document.items() if key in DEFAULT}}
    if known["engine"] not in ENGINES:
        raise Invalid(f"engine {known['engine']!r}: use one of {', '.join(ENGINES)}")
    try:
        return DispatchRules(
            version=version,
            engine=known["engine"],
            announce_ms=int(known["announce_ms"]),
            overtime_limit_s=int(known["overtime_limit_s"]),
            policy=Policy(
                look_ahead_s=known["look_ahead_s"],
                every_s=known["improve_every_s"],
                min_gain_percent=known["min_gain_percent"],
            ),
            conditions=_conditions(version, known),
            apart=_apart(version, known["kept_apart"]),
            aim_early_s=int(known["aim_early_s"]),
            offer_s=int(known["offer_s"]),
            open_board_s=int(known["open_board_s"]),
            **{name: _seconds(name, known[name]) for name in SECONDS},
            orders_per_rider_hour=_per_hour(known["orders_per_rider_hour"]),
            nudges=_nudges(known),
            weights=Weights(**{field.name: known[field.name] for field in fields(Weights)}),
        )
    except (ValueError, TypeError) as error:
        raise Invalid(f"dispatch rules {version}: {error}") from error


def _seconds(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 86_400:
        raise ValueError(f"{name} is whole seconds from 0 to 86400, not {value!r}")
    return value


def _per_hour(value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not 0 < float(value) <= 60):
        raise ValueError(f"orders_per_rider_hour is more than 0 and at most 60, or null, not {value!r}")
    return None if value is None else float(value)


def _nudges(known: Mapping[str, Any]) -> Nudges:
    if not isinstance(known["nudge_idle"], bool):
        raise ValueError(f"nudge_idle is true or false, not {known['nudge_idle']!r}")
    return Nudges(
        is_on=known["nudge_idle"],
        after_s=int(known["nudge_after_s"]),
        ride_s=int(known["nudge_ride_s"]),
        from_orders=float(known["nudge_from_orders"]),
    )


def _conditions(version: str, known: Mapping[str, Any]) -> Conditions:
    """What a better plan must keep to: orders that change hands at once, bikes of a kind out at once."""
    moved, each, scarce = known["most_moved"], known["most_open_each"], known["scarce_bikes"]
    counts = [count for count in (moved, each) if count is not None]
    if not isinstance(scarce, Mapping) or any(type(n) is not int or n < 0 for n in [*counts, *scarce.values()]):
        raise Invalid(f"dispatch rules {version}: most_moved, most_open_each: counts or null; scarce_bikes: by bike")
    return Conditions(most_moved=moved, most_each=each, scarce=dict(scarce))


def _apart(version: str, pairs: Any) -> tuple[tuple[UUID, UUID], ...]:
    """Pairs of riders, by their ids, who are not to meet at a counter."""
    try:
        found = tuple((UUID(a), UUID(b)) for a, b in pairs)
    except (TypeError, ValueError, AttributeError) as error:
        raise Invalid(f"dispatch rules {version}: kept_apart is a list of pairs of riders' ids") from error
    if any(a == b for a, b in found):
        raise Invalid(f"dispatch rules {version}: kept_apart names a rider twice in a pair")
    return found


class TaskInRun(Protocol):
    """What the rules look at in a task of a run."""

    @property
    def state(self) -> str:
        """todo, assigned, started, arrived..."""

    @property
    def is_sequenced(self) -> bool:
        """Whether a coordinator fixed its place."""


def pinned_count(tasks: Sequence[TaskInRun]) -> int:
    """How many leading stops of a run stay exactly where they are.

    A stop that the rider rides to or stands at stays first; so does everything before the last stop whose place a
    coordinator fixed, because a place means nothing without what comes before it.
    """
    return frozen_count([task.is_sequenced or is_begun(task) for task in tasks])


def is_begun(task: TaskInRun) -> bool:
    """Whether the rider is on the way to it or there."""
    return task.state in ("started", "arrived")


def in_riding_order(tasks: Sequence[Any]) -> list[Any]:
    """A run's open tasks as the rider will meet them: where they stand, where they ride to, then as planned."""
    rank = {"arrived": 0, "started": 1}
    return sorted(tasks, key=lambda task: rank.get(task.state, 2))


def remaining_service_s(service_s: int, elapsed_s: float) -> int:
    """Seconds still to be spent at a place after `elapsed_s` there."""
    return max(LEAST_SERVICE_S, round(service_s - max(0.0, elapsed_s)))


def is_position_fresh(seen_at: datetime | None, now: datetime) -> bool:
    """Whether a position tells where a rider is now."""
    return seen_at is not None and now - seen_at <= POSITION_FRESH


def bike_of(profile: str, speed: float) -> str:
    """The name of the travel matrix for a kind of bike ridden at that speed, relative to the co-op's."""
    return profile if speed == 1.0 else f"{profile}@{speed:.2f}"


def speed_of(bike: str) -> tuple[str, float]:
    """The kind of bike and the relative speed behind the name of a travel matrix."""
    profile, _, speed = bike.partition("@")
    return profile, float(speed or 1.0)


def is_at_risk(eta_at: datetime | None, eta_late_at: datetime | None, due_at: datetime | None) -> bool:
    """Whether a promise may break: it is expected late, or one time in ten it would be more than a little late."""
    if due_at is None or eta_at is None:
        return False
    return eta_at > due_at or (eta_late_at is not None and eta_late_at > due_at + AT_RISK_TOLERANCE)


def mode_of(
    chosen: str | None, coop_mode: str, *, placed_at: datetime, now: datetime, board_s: int, is_return: bool = False
) -> str:
    """How an order finds its rider: as a coordinator chose for it, else as all of the co-op's.

    What nobody picked from the open board for `board_s` seconds is offered by the planner. A return rides with whoever
    has the goods.
    """
    if is_return:
        return "automatic"
    mode = chosen or coop_mode
    if mode == "open" and now - placed_at >= timedelta(seconds=board_s):
        return "offer"
    return mode
