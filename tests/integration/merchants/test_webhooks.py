"""What a merchant's server may rely on: signed, at least once under one id, on a schedule, and a log to look at."""
import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook

from dispatch.core import outbox
from dispatch.core.db import db, transaction
from dispatch.core.events import OrderStatusChanged, to_payload
from dispatch.core.outbox import OutboxEvent
from merchants import webhooks
from merchants.models import WebhookMessage
from merchants.webhook_rules import RETRY_AFTER_S
from tests.factories.webhook_receiver import Receiver, webhook_receiver
from tests.town import Cooperative

HAPPENED_AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The merchant's server."""
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(coop: Cooperative, receiver: Receiver) -> dict:
    """That server as we know it, with its secret."""
    return coop.api("POST", "/webhooks", json={"url": receiver.url}).get_json()


def change(coop: Cooperative, state: str = "pending") -> uuid.UUID:
    """An order whose state has changed, its messages written as a worker does; the event's id."""
    order_id = uuid.UUID(coop.place_order(1)["id"])
    happened = OrderStatusChanged(order_id=order_id, merchant_id=coop.merchant_id, state=state, status_seq=1)
    with coop.session(), transaction():
        event_id = outbox.record(coop.id, happened)
        db.session.execute(update(OutboxEvent).where(OutboxEvent.id == event_id).values(occurred_at=HAPPENED_AT))
        webhooks.queue_status(coop.id, event_id, to_payload(happened))
    return event_id


def send(coop: Cooperative) -> int:
    """Send what is due; how many were accepted."""
    with coop.session():
        return webhooks.send_due(coop.id)


def make_due(coop: Cooperative, **values: object) -> None:
    """Let the time until the next attempt pass."""
    with coop.session(), transaction():
        at = datetime.now(UTC) - timedelta(seconds=1)
        db.session.execute(update(WebhookMessage).where(WebhookMessage.coop_id == coop.id).values(due_at=at, **values))


def messages(coop: Cooperative, endpoint: dict) -> list[dict]:
    """The delivery log as the merchant's system reads it."""
    return coop.api("GET", f"/webhooks/{endpoint['id']}/messages").get_json()["data"]


def test_a_status_change_arrives_signed_and_as_documented(coop: Cooperative, receiver: Receiver, endpoint: dict):
    change(coop, "delivered")
    assert send(coop) == 1
    Webhook(endpoint["secret"]).verify(receiver.bodies[0], receiver.headers[0])
    event = json.loads(receiver.bodies[0])
    assert (event["type"], event["data"]["state"]) == ("order.delivered", "delivered")
    assert datetime.fromisoformat(event["timestamp"]) == HAPPENED_AT  # not when it was sent
    document = coop.client().get("/api/v1/openapi.json").get_json()
    schema = {"$ref": "#/components/schemas/WebhookEvent", "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(event)


def test_an_event_that_a_worker_meets_twice_is_one_message(coop: Cooperative, receiver: Receiver, endpoint: dict):
    order_event = change(coop)
    with coop.session():
        message = db.session.scalars(select(WebhookMessage).where(WebhookMessage.coop_id == coop.id)).one()
        order_id = json.loads(message.body)["data"]["id"]
    payload = {"order_id": order_id, "merchant_id": str(coop.merchant_id), "state": "pending", "status_seq": "1"}
    with coop.session(), transaction():
        webhooks.queue_status(coop.id, order_event, payload)
    send(coop)
    assert len(receiver.ids) == 1


def test_a_refused_message_comes_again_under_the_same_id_and_is_logged(
        coop: Cooperative, receiver: Receiver, endpoint: dict):
    receiver.status = 500
    change(coop)
    assert send(coop) == 0
    [waiting] = messages(coop, endpoint)
    assert (waiting["state"], [each["status"] for each in waiting["attempts"]]) == ("waiting", [500])
    assert send(coop) == 0 and len(receiver.ids) == 1, "not before its time"
    receiver.status = 204
    make_due(coop)
    assert send(coop) == 1
    assert len(receiver.ids) == 2 and len(set(receiver.ids)) == 1
    [delivered] = messages(coop, endpoint)
    assert (delivered["id"], delivered["state"]) == (receiver.ids[0], "delivered")
    assert [each["status"] for each in delivered["attempts"]] == [500, 204]


def test_a_server_that_is_gone_is_never_asked_again(coop: Cooperative, receiver: Receiver, endpoint: dict):
    receiver.status = 410
    change(coop)
    send(coop)
    [known] = coop.api("GET", "/webhooks").get_json()["data"]
    assert known["disabled_at"] is not None and "410" in known["disabled_reason"]
    change(coop)
    send(coop)
    assert len(receiver.ids) == 1
    answer = coop.api("POST", f"/webhooks/messages/{messages(coop, endpoint)[0]['id']}/replay")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "webhook_disabled")


def test_after_the_last_attempt_a_message_is_given_up_and_may_be_replayed(
        coop: Cooperative, receiver: Receiver, endpoint: dict):
    receiver.status = 503
    change(coop)
    make_due(coop, attempts=len(RETRY_AFTER_S) - 1)
    send(coop)
    [given_up] = messages(coop, endpoint)
    assert (given_up["state"], given_up["next_attempt_at"]) == ("given_up", None)
    receiver.status = 204
    assert coop.api("POST", f"/webhooks/messages/{given_up['id']}/replay").status_code == 202
    send(coop)
    assert receiver.ids == [given_up["id"]] * 2
    assert messages(coop, endpoint)[0]["state"] == "delivered"


def test_a_server_that_cannot_be_reached_is_a_line_in_the_log(coop: Cooperative, receiver: Receiver):
    closed = coop.api("POST", "/webhooks", json={"url": "http://127.0.0.1:1/hook"}).get_json()
    change(coop)
    send(coop)
    [message] = messages(coop, closed)
    assert message["attempts"][0]["status"] is None and message["attempts"][0]["error"]


def test_a_rotated_secret_signs_beside_the_old_one(coop: Cooperative, receiver: Receiver, endpoint: dict):
    rotated = coop.api("POST", f"/webhooks/{endpoint['id']}/rotate").get_json()
    assert rotated["secret"] != endpoint["secret"] and rotated["old_secret_until"] is not None
    change(coop)
    send(coop)
    for secret in (endpoint["secret"], rotated["secret"]):
        Webhook(secret).verify(receiver.bodies[0], receiver.headers[0])
    assert "secret" not in coop.api("GET", "/webhooks").get_json()["data"][0]


def test_a_server_that_does_not_answer_holds_up_nobody_else(coop: Cooperative, receiver: Receiver, endpoint: dict):
    with webhook_receiver() as stuck:
        coop.api("POST", "/webhooks", json={"url": stuck.url})
        reached, went_on = threading.Event(), []
        receiver.before = reached.set
        stuck.before = lambda: went_on.append(reached.wait(10))
        change(coop)
        assert send(coop) == 2
    assert went_on == [True]


def test_the_log_is_paged_newest_first(coop: Cooperative, endpoint: dict):
    for _ in range(3):
        change(coop)
    first = coop.api("GET", f"/webhooks/{endpoint['id']}/messages?limit=2").get_json()
    rest = coop.api("GET", f"/webhooks/{endpoint['id']}/messages?limit=2&cursor={first['next_cursor']}").get_json()
    assert (len(first["data"]), first["has_more"], len(rest["data"]), rest["has_more"]) == (2, True, 1, False)
    made = [message["created_at"] for message in first["data"] + rest["data"]]
    assert made == sorted(made, reverse=True)


def test_another_merchants_log_and_messages_do_not_exist(
        coop: Cooperative, other_coop: Cooperative, endpoint: dict):
    change(coop)
    [message] = messages(coop, endpoint)
    assert other_coop.api("GET", f"/webhooks/{endpoint['id']}/messages").status_code == 404
    assert other_coop.api("POST", f"/webhooks/{endpoint['id']}/rotate").status_code == 404
    assert other_coop.api("POST", f"/webhooks/messages/{message['id']}/replay").status_code == 404


def test_messages_are_forgotten_thirty_days_after_their_end(coop: Cooperative, receiver: Receiver, endpoint: dict):
    change(coop)
    send(coop)
    change(coop)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with coop.session(), transaction():
        everything = update(WebhookMessage).where(WebhookMessage.coop_id == coop.id)
        db.session.execute(everything.values(created_at=long_ago))
        db.session.execute(everything.where(WebhookMessage.sent_at.is_not(None)).values(sent_at=long_ago))
        assert webhooks.forget_old(coop.id) == 1
    assert [message["state"] for message in messages(coop, endpoint)] == ["waiting"]
