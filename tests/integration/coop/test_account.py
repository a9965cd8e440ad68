"""What everybody changes about themself: language, password, and which devices are signed in."""
import re
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dispatch.coop.models import Member
from dispatch.coop.rules import ROLES
from dispatch.core.db import transaction
from riders.queries import locale_of
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import PASSWORD, make_coop, make_member

BETTER = "battery staple horse"


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application in a context that ends with the test."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def mina(app: Flask, request: pytest.FixtureRequest) -> Member:
    """Somebody with one role."""
    with transaction():
        return make_member(make_coop().id, roles=(getattr(request, "param", "member"),))


class Device:
    """A browser, whose requests come from outside the test's own application context."""

    def __init__(self, app: Flask, email: str, password: str = PASSWORD) -> None:
        self.client: FlaskClient = app.test_client()
        self.answer = self.post("/login", page="/login", email=email, password=password)

    def get(self, path: str) -> TestResponse:
        """A page."""
        return Context().run(self.client.get, path)

    def post(self, path: str, page: str = "/account", **form: str) -> TestResponse:
        """A form of a page."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        data = {"csrf_token": token.group(1) if token else "", **form}
        return Context().run(self.client.post, path, data=data)

    @property
    def is_signed_in(self) -> bool:
        """Whether the account opens."""
        return self.get("/account").status_code == 200


@pytest.mark.parametrize("mina", ROLES, indirect=True)
def test_the_language_is_ones_own_choice_on_every_device_and_in_messages(app: Flask, mina: Member) -> None:
    """A borrowed phone in English, a rider who reads French; and back to what the browser wants."""
    device = Device(app, mina.email)
    assert "My account" in device.get("/account").text
    assert device.post("/account/language", locale="fr").status_code == 302
    page = device.get("/account").text
    assert '<html lang="fr"' in page and "Mon compte" in page and "Votre langue est enregistrée." in page
    assert "Mon compte" in Device(app, mina.email).get("/account").text
    assert locale_of(mina.coop_id, mina.id) == "fr"
    device.post("/account/language", locale="")
    assert "My account" in device.get("/account").text


def test_a_language_that_is_not_there_is_refused_and_changes_nothing(app: Flask, mina: Member) -> None:
    """Only a forged form asks for one."""
    device = Device(app, mina.email)
    assert device.post("/account/language", locale="tlh").status_code == 422
    assert "My account" in device.get("/account").text


def test_a_new_password_signs_all_other_devices_out(app: Flask, mina: Member) -> None:
    """This one goes on; the old password opens nothing any more."""
    device, other = Device(app, mina.email), Device(app, mina.email)
    assert device.post("/account/password", current=PASSWORD, new=BETTER).status_code == 302
    assert "Your password is changed" in device.get("/account").text
    assert not other.is_signed_in
    assert Device(app, mina.email).answer.status_code == 401
    assert Device(app, mina.email, BETTER).is_signed_in


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [("wrong horse battery", BETTER, "This is not your password."), (PASSWORD, "short", "Use 10 to 200 characters."),
     (PASSWORD, "x" * 201, "Use 10 to 200 characters."), (PASSWORD, "", "Use 10 to 200 characters.")],
)
def test_a_password_that_is_not_changed_says_why_beside_its_field(
    app: Flask, mina: Member, current: str, new: str, said: str
) -> None:
    """Nobody is signed out, and neither password comes back with the page."""
    device, other = Device(app, mina.email), Device(app, mina.email)
    answer = device.post("/account/password", current=current, new=new)
    assert answer.status_code == 422 and said in answer.text and 'aria-invalid="true"' in answer.text
    assert current not in answer.text and (not new or f'value="{new}"' not in answer.text)
    assert device.is_signed_in and other.is_signed_in
    assert Device(app, mina.email).is_signed_in


def test_a_lost_phone_is_signed_out_from_another_device(app: Flask, mina: Member) -> None:
    """Without a new password, which may be in the phone's memory."""
    device, lost = Device(app, mina.email), Device(app, mina.email)
    assert device.post("/account/devices").status_code == 302
    assert device.is_signed_in and not lost.is_signed_in
