"""Webhooks as Standard Webhooks 1.0 has them: who may be called, what is signed, and when it is tried again."""
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from dispatch.core.errors import Invalid
from merchants.webhook_rules import Outgoing, next_attempt_at, signed_headers, signing_secrets
from merchants.webhooks import check_target

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8
LATER_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)


def test_attempts_follow_the_published_schedule_and_then_end() -> None:
    """A receiver that is down over a weekend still gets everything; one that is gone is not knocked at for ever."""
    waits = [next_attempt_at(NOW, made, 0.0) for made in range(1, 11)]
    assert waits == [*(NOW + timedelta(seconds=wait) for wait in LATER_S), None]


def test_luck_spreads_attempts_over_a_fifth_more() -> None:
    """After an outage not everything comes back in the same second."""
    latest = next_attempt_at(NOW, 2, 0.999_999)
    assert latest is not None
    assert timedelta(seconds=359) < latest - NOW <= timedelta(seconds=360)


def test_both_secrets_sign_while_one_is_being_rotated() -> None:
    """Whichever of the two a receiver has, it accepts the message."""
    message = outgoing(*signing_secrets(NEW, OLD, datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC)))
    headers = signed_headers(message, datetime.now(UTC))
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (OLD, NEW):
        Webhook(secret).verify(message.body, headers)


def test_the_old_secret_ends_with_its_day() -> None:
    """A leaked secret that works for ever is no rotation."""
    assert signing_secrets(NEW, OLD, NOW, NOW) == (NEW,)
    assert signing_secrets(NEW, None, None, NOW) == (NEW,)


def test_other_bytes_do_not_verify() -> None:
    """The exact body is signed, not what it means."""
    message = outgoing(NEW)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(message.body.replace(" ", ""), signed_headers(message, datetime.now(UTC)))


@pytest.mark.parametrize("url", [
    "https://127.0.0.1/hook", "https://localhost/hook", "https://[::1]:8443/hook", "https://10.1.2.3/",
    "https://192.168.1.1",
    "https://169.254.169.254/latest/meta-data", "https://[fd00::1]/", "https://0.0.0.0/"])
def test_an_address_inside_our_own_network_is_refused(url: str) -> None:
    """A merchant must not reach our database, or a cloud's secrets, through us."""
    with pytest.raises(Invalid, match="private address") as refused:
        check_target(url, allow_local=False)
    assert refused.value.code == "webhook_private"


@pytest.mark.parametrize("url", [
    "http://example.org/hook", "ftp://example.org", "https://", "https://[::1", "https://example.org:99999/"])
def test_an_address_that_is_no_https_address_is_refused(url: str) -> None:
    """Names and addresses of recipients never travel in the open."""
    with pytest.raises(Invalid) as refused:
        check_target(url, allow_local=False)
    assert refused.value.code == "webhook_not_https"


def outgoing(*secrets: str) -> Outgoing:
    """A message to be signed with these."""
    return Outgoing(id=uuid4(), url="https://example.org", body='{"type": "order.delivered"}', secrets=secrets,
                    attempts=0, endpoint_id=uuid4())
