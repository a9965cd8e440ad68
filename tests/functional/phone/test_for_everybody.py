"""Every page for everybody: axe, small screens, large text, gloves. Also the pages of those whom riders serve."""
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.core.db import db, transaction
from dispatch.orders.models import Order
from merchants import services as merchants
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.town import make_rider
from tests.functional.conftest import sign_in
from tests.functional.phone.conftest import PHONE
from tests.functional.phone.test_phone import AXE, MAIN, need_proof, tap, violations

pytestmark = pytest.mark.browser
RIDERS_PAGES = ("statements", "privacy", "install", "questions", "shifts")
TOO_SMALL = """() => [...document.querySelectorAll("button, a[href], summary, select, input:not([type=file])")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((element) => !element.closest("p, .visually-hidden, .skip-link"))
  .map((element) => [element, (element.closest("label") ?? element).getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
  .map(([element, box]) => `${element.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
SIDEWAYS = """() => Math.max(...[document.documentElement, ...document.querySelectorAll(".phone-main, dialog[open]")]
  .map((element) => element.scrollWidth - element.clientWidth))"""
VIEWS = ("next", "stops", "map", "money", "work", "unsent")
SHOW = "(name) => document.querySelector(`[data-action='phone#go'][data-view=${name}]`).click()"


def look(page: Page) -> list[str]:
    """What axe finds on the settled page, and names that two elements bear: a label would lead to the first."""
    page.evaluate(AXE.read_text() + "; 0")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    twice = [name for name, count in Counter(ids).items() if count > 1]
    return [*violations(page), *(f"id twice: {name}" for name in twice)]


def open_for(browser: Browser, address: str, email: str, path: str, **options: Any) -> Page:
    """A page of somebody signed in."""
    context = browser.new_context(**options)
    sign_in(context, address, email)
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{address}{path}")
    return page


def long_names(day: Day) -> None:
    """What a real address book holds."""
    member = db.session.get(Member, (day.coop_id, day.rider.member_id))
    member.name = "Wolfeschlegelsteinhausenbergerdorff-Papadiamantopoulou"
    db.session.commit()


def a_stop_with_everything(day: Day, page_of: Callable[[], Page]) -> Page:
    """A phone at a door where every proof is asked for."""
    pickup, dropoff = day.order()
    dropoff = db.session.merge(dropoff)
    dropoff.address = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch 17, Donaudampfschifffahrtsgasse"
    dropoff.note = "Third staircase, behind the Kindertagesstättenverwaltungsgebäude; mind the dog."
    db.session.commit()
    need_proof(dropoff, "photo", "signature", "name", "age", "weight", "barcode")
    day.act(pickup, "complete")
    day.act(dropoff, "arrive")
    page = page_of()
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator(MAIN)).to_have_text("Delivered")
    return page


@pytest.fixture
def page(day: Day, open_page: Callable[[], Page]) -> Page:
    """A phone at a hard stop."""
    long_names(day)
    return a_stop_with_everything(day, open_page)


def on_every_screen(page: Page, find: str) -> dict[str, Any]:
    """What a script finds on each view, in the menu and in each dialog."""
    found = {}
    for view in VIEWS:
        page.evaluate(SHOW, view)
        found[view] = page.evaluate(find)
    page.evaluate("document.querySelector('.phone-bar details').open = true")
    found["menu"] = page.evaluate(find)
    page.evaluate("document.querySelector('.phone-bar details').open = false")
    for number in range(page.locator("dialog").count()):
        name = page.evaluate(f"document.querySelectorAll('dialog')[{number}].getAttribute('aria-labelledby')")
        page.evaluate(f"document.querySelectorAll('dialog')[{number}].showModal()")
        found[name] = page.evaluate(find)
        page.evaluate(f"document.querySelectorAll('dialog')[{number}].close()")
    return found


def test_proof_and_trouble_are_accessible(page: Page) -> None:
    """WCAG 2.2 AA in each dialog."""
    page.click(MAIN)
    assert look(page) == []
    assert page.evaluate(SIDEWAYS) <= 0
    page.click("dialog[open] button:has-text('Back')")
    for opener in ("trouble#openIncident", "trouble#openSos"):
        page.click(".phone-bar summary")
        page.click(f".menu-list [data-action='{opener}']")
        assert look(page) == [], opener
        page.click("dialog[open] button:has-text('Back')")
    page.click("button:has-text('Trouble')")
    page.click("dialog[open] button:has-text('Nobody there')")
    assert look(page) == []


@pytest.mark.mapless
def test_the_riders_other_pages_are_accessible(page: Page) -> None:
    """Statements, privacy, the guide, questions, shifts."""
    address = page.url.split("/app")[0]
    for name in RIDERS_PAGES:
        page.goto(f"{address}/app/{name}")
        assert look(page) == [], name
        assert page.evaluate(SIDEWAYS) <= 0, name


@pytest.mark.parametrize(("width", "text_percent"), [(320, 100), (390, 200), (820, 100)])
def test_the_phone_fits_small_screens_large_text_and_tablets(page: Page, width: int, text_percent: int) -> None:
    """Nothing sticks out sideways and the large button stays in sight."""
    page.set_viewport_size({"width": width, "height": 640})
    page.evaluate("percent => { document.documentElement.style.fontSize = `${percent}%`; }", text_percent)
    assert {view: found for view, found in on_every_screen(page, SIDEWAYS).items() if found > 0} == {}
    page.click(".phone-tabs [data-view=next]")
    box = page.locator(MAIN).bounding_box()
    assert box is not None and box["y"] + box["height"] <= 640


def test_everything_on_the_phone_is_large_enough_for_gloves(page: Page) -> None:
    """44 px each way on every view, in every dialog and message, but for links inside a sentence."""
    tap(page, "Delivered")
    page.click("dialog[open] button:has-text('Back')")
    page.get_by_role("button", name="Note", exact=True).click()
    page.fill("dialog[open] textarea", "Dog")
    page.click("dialog[open] [type=submit]")
    expect(page.locator(".toast")).to_be_visible()
    assert {view: found for view, found in on_every_screen(page, TOO_SMALL).items() if found} == {}


def test_pages_of_merchants_recipients_and_coordinators_are_accessible(
    day: Day, server: Any, browser: Browser
) -> None:
    """The portal, one delivery, the form, connecting, tracking, the board and what hangs on it."""
    pickup, _ = day.order()
    with transaction():
        make_rider(day.coop_id, "Bo")
        shop = make_member(day.coop_id, "Mila", roles=("merchant",))
        merchants.add_contact(day.coop_id, day.town.merchant_id, shop.id)
        cora = make_member(day.coop_id, "Cora", roles=("coordinator",)).email
        mila = shop.email
    token = db.session.scalar(select(Order.track_token).where(Order.id == pickup.order_id))
    db.session.commit()
    found = {}
    portal = open_for(browser, server.address, mila, "/portal", **PHONE)
    for path in ("/portal", "/portal/orders/new", f"/portal/orders/{pickup.order_id}", "/portal/connect"):
        portal.goto(server.address + path)
        found[path] = look(portal)
    portal.goto(f"{server.address}/track/{token}")
    found["tracking"] = look(portal)
    board = open_for(browser, server.address, cora, "/board", viewport={"width": 1440, "height": 900})
    for path in ("/board", "/board/merchants", "/board/shifts", "/board/settings", "/people", "/board/hazards"):
        board.goto(server.address + path)
        found[path] = look(board)
    portal.context.close()
    board.context.close()
    assert {path: finds for path, finds in found.items() if finds} == {}
