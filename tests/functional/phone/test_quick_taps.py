"""Two taps where one was meant: on a cold hand's first try, and on a disk that takes its time."""
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.factories.day import Day
from tests.factories.phone_page import becomes, state_of, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import actions
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

SLOW_DISK = """() => {
  const real = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    const until = performance.now() + 20;
    while (performance.now() < until);
    return real.apply(this, given);
  };
}"""
REFUSED = "dialog[open] [data-phone-reason-param=refused]"
TWO_BUTTONS = """async (selectors) => {
  for (const selector of selectors) {
    document.querySelector(selector).click();
    await new Promise((done) => setTimeout(done, 30));
  }
}"""


def tap_twice(page: Page, words: str, apart_ms: int) -> None:
    """With a finger, without looking at what the button says the second time."""
    expect(page.locator(MAIN)).to_have_text(words)
    expect(page.locator(".phone-action")).not_to_have_attribute("data-settling", "true")
    box = page.locator(MAIN).bounding_box()
    assert box is not None
    for _ in range(2):
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(apart_ms)


@pytest.mark.parametrize("apart_ms", [0, 30, 200])
def test_two_quick_taps_are_one_arrival(day: Day, open_page: Callable[[], Page], apart_ms: int) -> None:
    """The second is neither another arrival, of which somebody would complain, nor the next step."""
    pickup, _ = day.order()
    page = open_page()
    tap(page, "Set off")
    page.evaluate(SLOW_DISK)
    tap_twice(page, "I am here", apart_ms)
    expect(page.locator(MAIN)).to_have_text("Picked up")
    wait_until_all_is_sent(page)
    assert becomes(day, pickup, "at_pickup")
    assert actions(pickup) == ["start", "arrive"]
    assert page.locator(".toast-danger").count() == 0


def test_two_quick_taps_are_one_delivery_and_undone_as_one(day: Day, open_page: Callable[[], Page]) -> None:
    """Nothing of it is left on the phone or goes to the server."""
    page, dropoff = at_the_door(day, open_page)
    page.evaluate(SLOW_DISK)
    tap_twice(page, "Delivered", 0)
    page.click(".toast button:has-text('Undo')")
    expect(page.locator(MAIN)).to_have_text("Delivered")
    wait_until_all_is_sent(page)
    assert state_of(day, dropoff) == "at_dropoff"
    assert actions(dropoff) == ["arrive"]  # by the day itself


def test_a_second_tap_does_not_fall_through_a_dialog(day: Day, open_page: Callable[[], Page]) -> None:
    """A parcel that was refused is not delivered by the large button behind the reasons."""
    page, dropoff = at_the_door(day, open_page)
    page.evaluate(SLOW_DISK)
    page.click("button:has-text('Trouble')")
    expect(page.locator(REFUSED)).to_be_visible()
    page.evaluate(TWO_BUTTONS, [REFUSED, MAIN])
    expect(page.locator(".toast", has_text="The way back")).to_be_visible()
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "returning")
    assert actions(dropoff) == ["arrive", "fail"]
    assert page.locator(".toast-danger").count() == 0


def test_the_next_step_takes_a_tap_as_soon_as_it_was_seen(day: Day, open_page: Callable[[], Page]) -> None:
    """Half a second after the button said it."""
    pickup, _ = day.order()
    page = open_page()
    tap(page, "Set off")
    expect(page.locator(MAIN)).to_have_text("I am here")
    page.wait_for_timeout(500)
    page.evaluate("(selector) => document.querySelector(selector).click()", MAIN)
    expect(page.locator(MAIN)).to_have_text("Picked up")
    wait_until_all_is_sent(page)
    assert actions(pickup) == ["start", "arrive"]
