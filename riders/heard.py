"""When a member's phone last asked anything: a sign of life without a place, for two hours in Redis and nowhere else.

An open stream is none: for a quarter of an hour nobody notices that its other end is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import redis
import structlog

KEPT_S = 7200
QUIET_S = 3600
"""How long a coordinator who is on it is not reminded, unless the rider is heard of and falls silent again."""

log = structlog.get_logger()


def note(client: redis.Redis, coop_id: UUID, member_id: UUID, at: datetime) -> None:
    """The member's phone has just asked something."""
    try:
        client.set(_key(coop_id, member_id), at.isoformat(), ex=KEPT_S)
    except redis.RedisError as error:  # the answer is worth more than the sign of life
        log.warning("heard.not_noted", error=str(error)[:200])


def last(client: redis.Redis, coop_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When the phones of these members asked last, of those that did lately."""
    return _moments(client, {member_id: _key(coop_id, member_id) for member_id in member_ids})


def hush(client: redis.Redis, coop_id: UUID, rider_id: UUID, heard_at: datetime) -> None:
    """A coordinator is on it: this silence, which began at `heard_at`, is told to nobody for an hour."""
    client.set(_hushed(coop_id, rider_id), heard_at.isoformat(), ex=QUIET_S)


def hushed(client: redis.Redis, coop_id: UUID, rider_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Of these riders the silences that a coordinator is on, by their beginning."""
    return _moments(client, {rider_id: _hushed(coop_id, rider_id) for rider_id in rider_ids})


def _moments(client: redis.Redis, keys: dict[UUID, str]) -> dict[UUID, datetime]:
    if not keys:
        return {}
    try:
        found: list[bytes | None] = client.mget(list(keys.values()))  # type: ignore[assignment]
    except redis.RedisError:
        return {}
    return {name: datetime.fromisoformat(at.decode()) for name, at in zip(keys, found, strict=True) if at is not None}


def _key(coop_id: UUID, member_id: UUID) -> str:
    return f"heard:{coop_id}:{member_id}"


def _hushed(coop_id: UUID, rider_id: UUID) -> str:
    return f"hushed:{coop_id}:{rider_id}"
