"""The whole application served over HTTP on a free port, a rider at work, and her phone in a real browser."""
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from dispatch.coop.models import Member
from dispatch.core.db import db
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.day import Day, make_day
from tests.functional.conftest import sign_in

TAKEN_OVER = """() => new Promise((done) => {
  if (navigator.serviceWorker.controller) done();
  else navigator.serviceWorker.addEventListener("controllerchange", () => done(), { once: true });
})"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application, with a context for the test itself."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def day(app: Flask) -> Day:
    """Ada on shift."""
    return make_day()


class Server:
    """The application on a port of its own; stopping it is how a phone loses its network for certain."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._port = 0
        self.start()

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = make_server("127.0.0.1", self._port, self._app, threaded=True, request_handler=Quiet)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Refuse every connection from now on."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"


class Quiet(WSGIRequestHandler):
    """No line per request."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(app: Flask, day: Day) -> Iterator[Server]:
    """The application over HTTP."""
    server = Server(app)
    yield server
    server.stop()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone; its page may not raise errors."""
    context = browser.new_context(**PHONE)
    yield context
    context.close()


@pytest.fixture
def open_page(phone: BrowserContext, server: Server, day: Day) -> Callable[[], Page]:
    """Sign Ada in and open her page; it is ready when the service worker has taken over."""

    def opened() -> Page:
        email = db.session.scalar(select(Member.email).where(Member.id == day.rider.member_id))
        db.session.commit()
        sign_in(phone, server.address, email)
        page = phone.new_page()
        page.goto(f"{server.address}/app")
        page.wait_for_selector(".phone[data-ready=true]")
        page.evaluate(TAKEN_OVER)
        return page

    return opened
