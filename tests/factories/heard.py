"""What the processes of one co-op tell each other through Redis while a test looks on."""
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from redis import Redis

from dispatch.core import live

Heard = Callable[[float], dict[str, Any] | None]


@contextmanager
def hearing(redis: Redis, coop_id: UUID) -> Iterator[Heard]:
    """Listen until the block ends; the function waits so many seconds for the co-op's next message (kind, payload).

    A channel belongs to the whole server, whatever database a client has chosen: other tests speak there too.
    """
    with redis.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(live.STREAM)
        channel.get_message(timeout=5)  # from here on the server listens for us

        def heard(seconds: float) -> dict[str, Any] | None:
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                message = channel.get_message(timeout=left)
                said = json.loads(message["data"]) if message else {}
                if said.get("coop") == str(coop_id):
                    return dict(said)
            return None

        yield heard
