"""What a merchant may say of goods and doors, and what was agreed with it, by the API and the form."""
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.geo import travel, zones
from dispatch.orders.models import Order, Task
from dispatch.orders.need_rules import Needs
from merchants import services as merchants
from riders import able, queries
from riders.services import plan_shift
from tests.town import Cooperative


def tasks_of(coop: Cooperative, order_id: str) -> list[dict[str, Any]]:
    """An order's tasks as they are kept, pickup first."""
    names = ("service_s", "floor", "has_lift", "is_strict", "window_by")
    with coop.session():
        rows = db.session.scalars(select(Task).where(Task.order_id == order_id).order_by(Task.seq))
        return [{name: getattr(row, name) for name in names} for row in rows]


def needs_of(coop: Cooperative, order_id: str) -> dict[str, Any]:
    """What is kept of an order's needs."""
    with coop.session():
        row = db.session.scalar(select(Order).where(Order.id == order_id))
        return {name: getattr(row, name) for name in Needs().as_columns()}


def certified(coop: Cooperative, skill: str) -> None:
    """Somebody in the co-op holds a certificate."""
    coop.add_person("Hana", "member", profile="bike")
    with coop.session(), transaction():
        (rider,) = queries.list_riders(coop.id)
        able.note_certificate(coop.id, rider.id, skill, valid_until=None, by=rider.member_id)


def later(hours: float) -> str:
    """So many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def test_time_at_a_door_follows_its_floor_and_what_is_said_of_it(coop: Cooperative) -> None:
    """Two minutes at street level; 20 s for each floor of stairs; a lift counts as one floor."""
    body = coop.order_body()
    (place,) = body["dropoffs"]
    body["dropoffs"] = [place | more for more in (
        {}, {"floor": 5}, {"floor": 5, "has_lift": True}, {"floor": -1}, {"handling_s": 600, "floor": 2},
    )]  # fmt: skip
    answer = coop.api("POST", "/orders", json=body)
    assert answer.status_code == 201, answer.get_json()
    order = answer.get_json()
    assert [task["service_s"] for task in tasks_of(coop, order["id"])] == [120, 120, 220, 140, 140, 640]
    assert [drop["floor"] for drop in order["dropoffs"]] == [0, 5, 5, -1, 2] and order["dropoffs"][2]["has_lift"]


def test_strict_window_is_kept_as_one_and_needs_an_end(coop: Cooperative) -> None:
    """At doors and at the counter."""
    body = coop.order_body(1)
    body["dropoffs"][0] |= {"window_by": later(3), "strict": True}
    address, at = coop.places[2]
    body["pickup"] = {"address": address, "lonlat": at.as_pair(), "window_by": later(2), "strict": True}
    order = coop.api("POST", "/orders", json=body).get_json()
    assert [task["is_strict"] for task in tasks_of(coop, order["id"])] == [True, True]
    assert order["pickup"]["strict"] and order["pickup"]["window_by"]
    body["dropoffs"][0].pop("window_by")
    refused = coop.api("POST", "/orders", json=body)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/dropoffs/0")


@pytest.mark.parametrize(("more", "code", "pointer"), [
    ({"skills": ["crane"]}, "skills", "/skills"),
    ({"longest_ride_s": 60}, "ride_too_long", "/longest_ride_s"),
    ({"longest_ride_s": 59}, "validation", "/longest_ride_s"),
    ({"skills": ["x" * 41]}, "validation", "/skills"),
    ({"skills": [str(number) for number in range(9)]}, "validation", "/skills"),
])  # fmt: skip
def test_what_nobody_can_keep_is_refused_by_name(coop: Cooperative, more: dict, code: str, pointer: str) -> None:
    """The field that is to blame, and why."""
    far = max(range(len(coop.places)), key=lambda number: _away(coop, number))
    answer = coop.api("POST", "/orders", json=coop.order_body(far, **more))
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == pointer
    if code != "validation":
        assert answer.get_json()["code"] == code


def _away(coop: Cooperative, number: int) -> float:
    centre, at = coop.town.centre, coop.places[number][1]
    return (at.lon - centre.lon) ** 2 + (at.lat - centre.lat) ** 2


def test_what_goods_need_is_kept_and_answered(coop: Cooperative) -> None:
    """By the co-op's own names, however they are written."""
    certified(coop, "medicines")
    order = coop.place_order(1, skills=["Medicines "], longest_ride_s=3600)
    assert (order["skills"], order["longest_ride_s"]) == (["medicines"], 3600)
    assert needs_of(coop, order["id"])["skills"] == ["medicines"]


def test_what_was_agreed_with_a_merchant_holds_for_its_orders(coop: Cooperative) -> None:
    """Time at its counter, the shorter ride of both, its priority, solidarity; what it asks for comes on top."""
    certified(coop, "medicines")
    with coop.session(), transaction():
        needs = Needs(priority=3, skills=("medicines",), longest_ride_s=3000, is_solidarity=True)
        merchants.agree_terms(coop.id, coop.merchant_id, handling_s=420, needs=needs)
    order = coop.place_order(1, longest_ride_s=5000)
    assert tasks_of(coop, order["id"])[0]["service_s"] == 420
    assert needs_of(coop, order["id"]) == {
        "priority": 3, "skills": ["medicines"], "longest_ride_s": 3000, "is_solidarity": True,
    }  # fmt: skip


def test_hours_tell_how_many_orders_they_still_take(coop: Cooperative) -> None:
    """As many as the riders who agreed to work then can carry; a full hour is refused with another to choose."""
    slots = coop.api("GET", "/slots?hours=30").get_json()["data"]
    assert len(slots) == 31 and {slot["left"] for slot in slots} == {None}
    coop.add_person("Ada", "member", profile="bike")
    ten = (clock.now() + timedelta(hours=20)).replace(minute=0, second=0, microsecond=0)
    with coop.session(), transaction():
        (rider,) = queries.list_riders(coop.id)
        (zone,) = zones.list_zones(coop.id)
        plan_shift(coop.id, rider.id, zone.id, ten, ten + timedelta(hours=2))
    body = coop.order_body(1)
    body["dropoffs"][0] |= {"window_from": ten.isoformat(), "window_by": (ten + timedelta(minutes=50)).isoformat()}
    answers = [coop.api("POST", "/orders", json=body | {"external_id": str(number)}) for number in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 4 + [422]
    assert answers[-1].get_json()["code"] == "slot_full"
    found = {slot["begins_at"]: slot["left"] for slot in coop.api("GET", "/slots?hours=30").get_json()["data"]}
    assert (found[ten.isoformat()], found[(ten + timedelta(hours=1)).isoformat()]) == (0, 4)
    assert coop.api("GET", "/slots?hours=0").status_code == 400


def test_form_tells_the_floor_and_that_nobody_is_there_later(coop: Cooperative) -> None:
    """The same as by API."""
    browser = coop.signed_in(coop.add_person("Mona", "merchant"))
    page = browser.get("/portal/orders/new").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    address, at = coop.places[1]
    by = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    form = {
        "csrf_token": token, "dropoff": address, "dropoff_lon": at.lon, "dropoff_lat": at.lat, "floor": "3",
        "has_lift": "1", "strict": "1", "window_by": by, "size": "s", "weight": "1",
    }  # fmt: skip
    assert browser.post("/portal/orders/new", data=form).status_code == 302
    (order,) = coop.api("GET", "/orders").get_json()["data"]
    (drop,) = order["dropoffs"]
    assert (drop["floor"], drop["has_lift"], drop["strict"]) == (3, True, True)


def test_metres_in_a_second_of_riding_are_known_for_a_town(coop: Cooperative) -> None:
    """What a rider's longest day is reckoned with: as fast as bikes are, and the same whoever asks."""
    with coop.session():
        gauge = travel.metres_per_s(coop.town.city_id, "bike")
        assert 2.0 < gauge < 8.0
        assert travel.metres_per_s(coop.town.city_id, "bike") == gauge


def test_depot_is_found_by_its_address(coop: Cooperative) -> None:
    """And taken away again."""
    browser = coop.signed_in(coop.add_person("Cora", "coordinator"))
    with coop.session():
        (zone,) = zones.list_zones(coop.id)
    page = browser.get("/board/zones").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    address, at = coop.places[3]
    for said, place in ((address, at), ("", None)):
        answer = browser.post(f"/board/zones/{zone.id}/depot", data={"csrf_token": token, "depot": said})
        assert answer.status_code == 302
        with coop.session():
            found = zones.get_zone(coop.id, zone.id)
            assert (found.depot_lonlat is None) == (place is None)
    assert f"Depot: {address}" not in browser.get("/board/zones").get_data(as_text=True)
