"""Fixtures: an application with the database, and a town in it whose rides are straight lines."""
from collections.abc import Iterator, Sequence
from uuid import UUID

import numpy as np
import pytest
from flask import Flask
from numpy.typing import NDArray
from redis import Redis

from dispatch.core import clock, live
from dispatch.core.db import transaction, use_coop
from dispatch.core.units import LonLat, distance_m
from dispatch.planning.promise import Streets
from dispatch.planning.services import Effort
from tests.conftest import TestStack
from tests.factories.coops import make_coop
from tests.factories.database import context_of, database_app
from tests.factories.town import SPEED_M_PER_S, Town, level_gauge, make_town, straight_rides


@pytest.fixture
def app(database: TestStack) -> Iterator[Flask]:
    """An application context that ends with the test."""
    clock.use_scale(None)
    with context_of(database_app(database.environment()["DATABASE_URL"])) as app:
        yield app


@pytest.fixture
def redis(app: Flask, database: TestStack) -> Iterator[Redis]:
    """The planner publishes to Redis, and the web reads there."""
    with live.connect(database.environment()["REDIS_URL"]) as client:
        app.extensions["redis"] = client
        yield client


@pytest.fixture
def town(app: Flask) -> Town:
    """A co-op with a zone and a merchant; the session is confined to it."""
    with transaction():
        coop = make_coop()
        town = make_town(coop.id, coop.key)
    use_coop(town.coop_id)
    return town


@pytest.fixture
def effort() -> Effort:
    """A short search over open ground."""
    return Effort(plan_seconds=0.1, ride_times=straight_rides, metres_per_s=level_gauge)


def _table(_city_id: UUID, sources: Sequence[LonLat], targets: Sequence[LonLat], _p: str) -> NDArray[np.float32]:
    return np.array([[distance_m(a, b) / SPEED_M_PER_S for b in targets] for a in sources], dtype=np.float32)


OPEN_GROUND = Streets(table=_table, matrix=straight_rides)
"""Streets to try an order on: there are none, everybody rides as the crow flies."""
