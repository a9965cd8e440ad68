"""Calls for help and incidents: told once, seen at once, private."""
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.outbox import OutboxEvent
from dispatch.core.units import LonLat
from riders.trouble import queries, services
from riders.trouble.models import Incident
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.phone import Browser, Phone, photo, sign_in
from tests.factories.town import CENTRE


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application, with a context for the test itself."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def phone(app: Flask, day: Day) -> Phone:
    """Ada's phone."""
    email = db.session.scalar(select(Member.email).where(Member.id == day.rider.member_id))
    db.session.commit()
    return Phone(app, email)


@pytest.fixture
def board(app: Flask, day: Day) -> Browser:
    """A coordinator's browser."""
    with transaction():
        email = make_member(day.coop_id, "Cora", roles=("coordinator",)).email
    browser = Browser(app)
    sign_in(browser, email)
    return browser


def test_a_call_for_help_is_on_the_board_with_the_place_until_somebody_is_on_it(
    day: Day, phone: Phone, board: Browser
) -> None:
    """Sent twice from a bad network, shown once; taken, and it is gone."""
    body = {"client_uuid": str(uuid4()), "kind": "sos", "lon": 8.4, "lat": 49.01}
    assert [phone.post("/help", body).status_code for _ in range(2)] == [201, 200]
    shown = board.get("/board/help").get_data(as_text=True)
    assert shown.count("data-sos") == 1
    assert day.rider.name in shown and "8.4" in shown and "49.01" in shown
    use_coop(day.coop_id)
    (incident,) = queries.list_open(day.coop_id)
    told = db.session.scalars(select(OutboxEvent.kind)).all()
    assert told.count("HelpWanted") == 1
    db.session.rollback()
    page = board.get("/board").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    take = f"/board/api/help/{incident.id}/take"
    assert board.post(take, headers={"X-CSRFToken": token}).status_code == 200
    assert "data-sos" not in board.get("/board/help").get_data(as_text=True)


def test_a_place_that_comes_later_is_put_to_the_alarm_and_told_once(day: Day, phone: Phone, board: Browser) -> None:
    """The alarm did not wait for it. A second place changes nothing, and nothing comes back that was deleted."""
    body = {"client_uuid": str(uuid4()), "kind": "sos"}
    placed = body | {"lon": 8.4, "lat": 49.01}
    moved = body | {"lon": 9.4, "lat": 49.01}
    assert [phone.post("/help", each).status_code for each in (body, placed, placed, moved)] == [201, 200, 200, 200]
    use_coop(day.coop_id)
    (incident,) = queries.list_open(day.coop_id)
    assert incident.lonlat == LonLat(8.4, 49.01)
    assert db.session.scalars(select(OutboxEvent.kind)).all().count("HelpWanted") == 2
    db.session.rollback()
    with transaction():
        kept = db.session.get_one(Incident, (day.coop_id, incident.id))
        kept.lonlat, kept.received_at = None, clock.now() - timedelta(days=31)
    assert phone.post("/help", placed).status_code == 200
    use_coop(day.coop_id)
    assert queries.get_incident(day.coop_id, incident.id).lonlat is None


def test_only_coordinators_see_an_incident(day: Day, phone: Phone, board: Browser) -> None:
    """Reports of assault stay private, the picture too."""
    client_uuid = str(uuid4())
    assert phone.post("/help", {"client_uuid": client_uuid, "kind": "threat", "words": "a man"}).status_code == 201
    form = {"file": (BytesIO(photo()), "x.jpg")}
    sent = phone.client.post(f"/app/api/help/{client_uuid}/photo", data=form, headers={"X-CSRFToken": phone.token},
                             content_type="multipart/form-data")
    assert sent.status_code == 201
    use_coop(day.coop_id)
    (incident,) = queries.list_open(day.coop_id)
    db.session.rollback()
    seen = board.get(f"/board/help/{incident.id}/photo")
    assert (seen.status_code, seen.data[:3]) == (200, b"\xff\xd8\xff")
    for address in ("/board/help", f"/board/help/{incident.id}/photo"):
        assert phone.client.get(address).status_code in (302, 403)


@pytest.mark.parametrize(("data", "status"), [(b"", 422), (b"<svg/>", 415), (b"x" * 13 * 1024 * 1024, 413)])
def test_a_picture_of_an_incident_is_judged_like_any_other(day: Day, phone: Phone, data: bytes, status: int) -> None:
    """Nothing comes in by the side door."""
    client_uuid = str(uuid4())
    phone.post("/help", {"client_uuid": client_uuid, "kind": "crash"})
    sent = phone.client.post(f"/app/api/help/{client_uuid}/photo", data={"file": (BytesIO(data), "x.jpg")},
                             headers={"X-CSRFToken": phone.token}, content_type="multipart/form-data")
    assert sent.status_code == status, sent.get_data(as_text=True)


def test_places_and_pictures_of_incidents_go_after_thirty_days(day: Day) -> None:
    """What happened is kept, where and how it looked is not."""
    with transaction():
        long_ago = services.NewIncident(client_uuid=uuid4(), kind="crash", lonlat=CENTRE)
        incident, _ = services.report(day.coop_id, day.rider.id, long_ago)
        incident.happened_at = clock.now() - timedelta(days=31)
        recent, _ = services.report(day.coop_id, day.rider.id, services.NewIncident(
            client_uuid=uuid4(), kind="crash", lonlat=CENTRE))
    ids: list[UUID] = [incident.id, recent.id]
    with transaction():
        assert services.forget_places(day.coop_id) == 1
    db.session.expire_all()
    assert [db.session.get(Incident, (day.coop_id, each)).lonlat is None for each in ids] == [True, False]
