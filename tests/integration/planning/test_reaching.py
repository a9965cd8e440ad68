"""Riders whose phone does not fetch what happened are told another way, once."""
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from dispatch.coop.models import Member
from dispatch.coop.services import set_plan_mode
from dispatch.core.db import db, transaction, use_coop
from dispatch.notify.models import Delivery
from dispatch.orders.models import Run
from dispatch.planning.models import WorkOffer
from dispatch.planning.offers import reaching
from dispatch.planning.services import Effort, plan_zone
from riders.models import Rider
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.day import Day, make_day
from tests.factories.phone import Phone
from tests.factories.town import make_order, straight_rides

EFFORT = Effort(plan_seconds=0.05, ride_times=straight_rides)


@contextmanager
def gateway() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """An SMS gateway on this machine: its address and what it was sent."""
    texts: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            texts.append({**body, "token": self.headers["Authorization"]})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/send", texts
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def sms() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A gateway."""
    with gateway() as running:
        yield running


@pytest.fixture
def app(database: TestStack, tmp_path: Path, sms: tuple[str, list[dict[str, object]]]) -> Iterator[Flask]:
    """The application with an SMS gateway of an odd form."""
    body = '{"messages": [{"destination": "{to}", "body": "{text}"}], "sender": "Paceline"}'
    with open_app(database, tmp_path, SMS_URL=sms[0], SMS_TOKEN="secret", SMS_BODY=body) as app:
        yield app


@pytest.fixture
def day(app: Flask) -> Day:
    """Ada at work, with a phone number."""
    day = make_day()
    with transaction():
        db.session.execute(update(Rider).values(phone="+491701234567"))
        db.session.execute(update(Run).values(unseen_since=None))
    return day


def _reach(day: Day) -> int:
    db.session.rollback()
    told = reaching.reach_riders(day.coop_id)
    use_coop(day.coop_id)
    return told


def _age() -> None:
    """Two minutes go by."""
    earlier = timedelta(minutes=2)
    with transaction():
        for run in db.session.scalars(select(Run).where(Run.unseen_since.is_not(None))):
            run.unseen_since -= earlier
        for offer in db.session.scalars(select(WorkOffer)):
            offer.made_at -= earlier


def _phone(app: Flask, day: Day) -> Phone:
    email = db.session.scalar(select(Member.email).where(Member.id == day.rider.member_id))
    db.session.rollback()
    phone = Phone(app, email)
    use_coop(day.coop_id)
    return phone


def test_a_change_that_no_phone_fetched_becomes_one_sms(day: Day, sms: tuple[str, list[dict[str, object]]]) -> None:
    """By the gateway's own form; more changes meanwhile are no more messages."""
    day.order()
    assert _reach(day) == 0
    _age()
    assert _reach(day) == 1
    day.order()
    assert _reach(day) == 0
    (text,) = sms[1]
    (message,) = text["messages"]
    assert message["destination"] == "+491701234567" and "Your run changed" in message["body"]
    assert text["token"] == "Bearer secret" and text["sender"] == "Paceline"


def test_a_phone_that_fetched_it_is_left_alone_and_the_next_silence_counts_anew(
    day: Day, app: Flask, sms: tuple[str, list[dict[str, object]]]
) -> None:
    """Fetching is the acknowledgement."""
    day.order()
    _phone(app, day).get("/run")
    _age()
    assert _reach(day) == 0
    for _ in range(2):
        day.order()
        _age()
        _reach(day)
        _phone(app, day).get("/run")
    assert len(sms[1]) == 2


def test_an_offer_that_no_phone_fetched_is_told_by_mail_where_there_is_no_number(day: Day, app: Flask) -> None:
    """Mail is always there; it goes out once."""
    with transaction():
        set_plan_mode(day.coop_id, "offer")
        db.session.execute(update(Rider).values(phone=""))
        make_order(day.town)
    plan_zone(day.coop_id, day.town.zone_id, EFFORT)
    use_coop(day.coop_id)
    _age()
    assert (_reach(day), _reach(day)) == (1, 0)
    assert db.session.scalar(select(Delivery.channel)) == "email"


def test_an_offer_that_the_phone_has_shown_is_not_repeated(day: Day, app: Flask) -> None:
    """No answer is an answer; nobody is pushed."""
    with transaction():
        set_plan_mode(day.coop_id, "offer")
        make_order(day.town)
    plan_zone(day.coop_id, day.town.zone_id, EFFORT)
    use_coop(day.coop_id)
    answer = _phone(app, day).get("/work").json
    assert [UUID(offer["id"]) for offer in answer["offers"]]
    assert answer["offers"][0]["earns"] == {"amount_cents": 380, "currency": "EUR", "rule_version": "pay@1"}
    _age()
    assert _reach(day) == 0
