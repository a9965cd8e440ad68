"""A phone whose browser keeps nothing, with a damaged disk or by its settings: the page says so, and works on."""
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.day import Day
from tests.factories.phone_page import becomes, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import TOLD, choose
from tests.functional.phone.test_phone import MAIN, tap

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

DAMAGED = """
IDBFactory.prototype.open = () => { throw new DOMException("Internal error opening backing store", "UnknownError"); };
"""
NOT_ALLOWED = """
const denied = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
IDBFactory.prototype.open = denied;
Object.defineProperty(window, "localStorage", { get: denied });
"""
NEWER = """
const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (name) {
  open.call(this, name, 2);
  return open.call(this, name, 1);
};
"""
"""A request that fails later, as where the browser cannot read what lies on the disk."""


@pytest.mark.parametrize("script", [DAMAGED, NOT_ALLOWED, NEWER], ids=["damaged", "not-allowed", "unreadable"])
def test_a_phone_whose_store_does_not_open_works_without_it(
    day: Day, phone: BrowserContext, open_page: Callable[[], Page], script: str
) -> None:
    """The run is there, the rider is told that nothing is kept, and every tap is sent."""
    pickup, _ = day.order()
    phone.add_init_script(script)
    page = open_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    expect(page.locator(TOLD)).to_contain_text("does not keep anything")
    for words in ("Set off", "I am here", "Picked up"):
        tap(page, words)
    choose(page, "For the other hand")
    expect(page.locator("body")).to_have_class(re.compile("left-handed"))
    wait_until_all_is_sent(page)
    assert becomes(day, pickup, "picked_up")
    assert faults == []


HOLD = """(name) => new Promise((held) => {
  indexedDB.open(name, 1).onupgradeneeded = ({ target }) => {
    for (const store of ["kept", "drafts"]) target.result.createObjectStore(store);
    const outbox = target.result.createObjectStore("outbox", { keyPath: "seq" });
    const goOn = () => { if (!window.has_ended) outbox.get(1).onsuccess = goOn; };
    goOn();
    held();
  };
})"""
"""Makes the store, and is never done with it."""
NEXT_VERSION = """(name) => new Promise((settled) => {
  const wish = indexedDB.open(name, 2);
  wish.onsuccess = () => settled("opened");
  wish.onblocked = () => settled("blocked");
})"""


def beside(phone: BrowserContext, server: Any) -> Page:
    """A page of the same address that does not know the phone's own store."""
    page = phone.new_page()
    page.goto(f"{server.address}/login")
    return page


def store_of(day: Day) -> str:
    """Its name."""
    return f"paceline-{day.rider.member_id}"


def test_a_phone_whose_store_gives_no_answer_works_without_it_until_it_does(
    day: Day, phone: BrowserContext, open_page: Callable[[], Page], server: Any
) -> None:
    """It waits for it once, not at each tap; and the page that is loaded later has it again."""
    pickup, _ = day.order()
    holder = beside(phone, server)
    holder.evaluate(HOLD, store_of(day))
    page = open_page()
    expect(page.locator(TOLD)).to_contain_text("gives no answer")
    for words in ("Set off", "I am here"):
        tap(page, words)
        expect(page.locator(MAIN)).not_to_have_text(words, timeout=2_000)
    wait_until_all_is_sent(page)
    assert becomes(day, pickup, "at_pickup")
    holder.evaluate("window.has_ended = true")
    page.reload()
    tap(page, "Picked up")
    expect(page.locator(TOLD)).to_be_hidden()
    wait_until_all_is_sent(page)
    assert becomes(day, pickup, "picked_up")


def test_a_page_lets_go_of_its_store_for_a_newer_one(
    day: Day, phone: BrowserContext, open_page: Callable[[], Page], server: Any
) -> None:
    """Which does not wait for a page that lies open somewhere; that one says that it keeps nothing, and works on."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    assert beside(phone, server).evaluate(NEXT_VERSION, store_of(day)) == "opened"
    tap(page, "Set off")
    expect(page.locator(TOLD)).to_contain_text("does not keep anything")
    wait_until_all_is_sent(page)
    assert becomes(day, pickup, "en_route_pickup")
