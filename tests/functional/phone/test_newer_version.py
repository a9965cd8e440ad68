"""A newer version of the page: offered until it is taken, and loaded only where and when nothing is lost by it."""
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.day import Day
from tests.factories.phone_page import becomes, wait_until_all_is_sent
from tests.functional.phone.test_bad_days import Deploy
from tests.functional.phone.test_dead_zone import FILL, ONLINE
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_two_pages import another

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

LOOK = "navigator.serviceWorker.ready.then((registration) => registration.update())"
OFFER = "#phone-newer"
NOTE = "dialog[open] textarea"


def test_a_newer_version_reloads_only_the_page_that_asked_for_it(
    day: Day, app: Flask, open_page: Callable[[], Page], phone: BrowserContext, server: Any
) -> None:
    """The offer stays until it is taken; a note that is being written in another page stays as well."""
    deploy = Deploy(app)
    day.order()
    page = open_page()
    other = another(phone, server)
    other.get_by_role("button", name="Note", exact=True).click()
    other.fill(NOTE, "Left with the con")
    deploy.is_done = True
    page.evaluate(LOOK)
    page.evaluate("window.isOld = true")
    expect(page.locator(OFFER)).to_be_visible()
    page.wait_for_timeout(11_000)
    page.locator(OFFER).get_by_role("button", name="Load it").click()
    page.wait_for_function("() => !window.isOld")
    page.wait_for_selector(".phone[data-ready=true]")
    expect(page.locator(OFFER)).to_be_hidden()
    expect(other.locator(NOTE)).to_have_value("Left with the con")
    other.click("dialog[open] button:has-text('Back')")
    other.evaluate("window.isOld = true")
    other.locator(OFFER).get_by_role("button", name="Load it").click()
    other.wait_for_function("() => !window.isOld")


def test_a_newer_version_waits_for_what_only_the_page_has(
    day: Day, app: Flask, open_page: Callable[[], Page], server: Any
) -> None:
    """A full phone: what it could not keep would be lost with the page."""
    deploy = Deploy(app)
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    deploy.is_done = True
    page.evaluate(LOOK)
    expect(page.locator(OFFER)).to_be_visible()
    server.stop()
    page.evaluate(FILL)
    tap(page, "Set off")
    expect(page.locator(MAIN)).to_have_text("I am here")
    expect(page.locator(OFFER)).to_be_hidden()
    server.start()
    page.evaluate(ONLINE)
    wait_until_all_is_sent(page)
    expect(page.locator(OFFER)).to_be_visible()
    assert becomes(day, pickup, "en_route_pickup")
