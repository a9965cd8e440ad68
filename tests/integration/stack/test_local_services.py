"""Existing services instead of private ones: used when they answer, named with a remedy when they do not."""
from pathlib import Path

import pytest

from dispatch.stack.errors import StackError
from dispatch.stack.local_services import LocalServices
from tests.conftest import TestStack


def test_existing_services_are_used_and_left_running(stack: TestStack, tmp_path: Path) -> None:
    """DATABASE_URL and REDIS_URL mean: hands off."""
    services = LocalServices(tmp_path, stack.environment())
    services.start()
    services.stop()
    assert stack.postgres.is_running() and stack.redis.is_running()
    assert services.environment() == {}


def test_a_database_that_does_not_answer_is_named(stack: TestStack, tmp_path: Path) -> None:
    """One line, with what to correct."""
    given = {**stack.environment(), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    with pytest.raises(StackError, match="database does not answer.* correct DATABASE_URL"):
        LocalServices(tmp_path, given).start()


def test_a_redis_that_does_not_answer_is_named(stack: TestStack, tmp_path: Path) -> None:
    """One line, with what to correct."""
    given = {**stack.environment(), "REDIS_URL": "redis://127.0.0.1:1/0"}
    with pytest.raises(StackError, match="Redis does not answer.* correct REDIS_URL"):
        LocalServices(tmp_path, given).start()


def test_a_private_redis_that_has_ended_is_started_again(stack: TestStack, tmp_path: Path) -> None:
    """`make run` mends its own services while it runs."""
    services = LocalServices(tmp_path, {"DATABASE_URL": stack.environment()["DATABASE_URL"]})
    services.start()
    assert services.redis is not None
    try:
        services.redis.stop()
        assert services.mend() == ["Redis"]
        assert services.redis.is_running()
        assert services.mend() == []
    finally:
        services.redis.remove()
