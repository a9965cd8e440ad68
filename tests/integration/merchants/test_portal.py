"""The portal's forms in a browser's hands: clicked twice, open in two tabs, left lying, in French."""
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from dispatch.core import clock
from dispatch.core.db import transaction
from merchants import queries
from tests.town import Cooperative


@pytest.fixture
def shop(coop: Cooperative) -> FlaskClient:
    """Mila's browser."""
    return coop.signed_in(coop.add_person("Mila", "merchant"))


def form(coop: Cooperative, number: int = 3, **more: str) -> dict[str, str]:
    """The order form as it is sent for the numbered address."""
    address, at = coop.places[number]
    return {"dropoff": address, "dropoff_lon": str(at.lon), "dropoff_lat": str(at.lat), "size": "s", "weight": "1",
            "nonce": "0f", **more}


def post(shop: FlaskClient, path: str, data: dict[str, str], language: str = "en"):
    """Send a form with its token."""
    return shop.post(f"/portal{path}?lang={language}", data={**data, "csrf_token": token_of(shop)})


def token_of(shop: FlaskClient) -> str:
    """The token of a page that this browser has open."""
    return shop.get("/portal").get_data(as_text=True).split('name="csrf-token" content="')[1].split('"')[0]


def orders(coop: Cooperative) -> list[dict]:
    """All orders of the shop."""
    return coop.api("GET", "/orders").get_json()["data"]


def test_a_double_click_places_one_delivery(coop: Cooperative, shop: FlaskClient):
    answers = [post(shop, "/orders/new", form(coop)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert len(orders(coop)) == 1


def test_a_second_tab_that_cancels_too_is_told_and_changes_nothing(coop: Cooperative, shop: FlaskClient):
    post(shop, "/orders/new", form(coop))
    [order] = orders(coop)
    for _ in range(2):
        assert post(shop, f"/orders/{order['id']}/cancel", {}).status_code == 302
    assert [(each["state"], each["status_seq"]) for each in orders(coop)] == [("cancelled", 2)]


@pytest.mark.parametrize(("wrong", "words"), [
    ({"weight": "25"}, "C’est plus que ce que portent nos vélos"),
    ({"dropoff": "Nowhere Lane 999", "dropoff_lon": "", "dropoff_lat": ""}, "Cette adresse est introuvable"),
    ({"dropoff_lon": "2.29", "dropoff_lat": "48.85"}, "hors de la zone"),
    ({"window_by": (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")}, "passée"),
    ({"weight": "lots"}, "nombre"),
])
def test_what_is_wrong_stands_in_french_beside_what_was_typed(
        coop: Cooperative, shop: FlaskClient, wrong: dict[str, str], words: str):
    coop.add_person("Ada", "member", profile="cargo")
    answer = post(shop, "/orders/new", form(coop, note="Sonner deux fois") | wrong, "fr")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page and "Sonner deux fois" in page
    assert orders(coop) == []


def test_the_price_beside_the_form_says_in_french_why_there_is_none(coop: Cooperative, shop: FlaskClient):
    coop.add_person("Ada", "member", profile="cargo")
    wish = form(coop, weight="90", csrf_token=token_of(shop))
    answer = shop.post("/portal/price?lang=fr", data=wish)
    assert (answer.status_code, answer.get_json()["serviceable"]) == (200, False)
    assert answer.get_json()["reason_text"].startswith("C’est plus que")


def test_the_promise_beside_the_form_is_that_of_all_that_is_typed(coop: Cooperative, shop: FlaskClient):
    coop.add_person("Ada", "member", profile="cargo")
    wish = form(coop, csrf_token=token_of(shop))

    def at(hours: float) -> str:
        return (clock.now() + timedelta(hours=hours)).astimezone(ZoneInfo("Europe/Paris")).strftime("%Y-%m-%dT%H:%M")

    def promised(**more: str) -> datetime:
        return datetime.fromisoformat(shop.post("/portal/price", data=wish | more).get_json()["dropoff_eta"])

    at_once = promised()
    assert promised(ready_at=at(2)) > at_once + timedelta(hours=1)
    past = shop.post("/portal/price", data=wish | {"window_by": at(-2)}, headers={"Accept": "application/json"})
    assert (past.status_code, past.get_json()["errors"][0]["code"]) == (422, "in_the_past")


def test_a_delivery_of_another_co_op_is_not_there(coop: Cooperative, other_coop: Cooperative, shop: FlaskClient):
    order = other_coop.place_order(1)
    assert shop.get(f"/portal/orders/{order['id']}").status_code == 404
    assert post(shop, f"/orders/{order['id']}/cancel", {}).status_code == 404


def test_a_form_without_its_token_does_nothing(coop: Cooperative, shop: FlaskClient):
    assert shop.post("/portal/orders/new", data=form(coop)).status_code == 400
    assert orders(coop) == []


def test_a_key_works_until_it_is_revoked_on_the_page(coop: Cooperative, shop: FlaskClient):
    page = post(shop, "/keys", {"name": "Till", "kind": "test"}).get_data(as_text=True)
    key = page.split('data-copy-text-value="')[1].split('"')[0]
    own = {"Authorization": f"Bearer {key}"}
    assert coop.api("GET", "/orders", headers=own).status_code == 200
    with coop.session(), transaction():
        found = next(each for each in queries.list_keys(coop.id, coop.merchant_id) if each.name == "Till")
    post(shop, f"/keys/{found.id}/revoke", {})
    assert coop.api("GET", "/orders", headers=own).get_json()["code"] == "key_revoked"


def test_a_webhooks_secret_is_rotated_on_the_page(coop: Cooperative, shop: FlaskClient):
    made = post(shop, "/webhooks", {"url": "https://127.0.0.1/hook"}).get_data(as_text=True)
    first = made.split('data-copy-text-value="')[1].split('"')[0]
    [endpoint] = coop.api("GET", "/webhooks").get_json()["data"]
    page = post(shop, f"/webhooks/{endpoint['id']}/rotate", {}).get_data(as_text=True)
    second = page.split('data-copy-text-value="')[1].split('"')[0]
    assert first.startswith("whsec_") and second.startswith("whsec_") and first != second
    assert "24 hours" in page
