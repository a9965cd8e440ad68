"""What a merchant's system may rely on when it places, repeats, follows and cancels orders."""
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from dispatch.core.db import transaction
from merchants import services as merchants
from tests.conftest import connect
from tests.town import Cooperative


def codes(answer) -> list[str]:
    return [error["pointer"] for error in answer.get_json()["errors"]]


def test_an_order_is_placed_with_price_promise_and_tracking_link(coop: Cooperative):
    order = coop.place_order(3, weight_g=6_000, external_id="till-1", metadata={"till": "2"})
    assert (order["state"], order["status_seq"], order["external_id"]) == ("pending", 1, "till-1")
    assert order["price"]["currency"] == "EUR" and order["price"]["amount"] >= 450 + 150
    assert order["price"]["tax"] == round(order["price"]["amount"] / 6)
    page = coop.client().get("/track/" + order["tracking_url"].rsplit("/", 1)[1])
    assert page.status_code == 200 and order["number"] in page.get_data(as_text=True)


def test_the_same_external_id_and_content_gives_the_order_that_exists(coop: Cooperative):
    first = coop.place_order(1, external_id="a")
    again = coop.api("POST", "/orders", json=coop.order_body(1, external_id="a"))
    assert (again.status_code, again.get_json()["id"]) == (200, first["id"])


def test_the_same_external_id_with_other_content_is_refused_and_names_the_order(coop: Cooperative):
    first = coop.place_order(1, external_id="a")
    other = coop.api("POST", "/orders", json=coop.order_body(2, external_id="a"))
    assert other.status_code == 409
    assert (other.get_json()["code"], other.get_json()["order_id"]) == ("external_id_taken", first["id"])


def test_a_repeated_request_replays_the_stored_answer(coop: Cooperative):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first = coop.api("POST", "/orders", json=coop.order_body(1), headers=headers)
    again = coop.api("POST", "/orders", json=coop.order_body(1), headers=headers)
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(coop.api("GET", "/orders").get_json()["data"]) == 1


def test_an_idempotency_key_cannot_be_used_for_another_body(coop: Cooperative):
    headers = {"Idempotency-Key": "k"}
    coop.api("POST", "/orders", json=coop.order_body(1), headers=headers)
    other = coop.api("POST", "/orders", json=coop.order_body(2), headers=headers)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")


def test_an_order_needs_an_idempotency_key(coop: Cooperative):
    headers = {"Authorization": f"Bearer {coop.key}"}
    answer = coop.client().post("/api/v1/orders", json=coop.order_body(), headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_missing")


def test_a_refused_order_may_be_mended_under_the_same_key(coop: Cooperative):
    headers = {"Idempotency-Key": "mend"}
    refused = coop.api("POST", "/orders", json={"dropoffs": [{"address": "Nowhere Lane 999"}]}, headers=headers)
    mended = coop.api("POST", "/orders", json=coop.order_body(), headers=headers)
    assert (refused.status_code, mended.status_code) == (422, 201)


@pytest.mark.parametrize(("body", "pointer"), [
    ({"dropoffs": [{"address": "x", "colour": "red"}]}, "/dropoffs/0/colour"),
    ({"dropoffs": []}, "/dropoffs"),
    ({"dropoffs": [{"lonlat": [44.0, 137.0]}]}, "/dropoffs/0/lonlat"),
    ({"dropoffs": [{}]}, "/dropoffs/0"),
    ({"dropoffs": [{"address": "x"}], "weight_g": -1}, "/weight_g"),
    ({"dropoffs": [{"address": "x", "contact_phone": "call me"}]}, "/dropoffs/0/contact_phone"),
    ({"dropoffs": [{"address": "x", "window_by": "2026-01-01T10:00:00"}]}, "/dropoffs/0/window_by"),
])
def test_a_wrong_field_is_named_by_its_pointer(coop: Cooperative, body: dict, pointer: str):
    answer = coop.api("POST", "/orders", json=body)
    assert (answer.status_code, codes(answer)) == (422, [pointer])
    assert answer.content_type == "application/problem+json"


def test_an_address_outside_the_area_is_refused_and_named(coop: Cooperative):
    answer = coop.api("POST", "/orders", json={"dropoffs": [{"address": "Eiffel Tower", "lonlat": [2.2945, 48.8584]}]})
    assert (answer.status_code, answer.get_json()["code"], codes(answer)) == (422, "outside_area", ["/dropoffs/0"])
    assert "Eiffel Tower" in answer.get_json()["detail"]


def test_a_window_in_the_past_is_refused(coop: Cooperative):
    body = coop.order_body()
    body["dropoffs"][0]["window_by"] = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    answer = coop.api("POST", "/orders", json=body)
    assert (answer.status_code, codes(answer)) == (422, ["/dropoffs/0/window_by"])


@pytest.mark.parametrize(("goods", "code", "named"), [
    ({"weight_g": 20_001}, "too_heavy", "20001 g"), ({"volume_ml": 900_000}, "too_bulky", "900000 ml")])
def test_goods_that_no_bike_of_the_co_op_carries_are_refused(coop: Cooperative, goods: dict, code: str, named: str):
    coop.add_person("Ada", "member", profile="cargo")
    answer = coop.api("POST", "/orders", json=coop.order_body(**goods))
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert named in answer.get_json()["detail"] and "split the order" in answer.get_json()["detail"]
    assert coop.api("POST", "/quotes", json=coop.order_body(**goods)).get_json()["serviceable"] is False


def test_a_full_disk_is_told_and_leaves_nothing_half_done(coop: Cooperative):
    body, headers = coop.order_body(1), {"Idempotency-Key": "full"}
    with full_disk(coop):
        refused = coop.api("POST", "/orders", json=body, headers=headers)
    assert (refused.status_code, refused.content_type) == (503, "application/problem+json")
    assert "disk is full" in refused.get_json()["detail"] and int(refused.headers["Retry-After"]) > 0
    assert coop.api("GET", "/orders").get_json()["data"] == []
    assert coop.api("POST", "/orders", json=body, headers=headers).status_code == 201


@contextmanager
def full_disk(coop: Cooperative) -> Iterator[None]:
    """The database finds no room for the last row of a change, the event about it."""
    with connect(coop.town.environment["DATABASE_URL_MIGRATE"]) as owner:
        owner.execute("CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
                      " $$BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file'; END$$")
        owner.execute("CREATE TRIGGER no_room BEFORE INSERT ON outbox_event EXECUTE FUNCTION no_room()")
        try:
            yield
        finally:
            owner.execute("DROP FUNCTION no_room CASCADE")


def test_a_body_that_is_too_large_is_refused_without_being_read(coop: Cooperative):
    answer = coop.api("POST", "/orders", data="x" * 2_000_000, content_type="application/json")
    assert answer.status_code == 413 and answer.content_type == "application/problem+json"


@pytest.mark.parametrize(("data", "content_type", "status"), [
    ("{", "application/json", 400), ("a=1", "application/x-www-form-urlencoded", 415), ("", None, 415)])
def test_a_body_that_is_no_json_is_refused(coop: Cooperative, data: str, content_type: str | None, status: int):
    assert coop.api("POST", "/orders", data=data, content_type=content_type).status_code == status


def test_a_quote_holds_its_price_and_promise_for_the_order(coop: Cooperative):
    quote = coop.api("POST", "/quotes", json=coop.order_body(2)).get_json()
    order = coop.place_order(2, quote_id=quote["id"])
    assert (order["price"], order["quote_id"]) == (quote["fee"], quote["id"])
    assert order["promised_dropoff_at"] == quote["dropoff_eta"]


def test_a_quote_that_promised_nothing_makes_no_order(coop: Cooperative):
    coop.add_person("Ada", "member", profile="bike")
    quote = coop.api("POST", "/quotes", json=coop.order_body(2, weight_g=60_000)).get_json()
    assert quote["reason"] == "too_heavy"
    body = coop.order_body(2, weight_g=60_000, quote_id=quote["id"])
    assert coop.api("POST", "/orders", json=body).get_json()["code"] == "too_heavy"
    assert coop.api("GET", "/orders").get_json()["data"] == []


def test_a_quote_for_something_else_is_refused(coop: Cooperative):
    quote = coop.api("POST", "/quotes", json=coop.order_body(2)).get_json()
    answer = coop.api("POST", "/orders", json=coop.order_body(3, quote_id=quote["id"]))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "quote_differs")


def test_a_cancelled_order_stays_cancelled_however_often_it_is_asked(coop: Cooperative):
    order = coop.place_order()
    answers = [coop.api("POST", f"/orders/{order['id']}/cancel", json={"reason": "sold out"}) for _ in range(2)]
    assert [answer.get_json()["state"] for answer in answers] == ["cancelled", "cancelled"]
    assert answers[1].get_json()["status_seq"] == 2


def test_a_list_is_paged_newest_first_without_gap_or_repeat(coop: Cooperative):
    placed = [coop.place_order(number)["id"] for number in range(5)]
    seen, cursor = [], None
    while True:
        page = coop.api("GET", "/orders?limit=2" + (f"&cursor={cursor}" if cursor else "")).get_json()
        seen += [order["id"] for order in page["data"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert seen == placed[::-1]


def test_who_polls_with_an_etag_gets_304_until_something_changes(coop: Cooperative):
    path = f"/orders/{coop.place_order()['id']}"
    tag = coop.api("GET", path).headers["ETag"]
    assert coop.api("GET", path, headers={"If-None-Match": tag}).status_code == 304
    coop.api("POST", f"{path}/cancel", json={})
    assert coop.api("GET", path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", ["/orders/{id}", "/orders/{id}/proof"])
def test_another_co_op_s_order_does_not_exist(coop: Cooperative, other_coop: Cooperative, path: str):
    order = coop.place_order()
    assert other_coop.api("GET", path.format(id=order["id"])).status_code == 404
    assert other_coop.api("POST", f"/orders/{order['id']}/cancel", json={}).status_code == 404


def test_an_expired_and_an_unknown_key_open_nothing_and_say_so(coop: Cooperative):
    with coop.session(), transaction():
        expired = merchants.issue_key(coop.id, coop.merchant_id, name="old",
                                      expires_at=datetime.now(UTC) - timedelta(days=1))
    answer = coop.api("GET", "/orders", headers={"Authorization": f"Bearer {expired}"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "key_expired")
    wrong = coop.api("GET", "/orders", headers={"Authorization": f"Bearer {coop.key}x"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (401, "key_unknown")


def test_answers_fit_the_openapi_document(coop: Cooperative):
    document = coop.client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    order = coop.place_order(4, weight_g=2_000, note="ring twice")
    page = coop.api("GET", "/orders").get_json()
    quote = coop.api("POST", "/quotes", json=coop.order_body(1)).get_json()
    for name, body in (("OrderOut", order), ("OrderPage", page), ("QuoteOut", quote)):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(body)


def test_every_documented_path_is_a_route_and_every_route_is_documented(coop: Cooperative):
    document = coop.client().get("/api/v1/openapi.json").get_json()
    described = {(method.upper(), "/api/v1" + path) for path, item in document["paths"].items() for method in item}
    routed = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in coop.town.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routed - described == {("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/docs")}
    assert described <= routed
