"""A call for help: kept at once, sent before all else, and said to be heard only when it is."""
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.bad_server import BadServer
from tests.factories.day import Day
from tests.factories.phone_page import eventually, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import ONLINE, choose
from tests.functional.phone.test_phone import tap
from tests.functional.phone.test_proof import incidents

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

UNANSWERED = """
navigator.geolocation.getCurrentPosition = (found) => {
  window.answer = () => found({ coords: { longitude: 8.4, latitude: 49.01 } });
};
"""
"""The browser's question is still on the screen, or behind the dialler."""
ON_ITS_WAY = "[data-trouble-target=onItsWay]"
TOLD = ".toast:has-text('The co-op is told')"


@pytest.fixture
def bad(app: Flask) -> Iterator[BadServer]:
    """A server that can be made to hang at one address."""
    bad = BadServer(app)
    yield bad
    bad.recover()


def alarm(page: Page) -> None:
    """Two taps."""
    choose(page, "Emergency")
    page.click("dialog[open] button:has-text('Only alarm')")


def places() -> list[tuple[str, tuple[float, ...] | None]]:
    """What the server has heard of, and where it was."""
    return [(each.kind, each.lonlat and tuple(round(degrees, 2) for degrees in each.lonlat.as_pair()))
            for each in incidents()]


def test_an_alarm_does_not_wait_for_the_place(day: Day, phone: BrowserContext, open_page: Callable[[], Page]) -> None:
    """The rider dials and never answers the browser's question; when she does, the place follows, in the same alarm."""
    phone.add_init_script(UNANSWERED)
    page = open_page()
    alarm(page)
    expect(page.locator(TOLD)).to_be_visible()
    assert places() == [("sos", None)]
    page.evaluate("window.answer()")
    expect(page.locator(TOLD, has_text="where you are")).to_be_visible()
    assert places() == [("sos", (8.4, 49.01))]


def test_an_incident_does_not_wait_for_the_place(
    day: Day, phone: BrowserContext, open_page: Callable[[], Page]
) -> None:
    """Told at once, and where as soon as that is known."""
    phone.add_init_script(UNANSWERED)
    page = open_page()
    choose(page, "Report an incident")
    page.check("dialog[open] input[value=crash]")
    page.click("dialog[open] [type=submit]")
    assert eventually(lambda: places() == [("crash", None)])
    page.evaluate("window.answer()")
    assert eventually(lambda: places() == [("crash", (8.4, 49.01))])


def test_an_alarm_overtakes_what_hangs(day: Day, bad: BadServer, open_page: Callable[[], Page]) -> None:
    """An earlier tap waits for an answer that does not come: it is broken off for the alarm, and goes again later."""
    pickup, _ = day.order()
    page = open_page()
    bad.hang(f"/tasks/{pickup.id}/start")
    with page.expect_request("**/start"):
        tap(page, "Set off")
    alarm(page)
    expect(page.locator(TOLD)).to_be_visible(timeout=4_000)
    assert [kind for kind, _ in places()] == ["sos"]
    bad.recover()
    wait_until_all_is_sent(page)


def test_nobody_is_said_to_know_before_they_do(day: Day, open_page: Callable[[], Page], server: Any) -> None:
    """Without a network the page says that it is on its way, also when it was loaded anew, until it is heard."""
    page = open_page()
    server.stop()
    alarm(page)
    expect(page.locator(ON_ITS_WAY)).to_be_visible()
    page.reload()
    expect(page.locator(ON_ITS_WAY)).to_be_visible()
    assert page.locator(TOLD).count() == 0
    server.start()
    page.evaluate(ONLINE)
    expect(page.locator(TOLD)).to_be_visible()
    expect(page.locator(ON_ITS_WAY)).to_be_hidden()
    assert [kind for kind, _ in places()] == ["sos"]
