"""What was a slip is taken back on the phone: a start, an arrival, a failed delivery."""
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from dispatch.core.db import db
from dispatch.orders.models import Task
from tests.factories.bad_server import BadServer
from tests.factories.day import Day
from tests.factories.phone_page import becomes, eventually, look_again, state_of, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import actions
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]
PLACE, STOPS = ".next-stop-place", "[data-phone-target=list] li"


def fail(page: Page) -> None:
    """The recipient is not there."""
    page.click("button:has-text('Trouble')")
    page.click("dialog[open] button:has-text('efused')")


def arrival_of(task: Task) -> object:
    """When the rider arrived, as the server knows it."""
    db.session.rollback()
    return db.session.get_one(Task, (task.coop_id, task.id), populate_existing=True).arrived_at


def test_a_failed_delivery_is_corrected_from_the_list(
    day: Day, open_page: Callable[[], Page], server: Any
) -> None:
    """Without a network too: the door is the next stop again, and nothing is to be brought back."""
    page, dropoff = at_the_door(day, open_page)
    fail(page)
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "returning")
    expect(page.locator(PLACE)).to_have_text("Market 1")
    server.stop()
    page.click(".phone-tabs [data-view=stops]")
    row = page.locator("[data-phone-target=done] .item", has_text="Failed")
    row.get_by_role("button", name="Not so").click()
    expect(page.locator(STOPS)).to_have_count(1)
    expect(page.locator(STOPS)).to_contain_text("Elm Street 1")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "at_dropoff")
    expect(page.locator(STOPS)).to_have_count(1)


def test_the_undo_of_a_failure_works_after_the_phone_was_put_away(day: Day, open_page: Callable[[], Page]) -> None:
    """By then the server has heard of it."""
    page, dropoff = at_the_door(day, open_page)
    fail(page)
    page.locator(".toast").hover()  # it stays for as long as it is pointed at, however slow the machine
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert becomes(day, dropoff, "returning")
    page.click(".toast button:has-text('Undo')")
    expect(page.locator(PLACE)).to_have_text("Elm Street 1")
    assert becomes(day, dropoff, "at_dropoff")


def test_an_arrival_is_taken_back_while_the_clock_of_waiting_runs(day: Day, open_page: Callable[[], Page]) -> None:
    """Tapped too soon: whether the server knows of it or not, the way goes on and no waiting is counted."""
    pickup, _ = day.order()
    page = open_page()
    tap(page, "Set off")
    for is_sent in (True, False):
        if is_sent:
            tap(page, "I am here")
            assert eventually(lambda: arrival_of(pickup) is not None)
        else:
            page.route("**/arrive", lambda route: route.abort())
            tap(page, "I am here")
        expect(page.locator(MAIN)).to_have_text("Picked up")
        page.click("button:has-text('Not here yet')")
        expect(page.locator(MAIN)).to_have_text("I am here")
        expect(page.locator(".next-stop-waiting")).to_be_hidden()
    wait_until_all_is_sent(page)
    assert arrival_of(pickup) is None
    assert state_of(day, pickup) == "en_route_pickup"


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("button", [".toast button:has-text('Undo')", "button:has-text('Not set off yet')"])
def test_setting_off_is_undone_at_once_or_later(
    day: Day, open_page: Callable[[], Page], server: Any, button: str, is_sent: bool
) -> None:
    """Whether the server knows of it, which is told then, or not, which then never hears of it."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    if not is_sent:
        server.stop()
    tap(page, "Set off")
    expect(page.locator(MAIN)).to_have_text("I am here")
    if is_sent:
        assert becomes(day, pickup, "en_route_pickup")
    page.click(button)
    expect(page.locator(MAIN)).to_have_text("Set off")
    expect(page.get_by_role("button", name="Not set off yet")).to_be_hidden()
    if not is_sent:
        server.start()
    wait_until_all_is_sent(page)
    assert eventually(lambda: actions(pickup) == (["start", "restore"] if is_sent else []))
    assert state_of(day, pickup) == ("assigned" if is_sent else "pending")  # as the day has left it


def test_two_steps_are_taken_back_while_the_second_is_on_its_way(
    day: Day, app: Flask, open_page: Callable[[], Page]
) -> None:
    """Each tap leads one step back on the screen at once, and on the server in the same order."""
    pickup, _ = day.order()
    bad = BadServer(app)
    page = open_page()
    tap(page, "Set off")
    assert becomes(day, pickup, "en_route_pickup")
    bad.hang(f"/tasks/{pickup.id}/arrive")
    with page.expect_request("**/arrive"):
        tap(page, "I am here")
    page.click("button:has-text('Not here yet')")
    expect(page.locator(MAIN)).to_have_text("I am here")
    page.click("button:has-text('Not set off yet')")
    expect(page.locator(MAIN)).to_have_text("Set off")
    bad.recover()
    wait_until_all_is_sent(page)
    expect(page.locator(MAIN)).to_have_text("Set off")
    assert actions(pickup) == ["start", "arrive", "restore", "restore"]
    assert state_of(day, pickup) == "assigned"


def test_the_undo_of_a_delivery_takes_back_the_way_that_began_with_it(day: Day, open_page: Callable[[], Page]) -> None:
    """The server has heard of both: the next rider to be free may have that stop, and this one stands at the door."""
    page, dropoff = at_the_door(day, open_page)
    pickup, _ = day.order()
    look_again(page)
    page.click(".phone-tabs [data-view=stops]")
    expect(page.locator("[data-phone-target=list]")).to_contain_text("Market 1")
    page.click(".phone-tabs [data-view=next]")
    tap(page, "Delivered")
    toast = page.locator(".toast", has_text="Delivered.")
    toast.hover()
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert becomes(day, pickup, "en_route_pickup")
    toast.get_by_role("button", name="Undo").click()
    assert becomes(day, dropoff, "at_dropoff") and becomes(day, pickup, "assigned")
    expect(page.locator(PLACE)).to_have_text("Elm Street 1")
    expect(page.locator(MAIN)).to_have_text("Delivered")


def test_a_second_quick_tap_takes_nothing_more_back(day: Day, open_page: Callable[[], Page]) -> None:
    """It would be refused, in red, though all is as the rider wants it."""
    pickup, _ = day.order()
    page = open_page()
    tap(page, "Set off")
    tap(page, "I am here")
    assert eventually(lambda: arrival_of(pickup) is not None)
    page.locator("button:has-text('Not here yet')").evaluate("(button) => { button.click(); button.click(); }")
    expect(page.locator(MAIN)).to_have_text("I am here")
    wait_until_all_is_sent(page)
    assert actions(pickup) == ["start", "arrive", "restore"]
    assert page.locator(".toast-danger").count() == 0
