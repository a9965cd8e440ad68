"""Rate limits, counted in Redis, and in the process's memory while Redis is away."""

from __future__ import annotations

from math import ceil

import redis
from flask import Response, g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from . import clock


def caller() -> str:
    """Who is counted: the API key or the signed-in person, else the network address."""
    known = getattr(g, "rate_key", None)
    return str(known) if known else str(get_remote_address())


limiter = Limiter(
    key_func=caller,
    default_limits=["1200 per minute"],
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    strategy="moving-window",
)


def tell(response: Response) -> Response:
    """Say how much is left, for programs that want to slow down in time (IETF httpapi: RateLimit header fields)."""
    known = limiter.current_limit
    if known is None:
        return response
    try:
        left, window_s = known.remaining, known.limit.get_expiry()
    except redis.RedisError:
        return response
    response.headers["RateLimit-Policy"] = f'"default";q={known.limit.amount};w={window_s}'
    response.headers["RateLimit"] = f'"default";r={left};t={seconds_until_reset()}'
    return response


def seconds_until_reset() -> int:
    """When a caller who was refused may come back; a minute if nobody knows."""
    known = limiter.current_limit
    return max(1, ceil(known.window[0] - clock.real_now().timestamp())) if known is not None else 60
