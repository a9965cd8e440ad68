"""Two pages of one rider on one phone, a tab beside the page on the home screen: what one does the other knows."""
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.factories.bad_server import BadServer
from tests.factories.day import Day
from tests.factories.phone_page import PUT_AWAY, becomes, state_of, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import ONLINE, actions
from tests.functional.phone.test_emergency import alarm
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


DEAF = "BroadcastChannel.prototype.addEventListener = () => {}"
"""A page that is half asleep: it does not hear in time what another one did."""


def another(phone: BrowserContext, server: Any, script: str = "") -> Page:
    """One more page on the same phone."""
    page = phone.new_page()
    page.add_init_script(script)
    page.goto(f"{server.address}/app")
    page.wait_for_selector(".phone[data-ready=true]")
    return page


def test_what_a_killed_page_left_is_sent_by_the_other(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext, server: Any
) -> None:
    """It was open all the time, and shows what is unsent on this phone."""
    pickup, _ = day.order()
    first = open_page()
    other = another(phone, server)
    expect(other.locator(MAIN)).to_have_text("Set off")
    server.stop()
    tap(first, "Set off")
    expect(other.locator(".phone-unsent")).to_contain_text("1")
    expect(other.locator(MAIN)).to_have_text("I am here")
    with suppress(Error):
        first.goto("chrome://crash", timeout=2000)
    server.start()
    other.evaluate(ONLINE)
    wait_until_all_is_sent(other)
    assert becomes(day, pickup, "en_route_pickup")


def test_what_was_taken_back_in_one_page_is_not_sent_by_the_other(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext, server: Any
) -> None:
    """The other one had read it from the disk, and waited for the ten seconds to be over."""
    first, dropoff = at_the_door(day, open_page)
    tap(first, "Delivered")
    other = another(phone, server)
    expect(other.locator(".phone-unsent")).to_contain_text("1")
    first.click(".toast button:has-text('Undo')")
    expect(other.locator(".phone-unsent")).to_be_hidden()
    other.wait_for_timeout(12_000)
    assert state_of(day, dropoff) == "at_dropoff"


def test_an_alarm_overtakes_what_hangs_in_the_other_page(
    day: Day, app: Flask, open_page: Callable[[], Page], phone: BrowserContext, server: Any
) -> None:
    """The page that is sending makes room for it."""
    pickup, _ = day.order()
    bad = BadServer(app)
    first = open_page()
    other = another(phone, server)
    bad.hang(f"/tasks/{pickup.id}/start")
    with first.expect_request("**/start"):
        tap(first, "Set off")
    alarm(other)
    expect(other.locator(".toast:has-text('The co-op is told')")).to_be_visible(timeout=2_500)
    bad.recover()
    wait_until_all_is_sent(other)
    assert actions(pickup) == ["start"]


def test_what_both_know_is_sent_once(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext, server: Any
) -> None:
    """Both hear at the same moment that there is a network again, and both have it as sent afterwards."""
    pickup, _ = day.order()
    pages = [open_page(), another(phone, server)]
    server.stop()
    tap(pages[0], "Set off")
    tap(pages[1], "I am here")
    for page in pages:
        expect(page.locator(".phone-unsent")).to_contain_text("2")
    asked: list[str] = []
    phone.on("requestfinished", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    server.start()
    for page in pages:
        page.evaluate(ONLINE)
    for page in pages:
        expect(page.locator(".phone-unsent")).to_be_hidden()
        expect(page.locator(MAIN)).to_have_text("Picked up")
    assert actions(pickup) == ["start", "arrive"]
    assert [verb for verb in asked if verb in ("start", "arrive")] == ["start", "arrive"]


def test_what_the_other_page_is_sending_is_taken_back_once_it_is_sent(
    day: Day, app: Flask, open_page: Callable[[], Page], phone: BrowserContext, server: Any
) -> None:
    """It is too late to say that nothing happened: the server hears of the delivery, and then that it was none."""
    bad = BadServer(app)
    first, dropoff = at_the_door(day, open_page)
    other = another(phone, server)
    tap(first, "Delivered")
    expect(other.locator(".phone-unsent")).to_contain_text("1")
    bad.hang(f"/tasks/{dropoff.id}/complete")
    with other.expect_request("**/complete"):
        other.evaluate(PUT_AWAY)
    first.click(".toast button:has-text('Undo')")
    expect(first.locator(MAIN)).to_have_text("Delivered")
    bad.recover()
    for page in (first, other):
        wait_until_all_is_sent(page)
        expect(page.locator(MAIN)).to_have_text("Delivered")
    assert becomes(day, dropoff, "at_dropoff")
    assert actions(dropoff) == ["arrive", "complete", "restore"]


def test_what_was_taken_back_is_not_sent_by_a_page_that_did_not_hear_of_it(
    day: Day, app: Flask, open_page: Callable[[], Page], phone: BrowserContext, server: Any
) -> None:
    """It read both items from the disk, and hangs at the first one while the rider undoes the second."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    bad = BadServer(app)
    first = open_page()
    expect(first.locator(MAIN)).to_have_text("Set off")
    server.stop()
    for words in ("Set off", "I am here", "Delivered"):
        tap(first, words)
    first.locator(".toast", has_text="Delivered.").hover()  # it stays for as long as it is pointed at
    other = another(phone, server, DEAF)
    expect(other.locator(".phone-unsent")).to_contain_text("3")
    bad.hang(f"/tasks/{dropoff.id}/arrive")
    server.start()
    with other.expect_request("**/arrive"):
        other.evaluate(PUT_AWAY)
    first.locator(".toast", has_text="Delivered.").get_by_role("button", name="Undo").click()
    expect(first.locator(MAIN)).to_have_text("Delivered")
    bad.recover()
    for page in (other, first):
        wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "at_dropoff")
    assert actions(dropoff) == ["start", "arrive"]


def test_what_a_killed_page_was_sending_is_taken_back_once_it_is_sent(
    day: Day, app: Flask, open_page: Callable[[], Page], server: Any
) -> None:
    """Without a network the next page cannot know whether it got through; it did."""
    bad = BadServer(app)
    page, dropoff = at_the_door(day, open_page)
    tap(page, "Delivered")
    bad.hang(f"/tasks/{dropoff.id}/complete")
    with page.expect_request("**/complete"):
        page.evaluate(PUT_AWAY)
    page.goto("about:blank")
    server.stop()
    bad.recover()
    assert becomes(day, dropoff, "delivered")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/complete")):
        page.goto(f"{server.address}/app")
    page.click(".phone-tabs [data-view=stops]")
    row = page.locator("[data-phone-target=done] .item", has_text="Elm Street 1")
    row.get_by_role("button", name="Not so").click()
    server.start()
    page.evaluate(ONLINE)
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "at_dropoff")
    assert actions(dropoff) == ["arrive", "complete", "restore"]
