"""A rider who cannot ride on gets no more work; what they have not fetched goes to others, what they have waits."""
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict
from dispatch.orders import queries as orders
from dispatch.orders.models import Order, Task
from dispatch.planning.services import Effort, plan_zone
from riders import queries, services
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.phone import Browser, Phone, sign_in
from tests.factories.town import at, make_order, make_rider, make_run, straight_rides, tasks_of

EFFORT = Effort(plan_seconds=0.05, ride_times=straight_rides)


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


class Board:
    """A coordinator's browser, as the board's scripts use it."""

    def __init__(self, app: Flask, email: str) -> None:
        self.browser = Browser(app)
        sign_in(self.browser, email)
        self.token = self.page("/board").split('name="csrf-token" content="')[1].split('"')[0]

    def page(self, path: str) -> str:
        """A page's words."""
        return self.browser.get(path).get_data(as_text=True)

    def post(self, path: str, body: object = None) -> int:
        """The status of the answer."""
        return self.browser.post(path, json=body, headers={"X-CSRFToken": self.token}).status_code


@pytest.fixture
def board(app: Flask, day: Day) -> Board:
    """Cora's."""
    with transaction():
        email = make_member(day.coop_id, "Cora", roles=("coordinator",)).email
    return Board(app, email)


def plan(day: Day) -> None:
    """One call of the planner."""
    plan_zone(day.coop_id, day.town.zone_id, EFFORT)
    use_coop(day.coop_id)


def holder(day: Day, order: Order) -> UUID | None:
    """Who has an order."""
    db.session.rollback()
    return orders.get_order(day.coop_id, order.id).rider_id


def fetched_and_waiting(day: Day) -> tuple[Order, Order]:
    """Two orders of Ada's: the goods of one are on her bike."""
    with transaction():
        aboard, waiting = make_order(day.town), make_order(day.town, pickup=at(400, 0), drops=[at(800, 0)])
    plan(day)
    pickup = next(task for task in tasks_of(aboard) if task.kind == "pickup")
    for verb in ("start", "arrive", "complete"):
        day.act(pickup, verb)
    assert holder(day, waiting) == day.rider.id
    return aboard, waiting


def incident(**more: object) -> dict[str, object]:
    """What the phone sends."""
    return {"client_uuid": str(uuid4()), "kind": "bike", "words": "chain", "cannot_ride": True, **more}


def drop_of(order: Order) -> Task:
    """Its dropoff."""
    return next(task for task in tasks_of(order) if task.kind == "dropoff")


def test_work_of_a_rider_who_cannot_ride_on_goes_to_others_and_no_new_work_comes(
    day: Day, phone: Phone, board: Board
) -> None:
    """One message from the phone does it all; the board says where the goods are."""
    aboard, waiting = fetched_and_waiting(day)
    with transaction():
        bo = make_rider(day.coop_id, "Bo")
        make_run(day.town, bo, place=at(5000, 0))
    db.session.commit()
    told = incident()
    assert [phone.post("/help", told).status_code for _ in range(2)] == [201, 200]
    assert queries.find_open_shift(day.coop_id, day.rider.id) is None
    with transaction():
        new = make_order(day.town)
    plan(day)
    assert holder(day, waiting) == holder(day, new) == bo.id
    assert orders.get_order(day.coop_id, aboard.id).is_stranded
    db.session.rollback()
    lists = board.page("/board/lists")
    assert "The goods are with a rider who has signed off." in lists.split('data-group="at_risk"')[0]
    assert "Cannot ride on" not in board.page("/board/help")


def test_coordinator_stops_a_rider_and_notes_who_has_the_goods(day: Day, board: Board) -> None:
    """From the board to the door: who has the parcel brings it, is paid for it, and the first rider cannot any more."""
    aboard, _waiting = fetched_and_waiting(day)
    with transaction():
        row = make_rider(day.coop_id, "Bo")
        make_run(day.town, row)
        bo = queries.get_rider(day.coop_id, row.id)
    hand_over = f"/board/api/orders/{aboard.id}/hand-over"
    assert board.post(hand_over, {"rider_id": str(bo.id)}) == 409, "Ada still rides"
    assert board.post(f"/board/api/riders/{day.rider.id}/stop") == 200
    assert board.post(f"/board/api/riders/{day.rider.id}/stop") == 200
    plan(day)
    db.session.rollback()
    assert "They were with Ada last." in board.page(f"/board/orders/{aboard.id}")
    assert board.post(hand_over, {"rider_id": str(bo.id), "reason": "met at the bridge"}) == 200
    plan(day)
    assert holder(day, aboard) == bo.id
    with pytest.raises(Conflict, match="given to somebody else"):
        day.act(drop_of(aboard), "complete")
    db.session.rollback()
    for verb in ("start", "arrive"):
        day.act(drop_of(aboard), verb, rider=bo)
    done = day.act(drop_of(aboard), "complete", rider=bo)
    assert done.order_state == "delivered" and done.earned
    db.session.rollback()
    told = board.page(f"/board/orders/{aboard.id}")
    assert "met at the bridge" in told and "who has the goods was told, not chosen" in told


def test_rider_who_finishes_on_foot_may_still_say_so(day: Day, phone: Phone) -> None:
    """Who holds the parcel is right, shift or not."""
    aboard, _waiting = fetched_and_waiting(day)
    db.session.commit()
    assert phone.post("/help", incident(kind="crash")).status_code == 201
    for verb in ("start", "arrive", "complete"):
        outcome = day.act(drop_of(aboard), verb)
    assert outcome.order_state == "delivered"


def test_rider_who_rides_again_has_the_goods_in_the_new_run(day: Day, phone: Phone) -> None:
    """The chain is mended: nothing has to be handed over, and what came late does not end the new shift."""
    aboard, _waiting = fetched_and_waiting(day)
    db.session.commit()
    assert phone.post("/help", incident()).status_code == 201
    with transaction():
        _shift, run_id, _ = services.sign_on(day.coop_id, day.rider.id, services.SignOn(client_uuid=uuid4()))
    plan(day)
    assert drop_of(aboard).run_id == run_id
    assert not orders.get_order(day.coop_id, aboard.id).unserved
    db.session.commit()
    late = incident(device_at=(clock.now() - timedelta(hours=2)).isoformat(), queued_s=7200)
    assert phone.post("/help", late).status_code == 201
    assert queries.find_open_shift(day.coop_id, day.rider.id) is not None
