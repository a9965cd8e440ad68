"""A phone whose browser keeps nothing, with a damaged disk or by its settings: the page says so, and works on."""
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.day import Day
from tests.factories.phone_page import becomes, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import TOLD, choose
from tests.functional.phone.test_phone import tap

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
