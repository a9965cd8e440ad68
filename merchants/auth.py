"""Who speaks to `/api/v1`: the holder of a key, confined to their co-op and merchant, and counted."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import g, request

from dispatch.core.errors import Unauthenticated
from dispatch.core.limits import limiter

from . import queries

View = TypeVar("View", bound=Callable[..., Any])

limited = limiter.shared_limit("600 per minute", scope="api")
"""All addresses of the API count together, per key: it stands below `require_key`."""


def require_key(view: View) -> View:
    """Let a view run only for the holder of a valid API key, confined to their co-op and merchant."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise Unauthenticated("send your key as `Authorization: Bearer live_...`", code="key_missing")
        g.caller = queries.authenticate(text.strip())
        g.coop_id = g.caller.coop_id
        g.rate_key = f"key:{g.caller.key_id}"
        return view(*args, **kwargs)

    guarded.auth = ("api_key",)  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def merchant_id() -> UUID:
    """The merchant whose key was sent."""
    found: UUID = g.caller.merchant.id
    return found
