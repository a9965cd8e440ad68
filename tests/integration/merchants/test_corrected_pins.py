"""A pin that a merchant moves to the right door is where the next order to that address goes, from whichever shop."""
from typing import Any

import pytest

from dispatch.core.units import LonLat, distance_m
from tests.town import Cooperative, csrf

METRE = 1 / 111_195.0


@pytest.fixture
def shop(coop: Cooperative) -> Any:
    """The portal, signed in."""
    return coop.signed_in(coop.add_person("Mia", "merchant"))


def place(shop: Any, address: str, at: LonLat, **more: str) -> None:
    """Place an order by the form, its pin at this place."""
    answer = shop.post("/portal/orders/new", data={
        "csrf_token": csrf(shop), "nonce": f"{at.lat}", "dropoff": address, "dropoff_lon": at.lon,
        "dropoff_lat": at.lat, "size": "s", "weight": "1", **more})
    assert answer.status_code == 302, answer.get_data(as_text=True)


def goes_to(coop: Cooperative, address: str) -> LonLat:
    """Where an order by API to this address goes."""
    answer = coop.api("POST", "/orders", json={"dropoffs": [{"address": address}]})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return LonLat(*answer.get_json()["dropoffs"][0]["lonlat"])


def beside(at: LonLat, north_m: float) -> LonLat:
    return LonLat(round(at.lon, 6), round(at.lat + north_m * METRE, 6))


def test_a_moved_pin_is_where_the_next_order_goes(coop: Cooperative, shop: Any):
    address, at = coop.places[0]
    door = beside(at, 35)
    place(shop, address, door, dropoff_moved="1")
    assert goes_to(coop, address) == door
    [found, *_] = coop.api("GET", f"/geocode?q={address}").get_json()["features"]
    assert (found["properties"]["kind"], found["geometry"]["coordinates"]) == ("saved", door.as_pair())
    assert coop.api("GET", f"/reverse?lon={door.lon}&lat={door.lat}").get_json()["properties"]["kind"] == "saved"


def test_a_pin_that_nobody_moved_teaches_nothing(coop: Cooperative, shop: Any):
    address, at = coop.places[0]
    place(shop, address, beside(at, 35))
    assert distance_m(goes_to(coop, address), at) < 1


@pytest.mark.parametrize("metres", [3, 900])
def test_a_pin_at_the_known_door_or_in_another_quarter_teaches_nothing(coop: Cooperative, shop: Any, metres: float):
    address, at = coop.places[0]
    place(shop, address, beside(at, metres if metres < 100 else -metres), dropoff_moved="1")
    assert distance_m(goes_to(coop, address), at) < 1


def test_an_address_that_the_map_does_not_know_is_learned_by_its_pin(coop: Cooperative, shop: Any):
    door = beside(coop.places[0][1], 60)
    unknown = coop.api("POST", "/orders", json={"dropoffs": [{"address": "Zwiebelhof 3"}]})
    assert (unknown.status_code, unknown.get_json()["code"]) == (422, "address_unknown")
    place(shop, "Zwiebelhof 3", door, dropoff_moved="1")
    assert goes_to(coop, "Zwiebelhof 3") == door
    assert coop.api("POST", "/orders", json={"dropoffs": [{"address": "Zwiebelhof 4"}]}).status_code == 422


def test_another_co_op_learns_nothing_of_it(coop: Cooperative, other_coop: Cooperative, shop: Any):
    address, at = coop.places[0]
    place(shop, address, beside(at, 35), dropoff_moved="1")
    assert distance_m(goes_to(other_coop, address), at) < 1


def test_an_empty_question_is_told_what_is_missing(coop: Cooperative):
    assert coop.api("GET", "/geocode").status_code == 400
    assert coop.api("GET", "/reverse?lon=nan&lat=2").status_code == 400
