"""What a robot courier does with a test order, and when. Pure.

A merchant's developer chooses a scenario and a speed; every step goes through the same state machine as a real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Scenario = Literal["delivered", "no_rider", "late", "undeliverable_return", "cancel_by_rider"]
SCENARIOS: tuple[str, ...] = get_args(Scenario)
USUAL_SPEED = 10.0
FASTEST = 600.0

FOUND_AFTER_S = 30
"""Until a rider is found."""
STARTS_AFTER_S = 30
APPROACH_S = 240
"""Riding to the pickup."""
AT_PLACE_S = 120
GIVES_UP_AFTER_S = 90
"""How long the rider of `cancel_by_rider` rides before handing the order back."""
LATE_S = 20 * 60
"""`late` ends this long after what was promised, or after its usual end if that is later."""
PACE_MPS = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action on one task of an order, `after_s` simulated seconds after it was placed. `task`: 0 is the pickup."""

    after_s: float
    task: int
    action: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """What a script needs to know of an order: dropoffs, metres in all, promised seconds from the placing on."""

    drops: int
    route_m: int
    promised_s: float | None = None
    is_return: bool = False


def write_script(scenario: str, ride: Ride) -> tuple[Step, ...]:
    """All steps of a scenario, in order of time. `no_rider` has none."""
    if scenario == "no_rider":
        return ()
    leg_s = ride.route_m / PACE_MPS / ride.drops
    if ride.is_return:
        return _visit(1, STARTS_AFTER_S, leg_s)
    begins_s = 0.0
    steps: list[Step] = []
    if scenario == "cancel_by_rider":
        steps = [*_assign(ride, FOUND_AFTER_S), Step(after_s=FOUND_AFTER_S + STARTS_AFTER_S, task=0, action="start")]
        begins_s = steps[-1].after_s + GIVES_UP_AFTER_S
        steps += [Step(after_s=begins_s, task=task, action="unassign") for task in range(ride.drops + 1)]
    steps += _assign(ride, begins_s + FOUND_AFTER_S)
    steps += _visit(0, begins_s + FOUND_AFTER_S + STARTS_AFTER_S, APPROACH_S)
    at_s = steps[-1].after_s + _delay_s(scenario, ride, steps[-1].after_s + ride.drops * (leg_s + AT_PLACE_S))
    ends_with = ("fail", "nobody_home") if scenario == "undeliverable_return" else ("complete", None)
    for drop in range(1, ride.drops + 1):
        steps += _visit(drop, at_s, leg_s, *ends_with)
        at_s = steps[-1].after_s
    return tuple(steps)


def count_due(script: Sequence[Step], elapsed_s: float, speed: float) -> int:
    """How many steps should have been taken `elapsed_s` seconds after the placing."""
    return sum(step.after_s <= elapsed_s * speed for step in script)


def _assign(ride: Ride, after_s: float) -> list[Step]:
    return [Step(after_s=after_s, task=task, action="assign") for task in range(ride.drops + 1)]


def _visit(
    task: int, at_s: float, ride_s: float, action: str = "complete", reason: str | None = None
) -> tuple[Step, ...]:
    return (
        Step(after_s=at_s, task=task, action="start"),
        Step(after_s=at_s + ride_s, task=task, action="arrive"),
        Step(after_s=at_s + ride_s + AT_PLACE_S, task=task, action=action, reason=reason),
    )


def _delay_s(scenario: str, ride: Ride, would_end_s: float) -> float:
    if scenario != "late":
        return 0.0
    return max(ride.promised_s or 0.0, would_end_s) + LATE_S - would_end_s
