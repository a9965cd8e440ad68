"""How Celery writes the address of our Redis. Shared by the workers and the relay, which loads nothing else."""

from __future__ import annotations


def broker_url(redis_url: str) -> str:
    """A Redis address as Celery wants it; Unix sockets are written in another way there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    database = dict(part.split("=") for part in query.split("&") if "=" in part).get("db", "0")
    return f"redis+socket://{path}?virtual_host={database}"
