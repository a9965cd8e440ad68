"""The whole application served over HTTP, a planned zone, and coordinators' browsers."""
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from dispatch.core.db import transaction, use_coop
from dispatch.planning.services import Effort
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import make_coop, make_member
from tests.factories.town import Town, make_town, straight_rides
from tests.functional.conftest import sign_in

OpenBoard = Callable[..., Page]


class Quiet(WSGIRequestHandler):
    """No line per request."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application, with a context for the test itself."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def town(app: Flask) -> Town:
    """A zone, a merchant, and a coordinator."""
    with transaction():
        coop = make_coop()
        town = make_town(coop.id, coop.key)
        make_member(coop.id, "Cora", roles=("coordinator",))
    use_coop(town.coop_id)
    return town


@pytest.fixture
def effort() -> Effort:
    """A short search over open ground."""
    return Effort(plan_seconds=0.05, ride_times=straight_rides)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application listens."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def open_board(browser: Browser, address: str, town: Town) -> Iterator[OpenBoard]:
    """Sign in and open the board in a window of its own; no script may fail."""
    contexts, failures = [], []

    def open_(width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        sign_in(context, address, f"cora.{town.coop_id.hex[:6]}@example.org")
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(f"{address}/board")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert failures == []
