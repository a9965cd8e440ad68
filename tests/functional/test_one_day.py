"""One delivery through everybody's hands, each on their own page in Chromium: shop, board, phone, statement."""
import re
import threading
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from dispatch.core import clock
from dispatch.core.db import transaction
from dispatch.geo import zones
from dispatch.planning.services import Effort, plan_zone
from riders import periods
from tests.factories.phone_page import wait_until_all_is_sent
from tests.town import PASSWORD, Cooperative

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
OpenPage = Callable[..., Page]


class Quiet(WSGIRequestHandler):
    """No line per request."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(coop: Cooperative) -> Iterator[str]:
    """Where the application listens."""
    server = make_server("127.0.0.1", 0, coop.town.app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Sign somebody in, in a browser of their own; no script may fail anywhere."""
    contexts, failures = [], []

    def opened(email: str, path: str, **device: object) -> Page:
        context = browser.new_context(timezone_id="Europe/Paris", locale="en-GB", **device)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(f"{address}/login?next={path}")
        page.fill("[name=email]", email)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(re.compile(re.escape(path) + "$"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert failures == []


def test_a_delivery_goes_from_the_shop_over_board_and_phone_to_the_statement(
        coop: Cooperative, open_page: OpenPage) -> None:
    """What each of the four sees is what the one before has done; the money is the same to the cent in the end."""
    ada = coop.add_person("Ada", "member", profile="bike")
    phone = open_page(ada, "/app", **PHONE)
    phone.wait_for_selector(".phone[data-ready=true]")
    phone.get_by_role("button", name="Sign on").click()
    expect(phone.locator(".phone-shift")).to_contain_text("On shift until")

    shop = open_page(coop.add_person("Mila", "merchant"), "/portal/orders/new", **DESK)
    number = place(shop, coop.places[3][0])

    board = open_page(coop.add_person("Cora", "coordinator"), "/board", **DESK)
    expect(board.locator("#board-lists, main").first).to_contain_text(number)
    plan(coop)
    board.reload()
    expect(board.locator('details.board-rider[data-name="Ada"]')).to_contain_text("2 stops")

    deliver(phone, coop.places[3][0])
    earned = phone.locator(".phone-lines").inner_text()
    assert "pay@1" in earned

    shop.reload()
    expect(shop.locator("main")).to_contain_text("Delivered")
    board.reload()
    expect(board.locator('details.board-rider[data-name="Ada"]')).not_to_contain_text("2 stops")
    statement_shows_what_the_phone_showed(coop, phone, earned)


def place(shop: Page, door: str) -> str:
    """Fill in the form as somebody at a counter does; the number of the delivery."""
    shop.get_by_role("combobox", name="Deliver to").press_sequentially(door, delay=10)
    shop.locator("#f-dropoff-list [role=option]").first.click()
    expect(shop.locator("[data-price-target=fee]")).to_contain_text("€")
    shop.get_by_role("button", name="Place delivery").click()
    shop.wait_for_url(re.compile("/portal/orders/[0-9a-f-]{36}$"))
    told = shop.get_by_role("status").filter(has_text="is placed").inner_text()
    return re.search(r"Delivery (\S+) is placed", told).group(1)


def plan(coop: Cooperative) -> None:
    """What the planner does when it hears of the order."""
    with coop.session():
        for zone in zones.list_zones(coop.id):
            plan_zone(coop.id, zone.id, Effort(plan_seconds=0.1))


def deliver(phone: Page, door: str) -> None:
    """Take it there by taps, and look at the money."""
    main = phone.locator(".phone-action .button-primary")
    phone.reload()
    phone.wait_for_selector(".phone[data-ready=true]")
    for words in ("Set off", "I am here", "Picked up"):
        expect(main).to_have_text(words)
        main.click()
    expect(phone.locator(".next-stop-place")).to_contain_text(door)
    for words in ("I am here", "Delivered"):
        expect(main).to_have_text(words)
        main.click()
    wait_until_all_is_sent(phone)
    phone.click(".phone-tabs [data-view=money]")
    expect(phone.locator(".phone-lines .item").first).to_be_visible()


def statement_shows_what_the_phone_showed(coop: Cooperative, phone: Page, earned: str) -> None:
    """The period is closed, and each sum that the phone showed stands in the statement."""
    with coop.session(), transaction():
        today = clock.now().astimezone(ZoneInfo("Europe/Paris")).date()
        [statement] = periods.close_period(coop.id, today, today)
    phone.goto(re.sub("/app.*", f"/app/statements/{statement.id}", phone.url))
    for cents in re.findall(r"€\d+\.\d\d", earned):
        expect(phone.locator("main")).to_contain_text(cents)
