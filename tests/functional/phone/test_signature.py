"""Signatures: what is on the screen when the rider finishes is what is kept, whole and of nobody else."""
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dispatch.core.db import db
from dispatch.orders.models import Task
from tests.factories.day import Day
from tests.functional.phone.test_dead_zone import SHEET
from tests.functional.phone.test_phone import need_proof, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

FINISHED = f"{SHEET} [type=submit]"
NAME = f"{SHEET} input[maxlength='120']"
INK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count += 1;
  return count;
}"""
"""How many points of the field are drawn upon."""
SIGN_AND = "(button) => { const ink = " + INK + """;
  const canvas = document.querySelector("dialog[open] canvas");
  const box = canvas.getBoundingClientRect();
  const at = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
    bubbles: true, pointerId: 1, clientX: box.left + (box.width * x) / 60, clientY: box.top + (box.height * y) / 60,
  }));
  canvas.setPointerCapture = () => {};
  at("pointerdown", 1, 10);
  for (let step = 2; step < 60; step += 1) at("pointermove", step, step % 2 ? 10 : 50);
  at("pointerup", 59, 10);
  const drawn = ink(canvas);
  document.querySelector(`dialog[open] ${button}`).click();
  return drawn;
}"""
"""Fifty-nine strokes in one go, and a button right behind them."""
KEPT = "async (store) => { const ink = " + INK + """;
  const member = document.querySelector(".phone").dataset.phoneMemberValue;
  const settled = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
  const db = await settled(indexedDB.open(`paceline-${member}`));
  const all = await settled(db.transaction(store).objectStore(store).getAll());
  db.close();
  const found = all.flatMap((item) => (store === "outbox" ? [item.blob] : Object.values(item)));
  return Promise.all(found.filter((it) => it instanceof Blob).map(async (blob) => {
    const image = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return ink(canvas);
  }));
}"""
"""The ink of every picture in a store of the phone."""


def stroke(page: Page, y: int) -> None:
    """A line across the field."""
    box = page.locator(f"{SHEET} canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + y, steps=4)
    page.mouse.up()


def move(task: Task, address: str) -> None:
    """To this door."""
    db.session.get_one(Task, (task.coop_id, task.id)).address = address
    db.session.commit()


def test_a_signature_is_kept_whole_however_fast_the_rider_finishes(
    day: Day, phone: BrowserContext, open_page: Callable[[], Page]
) -> None:
    """All that was drawn is in the picture, and no draft of it comes back."""
    page, _ = at_the_door(day, open_page, "signature")
    phone.set_offline(True)
    tap(page, "Delivered")
    stroke(page, 20)
    expect(page.locator(FINISHED)).to_be_enabled()
    drawn = page.evaluate(SIGN_AND, "[type=submit]")
    expect(page.locator(".phone-unsent")).to_contain_text("2")
    assert page.evaluate(KEPT, "outbox") == [drawn]
    page.wait_for_timeout(500)
    assert page.evaluate(KEPT, "drafts") == []


def test_what_was_cleared_does_not_come_back(day: Day, open_page: Callable[[], Page]) -> None:
    """Start again, right behind the last stroke: nothing is kept, and there is nothing to finish with."""
    page, _ = at_the_door(day, open_page, "signature")
    tap(page, "Delivered")
    expect(page.locator(f"{SHEET} canvas")).to_be_visible()
    page.evaluate(SIGN_AND, ".field button")
    page.wait_for_timeout(500)
    expect(page.locator(FINISHED)).to_be_disabled()
    assert page.evaluate(KEPT, "drafts") == []


def test_each_recipient_signs_on_an_empty_field(
    day: Day, phone: BrowserContext, open_page: Callable[[], Page]
) -> None:
    """Two doors that ask for the same: the second does not show what was drawn or typed at the first."""
    orders = [day.order() for _ in range(2)]
    for (pickup, dropoff), address in zip(orders, ["Elm Street 1", "Oak Street 2"], strict=True):
        need_proof(dropoff, "signature", "name")
        move(dropoff, address)
        day.act(pickup, "complete")
        day.act(dropoff, "arrive")
    page = open_page()
    phone.set_offline(True)
    tap(page, "Delivered")
    stroke(page, 20)
    page.fill(NAME, "Kim")
    page.click(FINISHED)
    tap(page, "Delivered")
    expect(page.locator(NAME)).to_have_value("")
    assert page.evaluate(f"(selector) => ({INK})(document.querySelector(selector))", f"{SHEET} canvas") == 0
