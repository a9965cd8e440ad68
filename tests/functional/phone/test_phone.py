"""The rider's phone in Chromium: a shift by taps, with and without a network."""
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from dispatch.core.db import db, transaction
from dispatch.core.live import publish_fleeting
from dispatch.ledger import queries as ledger
from dispatch.orders.models import Order, Proof, Task, TaskEvent
from dispatch.orders.services import Actor, cancel_order
from tests.factories.day import Day
from tests.factories.phone_page import becomes, lose_login, state_of, wait_until_all_is_sent

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "dispatch" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
MAIN = ".phone-action .button-primary"


def tap(page: Page, words: str) -> None:
    """Press the one large button, which must say these words."""
    expect(page.locator(MAIN)).to_have_text(words)
    page.click(MAIN)


def need_proof(task: Task, *kinds: str) -> None:
    """Let a dropoff ask for proofs."""
    db.session.get(Task, (task.coop_id, task.id)).required_proof = list(kinds)
    db.session.commit()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """What the camera took."""
    out = BytesIO()
    Image.new("RGB", (2400, 1800), "teal").save(out, "JPEG")
    path = tmp_path / "door.jpg"
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.mapless
def test_a_rider_delivers_by_taps_and_sees_the_money(day: Day, open_page: Callable[[], Page]) -> None:
    """Set off, here, picked up; here, code, delivered: and each line of pay is there."""
    _, dropoff = day.order(code="4711")
    page = open_page()
    expect(page.locator(".next-stop-place")).to_have_text("Market 1")
    tap(page, "Set off")
    tap(page, "I am here")
    tap(page, "Picked up")
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    tap(page, "I am here")
    tap(page, "Delivered")
    page.fill("dialog[open] .proof-code", "4711")
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    page.click(".phone-tabs [data-view=money]")
    expect(page.locator(".phone-lines")).to_contain_text("pay@1")
    expect(page.locator(".phone-lines .item")).to_have_count(2)


def test_everything_works_without_a_network_and_survives_the_end_of_the_page(
    day: Day, open_page: Callable[[], Page], server: Any, picture: Path
) -> None:
    """A basement: three taps and a photo offline, the page killed and opened again offline, then sent exactly once."""
    pickup, dropoff = day.order()
    need_proof(dropoff, "photo")
    page = open_page()
    expect(page.locator(".next-stop-place")).to_have_text("Market 1")
    server.stop()
    tap(page, "Set off")
    tap(page, "I am here")
    tap(page, "Picked up")
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    expect(page.locator(MAIN)).to_have_text("I am here")
    page.goto("about:blank")
    page.goto(f"{server.address}/app")
    page.wait_for_selector(".phone[data-ready=true]")
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    tap(page, "I am here")
    tap(page, "Delivered")
    page.set_input_files("dialog[open] input[type=file]", str(picture))
    page.click("dialog[open] [type=submit]")
    expect(page.locator(".phone-unsent")).to_be_visible()
    assert state_of(day, pickup) == "pending"
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    done = select(TaskEvent.task_id, func.count()).where(TaskEvent.action == "complete").group_by(TaskEvent.task_id)
    assert dict(db.session.execute(done).tuples().all()) == {pickup.id: 1, dropoff.id: 1}
    assert len(db.session.scalars(select(Proof.sha256)).all()) == 1
    assert ledger.balance_cents(day.coop_id, "rider_payable", day.rider.member_id) == -380


@pytest.mark.mapless
def test_a_slip_of_the_thumb_is_undone_before_anybody_heard_of_it(day: Day, open_page: Callable[[], Page]) -> None:
    """Ten seconds to say that it was not so."""
    pickup, _ = day.order()
    page = open_page()
    tap(page, "Set off")
    tap(page, "I am here")
    tap(page, "Picked up")
    page.click(".toast button:has-text('Undo')")
    expect(page.locator(MAIN)).to_have_text("Picked up")
    expect(page.locator(".next-stop-place")).to_have_text("Market 1")
    wait_until_all_is_sent(page)
    assert becomes(day, pickup, "at_pickup")


@pytest.mark.mapless
def test_nobody_home_leads_to_the_way_back(day: Day, open_page: Callable[[], Page]) -> None:
    """The rider is led through it, and the return is the next stop."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    page = open_page()
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    page.click("button:has-text('Trouble')")
    page.click("dialog[open] button:has-text('Nobody there')")
    page.click("dialog[open] button:has-text('Bring it back')")
    wait_until_all_is_sent(page)
    expect(page.locator(".next-stop-kind strong")).to_have_text("Bring back", timeout=30_000)
    assert becomes(day, dropoff, "returning")


@pytest.mark.mapless
def test_a_refused_action_steps_aside_and_says_why(day: Day, open_page: Callable[[], Page]) -> None:
    """One bad item never blocks the rest: the second order goes through."""
    first, _ = day.order()
    second, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    page.context.set_offline(True)  # the phone cannot have heard of it before the tap
    with transaction():
        cancel_order(day.coop_id, first.order_id, reason="closed", actor=Actor(kind="merchant"))
    tap(page, "Set off")
    expect(page.locator(".phone-unsent")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".phone-unsent")).to_have_attribute("data-tone", "danger", timeout=20_000)
    page.click(".phone-unsent")
    expect(page.locator("[data-phone-target=unsentList]")).to_contain_text("cancelled")
    page.click("[data-phone-target=unsentList] button")
    expect(page.locator(".phone-unsent")).to_be_hidden()
    page.click(".phone-tabs [data-view=next]")
    number = db.session.get(Order, (day.coop_id, second.order_id)).number
    expect(page.locator(".next-stop-kind .mono")).to_have_text(number)
    tap(page, "Set off")
    expect(page.locator(MAIN)).to_have_text("I am here")
    wait_until_all_is_sent(page)
    assert becomes(day, second, "en_route_pickup")


def test_a_login_that_ended_in_mid_shift_loses_nothing(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """The outbox is kept; the page says what to do."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    lose_login(phone)
    page.click(MAIN)
    expect(page.locator("[data-phone-target=signedOut]")).to_be_visible(timeout=20_000)
    expect(page.locator(".phone-unsent")).to_be_visible()
    assert state_of(day, pickup) == "pending"


def test_the_page_asks_for_nothing_from_elsewhere(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """No foreign request from any page."""
    foreign: list[str] = []
    phone.on("request", lambda request: foreign.append(request.url) if "127.0.0.1" not in request.url else None)
    day.order()
    page = open_page()
    for view in ("stops", "map", "money"):
        page.click(f".phone-tabs [data-view={view}]")
    page.wait_for_timeout(500)
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_view(day: Day, open_page: Callable[[], Page], scheme: str) -> None:
    """WCAG 2.2 AA on every view and dialog, by day and by night."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make install")
    day.order(code="4711")
    page = open_page()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # the settled view, not a dialog half faded in
    expect(page.locator(MAIN)).to_have_text("Set off")
    page.evaluate(AXE.read_text() + "; 0")
    page.click("button:has-text('Trouble')")
    assert violations(page) == []
    page.click("dialog[open] button:has-text('Back')")
    for view in ("next", "stops", "money", "unsent"):
        if view == "unsent":
            page.evaluate("document.querySelector('.phone-unsent').click()")
        else:
            page.click(f".phone-tabs [data-view={view}]")
        assert violations(page) == [], view


def violations(page: Page) -> list[str]:
    """What axe finds, in words."""
    standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("standards => axe.run(document, {runOnly: standards})", standards)["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found]


def test_new_times_are_shown_without_asking(day: Day, app: Flask, open_page: Callable[[], Page]) -> None:
    """A plan moves the times of many runs, every few seconds: they come with the news."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator("[data-phone-target=live]")).to_have_attribute("data-state", "open")
    page.click(".phone-tabs [data-view=stops]")
    page.wait_for_timeout(1500)  # what is fetched at the beginning
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    times = {str(pickup.id): ["2026-07-01T03:07:00+00:00", "2026-07-01T03:09:00+00:00"]}
    heard = {"rider_id": str(day.rider.id), "times": times}
    publish_fleeting(app.extensions["redis"], day.coop_id, "TimesMoved", heard)
    expect(page.locator("[data-phone-target=list]")).to_contain_text("05:07")
    page.wait_for_timeout(700)
    assert asked == []


def test_what_cannot_have_changed_is_not_fetched(day: Day, app: Flask, open_page: Callable[[], Page]) -> None:
    """A plan moves many runs at once: each phone then asks for its run, and for nothing else."""
    day.order()
    page = open_page()
    expect(page.locator("[data-phone-target=live]")).to_have_attribute("data-state", "open")
    page.wait_for_timeout(1500)  # what is fetched at the beginning
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    publish_fleeting(app.extensions["redis"], day.coop_id, "OpenBoardChanged", {})  # not on the screen
    page.wait_for_timeout(700)
    assert asked == []
    page.evaluate("window.location.hash = '#work'")
    page.reload()
    expect(page.locator("[data-phone-target=live]")).to_have_attribute("data-state", "open")
    page.wait_for_timeout(1500)
    wanted = {"RunChanged": "/app/api/run", "PeriodClosed": "/app/api/earnings", "OpenBoardChanged": "/app/api/work"}
    for kind, path in wanted.items():
        asked.clear()
        for _ in range(3):  # a burst is one question
            publish_fleeting(app.extensions["redis"], day.coop_id, kind, {"rider_id": str(day.rider.id)})
        page.wait_for_event("request", lambda request, path=path: urlsplit(request.url).path == path)
        page.wait_for_timeout(700)
        assert asked == [path]
