"""The whole application over a real database and Redis, and coordinators who are signed in."""
import re
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dispatch.core.db import transaction, use_coop
from dispatch.planning.services import Effort
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import PASSWORD, make_coop, make_member
from tests.factories.town import Town, make_town, straight_rides


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application in a context that ends with the test."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def town(app: Flask) -> Town:
    """A co-op with a zone and a merchant; the session is confined to it."""
    with transaction():
        coop = make_coop()
        town = make_town(coop.id, coop.key)
        make_member(coop.id, "Cora", roles=("coordinator",))
        make_member(coop.id, "Carl", roles=("coordinator",))
    use_coop(town.coop_id)
    return town


@pytest.fixture
def effort() -> Effort:
    """A short search over open ground."""
    return Effort(plan_seconds=0.05, ride_times=straight_rides)


class Browser:
    """A signed-in person's browser: pages, and JSON with the CSRF token."""

    def __init__(self, app: Flask, town: Town, name: str) -> None:
        self.client: FlaskClient = app.test_client()
        email = f"{name}.{town.coop_id.hex[:6]}@example.org"
        form = self._ask("get", "/login").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert token, form
        answer = self._ask(
            "post", "/login", data={"email": email, "password": PASSWORD, "csrf_token": token.group(1)}
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)
        page = self._ask("get", "/board/settings").get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found, page
        self.token = found.group(1)

    def page(self, url: str, status: int = 200) -> str:
        """A page's HTML."""
        answer = self._ask("get", url)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def json(self, url: str) -> dict:  # type: ignore[type-arg]
        """A JSON answer."""
        answer = self._ask("get", url)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()  # type: ignore[no-any-return]

    def form(self, url: str, fields: dict[str, str]) -> None:
        """Send a form as its page would."""
        answer = self._ask("post", url, data={**fields, "csrf_token": self.token})
        assert answer.status_code == 302, answer.get_data(as_text=True)[:400]

    def post(self, url: str, body: dict, status: int = 200) -> dict:  # type: ignore[type-arg]
        """Send JSON as a page's script does."""
        answer = self._ask("post", url, json=body, headers={"X-CSRFToken": self.token})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()  # type: ignore[no-any-return]

    def _ask(self, method: str, url: str, **request: Any) -> TestResponse:
        """Send a request from outside the test's own application context, as the network would."""
        answer: TestResponse = Context().run(getattr(self.client, method), url, **request)
        return answer


@pytest.fixture
def cora(app: Flask, town: Town) -> Browser:
    """A coordinator's browser."""
    return Browser(app, town, "cora")


@pytest.fixture
def carl(app: Flask, town: Town) -> Browser:
    """Another coordinator's browser."""
    return Browser(app, town, "carl")
