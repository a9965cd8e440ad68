"""Rate limits, counted in Redis, and in the process's memory while Redis is away."""

from __future__ import annotations

from flask import g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address


def caller() -> str:
    """Who is counted: the API key or the signed-in person, else the network address."""
    known = getattr(g, "rate_key", None)
    return str(known) if known else str(get_remote_address())


limiter = Limiter(
    key_func=caller,
    default_limits=["1200 per minute"],
    headers_enabled=True,
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    strategy="moving-window",
)
