"""Hazards over HTTP: reported and judged by members, exported to the world, and never seen by another co-op."""
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from dispatch.core import clock
from dispatch.core.db import transaction, use_coop
from dispatch.geo.hazards import get_hazard
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import PASSWORD, make_member
from tests.factories.day import Day
from tests.factories.phone import photo
from tests.factories.ride_asker import RideAsker
from tests.factories.sketched_day import make_sketched_day, spot

SignedIn = Callable[[str], FlaskClient]
ON_THE_ROAD = spot(250, 200)


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The whole application."""
    with open_app(database, tmp_path) as app:
        app.config["WTF_CSRF_ENABLED"] = False
        yield app


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> Day:
    """Ada on shift in a town with streets."""
    return make_sketched_day(tmp_path)


@pytest.fixture
def signed_in(app: Flask, day: Day) -> SignedIn:
    """A browser of a member of the co-op, by name."""

    def sign_in(name: str, coop_hex: str = day.coop_id.hex[:6]) -> FlaskClient:
        client = app.test_client()
        email = f"{name.lower()}.{coop_hex}@example.org"
        assert client.post("/login", data={"email": email, "password": PASSWORD}).status_code == 302
        return client

    return sign_in


def report(client: FlaskClient, **more: Any) -> Any:
    """What the outbox of a phone sends."""
    body = {"client_uuid": str(uuid4()), "kind": "glass", "lon": ON_THE_ROAD.lon, "lat": ON_THE_ROAD.lat, **more}
    return client.post("/geo/hazards", json=body)


def open_kinds(client: FlaskClient) -> list[str]:
    """What the map shows."""
    return [one["properties"]["kind"] for one in client.get("/geo/hazards").get_json()["features"]]


def test_a_report_sent_twice_is_one_hazard(signed_in: SignedIn) -> None:
    """The outbox repeats until it hears an answer."""
    ada, name = signed_in("Ada"), str(uuid4())
    assert report(ada, client_uuid=name).status_code == 201
    again = report(ada, client_uuid=name, device_at="2026-05-01T10:00:00Z")
    assert (again.status_code, again.get_json()["hazard"]["id"]) == (200, name)
    assert open_kinds(ada) == ["glass"]


def test_a_report_that_waited_on_the_phone_expires_by_when_it_was_seen(signed_in: SignedIn) -> None:
    """Ice of this morning is no ice tonight."""
    ada = signed_in("Ada")
    assert report(ada, kind="ice", queued_s=3600).status_code == 201
    assert report(ada, kind="ice", queued_s=9 * 3600).get_json()["is_open"] is False
    assert open_kinds(ada) == ["ice"]


@pytest.mark.parametrize(
    "wrong", [{"kind": "dragon"}, {"lon": 200}, {"lat": None}, {"client_uuid": "no"}, {"queued_s": -1}, {"x": 1}]
)
def test_nonsense_is_refused_with_the_field_that_is_wrong(signed_in: SignedIn, wrong: dict[str, Any]) -> None:
    """So that the phone can say what to mend."""
    answer = report(signed_in("Ada"), **wrong)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == f"/{next(iter(wrong))}"


def test_others_confirm_it_and_it_lasts_longer(signed_in: SignedIn, day: Day) -> None:
    """A word counts once per member and can be taken back."""
    hazard_id = report(signed_in("Ada")).get_json()["hazard"]["id"]
    cora = signed_in("Cora")
    use_coop(day.coop_id)
    before = get_hazard(day.coop_id, hazard_id).expires_at
    for _ in range(2):
        answer = cora.post(f"/geo/hazards/{hazard_id}/word", json={"client_uuid": str(uuid4()), "is_gone": False})
    told = answer.get_json()["hazard"]["properties"]
    assert (told["seen"], told["gone"], told["word"]) == (1, 0, "seen")
    use_coop(day.coop_id)
    assert get_hazard(day.coop_id, hazard_id).expires_at > before


def test_a_word_counts_from_when_it_was_said(signed_in: SignedIn, day: Day) -> None:
    """Ice that was still there this morning does not come back tonight; what was said later stands."""
    cora = signed_in("Cora")
    hazard_id = report(signed_in("Ada"), kind="ice", queued_s=9 * 3600).get_json()["hazard"]["id"]
    word = {"is_gone": False, "client_uuid": str(uuid4())}
    late = cora.post(f"/geo/hazards/{hazard_id}/word", json=word | {"queued_s": 8.5 * 3600}).get_json()
    assert (late["is_open"], late["hazard"]["properties"]["word"]) == (False, "seen")
    fresh = cora.post(f"/geo/hazards/{hazard_id}/word", json=word | {"queued_s": 60}).get_json()
    assert fresh["is_open"] is True
    older = {"is_gone": True, "client_uuid": str(uuid4()), "queued_s": 3600}
    cora.post(f"/geo/hazards/{hazard_id}/word", json=older)
    use_coop(day.coop_id)
    assert get_hazard(day.coop_id, hazard_id).is_open(clock.now())


def test_who_reported_it_or_a_coordinator_ends_it(signed_in: SignedIn) -> None:
    """One member who did not report it cannot."""
    ada, cora = signed_in("Ada"), signed_in("Cora")
    mine, other = (report(ada).get_json()["hazard"]["id"] for _ in range(2))
    gone = {"client_uuid": str(uuid4()), "is_gone": True}
    assert cora.post(f"/geo/hazards/{mine}/word", json=gone).get_json()["is_open"] is True
    assert ada.post(f"/geo/hazards/{mine}/word", json=gone).get_json()["is_open"] is False
    assert ada.post(f"/geo/hazards/{other}/clear").status_code == 403
    assert cora.post(f"/geo/hazards/{other}/clear").get_json()["is_open"] is False
    assert open_kinds(ada) == []


def test_a_photo_is_kept_small_and_without_its_place(signed_in: SignedIn) -> None:
    """The phone sends it after the report; whoever looks at the hazard sees it."""
    ada = signed_in("Ada")
    hazard_id = report(ada).get_json()["hazard"]["id"]
    out = BytesIO()
    Image.new("RGB", (3000, 2000), "teal").save(out, "JPEG")
    for _ in range(2):
        form = {"client_uuid": str(uuid4()), "kind": "photo", "file": (BytesIO(out.getvalue()), "x.jpg")}
        assert ada.post(f"/app/api/hazards/{hazard_id}/photo", data=form).status_code == 201
    [feature] = ada.get("/geo/hazards").get_json()["features"]
    picture = ada.get(feature["properties"]["photo"])
    assert picture.content_type == "image/jpeg"
    assert Image.open(BytesIO(picture.data)).size == (1600, 1067)
    lost = ada.post(f"/app/api/hazards/{uuid4()}/photo", data={"file": (BytesIO(out.getvalue()), "x")})
    assert lost.status_code == 404


def test_only_who_reported_or_a_coordinator_puts_a_photo_to_a_hazard(signed_in: SignedIn) -> None:
    """What a member saw is not repainted by another."""
    ada, cora = signed_in("Ada"), signed_in("Cora")
    mine, theirs = report(ada).get_json()["hazard"]["id"], report(cora).get_json()["hazard"]["id"]

    def photograph(client: FlaskClient, hazard_id: str) -> Any:
        return client.post(f"/app/api/hazards/{hazard_id}/photo", data={"file": (BytesIO(photo()), "x.jpg")})

    refused = photograph(ada, theirs)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "not_reporter")
    assert {one["properties"]["photo"] for one in ada.get("/geo/hazards").get_json()["features"]} == {None}
    assert [photograph(ada, mine).status_code, photograph(cora, mine).status_code] == [201, 201]


def test_public_reports_are_open_data_and_private_ones_are_not(app: Flask, signed_in: SignedIn, day: Day) -> None:
    """Open311 without a login: every field of the specification, no person, no photo, nothing private."""
    ada = signed_in("Ada")
    public = report(ada, note="Bottles by the tram stop").get_json()["hazard"]["id"]
    private = report(ada, kind="danger", is_private=True, note="Dog at the gate").get_json()["hazard"]["id"]
    world = app.test_client()
    [entry] = world.get("/open311/v2/requests.json?jurisdiction_id=wheels").get_json()
    assert set(entry) == {
        "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
        "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
        "address", "address_id", "zipcode", "lat", "long", "media_url",
    }
    assert (entry["service_request_id"], entry["status"], entry["service_code"]) == (public, "open", "glass")
    assert entry["description"] == "Bottles by the tram stop"
    assert (entry["lat"], entry["long"]) == (round(ON_THE_ROAD.lat, 6), round(ON_THE_ROAD.lon, 6))
    assert world.get(f"/open311/v2/requests/{public}.json?jurisdiction_id=wheels").get_json() == [entry]
    for question in (f"requests/{private}.json?", f"requests.json?service_request_id={private}&"):
        answer = world.get(f"/open311/v2/{question}jurisdiction_id=wheels")
        assert "Dog" not in answer.text
        assert answer.status_code == 404 or answer.get_json() == []


def test_open_data_is_filtered_as_the_specification_says(app: Flask, signed_in: SignedIn) -> None:
    """By status, kind, time and id; what is wrong is said in the specification's own form."""
    ada, world = signed_in("Ada"), app.test_client()
    glass, ice = report(ada).get_json()["hazard"]["id"], report(ada, kind="ice").get_json()["hazard"]["id"]
    signed_in("Cora").post(f"/geo/hazards/{ice}/clear")

    def ids(query: str) -> list[str]:
        answer = world.get(f"/open311/v2/requests.json?jurisdiction_id=wheels&{query}")
        return sorted(entry["service_request_id"] for entry in answer.get_json())

    assert ids("status=open") == [glass]
    assert ids("status=closed") == [ice]
    assert ids("status=open,closed") == sorted([glass, ice])
    assert ids("service_code=ice") == [ice]
    assert ids(f"service_request_id={ice},{uuid4()}") == [ice]
    assert ids("end_date=2020-01-01T00:00:00Z") == []
    wrong = world.get("/open311/v2/requests.json?jurisdiction_id=wheels&status=lost")
    assert (wrong.status_code, wrong.get_json()[0]["code"]) == (400, 400)
    assert world.get("/open311/v2/requests.json").status_code == 400
    assert world.get("/open311/v2/services.json?jurisdiction_id=nobody").status_code == 404


def test_open_data_comes_as_xml_too(app: Flask, signed_in: SignedIn) -> None:
    """The specification's first form."""
    report(signed_in("Ada"), note="<Glass> & nails")
    world = app.test_client()
    tree = ElementTree.fromstring(world.get("/open311/v2/requests.xml?jurisdiction_id=wheels").data)
    assert tree.tag == "service_requests"
    assert tree.findtext("request/description") == "<Glass> & nails"
    assert tree.findtext("request/zipcode") == ""
    kinds = ElementTree.fromstring(world.get("/open311/v2/services.xml?jurisdiction_id=wheels").data)
    assert {element.findtext("service_code") for element in kinds} >= {"glass", "ice", "pothole"}
    assert kinds.findtext("service/metadata") == "false"


def test_two_co_ops_in_one_town_keep_their_hazards_apart(
    app: Flask, signed_in: SignedIn, day: Day, tmp_path: Path
) -> None:
    """Neither list, word, photo nor open data shows or touches what the other reported."""
    mine = report(signed_in("Ada")).get_json()["hazard"]["id"]
    other = make_sketched_day(tmp_path, "spokes")
    with transaction():
        make_member(other.coop_id, "Zoe", roles=("member", "coordinator"))
    use_coop(None)
    zoe = signed_in("Zoe", other.coop_id.hex[:6])
    assert open_kinds(zoe) == []
    assert zoe.post(f"/geo/hazards/{mine}/clear").status_code == 404
    assert zoe.post(f"/geo/hazards/{mine}/word", json={"client_uuid": str(uuid4()), "is_gone": True}).status_code == 404
    assert zoe.get(f"/geo/hazards/{mine}/photo").status_code == 404
    assert zoe.get("/open311/v2/requests.json?jurisdiction_id=spokes").get_json() == []
    assert report(zoe, client_uuid=mine, kind="ice").status_code == 201
    assert open_kinds(signed_in("Ada")) == ["glass"]


def test_every_process_knows_a_hazard_50_ms_after_its_commit(
    database: TestStack, signed_in: SignedIn, day: Day, tmp_path: Path
) -> None:
    """Reported to this process over HTTP, ridden round in another one; and gone as quickly."""
    west, east = spot(210, 200), spot(290, 200)
    cora = signed_in("Cora")
    planner = RideAsker(database.environment(), day.town.city_id, day.coop_id, tmp_path)
    try:
        before = planner.ride_s(west, east)
        for _ in range(5):
            hazard_id = report(cora, kind="works").get_json()["hazard"]["id"]
            clock.sleep_s(0.05)
            assert planner.ride_s(west, east) > before + 5
            cora.post(f"/geo/hazards/{hazard_id}/clear")
            clock.sleep_s(0.05)
            assert planner.ride_s(west, east) == before
    finally:
        planner.close()
