"""Without a network: every kind of tap; and what a phone does when it, or the server, is unwell."""
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.orders.models import Task, TaskEvent
from riders.models import RiderBreak, Shift
from tests.factories.bad_server import BadServer
from tests.factories.day import Day
from tests.factories.phone import photo
from tests.factories.phone_page import becomes, eventually, wait_until_all_is_sent
from tests.functional.phone.test_phone import MAIN, need_proof, tap
from tests.functional.phone.test_proof import at_the_door, given

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

ONLINE = "window.dispatchEvent(new Event('online'))"
SHEET = "dialog[open]"
FILL = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("no room", "QuotaExceededError"); };
}"""
"""What a browser does on a full phone. Chromium's own way to set a quota lets small things through as it likes."""
TOLD = "[data-phone-target=notKept]"


def choose(page: Page, name: str) -> None:
    """Something in the menu."""
    page.evaluate("document.querySelector('.phone-bar details').open = true")
    page.get_by_role("button", name=name).first.click()


def sign(page: Page) -> None:
    """A line across the field."""
    box = page.locator(f"{SHEET} canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    page.mouse.up()


def test_every_kind_of_tap_is_made_without_a_network(day: Day, open_page: Callable[[], Page], server: Any) -> None:
    """Weight, code, signature, barcode, name, a failed pickup, a break, signing off: all of it arrives, in order."""
    first, drop = day.order(code="4711")
    need_proof(first, "weight")
    need_proof(drop, "signature", "barcode", "name")
    second, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    server.stop()
    tap(page, "Set off")
    tap(page, "I am here")
    tap(page, "Picked up")
    page.fill(f"{SHEET} input[inputmode=decimal]", "2.4")
    page.click(f"{SHEET} [type=submit]")
    tap(page, "I am here")
    tap(page, "Delivered")
    page.fill(f"{SHEET} .proof-code", "4711")
    page.fill(f"{SHEET} .field:has(video) input", "0123")
    page.fill(f"{SHEET} input[autocapitalize=words]", "Kim")
    sign(page)
    page.click(f"{SHEET} [type=submit]")
    page.click("button:has-text('Trouble')")
    page.click(f"{SHEET} button:has-text('Closed')")
    expect(page.get_by_text("Nothing to do just now")).to_be_visible()
    choose(page, "Take a break")
    page.get_by_role("button", name="End the break").click()
    choose(page, "Sign off")
    expect(page.locator(".phone-shift")).to_have_text("Off shift")
    server.start()
    page.evaluate(ONLINE)
    wait_until_all_is_sent(page)
    assert becomes(day, drop, "delivered") and becomes(day, second, "failed")
    assert given(first) == {"weight": "2400"}
    assert given(drop) == {"code": "4711", "barcode": "0123", "name": "Kim", "signature": None}
    rest, shift = db.session.scalars(select(RiderBreak)).one(), db.session.scalars(select(Shift)).one()
    assert rest.ended_at is not None and shift.signed_off_at is not None and shift.handed_back == []


def test_a_phone_without_room_says_so_and_works_on(
    day: Day, open_page: Callable[[], Page], tmp_path: Path
) -> None:
    """Taps and photos go out from the page itself; the server has all of them."""
    page, dropoff = at_the_door(day, open_page, "photo")
    page.evaluate(FILL)
    tap(page, "Delivered")
    picture = tmp_path / "door.jpg"
    picture.write_bytes(photo(2400, 1800))
    page.set_input_files(f"{SHEET} input[type=file]", str(picture))
    page.click(f"{SHEET} [type=submit]")
    expect(page.locator(TOLD)).to_contain_text("no room left")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    assert given(dropoff) == {"photo": None}


LOSE = """(times) => {
  const real = IDBDatabase.prototype.transaction;
  let left = times;
  IDBDatabase.prototype.transaction = function (...wanted) {
    left -= 1;
    if (left >= 0) throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
    return real.apply(this, wanted);
  };
}"""


@pytest.mark.parametrize(("times", "is_told"), [(1, False), (999, True)])
def test_a_phone_that_lost_its_store_works_on(
    day: Day, open_page: Callable[[], Page], times: int, is_told: bool
) -> None:
    """As iPhones lose it in a pocket: it is opened again; if that does not help, the page sends from its own memory."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    page.evaluate(LOSE, times)
    tap(page, "Set off")
    expect(page.locator(MAIN)).to_have_text("I am here")
    assert page.locator(TOLD, has_text="does not keep anything").is_visible() is is_told
    wait_until_all_is_sent(page)
    assert actions(pickup) == ["start"]


def test_a_fault_of_the_server_at_one_stop_holds_up_no_other(
    day: Day, app: Flask, open_page: Callable[[], Page]
) -> None:
    """What it stumbles at waits, with all of the same stop; a break behind it goes through. Later all is well."""
    pickup, _ = day.order()
    bad = BadServer(app)
    page = open_page()
    bad.fail(f"/tasks/{pickup.id}/start", 500)
    tap(page, "Set off")
    tap(page, "I am here")
    choose(page, "Take a break")
    assert eventually(lambda: breaks() == 1)
    assert actions(pickup) == []
    expect(page.locator(".phone-unsent")).to_contain_text("2")
    bad.recover()
    page.reload()
    wait_until_all_is_sent(page)
    assert actions(pickup) == ["start", "arrive"]


def breaks() -> int:
    """How many rests the server knows of."""
    db.session.rollback()
    return len(db.session.scalars(select(RiderBreak.id)).all())


def actions(task: Task) -> list[str]:
    """What the server has heard of a stop, in the order of the phone."""
    db.session.rollback()
    told = select(TaskEvent.action).where(TaskEvent.task_id == task.id, TaskEvent.device_seq.is_not(None))
    return list(db.session.scalars(told.order_by(TaskEvent.device_seq, TaskEvent.received_at)))


def test_a_phone_that_lives_in_1970_tells_the_right_time(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """It follows the server's clock, and nothing waits for the year in which the phone thinks it is held."""
    pickup, _ = day.order()
    phone.clock.set_system_time(datetime(1970, 1, 1, tzinfo=UTC))
    page = open_page()
    assert page.evaluate("new Date().getFullYear()") == 1970
    began = clock.now()
    for words in ("Set off", "I am here", "Picked up"):
        tap(page, words)
    wait_until_all_is_sent(page)
    assert becomes(day, pickup, "picked_up")
    db.session.rollback()
    told = db.session.scalars(select(TaskEvent.device_at).where(TaskEvent.device_seq.is_not(None))).all()
    assert told and all(abs((at - began).total_seconds()) < 60 for at in told)
