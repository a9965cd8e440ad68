"""What is told in passing may be missed, never fail."""

from uuid import uuid4

import redis

from dispatch.core.live import publish_fleeting


def test_a_position_is_told_to_nobody_while_redis_is_away():
    """Redis may vanish at any moment; a rider's phone must not get a 500 for it (seen in a rehearsal)."""
    away = redis.Redis(unix_socket_path="/nowhere/redis.sock", socket_connect_timeout=1)
    publish_fleeting(away, uuid4(), "PositionSeen", {"lon": 8.0})
