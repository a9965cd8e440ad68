"""Tell the other processes, through Redis, what a round has found: web processes the plan, phones their new times,
coordinators which promises are in danger."""

from __future__ import annotations

from collections.abc import Sequence

import redis
from flask import current_app

from dispatch.core.live import publish_fleeting
from routing.solution import Solution

from . import published
from .apply import NewTimes
from .modelling import Model
from .remedies import in_danger

WARNED_S = 86_400
"""So long it is remembered in Redis of which orders coordinators were warned."""


def tell(model: Model, solution: Solution, moved: Sequence[NewTimes]) -> None:
    """Let the web try orders on this plan; phones put the times into the run that they have and need not ask."""
    client: redis.Redis | None = current_app.extensions.get("redis")
    if client is None:
        return
    published.publish(client, model, solution)
    if moved:
        publish_fleeting(client, model.snapshot.coop_id, "TimesMoved", *(run.as_json() for run in moved))
    _warn(client, model, solution)


def _warn(client: redis.Redis, model: Model, solution: Solution) -> None:
    """Tell the coordinators who look on which orders are newly in danger: of each once, of all of a round together."""
    seen = model.snapshot
    found = in_danger(model.problem, solution.routes, aim_early_s=seen.rules.aim_early_s, book=seen.lateness)
    names = [name for _late_s, name, _run, _at_s in found]
    if not names:
        return
    key = f"at_risk:{seen.coop_id}:{seen.zone_id}"
    try:
        with client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.sadd(key, name)
            pipe.expire(key, WARNED_S)
            answers = pipe.execute()
    except redis.RedisError:  # the board shows it all the same
        return
    numbers = [model.order_of[name].number for name, is_new in zip(names, answers, strict=False) if is_new]
    if numbers:
        publish_fleeting(client, seen.coop_id, "OrdersAtRisk", {"zone_id": str(seen.zone_id), "numbers": numbers})
