"""Run a task's effect once: claim its outbox row, act, mark it done, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog

from dispatch.core import outbox
from dispatch.core.db import transaction, use_coop

log = structlog.get_logger()


def once(coop_id: str, event_id: str, task: str, act: Callable[[UUID, UUID], object]) -> bool:
    """Call `act(coop_id, event_id)`; False if an earlier delivery of the task has committed it already."""
    coop, event = UUID(coop_id), UUID(event_id)
    use_coop(coop)
    with transaction():
        if not outbox.claim(coop, event, task):
            log.info("task.repeat", task=task, event_id=event_id)
            return False
        act(coop, event)
        outbox.finish(coop, event, task)
    return True


def finish(coop_id: str, event_id: str, task: str) -> None:
    """Mark a task done that owns its transactions (planning, sending)."""
    use_coop(UUID(coop_id))
    with transaction():
        outbox.finish(UUID(coop_id), UUID(event_id), task)
