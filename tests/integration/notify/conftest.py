"""A co-op and the whole application, so that keys and addresses are the installation's own."""
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from dispatch.core.db import transaction, use_coop
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import make_coop, make_member


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application; push services on this machine are allowed, as in a rehearsal."""
    with open_app(database, tmp_path, PACELINE_LOCAL_WEBHOOKS="1") as app:
        yield app


@pytest.fixture
def member(app: Flask) -> tuple[UUID, UUID]:
    """`(coop_id, member_id)` of somebody to tell things."""
    with transaction():
        coop = make_coop()
        person = make_member(coop.id)
    use_coop(coop.id)
    return coop.id, person.id
