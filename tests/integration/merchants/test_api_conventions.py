"""The rules that all of `/api/v1` keeps: problems, limits, versions, repeats, keys and quotes that end."""
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from limits import parse

from dispatch.app import create_app
from dispatch.core import clock, settings
from dispatch.core.db import db, transaction
from dispatch.core.limits import limiter
from merchants import queries
from merchants import services as merchants
from tests.conftest import connect
from tests.town import Cooperative

JSON = "application/json"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(("method", "path", "more", "status", "code"), [
    ("GET", "/nothing", {}, 404, "not_found"),
    ("GET", f"/orders/{NOBODY}", {}, 404, "not_found"),
    ("GET", "/orders/not-an-id", {}, 404, "not_found"),
    ("PUT", "/orders", {"json": {}}, 405, "method_not_allowed"),
    ("GET", "/orders?cursor=made-up", {}, 400, "bad_request"),
    ("GET", "/orders?limit=0", {}, 400, "bad_request"),
    ("GET", "/orders?state=flying", {}, 400, "bad_request"),
    ("GET", "/reverse?lon=here", {}, 400, "bad_request"),
    ("GET", "/orders", {"headers": {"Authorization": "Basic x"}}, 401, "key_missing"),
    ("POST", "/orders", {"data": "{", "content_type": JSON}, 400, "bad_request"),
    ("POST", "/orders", {"data": "a=1", "content_type": "text/plain"}, 415, "unsupported_media_type"),
    ("POST", "/orders", {"data": "x" * 1_100_000, "content_type": JSON}, 413, "too_large"),
    ("POST", "/orders", {"json": {"colour": "red"}}, 422, "invalid"),
    ("POST", "/orders", {"json": [1]}, 422, "invalid"),
    ("POST", f"/orders/{NOBODY}/cancel", {"data": "{", "content_type": JSON}, 400, "bad_request"),
    ("POST", f"/orders/{NOBODY}/cancel", {"data": "x", "content_type": "text/plain"}, 415, "unsupported_media_type"),
    ("POST", f"/orders/{NOBODY}/cancel", {"json": {"because": "x"}}, 422, "invalid"),
    ("POST", f"/orders/{NOBODY}/cancel", {}, 404, "not_found"),
    ("POST", "/webhooks", {"json": {"url": "example.org"}}, 422, "invalid"),
    ("DELETE", f"/webhooks/{NOBODY}", {}, 404, "not_found"),
])
def test_every_refusal_is_a_problem_with_a_stable_code(
        coop: Cooperative, method: str, path: str, more: dict, status: int, code: str):
    answer = coop.api(method, path, **more)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    problem = answer.get_json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] and problem["title"] and problem["detail"]
    assert all(set(error) == {"pointer", "code", "message"} for error in problem.get("errors", ()))


def test_a_wrong_method_is_told_the_right_ones(coop: Cooperative):
    assert "POST" in coop.api("PUT", "/orders", json={}).headers["Allow"]


@pytest.fixture
def counted(coop: Cooperative) -> Iterator[FlaskClient]:
    """A client of an application that counts requests, as in production."""
    app = create_app(settings.load({**coop.town.environment, "PACELINE_NO_RATE_LIMITS": "0"}))
    yield app.test_client()
    limiter.enabled = False
    with app.app_context():
        db.engine.dispose()


def test_answers_say_how_much_is_left_and_a_refusal_when_to_come_back(coop: Cooperative, counted: FlaskClient):
    """Counted per key over all addresses together, so that another merchant is not held back."""
    with coop.session():
        [key] = queries.list_keys(coop.id, coop.merchant_id)
    own = {"Authorization": f"Bearer {coop.key}"}
    first = counted.get("/api/v1/orders", headers=own)
    assert first.headers["RateLimit-Policy"] == '"default";q=600;w=60'
    assert first.headers["RateLimit"].startswith('"default";r=599;t=')
    limiter.limiter.hit(parse("600 per minute"), f"key:{key.id}", "api", cost=598)
    assert counted.get("/api/v1/webhooks", headers=own).headers["RateLimit"].startswith('"default";r=0;t=')
    refused = counted.get("/api/v1/orders", headers=own)
    assert (refused.status_code, refused.content_type) == (429, "application/problem+json")
    assert refused.get_json()["code"] == "rate_limited"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    with coop.session(), transaction():
        second = merchants.issue_key(coop.id, coop.merchant_id, name="second till")
    assert counted.get("/api/v1/orders", headers={"Authorization": f"Bearer {second}"}).status_code == 200


def test_a_cancellation_that_names_an_older_version_is_refused(coop: Cooperative):
    """If-Match is for whoever decides by what they saw; without it the cancellation simply holds."""
    path = f"/orders/{coop.place_order()['id']}"
    seen = coop.api("GET", path).headers["ETag"]
    stale = coop.api("POST", f"{path}/cancel", json={}, headers={"If-Match": '"an older one"'})
    assert (stale.status_code, stale.get_json()["code"]) == (412, "stale_version")
    assert coop.api("POST", f"{path}/cancel", json={}, headers={"If-Match": seen}).get_json()["state"] == "cancelled"


def test_a_cancellation_needs_no_body(coop: Cooperative):
    path = f"/orders/{coop.place_order()['id']}/cancel"
    assert coop.api("POST", path).get_json()["state"] == "cancelled"


def test_a_repeat_while_the_first_request_still_runs_is_told_so(coop: Cooperative):
    """409 and not a second order: the first one holds the key's row until it is done."""
    with coop.session():
        [key] = queries.list_keys(coop.id, coop.merchant_id)
    row = [coop.id, f"key:{key.id}", "slow", "", datetime.now(UTC)]
    address = coop.town.environment["DATABASE_URL"].replace("paceline_app@", "postgres@")
    with connect(address) as first, first.transaction(force_rollback=True):
        first.execute("INSERT INTO idempotency_key (coop_id, caller, key, body_sha256, created_at)"
                      " VALUES (%s, %s, %s, %s, %s)", row)
        answer = coop.api("POST", "/orders", json=coop.order_body(), headers={"Idempotency-Key": "slow"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "idempotency_in_progress")
    again = coop.api("POST", "/orders", json=coop.order_body(), headers={"Idempotency-Key": "slow"})
    assert again.status_code == 201


def test_two_keys_may_use_the_same_idempotency_key(coop: Cooperative):
    """It belongs to whoever sends it: two tills that count from 1 do not meet."""
    with coop.session(), transaction():
        other = merchants.issue_key(coop.id, coop.merchant_id, name="other till")
    first = coop.api("POST", "/orders", json=coop.order_body(1), headers={"Idempotency-Key": "1"})
    second = coop.api("POST", "/orders", json=coop.order_body(2), headers={
        "Idempotency-Key": "1", "Authorization": f"Bearer {other}"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json()["id"] != second.get_json()["id"]


def test_an_expired_quote_is_refused_with_a_fresh_one(coop: Cooperative):
    """The till shows the new price and asks again, in one round trip."""
    quote = coop.api("POST", "/quotes", json=coop.order_body(2)).get_json()
    with clock_at(clock.now() + timedelta(minutes=16)):
        refused = coop.api("POST", "/orders", json=coop.order_body(2, quote_id=quote["id"]))
        assert (refused.status_code, refused.get_json()["code"]) == (422, "quote_expired")
        fresh = refused.get_json()["quote"]
        assert fresh["id"] != quote["id"] and fresh["fee"] == quote["fee"]
        assert coop.place_order(2, quote_id=fresh["id"])["quote_id"] == fresh["id"]


def test_a_revoked_key_opens_nothing_from_that_moment_on(coop: Cooperative):
    with coop.session(), transaction():
        revoked = merchants.issue_key(coop.id, coop.merchant_id, name="lost")
    own = {"Authorization": f"Bearer {revoked}"}
    assert coop.api("GET", "/orders", headers=own).status_code == 200
    with coop.session(), transaction():
        key = next(key for key in queries.list_keys(coop.id, coop.merchant_id) if key.name == "lost")
        merchants.revoke_key(coop.id, coop.merchant_id, key.id)
    for method, path in (("GET", "/orders"), ("POST", "/orders"), ("GET", f"/orders/{uuid.uuid4()}")):
        answer = coop.api(method, path, headers=own)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "key_revoked")


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """The co-op's time is this one for a block."""
    clock.use_scale(clock.Scale(speed=1.0, domain_anchor=moment, real_anchor=datetime.now(UTC)))
    try:
        yield
    finally:
        clock.use_scale(None)
