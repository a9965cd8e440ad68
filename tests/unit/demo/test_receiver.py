"""The merchants' webhook server believes only what is signed."""

import json
from datetime import UTC, datetime

from standardwebhooks import Webhook

from dispatch.demo.robots.receiver import Inbox, take

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps({"type": "order.delivered", "data": {"id": "o1", "status_seq": 7, "state": "delivered"}})


def signed(webhook_id: str = "m1") -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign(webhook_id, now, BODY)
    return {"webhook-id": webhook_id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def test_signed_message_is_kept_under_its_id():
    inbox = Inbox(secrets={"store-0": SECRET})
    assert take(inbox, "store-0", signed(), BODY.encode(), refuses=False) == 204
    assert inbox.received[0].webhook_id == "m1"
    assert inbox.received[0].body["data"]["status_seq"] == 7


def test_changed_body_and_unknown_address_are_forged():
    inbox = Inbox(secrets={"store-0": SECRET})
    assert take(inbox, "store-0", signed(), BODY.replace("o1", "o2").encode(), refuses=False) == 400
    assert take(inbox, "store-9", signed(), BODY.encode(), refuses=False) == 400
    assert len(inbox.forged) == 2 and inbox.received == []


def test_message_that_is_refused_once_is_taken_when_it_comes_again():
    """The sender has to repeat it under the same id."""
    inbox = Inbox(secrets={"store-0": SECRET})
    assert take(inbox, "store-0", signed(), BODY.encode(), refuses=True) == 503
    assert take(inbox, "store-0", signed(), BODY.encode(), refuses=True) == 204
