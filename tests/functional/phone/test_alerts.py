"""What a rider notices without looking, and how the phone is set: sound, flash, screen, hand, position, help."""
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from dispatch.core.db import db
from riders import queries
from riders.models import Position, Rider
from tests.factories.day import Day
from tests.factories.phone_page import eventually, look_again, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import choose
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_proof import incidents

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

LISTEN = """
window.tones = [];
const play = AudioScheduledSourceNode.prototype.start;
AudioScheduledSourceNode.prototype.start = function (...when) {
  window.tones.push(this.context.state);
  return play.apply(this, when);
};
window.locks = [];
const ask = navigator.wakeLock.request.bind(navigator.wakeLock);
navigator.wakeLock.request = async (kind) => { const lock = await ask(kind); window.locks.push(lock); return lock; };
"""
HELD = "window.locks.filter((lock) => !lock.released).length"


@pytest.fixture
def page(day: Day, phone: BrowserContext, open_page: Callable[[], Page]) -> Page:
    """A phone with one stop, listened to."""
    phone.add_init_script(LISTEN)
    day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    return page


def test_new_work_is_heard_and_seen(day: Day, page: Page) -> None:
    """Three tones and a flash once the rider has touched the page; a screen reader hears the next stop."""
    tap(page, "Set off")
    expect(page.locator("[data-phone-target=said]")).to_have_text("Pick up: Market 1. I am here")
    wait_until_all_is_sent(page)
    day.order()
    look_again(page)
    expect(page.locator(".toast", has_text="New work: 2")).to_be_visible()
    expect(page.locator(".phone-flash")).to_have_class("phone-flash is-flashing")
    page.wait_for_function("() => window.tones.length === 3")
    assert page.evaluate("window.tones") == ["running"] * 3


@pytest.mark.whole_browser
def test_the_screen_stays_on_while_there_is_work(day: Day, page: Page) -> None:
    """Browsers let go of the screen when the page is hidden: it is asked for again, one lock at a time."""
    page.wait_for_function(f"() => {HELD} === 1")
    page.evaluate("window.locks[0].release()")
    look_again(page)
    page.wait_for_function(f"() => window.locks.length === 2 && {HELD} === 1")
    for words in ("Set off", "I am here", "Picked up", "I am here", "Delivered"):
        tap(page, words)
    page.wait_for_function(f"() => {HELD} === 0")


def test_the_other_hand_finds_the_large_button_on_its_side(page: Page) -> None:
    """And the next time, too."""
    place = "document.querySelector('.phone-action .button-primary').getBoundingClientRect().left"
    assert page.evaluate(place) < 40
    choose(page, "For the other hand")
    assert page.evaluate(place) > 80
    page.reload()
    expect(page.locator(MAIN)).to_have_text("Set off")
    assert page.evaluate(place) > 80


def test_the_position_is_switched_off_on_the_phone_itself(day: Day, page: Page, phone: BrowserContext) -> None:
    """At once, without a network; what was kept is deleted when the server hears of it."""
    phone.grant_permissions(["geolocation"])
    phone.set_geolocation({"latitude": 49.01, "longitude": 8.4})
    page.reload()
    assert eventually(lambda: count(day) > 0)
    phone.set_offline(True)
    choose(page, "Position: shared in shifts")
    expect(page.locator(".menu-list [data-f=place_state]")).to_have_text("Position: not shared")
    tap(page, "Set off")
    phone.set_offline(False)
    wait_until_all_is_sent(page)
    assert eventually(lambda: count(day) == 0)
    assert db.session.scalars(select(Rider.shares_position).where(Rider.id == day.rider.id)).one() is False
    choose(page, "Position: not shared")
    expect(page.locator(".menu-list [data-f=place_state]")).to_have_text("Position: shared in shifts")


def count(day: Day) -> int:
    """How many positions are kept."""
    db.session.rollback()
    return len(db.session.scalars(select(Position.id)).all())


def test_a_call_for_help_dials_and_alarms_with_one_tap(day: Day, page: Page) -> None:
    """The link is the call; the alarm goes out beside it, once."""
    choose(page, "Emergency")
    call = page.locator("dialog[open] a", has_text="Call 112")
    expect(call).to_have_attribute("href", "tel:112")
    call.click(no_wait_after=True)
    expect(page.locator(".toast", has_text="The co-op is told")).to_be_visible()
    wait_until_all_is_sent(page)
    assert eventually(lambda: [each.kind for each in incidents()] == ["sos"])


def test_a_rider_who_cannot_ride_on_says_so_with_the_incident(day: Day, page: Page) -> None:
    """One box more on the sheet: the shift is over, the stop is gone, and the phone shows both by itself."""
    choose(page, "Report an incident")
    sheet = page.locator("dialog[open]")
    sheet.get_by_text("Bike broken").click()
    sheet.get_by_text("I cannot ride on").click()
    sheet.get_by_role("button", name="Send").click()
    wait_until_all_is_sent(page)
    assert eventually(lambda: [each.kind for each in incidents()] == ["bike"])
    assert queries.find_open_shift(day.coop_id, day.rider.id) is None
    expect(page.get_by_text("On shift until")).to_have_count(0)
    expect(page.get_by_role("button", name="Set off")).to_have_count(0)
