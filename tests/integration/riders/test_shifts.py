"""Published shifts, bikes and breaks, from the form to the plan."""
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict
from dispatch.orders import queries as orders
from dispatch.planning.crew import list_crew
from dispatch.planning.services import Effort, plan_zone
from riders import services as riders
from riders.models import Bike, RiderBreak, Shift
from riders.services import SignOn
from riders.shifts import breaks, queries, services
from riders.shifts.breaks import Tap
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.phone import Browser, Phone, sign_in
from tests.factories.town import at, make_order, make_rider, straight_rides


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The whole application."""
    with open_app(database, tmp_path) as app:
        yield app


def _publish(day: Day, places: int = 1, in_hours: float = 26, break_s: int = 0) -> object:
    new = services.NewOpening(
        zone_id=day.town.zone_id,
        starts_at=clock.now() + timedelta(hours=in_hours),
        ends_at=clock.now() + timedelta(hours=in_hours + 4),
        places=places,
        break_s=break_s,
    )
    return services.publish(day.coop_id, new, by=day.rider.member_id).id


def _phone(app: Flask, day: Day) -> Phone:
    email = db.session.scalar(select(Member.email).where(Member.id == day.rider.member_id))
    db.session.rollback()
    phone = Phone(app, email)
    use_coop(day.coop_id)
    return phone


def test_the_last_place_of_a_shift_is_taken_once_and_free_again_when_given_back(day: Day) -> None:
    """Two riders want it; one has it, and when they give it back the other may."""
    with transaction():
        other = make_rider(day.coop_id, "Bo").id
        opening_id = _publish(day)
    with transaction():
        shift_id = services.take(day.coop_id, day.rider.id, opening_id).id
    with transaction():
        assert services.take(day.coop_id, day.rider.id, opening_id).id == shift_id
    with pytest.raises(Conflict, match="last place"), transaction():
        services.take(day.coop_id, other, opening_id)
    with transaction():
        services.give_back(day.coop_id, day.rider.id, shift_id)
        services.give_back(day.coop_id, day.rider.id, shift_id)
    with transaction():
        services.take(day.coop_id, other, opening_id)
    assert [name for _, name in queries.get_takers(day.coop_id, opening_id)] == ["Bo"]


def test_the_bike_of_the_day_decides_what_planning_loads(day: Day) -> None:
    """A rider who takes the cargo bike carries cargo; and nobody else takes the same bike."""
    with transaction():
        bike_id = services.add_bike(day.coop_id, "Bullitt", "cargo", capacity_g=100_000).id
        bo, cy = make_rider(day.coop_id, "Bo").id, make_rider(day.coop_id, "Cy").id
    with transaction():
        check = {"is_fine": False, "note": "left brake squeals"}
        riders.sign_on(day.coop_id, bo, SignOn(client_uuid=uuid4(), bike_id=bike_id, bike_check=check))
    (bike,) = queries.list_bikes(day.coop_id)
    assert (bike.rider_name, bike.is_fine, bike.note) == ("Bo", False, "left brake squeals")
    member = next(member for member in list_crew(day.coop_id, day.town.zone_id) if member.rider_id == bo)
    assert (member.profile, member.capacity_g) == ("cargo", 100_000)
    with pytest.raises(Conflict, match="somebody else rides Bullitt"), transaction():
        riders.sign_on(day.coop_id, cy, SignOn(client_uuid=uuid4(), bike_id=bike_id))
    with transaction():
        services.report_fault(day.coop_id, bike_id, "front brake")
    assert db.session.get_one(Bike, (day.coop_id, bike_id)).fault == "front brake"


def test_a_break_is_begun_and_ended_once_and_is_not_paid(day: Day) -> None:
    """The phone may send each tap twice and late."""
    first, second = uuid4(), uuid4()
    for _ in range(2):
        with transaction():
            breaks.begin(day.coop_id, day.rider.id, Tap(client_uuid=first, queued_s=0))
    with pytest.raises(Conflict, match="already"), transaction():
        breaks.begin(day.coop_id, day.rider.id, Tap(client_uuid=uuid4()))
    with transaction():
        rest = db.session.scalars(select(RiderBreak)).one()
        shift = db.session.get_one(Shift, (day.coop_id, rest.shift_id))
        rest.began_at = shift.break_began_at = shift.signed_on_at = clock.now() - timedelta(minutes=20)
    for _ in range(2):
        with transaction():
            breaks.end(day.coop_id, day.rider.id, Tap(client_uuid=second))
    shift = db.session.scalars(select(Shift)).one()
    assert shift.break_began_at is None and 1195 <= shift.unpaid_break_s <= 1210
    with pytest.raises(Conflict, match="not on a break"), transaction():
        breaks.end(day.coop_id, day.rider.id, Tap(client_uuid=uuid4()))


def test_signing_off_ends_the_break(day: Day) -> None:
    """Who forgets to end it is not on a break for ever."""
    with transaction():
        breaks.begin(day.coop_id, day.rider.id, Tap(client_uuid=uuid4()))
    with transaction():
        riders.sign_off(day.coop_id, day.rider.id, uuid4())
    assert db.session.scalars(select(RiderBreak)).one().ended_at is not None


def test_the_planner_keeps_a_planned_break_free_and_waits_for_one_that_runs(day: Day) -> None:
    """Stops come before or after the break, not into it; its time is in the arrival times of those after it."""
    effort = Effort(plan_seconds=0.05, ride_times=straight_rides)
    with transaction():
        order_id = make_order(day.town, drops=[at(1500, 0)]).id
    plan_zone(day.coop_id, day.town.zone_id, effort)
    use_coop(day.coop_id)
    before = orders.get_order(day.coop_id, order_id).eta_at
    db.session.rollback()
    with transaction():
        breaks.begin(day.coop_id, day.rider.id, Tap(client_uuid=uuid4()))
        shift = db.session.scalars(select(Shift)).one()
        shift.planned_break_s = 1800
    plan_zone(day.coop_id, day.town.zone_id, effort)
    use_coop(day.coop_id)
    during = orders.get_order(day.coop_id, order_id).eta_at
    assert before and during and during - before > timedelta(minutes=25)
    db.session.rollback()
    with transaction():
        rest = db.session.scalars(select(RiderBreak)).one()
        shift = db.session.scalars(select(Shift)).one()
        db.session.delete(rest)
        shift.break_began_at = None
        shift.break_from, shift.break_by = clock.now(), clock.now() + timedelta(seconds=1)
        riders.want_plan(day.coop_id, day.town.zone_id)
    plan_zone(day.coop_id, day.town.zone_id, effort)
    use_coop(day.coop_id)
    planned = orders.get_order(day.coop_id, order_id)
    assert planned.rider_id == day.rider.id
    assert planned.eta_at and planned.eta_at - before > timedelta(minutes=25)


def test_a_rider_takes_gives_back_and_says_when_they_can_work_on_a_page(day: Day, app: Flask) -> None:
    """Plain forms, in words."""
    with transaction():
        soon, later = _publish(day, in_hours=1), _publish(day, places=2, break_s=1800)
        services.add_bike(day.coop_id, "Bullitt", "cargo")
    phone = _phone(app, day)
    form = {"csrf_token": phone.token}
    page = phone.client.get("/app/shifts").get_data(as_text=True)
    assert "2 places left" in page and "Bullitt" in page and "You have another shift at that time." in page
    phone.client.post(f"/app/shifts/{later}/take", data=form)
    refused = phone.client.post(f"/app/shifts/{soon}/take", data=form, follow_redirects=True)
    assert "You have another shift at that time." in refused.get_data(as_text=True)
    shift = db.session.scalar(select(Shift).where(Shift.opening_id == later))
    assert shift is not None and shift.planned_break_s == 1800 and shift.break_from is not None
    week = form | {"from_0": "08:00", "until_0": "18:00"}
    assert "Saved." in phone.client.post(
        "/app/shifts/availability", data=week, follow_redirects=True
    ).get_data(as_text=True)
    phone.client.post(f"/app/shifts/{shift.id}/give-back", data=form)
    db.session.rollback()
    use_coop(day.coop_id)
    assert db.session.get_one(Shift, (day.coop_id, shift.id), populate_existing=True).cancelled_at is not None
    assert queries.week_of(day.coop_id, day.rider.id) == {0: (480, 1080)}


def test_a_coordinator_publishes_a_shift_and_keeps_the_bikes(day: Day, app: Flask) -> None:
    """The other side of the same page; past midnight included."""
    with transaction():
        email = make_member(day.coop_id, "Cora", roles=("coordinator",)).email
    db.session.rollback()
    browser = Browser(app)
    sign_in(browser, email)
    page = browser.get("/board/shifts").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    form = {"csrf_token": token, "zone": str(day.town.zone_id), "day": tomorrow, "begins": "20:00", "ends": "01:00"}
    page = browser.post(
        "/board/shifts/publish", data=form | {"places": "2", "break_min": "15", "note": "Rain"}, follow_redirects=True
    ).get_data(as_text=True)
    assert "Published" in page and "Rain" in page
    wrong = browser.post(
        "/board/shifts/publish", data=form | {"ends": "19:00", "places": "1"}, follow_redirects=True
    ).get_data(as_text=True)
    assert "at most 14 hours" in wrong
    bike = {"csrf_token": token, "name": "Bullitt", "profile": "cargo", "kilograms": "90"}
    assert "Bullitt" in browser.post("/board/shifts/bikes", data=bike, follow_redirects=True).get_data(as_text=True)
    use_coop(day.coop_id)
    (opening,) = queries.list_openings(day.coop_id, clock.now())
    assert opening.ends_at - opening.starts_at == timedelta(hours=5) and opening.break_s == 900
    browser.post(f"/board/shifts/{opening.id}/withdraw", data={"csrf_token": token})
    db.session.rollback()
    use_coop(day.coop_id)
    assert queries.list_openings(day.coop_id, clock.now()) == []


def test_breaks_and_bikes_by_phone(day: Day, app: Flask) -> None:
    """What the page's scripts call."""
    with transaction():
        services.add_bike(day.coop_id, "Bullitt", "cargo")
    phone = _phone(app, day)
    assert [bike["name"] for bike in phone.get("/bikes").json["bikes"]] == ["Bullitt"]
    assert phone.post("/shift/break/start", {"client_uuid": str(uuid4())}).status_code == 200
    assert phone.get("/me").json["shift"]["break_began_at"]
    assert phone.post("/shift/break/end", {"client_uuid": str(uuid4())}).json["ended_at"]
    assert phone.post("/shift/break/end", {"client_uuid": str(uuid4())}).status_code == 409
