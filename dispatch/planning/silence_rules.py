"""Decide which riders have gone silent in the middle of work. Pure.

Silence alone says nothing: a phone in a pocket tells no place, and dead zones are everyday. It counts only beyond the
time that the next stop should take.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.orders.views import TaskView

USUAL_LEG_S = 900
"""How long a ride takes of which the plan says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What was heard of a rider at work. `acted_at`: the last thing they said they did, or signing on.

    `heard_at`: the last sign of any kind: that, a shared place, a question of the phone. `rest_s`: of a break that is
    planned before the next stop and not begun.
    """

    acted_at: datetime
    heard_at: datetime
    shares_place: bool
    is_resting: bool = False
    rest_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds of silence beyond what the next stop should take; longer for those who share no places, or none at all.

    Their phones speak only when something is done, so only a stop that is long overdue says anything.
    """

    after_s: int
    unshared_after_s: int


def expected_by(task: TaskView, signs: Signs) -> datetime:
    """When a rider's next stop should be done, as far as the rider is known to have got."""
    opens_at = max((at for at in (task.ready_at, task.window_from) if at is not None), default=None)
    since = max((at for at in (signs.acted_at, task.announced_at) if at is not None))
    if task.state == "arrived" and task.arrived_at is not None:
        there_at = task.arrived_at
    else:
        begun_at = task.started_at if task.state == "started" and task.started_at else since
        leg_s = USUAL_LEG_S if task.leg_s is None else task.leg_s
        there_at = begun_at + timedelta(seconds=leg_s + signs.rest_s)
    return max(there_at, opens_at or there_at) + timedelta(seconds=task.service_s)


def is_silent(task: TaskView, signs: Signs, limits: Limits, now: datetime) -> bool:
    """Whether somebody should call a rider whose next stop this is."""
    if signs.is_resting:
        return False
    patience_s = limits.after_s if signs.shares_place else limits.unshared_after_s
    return now - max(signs.heard_at, expected_by(task, signs)) >= timedelta(seconds=patience_s)
