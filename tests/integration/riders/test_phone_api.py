"""The phone's JSON over HTTP: what it says, what it refuses, and that it can be asked twice."""
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from dispatch.coop.models import Member
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.governance import services as governance
from dispatch.orders import queries as orders
from dispatch.orders.models import Proof, Task
from riders import meter, own_pace, pay_rules, periods, queries, run_view
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import make_coop, make_member
from tests.factories.day import Day
from tests.factories.phone import Browser, Phone, photo, sign_in
from tests.factories.town import PAST, make_rider, make_run, make_town


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The whole application."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def phone(day: Day, app: Flask) -> Phone:
    """Ada's phone, signed in; the test's own session stays confined to her co-op."""
    email = db.session.scalar(select(Member.email).where(Member.id == day.rider.member_id))
    db.session.rollback()
    phone = Phone(app, email)
    use_coop(day.coop_id)
    return phone


def test_the_run_says_all_a_rider_needs_and_never_the_code(day: Day, phone: Phone) -> None:
    """Kept on the phone for dead zones; the code is the recipient's secret."""
    _, dropoff = day.order(code="4711")
    answer = phone.get("/run")
    stops = answer.json["stops"]
    assert [stop["tasks"][0]["kind"] for stop in stops] == ["pickup", "dropoff"]
    assert stops[1]["id"] == str(dropoff.id)
    assert stops[1]["tasks"][0]["has_code"] is True
    assert stops[1]["leg"]["length_m"] > 500
    assert [stops[0]["tasks"][0][key] for key in ("free_wait_s", "paid_wait_until_s")] == [300, 2100]
    assert "4711" not in re.findall(r"[\w-]+", answer.get_data(as_text=True))  # a UUID may hold these four by chance


def test_an_unchanged_run_costs_one_empty_answer(day: Day, phone: Phone) -> None:
    """The phone asks often."""
    day.order()
    tag = phone.get("/run").headers["ETag"]
    assert phone.get("/run", headers={"If-None-Match": tag}).status_code == 304
    day.order()
    assert phone.get("/run", headers={"If-None-Match": tag}).status_code == 200


def test_a_whole_shift_by_http(day: Day, phone: Phone) -> None:
    """Taps, proof, money, sign off: as the page and the robots do it."""
    pickup, dropoff = day.order(tip_cents=150)
    for task in (pickup, dropoff):
        for verb in ("start", "arrive", "complete"):
            answer = phone.act(task.id, verb, device_id="a", device_seq=1, device_at=clock.now().isoformat())
            assert answer.status_code == 200, answer.json
    assert [line["code"] for line in answer.json["earned"]] == ["per_delivery", "per_km", "tip"]
    money = phone.get("/earnings").json
    assert money["tips_cents"] == 150
    off = phone.post("/shift/off", {"client_uuid": str(uuid4()), "device_at": clock.now().isoformat()})
    assert (off.status_code, off.json["handed_back"]) == (200, [])
    assert phone.get("/me").json["shift"] is None
    wish = {"client_uuid": str(uuid4()), "device_at": clock.now().isoformat(), "profile": "cargo"}
    on = phone.post("/shift/on", wish)
    assert (on.status_code, on.json["shift"]["profile"]) == (201, "cargo")


def test_a_photo_may_come_before_or_after_and_twice(day: Day, phone: Phone) -> None:
    """Small status first: `complete` announces the photo, its bytes follow when there is a network."""
    pickup, dropoff = day.order()
    dropoff.required_proof = ["photo"]
    db.session.commit()
    phone.act(pickup.id, "complete")
    assert phone.act(dropoff.id, "complete").json["code"] == "proof_missing"
    announced = str(uuid4())
    done = phone.act(dropoff.id, "complete", proofs=[{"client_uuid": announced, "kind": "photo"}])
    assert done.json["order"]["state"] == "delivered"
    assert phone.send_photo(dropoff.id, photo(), client_uuid=announced).status_code == 201
    assert phone.send_photo(dropoff.id, photo(), client_uuid=announced).status_code == 200
    use_coop(day.coop_id)
    assert len(db.session.scalars(select(Proof.id)).all()) == 1


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"", 422, "photo_empty"), (b"<svg/>", 415, "photo_kind"), (photo()[:200], 422, "photo_broken")],
    ids=["zero bytes", "SVG", "truncated"],
)
def test_a_bad_photo_is_refused_with_words(day: Day, phone: Phone, data: bytes, status: int, code: str) -> None:
    """Never a half-kept proof, never a 500."""
    pickup, _ = day.order()
    answer = phone.send_photo(pickup.id, data)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_photo_of_fifty_megabytes_is_refused(day: Day, phone: Phone) -> None:
    """The limit is said in words, and the server does not read on."""
    pickup, _ = day.order()
    answer = phone.send_photo(pickup.id, bytes(50 * 1024 * 1024))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_body_with_unknown_fields_or_no_json_is_refused_by_name(day: Day, phone: Phone) -> None:
    """An old page after a deploy must be told, not half understood."""
    pickup, _ = day.order()
    unknown = phone.act(pickup.id, "start", mood="fine")
    assert (unknown.status_code, unknown.json["errors"][0]["pointer"]) == (422, "/mood")
    wrong = phone.client.post(
        f"/app/api/tasks/{pickup.id}/start", data="x", content_type="text/plain", headers={"X-CSRFToken": phone.token}
    )
    assert wrong.status_code == 415
    assert phone.act("not-an-id", "start").status_code == 404
    assert phone.act(uuid4(), "start").status_code == 404


def test_without_the_token_nothing_is_done(day: Day, phone: Phone) -> None:
    """Another site must not tap for the rider."""
    pickup, _ = day.order()
    answer = phone.client.post(f"/app/api/tasks/{pickup.id}/start", json={"client_uuid": str(uuid4())})
    assert (answer.status_code, answer.json["code"]) == (400, "csrf")


def test_a_position_is_kept_inside_a_shift_only(day: Day, phone: Phone) -> None:
    """Nobody is followed home."""
    here = {"lon": 8.69, "lat": 49.41, "at": clock.now().isoformat(), "accuracy_m": 12.4}
    assert phone.post("/position", here).status_code == 204
    use_coop(day.coop_id)
    (seen,) = queries.list_on_shift(day.coop_id)
    assert seen.lonlat.lon == 8.69
    phone.post("/shift/off", {"client_uuid": str(uuid4())})
    assert phone.post("/position", here | {"lat": 49.5}).status_code == 204
    use_coop(day.coop_id)
    assert queries.list_on_shift(day.coop_id) == []


def test_a_member_of_another_coop_sees_nothing_of_this_one(day: Day, phone: Phone, app: Flask) -> None:
    """404 as for anything that does not exist."""
    pickup, _ = day.order()
    use_coop(None)
    with transaction():
        other = make_coop("spokes")
        town = make_town(other.id, other.key)
        governance.adopt(other.id, "pay", pay_rules.DEFAULT, active_from=PAST)
        rider = make_rider(other.id, "Eve")
        make_run(town, rider)
        email = db.session.get(Member, (other.id, rider.member_id)).email
    eve = Phone(app, email)
    assert eve.get("/run").json["stops"] == []
    assert eve.act(pickup.id, "complete").status_code == 404
    assert eve.send_photo(pickup.id, photo()).status_code == 404


def test_a_member_who_does_not_ride_is_told_so(day: Day, app: Flask) -> None:
    """A treasurer may open the page by accident."""
    with transaction():
        email = make_member(day.coop_id, "Tom").email
    browser = Browser(app)
    sign_in(browser, email)
    page = browser.get("/app")
    assert page.status_code == 200
    assert "You do not ride yet" in page.get_data(as_text=True)


def test_a_statement_is_a_page_a_pdf_a_table_and_data(day: Day, phone: Phone) -> None:
    """And belongs to its member alone."""
    pickup, dropoff = day.order()
    phone.act(pickup.id, "complete")
    phone.act(dropoff.id, "complete")
    phone.post("/shift/off", {"client_uuid": str(uuid4())})
    use_coop(day.coop_id)
    today = meter.today(day.coop_id)
    with transaction():
        (made,) = periods.close_period(day.coop_id, today, today)
    statement_id = made.id
    page = phone.client.get(f"/app/statements/{statement_id}").get_data(as_text=True)
    assert "pay@1" in page
    assert "€3.80" in page
    assert phone.client.get(f"/app/statements/{statement_id}.pdf").data.startswith(b"%PDF-")
    table = phone.client.get(f"/app/statements/{statement_id}.csv").get_data(as_text=True)
    assert f"task:{dropoff.id}:earning" in table
    assert phone.client.get(f"/app/statements/{statement_id}.json").json["total_cents"] == 380
    assert str(statement_id) in phone.client.get("/app/statements").get_data(as_text=True)
    subject = page.split('name="subject" value="')[1].split('"')[0]
    ask = f"/app/statements/{statement_id}/questions"
    assert phone.client.post(ask, data={"csrf_token": phone.token, "subject": subject}).status_code == 302
    assert phone.client.post(ask, data={"csrf_token": phone.token, "subject": "task:other"}).status_code == 404
    use_coop(day.coop_id)
    with transaction():
        other = make_rider(day.coop_id, "Bo")
        email = db.session.get(Member, (day.coop_id, other.member_id)).email
    assert Phone(app_of(phone), email).client.get(f"/app/statements/{statement_id}").status_code == 404


def app_of(phone: Phone) -> Flask:
    """The application a phone speaks to."""
    return phone.client.application


def test_a_riders_own_pages_open_and_the_switch_works(day: Day, phone: Phone) -> None:
    """Privacy, questions, install guide and the export of everything; the switch is on the phone, too."""
    for path in ("/app", "/app/privacy", "/app/questions", "/app/install", "/app/statements"):
        assert phone.client.get(path).status_code == 200, path
    assert phone.client.get("/app/export.zip").data.startswith(b"PK")
    form = {"csrf_token": phone.token, "share": "0"}
    assert phone.client.post("/app/privacy", data=form).status_code == 302
    assert phone.get("/me").json["rider"]["shares_position"] is False
    for is_shared in (True, True, False):
        body = {"client_uuid": str(uuid4()), "is_shared": is_shared}
        assert phone.post("/position/sharing", body).json == {"shares_position": is_shared}
    assert phone.get("/me").json["rider"]["shares_position"] is False


def test_a_rider_lets_their_own_speed_be_learned_and_stops_it(day: Day, phone: Phone) -> None:
    """Off at first; what was learned is shown to them, comes with the export, and goes with the switch."""
    assert "Learn my speed" in phone.client.get("/app/privacy").get_data(as_text=True)
    assert phone.client.post("/app/privacy/pace", data={"csrf_token": phone.token, "learn": "1"}).status_code == 302
    use_coop(day.coop_id)
    with transaction():
        own_pace.keep(day.coop_id, day.rider.id, "cargo", speed_factor=1.08, sample_size=57)
    page = phone.client.get("/app/privacy").get_data(as_text=True)
    assert "8 % faster than all of us in the middle" in page and "from 57 rides" in page
    archive = zipfile.ZipFile(io.BytesIO(phone.client.get("/app/export.zip").data))
    [kept] = json.loads(archive.read("pace.json"))
    assert (kept["profile"], kept["speed_factor"], kept["sample_size"]) == ("cargo", 1.08, 57)
    assert json.loads(archive.read("profile.json"))["rider"]["learns_own_pace"] is True
    assert phone.client.post("/app/privacy/pace", data={"csrf_token": phone.token, "learn": "0"}).status_code == 302
    use_coop(day.coop_id)
    assert own_pace.list_own(day.coop_id, day.rider.id) == []
    assert "from 57 rides" not in phone.client.get("/app/privacy").get_data(as_text=True).split("What is kept")[0]


def test_one_riders_speed_is_on_no_page_of_others(day: Day, phone: Phone, app: Flask) -> None:
    """Coordinators see the kinds of bikes, never this rider's figure."""
    with transaction():
        own_pace.allow(day.coop_id, day.rider.id, True)
        own_pace.keep(day.coop_id, day.rider.id, "bike", speed_factor=0.83, sample_size=91)
        email = make_member(day.coop_id, "Cleo", roles=("coordinator", "member")).email
    coordinator = Browser(app)
    sign_in(coordinator, email)
    for path in ("/board/speeds", "/people", "/app/privacy"):
        page = coordinator.get(path).get_data(as_text=True)
        assert "91 rides" not in page and "17 % slower" not in page, path


def test_a_treasurer_answers_a_riders_question_on_a_page(day: Day, phone: Phone, app: Flask) -> None:
    """One tap asks, a form answers."""
    pickup, dropoff = day.order()
    phone.act(pickup.id, "complete")
    phone.act(dropoff.id, "complete")
    asked = phone.post("/questions", {"kind": "pay", "subject": f"task:{dropoff.id}:earning"})
    assert asked.status_code == 201
    with transaction():
        email = make_member(day.coop_id, "Tom", roles=("treasurer", "member")).email
    treasurer = Browser(app)
    sign_in(treasurer, email)
    page = treasurer.get("/app/questions").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    path = f"/app/questions/{asked.json['question']['id']}"
    assert treasurer.post(path, data={"csrf_token": token, "answer": "1 km at 0.60"}).status_code == 302
    assert "1 km at 0.60" in phone.client.get("/app/questions").get_data(as_text=True)
    assert phone.client.post(path, data={"csrf_token": phone.token, "answer": "mine"}).status_code == 403


def test_the_service_worker_changes_with_any_file_it_keeps(phone: Phone) -> None:
    """Old pages find out about a deploy because the worker's bytes differ; every file it lists exists."""
    worker = phone.client.get("/app/sw.js")
    assert worker.headers["Service-Worker-Allowed"] == "/app"
    text = worker.get_data(as_text=True)
    shell = json.loads(text.removeprefix("self.SHELL = ").split(";\n")[0])
    assert any(re.fullmatch(r"/app/static/-[0-9a-f]{16}/phone\.js", address) for address in shell["files"])
    assert any(re.fullmatch(r"/static/-[0-9a-f]{16}/js/map\.js", address) for address in shell["later"])
    for address in (*shell["files"], *shell["later"]):
        assert phone.client.get(address).status_code == 200, address


def test_a_run_shows_even_if_an_order_leaves_it_while_it_is_read(day: Day) -> None:
    """The planner may move an order between the two reads that make the answer; seen in a rehearsal as a 500."""
    day.order()
    run = orders.find_open_run_of_rider(day.coop_id, day.rider.id)
    assert run is not None and run.tasks
    with transaction():
        db.session.execute(update(Task).where(Task.coop_id == day.coop_id).values(run_id=None, position=None))
    assert {stop["tasks"][0]["kind"] for stop in run_view.run_json(day.coop_id, run)["stops"]} == {"pickup", "dropoff"}
