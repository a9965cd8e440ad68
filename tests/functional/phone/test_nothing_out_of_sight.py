"""Long names push nothing off the screen, messages hide nothing for good, and what is new is in sight."""
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from dispatch.core.db import db, transaction
from riders import services as riders
from riders.models import Rider
from riders.shifts import services as shifts
from tests.factories.day import Day
from tests.factories.phone_page import look_again
from tests.factories.town import make_order, make_rider, make_run
from tests.functional.phone.test_offers import app, decide
from tests.functional.phone.test_parcels import two_at_one_door
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]
__all__ = ["app"]

LONG = "Wolfeschlegelsteinhausenbergerdorff-Papadiamantopoulou"
OFF_THE_SCREEN = """() => [...document.querySelectorAll(".phone-main *, dialog[open] *")]
  .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden, svg"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.left < -1 || box.right > innerWidth + 1))
  .map(([element]) => element.outerHTML.slice(0, 90))"""
TO_THE_END = "document.querySelector('.phone-main').scrollTo(0, 9999)"
SCROLLED = "document.querySelector('.phone-main').scrollTop"


def rename(rider_id: object) -> None:
    """A rider whose name is long."""
    with transaction():
        db.session.execute(update(Rider).where(Rider.id == rider_id).values(name=f"{LONG} Maria"))


def test_a_long_first_name_and_a_long_bike_leave_signing_on_in_sight(day: Day, open_page: Callable[[], Page]) -> None:
    """The sheet of the morning, its bike check opened."""
    rename(day.rider.id)
    with transaction():
        riders.sign_off(day.coop_id, day.rider.id, uuid4())
        shifts.add_bike(day.coop_id, f"{LONG} 12", "cargo", capacity_g=90_000)
    page = open_page()
    page.get_by_text("Bike check").click()
    expect(page.locator("#bike-kg")).to_be_visible()
    assert page.evaluate(OFF_THE_SCREEN) == []


def test_what_is_done_can_be_taken_back_also_at_a_long_address(day: Day, open_page: Callable[[], Page]) -> None:
    """The button is not pushed out of the list by the words beside it."""
    pickup, _ = day.order()
    pickup = db.session.merge(pickup)
    pickup.address = "Avenue du Général-de-Gaulle-et-du-Maréchal-Leclerc 128 bis, bâtiment C"
    db.session.commit()
    day.act(pickup, "complete")
    page = open_page()
    page.click(".phone-tabs [data-view=stops]")
    expect(page.get_by_role("button", name="Not so")).to_be_visible()
    assert page.evaluate(OFF_THE_SCREEN) == []


def test_a_colleague_with_a_long_name_asks_and_is_asked(day: Day, open_page: Callable[[], Page]) -> None:
    """Yes and no are on the screen, and so is the name to ask."""
    with transaction():
        bo = make_rider(day.coop_id, "Bo")
        make_run(day.town, bo)
        mine, theirs, bo_id = make_order(day.town).id, make_order(day.town).id, bo.id
    rename(bo_id)
    decide(day, day.rider.id, "pick", mine)
    decide(day, bo_id, "pick", theirs)
    decide(day, bo_id, "ask", theirs, colleague_id=day.rider.id)
    page = open_page()
    look_again(page)
    expect(page.locator(".work-offer")).to_contain_text(LONG)
    assert page.evaluate(OFF_THE_SCREEN) == []
    page.click(".phone-bar summary")
    page.get_by_role("button", name="Open board and colleagues").click()
    page.get_by_role("button", name="Ask a colleague").click()
    expect(page.locator("dialog[open]")).to_contain_text(LONG)
    assert page.evaluate(OFF_THE_SCREEN) == []


def test_a_message_hides_no_button_for_as_long_as_it_stays(day: Day, open_page: Callable[[], Page]) -> None:
    """What it lies on can be scrolled out from below it."""
    page, _ = two_at_one_door(day, open_page)
    page.set_viewport_size({"width": 390, "height": 560})
    page.click("button:has-text('Trouble')")
    page.locator("dialog[open] input[type=checkbox]").first.uncheck()
    page.click("dialog[open] button:has-text('efused')")
    page.locator(".toast").hover()  # it stays
    page.evaluate(TO_THE_END)
    last = page.locator(".next-stop-way:visible summary").last.bounding_box()
    message = page.locator(".toasts").bounding_box()
    assert last is not None and message is not None
    assert last["y"] + last["height"] <= message["y"]


def test_the_next_stop_and_another_view_are_read_from_their_beginning(
    day: Day, open_page: Callable[[], Page]
) -> None:
    """However far down one had read; a tap at the same stop leaves the page where it is."""
    day.order()
    page = open_page()
    page.set_viewport_size({"width": 390, "height": 500})
    expect(page.locator(MAIN)).to_have_text("Set off")
    page.evaluate(TO_THE_END)
    tap(page, "Set off")
    tap(page, "I am here")
    expect(page.locator(MAIN)).to_have_text("Picked up")
    assert page.evaluate(SCROLLED) > 0
    tap(page, "Picked up")
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    assert page.evaluate(SCROLLED) == 0
    page.evaluate(TO_THE_END)
    page.click(".phone-tabs [data-view=money]")
    assert page.evaluate(SCROLLED) == 0


def test_a_break_that_begins_is_in_sight(day: Day, open_page: Callable[[], Page]) -> None:
    """Its card is above the stop that one had read to the end."""
    page, _ = at_the_door(day, open_page)
    page.set_viewport_size({"width": 390, "height": 500})
    page.evaluate(TO_THE_END)
    page.click(".phone-bar summary")
    page.get_by_role("button", name="Take a break").click()
    expect(page.get_by_role("button", name="End the break")).to_be_in_viewport()


def test_the_same_message_is_not_shown_twice(day: Day, open_page: Callable[[], Page]) -> None:
    """Each tap would lift the pile further over the page."""
    page = open_page()
    page.context.set_offline(True)
    page.click(".phone-bar summary")
    with page.expect_request("**/why-not"):
        page.get_by_role("button", name="Why not me?").click()
    expect(page.locator(".toast-danger")).to_be_visible()
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Why not me?").click()
    page.wait_for_timeout(300)
    expect(page.locator(".toast-danger")).to_have_count(1)
