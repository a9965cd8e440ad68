"""A town with pay rules and one rider on shift; orders are put into the run by hand, without a planner."""
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from dispatch.core import clock
from dispatch.core.db import transaction
from dispatch.orders.models import Run
from riders import queries
from riders.queries import RiderView
from tests.conftest import TestStack
from tests.factories.database import context_of, database_app
from tests.factories.day import Day, make_day
from tests.factories.town import make_rider, make_run


@pytest.fixture
def app(database: TestStack) -> Iterator[Flask]:
    """An application context that ends with the test."""
    clock.use_scale(None)
    app = database_app(database.environment()["DATABASE_URL"])
    Babel(app)
    with context_of(app):
        yield app


@pytest.fixture
def day(app: Flask) -> Day:
    """A co-op with the default pay rules and Ada on shift."""
    return make_day()


@pytest.fixture
def second(day: Day) -> tuple[RiderView, Run]:
    """Bo, also on shift."""
    with transaction():
        row = make_rider(day.coop_id, "Bo")
        run = make_run(day.town, row)
    return queries.get_rider(day.coop_id, row.id), run
