"""What goes wrong on real phones: a login revoked, two phones, a deploy in mid-shift, permissions refused."""
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.coop.services import end_sessions
from dispatch.core.db import db, transaction
from dispatch.orders.models import Order, TaskEvent
from tests.factories.coops import PASSWORD
from tests.factories.day import Day
from tests.factories.phone_page import becomes, state_of, wait_until_all_is_sent

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

MAIN = ".phone-action .button-primary"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Deploy:
    """The application behind a switch: once thrown, its service worker is that of the next version."""

    def __init__(self, app: Flask) -> None:
        self._app, self.is_done = app.wsgi_app, False
        app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if not (self.is_done and environ["PATH_INFO"] == "/app/sw.js"):
            return self._app(environ, start)
        said: list[list[tuple[str, str]]] = []
        body = b"".join(
            self._app({**environ, "HTTP_ACCEPT_ENCODING": ""}, lambda _status, headers, *_: said.append(headers))
        )
        start("200 OK", [(name, value) for name, value in said[0] if name != "Content-Length"])
        return [body + b"\n// the next version\n"]


@pytest.fixture
def second_phone(browser: Browser) -> Iterator[BrowserContext]:
    """The rider's other phone."""
    context = browser.new_context(**PHONE)
    yield context
    context.close()


def sign_in(page: Page, address: str, email: str) -> None:
    """By the form."""
    page.goto(f"{address}/login?next=/app")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_selector(".phone[data-ready=true]")


def email_of(day: Day) -> str:
    """Ada's address."""
    email: str = db.session.scalars(select(Member.email).where(Member.id == day.rider.member_id)).one()
    db.session.commit()
    return email


def test_a_login_revoked_in_mid_shift_is_renewed_and_everything_gets_through(
    day: Day, open_page: Callable[[], Page], server: Any
) -> None:
    """A coordinator signed all her phones out; what she does meanwhile waits, and goes on after signing in again."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    with transaction():
        end_sessions(day.coop_id, day.rider.member_id)
    page.click(MAIN)
    page.click(MAIN)
    notice = page.locator("[data-phone-target=signedOut]")
    expect(notice).to_be_visible(timeout=20_000)
    assert state_of(day, pickup) == "pending"
    notice.get_by_role("link").click()
    page.fill("input[name=email]", email_of(day))
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_url(re.compile("/app"))
    expect(page.locator(".phone-unsent")).to_be_hidden(timeout=30_000)
    assert becomes(day, pickup, "at_pickup")


def test_two_phones_of_one_rider_agree_and_nothing_is_done_twice(
    day: Day, open_page: Callable[[], Page], second_phone: BrowserContext, server: Any
) -> None:
    """She picks up with one while the other is in a pocket without a network; the other is told, in words, of which."""
    pickup, _ = day.order()
    first = open_page()
    other = second_phone.new_page()
    sign_in(other, server.address, email_of(day))
    expect(other.locator(MAIN)).to_have_text("Set off")
    second_phone.set_offline(True)
    for words in ("Set off", "I am here", "Picked up"):
        expect(first.locator(MAIN)).to_have_text(words)
        first.click(MAIN)
    expect(first.locator(".next-stop-place")).to_have_text("Elm Street 1", timeout=5_000)
    wait_until_all_is_sent(first)
    expect(first.locator(".next-stop-place")).to_have_text("Elm Street 1", timeout=1_000)
    other.click(MAIN)
    expect(other.locator(MAIN)).to_have_text("I am here")
    second_phone.set_offline(False)
    number = db.session.scalar(select(Order.number).where(Order.id == pickup.order_id))
    expect(other.locator(".toast-danger")).to_contain_text(number, timeout=30_000)
    other.click(".phone-unsent")
    expect(other.locator("[data-phone-target=unsentList]")).to_contain_text(f"Set off · {number}")
    other.click("button[data-phone-target=tab][data-view=next]")
    expect(other.locator(".next-stop-place")).to_have_text("Elm Street 1", timeout=30_000)
    db.session.rollback()
    done = select(TaskEvent.action).where(TaskEvent.task_id == pickup.id, TaskEvent.rider_id == day.rider.id)
    assert sorted(db.session.scalars(done)) == ["arrive", "complete", "start"]


def test_a_deploy_in_mid_shift_asks_first_and_loses_nothing(
    day: Day, app: Flask, open_page: Callable[[], Page], server: Any
) -> None:
    """The old page goes on working; the new one comes when the rider says so, with what was unsent."""
    deploy = Deploy(app)
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    server.stop()
    page.click(MAIN)
    deploy.is_done = True
    server.start()
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    offer = page.locator("#phone-newer")
    expect(offer).to_be_visible(timeout=20_000)
    page.click(MAIN)
    offer.get_by_role("button", name="Load it").click()
    page.wait_for_timeout(500)
    page.wait_for_selector(".phone[data-ready=true]")
    expect(page.locator(MAIN)).to_have_text("Picked up", timeout=20_000)
    expect(page.locator(".phone-unsent")).to_be_hidden(timeout=30_000)
    assert becomes(day, pickup, "at_pickup")


def test_a_rider_who_allows_neither_messages_nor_position_works_all_the_same(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """Refusing is a right, not an error: the page says what follows from it, once."""
    pickup, _ = day.order()
    phone.clear_permissions()
    page = open_page()
    asked = "navigator.permissions.query({ name: 'geolocation' }).then((it) => it.state)"
    assert page.evaluate(asked) != "granted"
    page.evaluate("document.querySelector('.phone-bar details').open = true")
    page.get_by_role("button", name="Tell me of new work").first.click()
    expect(page.locator(".toast-danger")).to_be_visible(timeout=10_000)
    for words in ("Set off", "I am here", "Picked up"):
        expect(page.locator(MAIN)).to_have_text(words)
        page.click(MAIN)
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    wait_until_all_is_sent(page)
    db.session.rollback()
    assert db.session.scalars(select(TaskEvent.lonlat).where(TaskEvent.task_id == pickup.id)).first() is None
