"""Price zones: drawn by coordinators, paid by merchants, the same by API and form, and kept by what was quoted."""
import io
import json
import threading
from typing import Any

import pytest
import shapely
from sqlalchemy import update
from sqlalchemy.exc import ProgrammingError

from dispatch.core.db import db, transaction
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.units import LonLat
from dispatch.geo.models import PriceArea
from dispatch.governance import queries as rule_sets
from merchants import price_zones, tariff_rules
from merchants.tariff_rules import PriceZone
from tests.town import Cooperative, csrf

BOW_TIE = [[0.0, 0.0], [0.004, 0.004], [0.004, 0.0], [0.0, 0.004], [0.0, 0.0]]


def around(place: LonLat, size: float = 0.0006) -> shapely.Polygon:
    """A square of so many degrees about a place."""
    return shapely.box(place.lon - size, place.lat - size, place.lon + size, place.lat + size)


def put(coop: Cooperative, outline: shapely.Geometry | None, **zone: Any) -> str:
    """Put a zone into the tariff; the new version."""
    with coop.session(), transaction():
        asked = PriceZone(**{"area": "", "surcharge_cents": 250, **zone})
        return price_zones.put_zone(coop.id, coop.town.city_id, asked, outline).version


def zone_lines(answer: Any) -> list[tuple[str, int, str | None]]:
    """What a quote or an order says about zones."""
    return [(line["code"], line["amount"], line["zone"])
            for line in answer.get_json()["breakdown"] if line["code"] == "zone" or line["zone"]]


def quote(coop: Cooperative, number: int = 0, **more: Any) -> Any:
    """A quote for one drop at the numbered address."""
    answer = coop.api("POST", "/quotes", json=coop.order_body(number, **more))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer


def test_a_surcharge_is_paid_inside_the_zone_only_and_named_in_the_breakdown(coop: Cooperative):
    before = quote(coop).get_json()["fee"]["amount"]
    version = put(coop, around(coop.places[0][1]), name="Hill")
    inside, outside = quote(coop), quote(coop, 5)
    assert inside.get_json()["tariff_version"] == version == "tariff@2"
    assert zone_lines(inside) == [("zone", 250, "Hill")]
    assert inside.get_json()["fee"]["amount"] == before + 250
    assert zone_lines(outside) == []


def test_api_and_form_name_the_same_price(coop: Cooperative):
    put(coop, around(coop.places[0][1]), name="Hill", base_cents=700)
    shop = coop.signed_in(coop.add_person("Mia", "merchant"))
    token = csrf(shop)
    by_api = quote(coop).get_json()
    address, at = coop.places[0]
    typed = {
        "csrf_token": token, "nonce": "n", "dropoff": address, "dropoff_lon": at.lon, "dropoff_lat": at.lat,
        "size": "s", "weight": "1"}
    by_form = shop.post("/portal/price", data=typed).get_json()
    assert (by_form["fee"], by_form["breakdown"]) == (by_api["fee"], by_api["breakdown"])
    assert ["Base price in Hill", "€7.00"] in by_form["lines"]
    placed = shop.post("/portal/orders/new", data=typed)
    assert placed.status_code == 302
    [order] = coop.api("GET", "/orders").get_json()["data"]
    assert order["price"]["amount"] == by_api["fee"]["amount"]
    assert order["breakdown"] == by_api["breakdown"]
    page = shop.get(placed.headers["Location"]).get_data(as_text=True)
    assert "Surcharge in Hill" in page and "Base price in Hill" in page


def test_what_was_quoted_keeps_its_version_and_price(coop: Cooperative):
    put(coop, around(coop.places[0][1]), name="Hill")
    quoted = quote(coop).get_json()
    put(coop, around(coop.places[0][1], 0.0009), name="Steeper", surcharge_cents=900)
    with coop.session(), transaction():
        price_zones.remove_zone(coop.id, zones(coop)[0].area)
    order = coop.place_order(0, quote_id=quoted["id"])
    assert order["price"]["amount"] == quoted["fee"]["amount"]
    assert (order["tariff_version"], order["breakdown"]) == ("tariff@2", quoted["breakdown"])
    assert quote(coop).get_json()["tariff_version"] == "tariff@4"
    with coop.session():
        assert rule_sets.get_version(coop.id, "tariff@2").document["price_zones"][0]["name"] == "Hill"


def test_where_zones_overlap_the_smallest_counts(coop: Cooperative):
    at = coop.places[0][1]
    put(coop, around(at, 0.0005), name="Square", side="dropoff", surcharge_cents=100)
    put(coop, around(at, 0.002), name="Quarter", side="dropoff", surcharge_cents=300)
    assert zone_lines(quote(coop)) == [("zone", 100, "Square")]
    with coop.session():
        drawn = price_zones.list_drawn(coop.id, price_zones.tariff_in_force(coop.id).document)
    assert [(one.zone.name, one.counts_over) for one in drawn] == [("Square", ("Quarter",)), ("Quarter", ())]


def test_a_zone_of_pickups_is_paid_by_who_sends_from_there(coop: Cooperative):
    put(coop, around(coop.places[0][1]), name="Pick", side="pickup")
    assert zone_lines(quote(coop)) == []
    address, at = coop.places[0]
    from_there = quote(coop, 5, pickup={"address": address, "lonlat": at.as_pair()})
    assert zone_lines(from_there) == [("zone", 250, "Pick")]


def test_a_zone_can_be_changed_without_drawing_it_anew(coop: Cooperative):
    put(coop, around(coop.places[0][1]), name="Hill")
    [hill] = zones(coop)
    put(coop, None, area=hill.area, name="Hill", surcharge_cents=50)
    assert zone_lines(quote(coop)) == [("zone", 50, "Hill")]
    assert zones(coop)[0].area == hill.area


@pytest.mark.parametrize(("name", "size", "code"), [("hill", 0.002, "name_taken"), ("Other", 0.00061, "same_area")])
def test_two_zones_of_one_name_or_one_area_are_refused(coop: Cooperative, name: str, size: float, code: str):
    put(coop, around(coop.places[0][1]), name="Hill")
    with pytest.raises((Conflict, Invalid)) as refused:
        put(coop, around(coop.places[0][1], size), name=name)
    codes = [refused.value.code, *(error.code for error in getattr(refused.value, "errors", ()))]
    assert code in codes
    assert len(zones(coop)) == 1


def test_one_area_may_have_a_zone_of_pickups_and_one_of_dropoffs(coop: Cooperative):
    put(coop, around(coop.places[0][1]), name="In", side="dropoff")
    put(coop, around(coop.places[0][1]), name="Out", side="pickup")
    assert {zone.name for zone in zones(coop)} == {"In", "Out"}


def test_a_zone_of_another_coop_does_not_exist(coop: Cooperative, other_coop: Cooperative):
    put(coop, around(coop.places[0][1]), name="Hill")
    [hill] = zones(coop)
    with other_coop.session(), transaction(), pytest.raises(NotFound):
        price_zones.remove_zone(other_coop.id, hill.area)
    assert zone_lines(quote(other_coop)) == []


def test_zones_put_at_the_same_moment_are_both_kept(coop: Cooperative):
    """Each change starts from the version that the other one made."""
    workers = [threading.Thread(target=put, args=(coop, around(coop.places[i][1])), kwargs={"name": f"Zone {i}"})
               for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {zone.name for zone in zones(coop)} == {"Zone 0", "Zone 1", "Zone 2", "Zone 3"}
    assert quote(coop).get_json()["tariff_version"] == "tariff@5"


def test_an_outline_is_never_changed(coop: Cooperative):
    """The application may add outlines and nothing else: an old tariff means what it meant."""
    put(coop, around(coop.places[0][1]), name="Hill")
    with coop.session(), pytest.raises(ProgrammingError, match="permission denied"), transaction():
        db.session.execute(update(PriceArea).values(drawn_at=None))


def test_a_coordinator_imports_a_zone_and_hears_what_is_wrong_with_others(coop: Cooperative):
    cora = coop.signed_in(coop.add_person("Cora", "coordinator"))
    form = {"csrf_token": csrf(cora), "name": "Hill", "side": "dropoff", "surcharge": "1,50"}

    def send(file: bytes, **more: str) -> Any:
        files = {"file": (io.BytesIO(file), "zone.geojson")}
        return cora.post("/merchants/prices", data={**form, **more, **files}, content_type="multipart/form-data")

    at = coop.places[0][1]
    bow_tie = {"type": "Polygon", "coordinates": [[[at.lon + x, at.lat + y] for x, y in BOW_TIE]]}
    good = json.dumps(shapely.geometry.mapping(around(at))).encode()
    for file, said in (
        (json.dumps(bow_tie).encode(), "the outline crosses itself near"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b'{"type": "Polygon", "coordinates": [[[NaN, 1], [2, 3], [4, 5], [NaN, 1]]]}', "This is no GeoJSON"),
        (b"\xff\xfe\x00", "cannot be read as JSON"),
        (json.dumps(shapely.geometry.mapping(shapely.box(100, 10, 100.1, 10.1))).encode(), "lies outside Town"),
        (b" " * 1_000_001, "larger than 1 MB"),
    ):
        refused = send(file)
        assert refused.status_code == 422, file[:40]
        assert said in refused.get_data(as_text=True), file[:40]
    assert "Write a sum" in send(good, surcharge="lots").get_data(as_text=True)
    assert "a base price, or both" in send(good, surcharge="").get_data(as_text=True)
    assert zones(coop) == ()
    assert send(good).status_code == 302
    assert [(zone.name, zone.side, zone.surcharge_cents) for zone in zones(coop)] == [("Hill", "dropoff", 150)]
    assert "surcharge €1.50" in cora.get("/merchants/prices").get_data(as_text=True)


def test_merchants_see_the_zones_and_cannot_change_them(coop: Cooperative):
    put(coop, around(coop.places[0][1]), name="Hill")
    shop = coop.signed_in(coop.add_person("Mia", "merchant"))
    page = shop.get("/portal/prices").get_data(as_text=True)
    assert "Hill" in page and "surcharge €2.50" in page and "<form class=\"form\"" not in page
    [feature] = shop.get("/merchants/price-zones").get_json()["features"]
    assert feature["geometry"]["type"] == "MultiPolygon" and feature["properties"]["charged"] == "surcharge €2.50"
    removing = shop.post(f"/merchants/prices/{feature['id']}/remove", data={"csrf_token": csrf(shop)})
    assert removing.status_code == 403
    assert len(zones(coop)) == 1


def zones(coop: Cooperative) -> tuple[PriceZone, ...]:
    """The price zones in force."""
    with coop.session():
        return tariff_rules.price_zones(price_zones.tariff_in_force(coop.id).document)
