"""Messages can be turned off; who signs out is asked about what is unsent, and leaves nothing about people behind."""
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select, update

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.notify.models import PushEndpoint
from dispatch.orders.models import Task
from tests.factories.day import Day
from tests.factories.phone_page import becomes, eventually, wait_until_all_is_sent
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_two_pages import another

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

ENDPOINT = "https://push.example.org/of-this-browser"
PUSH_SERVICE = """
Object.defineProperty(Notification, "permission", { get: () => "granted" }); // no browser without a screen says so
const NAME = "push of this browser";
const subscription = () => localStorage.getItem(NAME) && {
  endpoint: "%s",
  toJSON: () => ({ endpoint: "%s", keys: { p256dh: "BPk", auth: "c2VjcmV0" } }),
  unsubscribe: async () => { localStorage.removeItem(NAME); return true; },
};
PushManager.prototype.getSubscription = async () => subscription() || null;
PushManager.prototype.subscribe = async () => { localStorage.setItem(NAME, "on"); return subscription(); };
""" % (ENDPOINT, ENDPOINT)
KEPT = """async () => {
  const { openDB } = await import("/static/vendor/idb.js");
  const [{ name }] = (await indexedDB.databases()).filter((each) => each.name.startsWith("paceline-"));
  const db = await openDB(name);
  const found = [await db.getAllKeys("kept"), await db.getAllKeys("drafts"), (await db.getAll("outbox")).length];
  db.close();
  return found;
}"""


LATE = """async () => {
  const { openStore } = await import("/app/static/store.js");
  const store = await openStore("somebody");
  await store.set("run", { stops: ["Elm Street 1"] });
  await store.forget();
  await store.set("run", { stops: ["Elm Street 1"] });
  await store.saveDraft("task", { name: "Kim" });
  return [await store.get("run"), await store.draft("task")];
}"""


@pytest.fixture
def page(phone: BrowserContext, open_page: Callable[[], Page]) -> Page:
    """Ada's phone in a browser whose push service is ours; a browser of a test may reach none."""
    phone.grant_permissions(["notifications"])
    phone.add_init_script(PUSH_SERVICE)
    return open_page()


def menu(page: Page, words: str) -> None:
    """Choose something from the menu."""
    page.click(".phone-bar summary")
    page.locator(".menu-list").get_by_role("button", name=words, exact=True).click()


def is_told(day: Day) -> bool:
    """Whether messages go to Ada's browser."""
    db.session.rollback()
    found = select(PushEndpoint.endpoint).where(
        PushEndpoint.member_id == day.rider.member_id, PushEndpoint.gone_at.is_(None)
    )
    return db.session.scalars(found).all() == [ENDPOINT]


def test_messages_are_turned_off_where_they_were_turned_on(day: Day, page: Page) -> None:
    """As the page about privacy promises."""
    menu(page, "Tell me of new work")
    expect(page.locator(".toast")).to_contain_text("A trial message")
    assert is_told(day)
    menu(page, "Stop messages")
    expect(page.locator(".toast").last).to_contain_text("No more messages")
    assert not is_told(day)
    page.click(".phone-bar summary")
    expect(page.locator(".menu-list").get_by_role("button", name="Tell me of new work")).to_be_visible()


def test_signing_on_renews_what_the_server_or_the_browser_has_lost(day: Day, page: Page) -> None:
    """A push service said once that the phone was gone; its rider wanted messages all the same."""
    menu(page, "Tell me of new work")
    expect(page.locator(".toast")).to_contain_text("A trial message")
    db.session.execute(update(PushEndpoint).values(gone_at=clock.real_now()))
    db.session.commit()
    page.evaluate("localStorage.removeItem('push of this browser')")
    assert not is_told(day)
    menu(page, "Sign off")
    page.click("button:has-text('Sign on')")
    assert eventually(lambda: is_told(day))


def test_without_a_network_nothing_is_said_about_the_browser(day: Day, page: Page, server: Any) -> None:
    """It is the network that is missing."""
    server.stop()
    menu(page, "Tell me of new work")
    expect(page.locator(".toast-danger")).to_contain_text("This needs the network")
    server.start()


def unsent_start(day: Day, page: Page) -> Task:
    """The pickup that Ada has set off to, which cannot be sent."""
    pickup, _ = day.order()
    page.reload()
    expect(page.locator(MAIN)).to_have_text("Set off")
    page.route("**/app/api/tasks/**", lambda route: route.abort())
    tap(page, "Set off")
    expect(page.locator(".phone-unsent")).to_be_visible()
    return pickup


def test_another_tab_of_the_phone_leaves_too(
    day: Day, page: Page, phone: BrowserContext, server: Any
) -> None:
    """It showed the same recipients."""
    day.order()
    other = another(phone, server)
    menu(page, "Sign out")
    page.wait_for_url("**/login*")
    other.wait_for_url("**/login*")
    assert other.evaluate(KEPT) == [["device_id"], [], 0]


def test_whoever_signs_out_of_another_page_leaves_nothing_about_people_either(
    day: Day, page: Page, open_page: Callable[[], Page], server: Any
) -> None:
    """The account's page knows nothing of what the phone keeps; the page after it does. What waits to be sent waits."""
    pickup = unsent_start(day, page)
    page.goto(f"{server.address}/account")
    page.click(".bar summary")
    page.click(".bar button:has-text('Sign out')")
    page.wait_for_selector("html[data-left=true]")
    assert page.evaluate(KEPT) == [["device_id", "seq"], [], 1]
    assert page.evaluate("async () => Boolean(await caches.match('/app'))") is False
    page.close()
    again = open_page()
    wait_until_all_is_sent(again)
    assert becomes(day, pickup, "en_route_pickup")


def test_an_answer_that_comes_after_signing_out_is_not_kept(page: Page) -> None:
    """It was asked for before, and names recipients."""
    assert page.evaluate(LATE) == [None, None]


def test_who_signs_out_leaves_nothing_about_people_on_the_phone(day: Day, page: Page) -> None:
    """No recipient, no money, no message for the next who takes this phone; the last tap is sent before."""
    pickup, _ = day.order()
    page.reload()
    menu(page, "Tell me of new work")
    expect(page.locator(".toast").first).to_be_visible()
    tap(page, "Set off")
    tap(page, "I am here")
    tap(page, "Picked up")
    menu(page, "Sign out")
    page.wait_for_url("**/login*")
    assert page.evaluate(KEPT) == [["device_id", "seq"], [], 0]
    assert becomes(day, pickup, "picked_up")
    assert not is_told(day)


def test_signing_out_asks_when_something_waits_and_keeps_it_for_the_next_time(
    day: Day, page: Page, open_page: Callable[[], Page]
) -> None:
    """Going back changes nothing; leaving all the same keeps the work, and sends it when Ada is here again."""
    pickup = unsent_start(day, page)
    menu(page, "Sign out")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("1 of the things that you did")
    dialog.get_by_role("button", name="Back").click()
    expect(page.locator(MAIN)).to_have_text("I am here")
    menu(page, "Sign out")
    dialog.get_by_role("button", name="Sign out all the same").click()
    page.wait_for_url("**/login*")
    assert page.evaluate(KEPT) == [["device_id", "seq"], [], 1]
    page.close()
    again = open_page()
    wait_until_all_is_sent(again)
    assert becomes(day, pickup, "en_route_pickup")


def test_nobody_is_half_signed_out_without_a_network(day: Day, page: Page, server: Any) -> None:
    """The session lives on the server: the phone says so, and keeps the run."""
    day.order()
    page.reload()
    expect(page.locator(MAIN)).to_have_text("Set off")
    server.stop()
    menu(page, "Sign out")
    expect(page.locator(".toast-danger")).to_contain_text("This needs the network")
    server.start()
    assert "run" in page.evaluate(KEPT)[0]
