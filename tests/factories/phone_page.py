"""What a test of the phone's page asks the page and the server about."""
import time
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import BrowserContext, Page, TimeoutError, expect

from dispatch.core.db import db
from dispatch.orders.models import Order, Task
from tests.factories.day import Day

PATIENCE_S = 30.0
PUT_AWAY = "window.dispatchEvent(new Event('pagehide'))"


def wait_until_all_is_sent(page: Page) -> None:
    """The rider puts the phone away, which ends the time to take a tap back, and nothing unsent is left.

    What was just tapped may take a moment to be counted.
    """
    unsent = page.locator(".phone-unsent")
    with suppress(TimeoutError):
        unsent.wait_for(state="visible", timeout=700)
    deadline = time.monotonic() + PATIENCE_S
    while unsent.is_visible() and time.monotonic() < deadline:
        page.evaluate(PUT_AWAY)
        with suppress(TimeoutError):
            unsent.wait_for(state="hidden", timeout=500)
    expect(unsent).to_be_hidden()


def look_again(page: Page) -> None:
    """What a push or the live stream would do, which a test without a relay has not: the page fetches what is new."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def lose_login(phone: BrowserContext) -> None:
    """The phone forgets who is signed in; an answer that was under way may bring the login back once."""
    while phone.cookies():
        phone.clear_cookies()
        time.sleep(0.3)


def state_of(day: Day, task: Task) -> str:
    """The state of the task's order in the database, now."""
    db.session.rollback()
    return db.session.get_one(Order, (day.coop_id, task.order_id), populate_existing=True).state


def becomes(day: Day, task: Task, state: str) -> bool:
    """Whether the order gets into this state: what the page shows as sent may be on its way yet."""
    return eventually(lambda: state_of(day, task) == state)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something holds within the time that a slow machine may need."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()
