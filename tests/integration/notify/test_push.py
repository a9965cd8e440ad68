"""Web push as it really leaves us: encrypted for one browser, once per event, and honest about failure."""
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.core.db import db, transaction
from dispatch.core.errors import Invalid, TransientError
from dispatch.notify import channels, services
from dispatch.notify.channels import Null, Sent
from dispatch.notify.models import Delivery, PushEndpoint
from dispatch.notify.rules import Message
from tests.factories.push_service import Browser, push_service

MESSAGE = Message(title="Your run changed", body="Open Paceline.", path="/app", tag="run", kind="run", is_urgent=True)


@pytest.fixture
def browser(member: tuple[UUID, UUID]) -> Iterator[Browser]:
    """A browser of the member, known to us."""
    coop_id, member_id = member
    with push_service() as browser:
        with transaction():
            services.add_endpoint(coop_id, member_id, browser.subscription(), user_agent="test")
        yield browser


def test_a_browser_can_decrypt_the_message_and_it_says_no_more_than_it_must(
    member: tuple[UUID, UUID], browser: Browser
) -> None:
    """The push service sees only ciphertext; the text holds no address and no name."""
    coop_id, member_id = member
    assert services.deliver_push(coop_id, uuid4(), member_id, MESSAGE) == 1
    (received,) = browser.messages
    assert received["web_push"] == 8030
    assert received["notification"]["navigate"] == "http://localhost/app"
    assert browser.headers[0]["authorization"].startswith("vapid t=")
    assert (browser.headers[0]["topic"], browser.headers[0]["urgency"]) == ("run", "high")


def test_the_same_event_is_told_once_per_browser(member: tuple[UUID, UUID], browser: Browser) -> None:
    """Workers repeat tasks; phones must not ring twice."""
    coop_id, member_id = member
    event_id = uuid4()
    told = [services.deliver_push(coop_id, event_id, member_id, MESSAGE) for _ in range(3)]
    assert told == [1, 0, 0]
    assert len(browser.messages) == 1


def test_a_browser_that_is_gone_is_never_asked_again(member: tuple[UUID, UUID], browser: Browser) -> None:
    """410 means that the rider removed the app."""
    coop_id, member_id = member
    browser.status = 410
    assert services.deliver_push(coop_id, uuid4(), member_id, MESSAGE) == 0
    assert db.session.scalar(select(PushEndpoint.gone_at)) is not None


def test_trouble_at_the_push_service_is_tried_again_until_it_works(
    member: tuple[UUID, UUID], browser: Browser
) -> None:
    """At least once: the task fails, is sent again, and the row remembers that it was not delivered yet."""
    coop_id, member_id = member
    event_id = uuid4()
    browser.status = 503
    with pytest.raises(TransientError):
        services.deliver_push(coop_id, event_id, member_id, MESSAGE)
    browser.status = 201
    assert services.deliver_push(coop_id, event_id, member_id, MESSAGE) == 1
    assert db.session.scalar(select(Delivery.attempts)) == 2


def test_a_subscription_to_a_private_address_is_refused_in_production(app: Flask, member: tuple[UUID, UUID]) -> None:
    """Otherwise a rider could make us knock on doors inside our own network."""
    coop_id, member_id = member
    settings = app.extensions["settings"]
    app.extensions["settings"] = type(settings)(
        **{name: getattr(settings, name) for name in settings.__slots__ if name != "local_webhooks"}
    )
    for endpoint in ("http://127.0.0.1:6379/", "https://10.0.0.1/x", "https://localhost/x", "ftp://example.org/"):
        given = services.Subscription(endpoint=endpoint, p256dh="x", auth="y")
        with pytest.raises(Invalid), transaction():
            services.add_endpoint(coop_id, member_id, given, user_agent="")


def test_the_key_of_an_installation_is_made_once(tmp_path: Path) -> None:
    """Every browser's subscription is bound to it."""
    first = channels.vapid_key(tmp_path).private_pem()
    assert channels.vapid_key(tmp_path).private_pem() == first
    assert (tmp_path / channels.KEY_FILE).stat().st_mode & 0o077 == 0


def test_mail_is_sent_once_and_a_mailbox_that_does_not_exist_is_given_up(member: tuple[UUID, UUID]) -> None:
    """A refusal for good is not tried for ever."""
    coop_id, _ = member
    event_id, box = uuid4(), Null()
    mail = ("Your pay", "is ready")
    assert services.deliver_mail(coop_id, event_id, "mina@example.org", mail, via=box)
    assert not services.deliver_mail(coop_id, event_id, "mina@example.org", mail, via=box)
    assert len(box.messages) == 1

    class Refusing:
        def send(self, *_: str) -> Sent:
            return Sent(is_sent=False, status=400, error="550 no such user")

    assert not services.deliver_mail(coop_id, event_id, "nobody@example.org", mail, via=Refusing())
    assert not services.deliver_mail(coop_id, event_id, "nobody@example.org", mail, via=box)
