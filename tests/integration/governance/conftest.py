"""A co-op with a database, and the session confined to it."""
from collections.abc import Iterator
from uuid import UUID

import pytest

from dispatch.core.db import transaction
from tests.conftest import TestStack
from tests.factories.coops import make_coop
from tests.factories.database import context_of, database_app


@pytest.fixture
def coop_id(database: TestStack) -> Iterator[UUID]:
    """The id of an empty co-op in Berlin, inside an application context."""
    with context_of(database_app(database.environment()["DATABASE_URL"])):
        with transaction():
            made = make_coop()
        yield made.id
