"""What is told in passing may be missed, never fail."""

import socket
import threading
from contextlib import suppress
from uuid import uuid4

import pytest
import redis

from dispatch.core.live import connect, publish_fleeting


def test_a_position_is_told_to_nobody_while_redis_is_away():
    """Redis may vanish at any moment; a rider's phone must not get a 500 for it (seen in a rehearsal)."""
    away = redis.Redis(unix_socket_path="/nowhere/redis.sock", socket_connect_timeout=1)
    publish_fleeting(away, uuid4(), "PositionSeen", {"lon": 8.0})


def test_a_redis_that_hangs_up_is_asked_once():
    """A request must not wait for what is away."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    asker, _ = server.accept()
                    asked.append(asker)
                    asker.close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(redis.RedisError):
            connect(f"redis://127.0.0.1:{server.getsockname()[1]}/0").get("plan")
        tried = len(asked)
        server.shutdown(socket.SHUT_RDWR)
    assert tried == 1
