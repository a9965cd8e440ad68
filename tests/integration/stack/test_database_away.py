"""The database goes away in the middle and comes back: clear answers meanwhile, no restart needed afterwards."""
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from dispatch.core import clock, migrate
from dispatch.stack.services import PrivatePostgres, database_urls
from tests.conftest import TestStack
from tests.factories.application import make_app


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PrivatePostgres]:
    """A database of its own, to be stopped at will."""
    own = PrivatePostgres(tmp_path / "own", durable=False)
    own.start()
    yield own
    own.remove()


@pytest.fixture
def app(postgres: PrivatePostgres, database: TestStack, tmp_path: Path) -> Flask:
    """The application on that database."""
    migrate.upgrade(postgres.url("paceline"))
    clock.use_scale(None)
    return make_app({**database.environment(), **database_urls(postgres)}, tmp_path)


def test_requests_are_told_to_come_back_and_then_served_again(app: Flask, postgres: PrivatePostgres) -> None:
    """503 with Retry-After, as a page and as problem+json; the pool finds the way back by itself."""
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    postgres.stop()
    away = client.get("/readyz")
    assert away.status_code == 503 and away.get_json()["database"] != "ok"
    refused = client.get("/api/v1/orders", headers={"Authorization": "Bearer live_none_none"})
    assert refused.status_code == 503
    assert refused.content_type.startswith("application/problem+json")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200
    postgres.start()
    assert client.get("/readyz").status_code == 200
