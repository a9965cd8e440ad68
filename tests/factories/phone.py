"""A phone that speaks to the application over HTTP with a session cookie and the CSRF token."""
from contextvars import Context
from io import BytesIO
from typing import Any
from uuid import uuid4

from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from tests.factories.coops import PASSWORD


class Browser:
    """A test client whose requests do not share the test's own database session."""

    def __init__(self, app: Flask) -> None:
        self.application = app
        self._client = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET, as from another process."""
        return Context().run(self._client.get, path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        """POST, as from another process."""
        return Context().run(self._client.post, path, **options)


class Phone:
    """One browser of one member; `act` and `get` are what the page does."""

    def __init__(self, app: Flask, email: str) -> None:
        self.client = Browser(app)
        sign_in(self.client, email)
        self.token = self.get("/me").json["csrf_token"]

    def get(self, path: str, **options: Any) -> TestResponse:
        """Read something under /app/api."""
        return self.client.get(f"/app/api{path}", **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Send something under /app/api."""
        headers = {"X-CSRFToken": self.token, **options.pop("headers", {})}
        return self.client.post(f"/app/api{path}", json=body, headers=headers, **options)

    def act(self, task_id: object, verb: str, **more: Any) -> TestResponse:
        """Do something to a task under a fresh UUID, unless one is given."""
        return self.post(f"/tasks/{task_id}/{verb}", {"client_uuid": str(uuid4()), **more})

    def send_photo(self, task_id: object, data: bytes, name: str = "door.jpg", **more: Any) -> TestResponse:
        """Send a picture as a form, as the page does."""
        form = {"client_uuid": str(uuid4()), "kind": "photo", **more, "file": (BytesIO(data), name)}
        headers = {"X-CSRFToken": self.token}
        path = f"/app/api/tasks/{task_id}/proofs"
        return self.client.post(path, data=form, headers=headers, content_type="multipart/form-data")


def sign_in(browser: Browser, email: str) -> None:
    """Sign a browser in by the form."""
    page = browser.get("/login").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = browser.post("/login", data={"email": email, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.get_data(as_text=True)


def photo(width: int = 60, height: int = 40) -> bytes:
    """A small JPEG."""
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG")
    return out.getvalue()
