"""What no honest phone sends: UUIDs of somebody else, a clock in 1970. Nothing breaks, and nothing is given away."""
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from dispatch.coop.models import Member
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.orders.models import Proof, Run, Task, TaskEvent
from riders import queries
from riders.models import Position, RiderBreak, Shift
from riders.queries import RiderView
from riders.trouble.models import Incident
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.day import Day
from tests.factories.phone import Phone, photo
from tests.factories.town import make_order, make_rider, make_run

LONG_AGO = "1970-01-01T00:00:07+00:00"


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The whole application."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def bo(day: Day) -> RiderView:
    """A colleague on shift, with a stop of his own."""
    with transaction():
        row = make_rider(day.coop_id, "Bo")
        run = make_run(day.town, row)
        day.give(make_order(day.town), run=run)
    return queries.get_rider(day.coop_id, row.id)


@pytest.fixture
def phone_of(app: Flask, day: Day) -> Callable[[RiderView], Phone]:
    """A rider's phone, signed in."""

    def signed_in(rider: RiderView) -> Phone:
        email = db.session.scalar(select(Member.email).where(Member.id == rider.member_id))
        db.session.rollback()
        phone = Phone(app, email)
        use_coop(day.coop_id)
        return phone

    return signed_in


def task_of(day: Day, rider: RiderView) -> Task:
    """The first stop in a rider's run."""
    use_coop(day.coop_id)
    db.session.rollback()
    mine = select(Run.id).where(Run.rider_id == rider.id)
    return db.session.scalars(select(Task).where(Task.run_id.in_(mine), Task.kind == "pickup")).one()


SENT: dict[str, Callable[[Phone, Task, str], TestResponse]] = {
    "start": lambda phone, task, uuid: phone.act(task.id, "start", client_uuid=uuid),
    "photo": lambda phone, task, uuid: phone.send_photo(task.id, photo(), client_uuid=uuid),
    "break": lambda phone, task, uuid: phone.post("/shift/break/start", {"client_uuid": uuid}),
    "help": lambda phone, task, uuid: phone.post("/help", {"client_uuid": uuid, "kind": "other"}),
    "off": lambda phone, task, uuid: phone.post("/shift/off", {"client_uuid": uuid}),
}


@pytest.mark.parametrize("what", SENT)
def test_a_uuid_of_a_colleague_does_nothing_and_tells_nothing(
    day: Day, bo: RiderView, phone_of: Callable[[RiderView], Phone], what: str
) -> None:
    """Guessed or read over a shoulder: a refusal that a rider may read, and no word about whose it is."""
    mine, _ = day.order()
    ada, his = phone_of(day.rider), phone_of(bo)
    same = str(uuid4())
    assert SENT[what](ada, mine, same).status_code in (200, 201)
    answer = SENT[what](his, task_of(day, bo), same)
    assert (answer.status_code, answer.json["code"]) in [(409, "uuid_reused"), (404, "not_found")]
    assert "Ada" not in answer.get_data(as_text=True) and str(mine.id) not in answer.get_data(as_text=True)
    assert SENT[what](ada, mine, same).status_code == 200


def test_another_riders_stop_takes_nothing_from_me(
    day: Day, bo: RiderView, phone_of: Callable[[RiderView], Phone]
) -> None:
    """Neither a tap nor a proof nor a question why; a stop that exists looks like one that does not."""
    task = task_of(day, bo)
    ada = phone_of(day.rider)
    made_up = ada.act(uuid4(), "start")
    for answer in (ada.act(task.id, "start"), ada.send_photo(task.id, photo()), ada.get(f"/tasks/{task.id}/why")):
        assert (answer.status_code, answer.json["code"]) == (made_up.status_code, made_up.json["code"])
    db.session.rollback()
    assert db.session.scalars(select(Proof.id)).all() == []


def test_a_phone_that_lives_in_1970_is_served_and_its_times_are_ours(
    day: Day, phone_of: Callable[[RiderView], Phone]
) -> None:
    """A flat battery sets clocks back: pay, history and proofs keep the time at which things came in."""
    pickup, dropoff = day.order()
    ada = phone_of(day.rider)
    began = clock.now() - timedelta(seconds=5)
    late: dict[str, Any] = {"device_at": LONG_AGO}
    assert ada.act(pickup.id, "complete", **late).status_code == 200
    assert ada.send_photo(dropoff.id, photo(), taken_at=LONG_AGO).status_code == 201
    name = {"client_uuid": str(uuid4()), "kind": "name", "text": "Kim"}
    assert ada.act(dropoff.id, "complete", proofs=[name], **late).status_code == 200
    assert ada.post("/position", {"lon": 8.69, "lat": 49.41, "at": LONG_AGO}).status_code == 204
    assert ada.post("/help", {"client_uuid": str(uuid4()), "kind": "bike", **late}).status_code == 201
    assert ada.post("/shift/break/start", {"client_uuid": str(uuid4()), **late}).status_code == 200
    assert ada.post("/shift/off", {"client_uuid": str(uuid4()), **late}).status_code == 200
    on = ada.post("/shift/on", {"client_uuid": str(uuid4()), **late})
    assert on.status_code == 201, on.json
    use_coop(day.coop_id)
    assert all(began <= at <= clock.now() for at in times(day)), times(day)


def times(day: Day) -> list[datetime]:
    """Every time that came of what the phone sent."""
    db.session.rollback()
    columns = (
        Proof.taken_at, TaskEvent.happened_at, Position.at, Incident.happened_at, RiderBreak.began_at,
        Shift.signed_off_at, Shift.signed_on_at,
    )  # fmt: skip
    return [at for column in columns for at in db.session.scalars(select(column).where(column.is_not(None)))]


def shifts_of(day: Day) -> list[Shift]:
    """Ada's shifts as they are in the database, oldest first."""
    mine = select(Shift).where(Shift.rider_id == day.rider.id).order_by(Shift.signed_on_at, Shift.signed_off_at)
    return list(db.session.scalars(mine.execution_options(populate_existing=True)))


def test_a_shift_counts_from_the_taps_and_not_from_the_network(
    day: Day, phone_of: Callable[[RiderView], Phone]
) -> None:
    """Signed off in a basement, on again in another: the hours are those of the thumb."""
    ada = phone_of(day.rider)
    with transaction():
        shift = db.session.scalars(select(Shift).where(Shift.rider_id == day.rider.id)).one()
        shift.starts_at = shift.signed_on_at = clock.now() - timedelta(hours=3)
    now = clock.now()
    off_at, on_at = now - timedelta(minutes=40), now - timedelta(minutes=25)
    off = {"client_uuid": str(uuid4()), "device_at": off_at.isoformat(), "queued_s": 2400}
    on = {"client_uuid": str(uuid4()), "device_at": on_at.isoformat(), "queued_s": 1500}
    assert ada.post("/shift/off", off).status_code == 200
    assert ada.post("/shift/on", on).status_code == 201
    use_coop(day.coop_id)
    first, second = shifts_of(day)
    assert abs((first.signed_off_at - off_at).total_seconds()) < 1
    assert abs((second.signed_on_at - on_at).total_seconds()) < 1


def test_a_shift_does_not_begin_before_the_last_one_ended(
    day: Day, phone_of: Callable[[RiderView], Phone]
) -> None:
    """Nobody is paid twice for the same hour, whatever a phone says."""
    ada = phone_of(day.rider)
    assert ada.post("/shift/off", {"client_uuid": str(uuid4())}).status_code == 200
    before = (clock.now() - timedelta(hours=2)).isoformat()
    on = ada.post("/shift/on", {"client_uuid": str(uuid4()), "device_at": before, "queued_s": 7200})
    assert on.status_code == 201
    use_coop(day.coop_id)
    first, second = shifts_of(day)
    assert first.signed_off_at <= second.signed_on_at
