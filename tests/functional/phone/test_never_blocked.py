"""One bad item holds up no other: an address that never answers, a slow picture, a fault of the page's own."""
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Error, Page, expect
from sqlalchemy import select

from dispatch.core.db import db
from dispatch.orders.models import Proof
from tests.factories.bad_server import BadServer
from tests.factories.day import Day
from tests.factories.phone import photo
from tests.factories.phone_page import becomes, eventually, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import actions, breaks, choose
from tests.functional.phone.test_phone import need_proof, tap
from tests.functional.phone.test_proof import at_the_door, given

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

SEND = "dialog[open] [type=submit]"


@pytest.fixture
def bad(app: Flask) -> Iterator[BadServer]:
    """A server that can be made to fail at one address."""
    bad = BadServer(app)
    yield bad
    bad.recover()


def deliver_with_photo(page: Page, tmp_path: Path) -> None:
    """Delivered, the picture, finished."""
    tap(page, "Delivered")
    picture = tmp_path / "door.jpg"
    picture.write_bytes(photo())
    page.set_input_files("dialog[open] input[type=file]", str(picture))
    page.click(SEND)


@pytest.mark.parametrize("status", [503, 429])
def test_an_address_that_never_answers_holds_up_no_other(
    day: Day, bad: BadServer, open_page: Callable[[], Page], status: int
) -> None:
    """After two tries something else shows that there is a network; what follows from the bad one waits for it."""
    pickup, _ = day.order()
    page = open_page()
    bad.fail(f"/tasks/{pickup.id}/start", status)
    tap(page, "Set off")
    tap(page, "I am here")
    choose(page, "Take a break")
    assert eventually(lambda: breaks() == 1)
    assert actions(pickup) == []
    expect(page.locator(".phone-unsent")).to_contain_text("2")
    expect(page.locator(".phone-unsent")).to_have_attribute("data-tone", "plain")
    bad.recover()
    page.reload()
    wait_until_all_is_sent(page)
    assert actions(pickup) == ["start", "arrive"]


def test_a_picture_that_never_gets_through_keeps_no_other(
    day: Day, bad: BadServer, open_page: Callable[[], Page], tmp_path: Path
) -> None:
    """Two parcels for one door: the second's picture is on the server while the first's still waits."""
    orders = [day.order() for _ in range(2)]
    for pickup, dropoff in orders:
        need_proof(dropoff, "photo")
        day.act(pickup, "complete")
        day.act(dropoff, "arrive")
    (_, first), (_, second) = orders
    page = open_page()
    bad.fail(f"/tasks/{first.id}/proofs", 503)
    deliver_with_photo(page, tmp_path)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert eventually(lambda: given(second) == {"photo": None})
    assert given(first) == {}
    bad.recover()
    page.reload()
    wait_until_all_is_sent(page)
    assert given(first) == {"photo": None}


def test_a_status_does_not_wait_for_a_picture_on_its_way(
    day: Day, bad: BadServer, open_page: Callable[[], Page], tmp_path: Path
) -> None:
    """The picture makes room and goes once more, and is kept once."""
    page, dropoff = at_the_door(day, open_page, "photo")
    pickup, _ = day.order()
    bad.hang("/proofs")
    with page.expect_request("**/proofs"):
        deliver_with_photo(page, tmp_path)
        page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    with page.expect_response("**/shift/break/start", timeout=5_000):
        choose(page, "Take a break")
    assert breaks() == 1
    bad.recover()
    wait_until_all_is_sent(page)
    db.session.rollback()
    assert len(db.session.scalars(select(Proof.id).where(Proof.task_id == dropoff.id)).all()) == 1


FAULT = """async () => {
  const { Outbox } = await import("/app/static/outbox.js");
  const store = {
    deviceId: async () => "this", items: async () => null, get: async () => 0, put: async () => true,
    append: async (items) => items.map((item, index) => ({ ...item, seq: index + 1 })),
    drop: () => Promise.reject(new Error("a fault of ours")),
  };
  const outbox = new Outbox(store, { hear() {}, tell() {}, alone: (work) => work() });
  await outbox.load();
  await outbox.add({ kind: "privacy", verb: "hide_place", path: "/position/sharing", body: { is_shared: false } });
  await outbox.flush();
  return outbox.items.map(({ state }) => state);
}"""


def test_only_the_server_refuses(open_page: Callable[[], Page]) -> None:
    """A fault of the page's own is no reason to give up what a rider did."""
    assert open_page().evaluate(FAULT) == ["waiting"]


def test_a_delivery_goes_by_itself_after_the_page_was_ended(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """Killed within the ten seconds in which it could be taken back, and opened again: nobody touches the page."""
    page, dropoff = at_the_door(day, open_page)
    tap(page, "Delivered")
    expect(page.locator(".phone-unsent")).to_contain_text("1")
    address = page.url
    with suppress(Error):
        page.goto("chrome://crash", timeout=2000)
    page.close()
    page = phone.new_page()
    page.goto(address)
    expect(page.locator(".phone-unsent")).to_contain_text("1")
    expect(page.locator(".phone-unsent")).to_be_hidden(timeout=20_000)
    assert becomes(day, dropoff, "delivered")


def test_the_end_of_the_shift_does_not_overtake_what_was_done_in_it(
    day: Day, bad: BadServer, open_page: Callable[[], Page]
) -> None:
    """A stop at which no answer comes: signing off before it would give it to somebody else."""
    page, dropoff = at_the_door(day, open_page)
    bad.fail(f"/tasks/{dropoff.id}/complete", 503)
    tap(page, "Delivered")
    choose(page, "Sign off")
    page.wait_for_timeout(9_000)
    expect(page.locator(".phone-unsent")).to_have_attribute("data-tone", "plain")
    expect(page.locator(".phone-unsent")).to_contain_text("2")
    bad.recover()
    page.reload()
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    expect(page.locator(".phone-shift")).to_have_text("Off shift")
