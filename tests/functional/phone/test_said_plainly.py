"""The phone says what is so: a position that the browser withholds, a page that needs the network."""
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dispatch.coop.models import Member
from dispatch.core.db import db, transaction
from tests.factories.day import Day
from tests.functional.phone.test_phone import MAIN

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def menu_of(page: Page) -> Any:
    """The menu, opened."""
    page.click(".phone-bar summary")
    return page.locator(".menu-list")


def let_position_be(setting: str, phone: BrowserContext, page: Page) -> None:
    """In the browser's settings: whether it lets this page know where it is."""
    session = phone.new_cdp_session(page)
    browser_context = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    what = {"permission": {"name": "geolocation"}, "setting": setting}
    where = {"origin": page.evaluate("location.origin"), "browserContextId": browser_context}
    session.send("Browser.setPermission", {**what, **where})


def test_a_position_that_the_browser_withholds_is_not_called_shared(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """Said as soon as it is so, and not once it is allowed again."""
    page = open_page()
    menu = menu_of(page)
    expect(menu).to_contain_text("Position: shared in shifts")
    let_position_be("denied", phone, page)
    expect(menu).to_contain_text("Position: not allowed by the browser")
    let_position_be("granted", phone, page)
    expect(menu).to_contain_text("Position: shared in shifts")


@pytest.mark.parametrize("name", ["My shifts", "Fair shares", "My statements"])
def test_a_page_that_needs_the_network_is_not_the_browsers_error_page(
    day: Day, open_page: Callable[[], Page], server: Any, name: str
) -> None:
    """The run stays on the screen; with a network the page opens."""
    day.order()
    page = open_page()
    server.stop()
    menu_of(page).get_by_role("link", name=name).click()
    expect(page.locator(".toast-danger")).to_contain_text("This needs the network")
    expect(page.locator(MAIN)).to_have_text("Set off")
    server.start()
    page.locator(".menu-list").get_by_role("link", name=name).click()
    page.wait_for_url(lambda url: not url.split("#")[0].endswith("/app"))


@pytest.mark.parametrize(
    ("locale", "figures"),
    [("en", ["+1.3 min", "-0.5 min", "0 min"]), ("fr", ["+1,3 min", "-0,5 min", "0 min"])],
)
def test_reasons_count_minutes_as_the_riders_language_writes_them(
    day: Day, open_page: Callable[[], Page], locale: str, figures: list[str]
) -> None:
    """A comma in French, a point in English; no sign before nothing."""
    with transaction():
        db.session.get_one(Member, (day.coop_id, day.rider.member_id)).locale = locale
    page = open_page()
    written = "import('/app/static/words.js').then((words) => [78, -30, 1].map(words.signedMinutes))"
    assert page.evaluate(written) == figures
