"""Tell the other processes, through Redis, what a round has found: web processes the plan, phones their new times."""

from __future__ import annotations

from collections.abc import Sequence

import redis
from flask import current_app

from dispatch.core.live import publish_fleeting
from routing.solution import Solution

from . import published
from .apply import NewTimes
from .modelling import Model


def tell(model: Model, solution: Solution, moved: Sequence[NewTimes]) -> None:
    """Let the web try orders on this plan; phones put the times into the run that they have and need not ask."""
    client: redis.Redis | None = current_app.extensions.get("redis")
    if client is None:
        return
    published.publish(client, model, solution)
    if moved:
        publish_fleeting(client, model.snapshot.coop_id, "TimesMoved", *(run.as_json() for run in moved))
