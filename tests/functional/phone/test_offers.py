"""Offers, the open board and colleagues on the rider's phone in Chromium, and messages that really arrive."""
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from dispatch.coop.services import set_plan_mode
from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.notify import services as notify
from dispatch.orders import queries
from dispatch.orders.models import Order
from dispatch.planning.models import WorkOffer
from dispatch.planning.offers import offering, reaching, services
from dispatch.planning.offers.queries import list_of_order, list_open_in_zone
from dispatch.planning.services import Effort, plan_zone
from riders import messages
from riders.queries import get_rider
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.day import Day
from tests.factories.phone_page import look_again
from tests.factories.push_service import push_service
from tests.factories.town import make_order, make_rider, make_run, straight_rides

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

AXE = Path(__file__).parents[3] / "dispatch" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
EFFORT = Effort(plan_seconds=0.05, ride_times=straight_rides)


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application, allowed to speak to a push service on this machine."""
    with open_app(database, tmp_path, PACELINE_LOCAL_WEBHOOKS="1") as app:
        yield app


def offered(day: Day, mode: str = "offer") -> Order:
    """An order that the planner offers, or leaves on the open board."""
    with transaction():
        set_plan_mode(day.coop_id, mode)
        order = make_order(day.town)
        order.promised_dropoff_at = clock.now() + timedelta(minutes=50)
        order_id = order.id
    plan_zone(day.coop_id, day.town.zone_id, EFFORT)
    db.session.rollback()
    return db.session.get_one(Order, (day.coop_id, order_id))


def holder_of(day: Day, order: Order) -> object:
    """Who has it."""
    db.session.rollback()
    return queries.get_order(day.coop_id, order.id).rider_id


def test_a_rider_takes_what_is_offered(day: Day, open_page: Callable[[], Page]) -> None:
    """One card, one tap: and the stops are there."""
    page = open_page()
    order = offered(day)
    look_again(page)
    card = page.locator(".work-offer")
    expect(card).to_contain_text("Elm Street 1")
    expect(card).to_contain_text("€3.80")
    expect(card).to_contain_text("No answer is fine")
    expect(card.locator("[data-f=left]")).to_have_text(re.compile(r"^\d+ min left\.$"))
    line = "document.querySelector('.work-sand span').getBoundingClientRect().width"
    assert page.evaluate(line) > 0
    expect(page.locator(".phone-action")).to_be_hidden()
    card.get_by_role("button", name="I take it").click()
    expect(page.locator(".toast", has_text="It is yours.")).to_be_visible()
    expect(card).to_have_count(0)
    look_again(page)
    expect(page.locator(".next-stop-place")).to_have_text("Market 1")
    assert holder_of(day, order) == day.rider.id


def test_a_no_needs_no_reason_and_asks_for_none(day: Day, open_page: Callable[[], Page]) -> None:
    """The card goes, nothing else happens."""
    page = open_page()
    order = offered(day)
    look_again(page)
    page.get_by_role("button", name="No, thanks").click()
    expect(page.locator(".work-offer")).to_have_count(0)
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert holder_of(day, order) is None


def test_a_yes_from_a_dead_zone_gets_an_honest_answer(day: Day, open_page: Callable[[], Page], server) -> None:
    """It waits in the outbox; when it gets through, somebody else had been asked."""
    with transaction():
        make_run(day.town, make_rider(day.coop_id, "Bo"))
    page = open_page()
    order = offered(day)
    look_again(page)
    if page.locator(".work-offer").count() == 0:
        with transaction():
            db.session.execute(update(WorkOffer).values(rider_id=day.rider.id, run_id=day.run.id))
        look_again(page)
    expect(page.locator(".work-offer")).to_be_visible()
    server.stop()
    page.get_by_role("button", name="I take it").click()
    expect(page.locator(".work-offer")).to_contain_text("Your yes is on its way")
    page.reload()
    expect(page.locator(".work-offer")).to_contain_text("Your yes is on its way")
    with transaction():
        db.session.execute(update(WorkOffer).values(expires_at=clock.now() - timedelta(seconds=1)))
        offering.end_due(day.coop_id)
    plan_zone(day.coop_id, day.town.zone_id, EFFORT)
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".toast")).to_contain_text("This offer was over before your answer arrived", timeout=20_000)
    assert holder_of(day, order) is None


def test_the_open_board_is_picked_from_and_work_is_given_on(day: Day, open_page: Callable[[], Page]) -> None:
    """Pay, way and time are on the line; what is not picked up may be handed back or passed to a colleague."""
    with transaction():
        bo = make_rider(day.coop_id, "Bo")
        make_run(day.town, bo)
    page = open_page()
    order = offered(day, "open")
    page.evaluate("document.querySelector('.phone-bar details').open = true")
    page.get_by_role("button", name="Open board and colleagues").click()
    look_again(page)
    row = page.locator(".work-order")
    expect(row).to_contain_text("€3.80")
    expect(row).to_contain_text("to the pickup")
    row.get_by_role("button", name="I take it").click()
    expect(page.get_by_role("button", name="Ask a colleague")).to_be_visible(timeout=10_000)
    assert holder_of(day, order) == day.rider.id
    page.get_by_role("button", name="Ask a colleague").click()
    page.locator("#work-colleagues").get_by_role("button", name="Bo").click()
    expect(page.locator(".work-order")).to_contain_text("You asked Bo", timeout=10_000)
    page.get_by_role("button", name="Do not ask any more").click()
    expect(page.get_by_role("button", name="Ask a colleague")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Hand back").click()
    expect(page.locator(".toast", has_text="Handed back").first).to_be_visible(timeout=10_000)
    assert holder_of(day, order) is None


def test_a_colleagues_order_is_swapped_for_one_of_ones_own(day: Day, open_page: Callable[[], Page]) -> None:
    """The phone lists what may be given in return, says what was offered, and shows both after the yes."""
    with transaction():
        bo = make_rider(day.coop_id, "Bo")
        make_run(day.town, bo)
        mine, theirs = make_order(day.town).id, make_order(day.town).id
    for rider_id, order_id in ((day.rider.id, mine), (bo.id, theirs)):
        decide(day, rider_id, "pick", order_id)
    decide(day, bo.id, "ask", theirs, colleague_id=day.rider.id)
    page = open_page()
    card = page.locator(".work-offer")
    expect(card).to_contain_text("Bo asks whether you take this over")
    card.get_by_role("button", name="Swap for one of mine").click()
    page.locator("#work-returns .work-return").click()
    expect(card).to_contain_text("in return", timeout=10_000)
    expect(card.get_by_role("button", name="Swap for one of mine")).to_be_hidden()
    expect(card.get_by_role("button", name="I take it")).to_be_visible()
    db.session.rollback()
    (asked,) = (offer for offer in list_open_in_zone(day.coop_id, day.town.zone_id) if offer.rider_id == bo.id)
    decide(day, bo.id, "accept", asked.id)
    look_again(page)
    expect(card).to_have_count(0, timeout=10_000)
    db.session.rollback()
    holders = [queries.get_order(day.coop_id, order_id).rider_id for order_id in (mine, theirs)]
    assert holders == [bo.id, day.rider.id]


def decide(day: Day, rider_id: UUID, verb: str, subject_id: UUID, **more: UUID) -> None:
    """A tap of a rider on another phone; what may be picked is on the open board."""
    with transaction():
        set_plan_mode(day.coop_id, "open")
        choice = services.Choice(verb=verb, subject_id=subject_id, client_uuid=uuid4(), **more)
        services.decide(day.coop_id, get_rider(day.coop_id, rider_id), choice)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_offers_and_the_open_board(
    day: Day, open_page: Callable[[], Page], scheme: str
) -> None:
    """Every button has a name, every colour enough contrast."""
    page = open_page()
    page.emulate_media(color_scheme=scheme)
    offered(day)
    look_again(page)
    expect(page.locator(".work-offer")).to_be_visible()
    page.evaluate(AXE.read_text())
    for view in ("next", "work"):
        page.evaluate(f"location.hash = '{view}'")
        if view == "work":
            page.evaluate("document.querySelector('.phone-bar details').open = true")
            page.get_by_role("button", name="Open board and colleagues").click()
        found = page.evaluate("axe.run(document, {rules: {'color-contrast': {enabled: true}}})")["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found] == []


@pytest.mark.whole_browser
def test_a_push_as_it_was_really_sent_reaches_the_page_through_its_service_worker(
    day: Day, open_page: Callable[[], Page]
) -> None:
    """Encrypted by us, decrypted by the browser's keys, given to the worker: shown, and the page fetches what waits."""
    page = open_page()
    page.context.grant_permissions(["notifications"])
    order = offered(day)
    (offer,) = list_of_order(day.coop_id, order.id)
    with push_service() as there:
        with transaction():
            notify.add_endpoint(day.coop_id, day.rider.member_id, there.subscription(), user_agent="test")
        messages.push_test(day.coop_id, uuid4(), day.rider.member_id)
        reaching.push_offer(day.coop_id, uuid4(), offer.id)
    trial, payload = there.messages
    assert payload["web_push"] == 8030 and payload["notification"]["title"] == "Work for you, if you like"
    assert "Elm Street" not in json.dumps(payload)
    client = page.context.new_cdp_session(page)
    registrations: list[str] = []
    client.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(item["registrationId"] for item in event["registrations"]),
    )
    client.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    origin = page.evaluate("location.origin")
    for message in (trial, payload):
        client.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": registrations[-1], "data": json.dumps(message)},
        )
    expect(page.locator(".work-offer")).to_be_visible(timeout=10_000)
    expect(page.locator(".toast", has_text="Messages reach this phone.")).to_be_visible()
    shown = page.evaluate(
        "navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => all.map((one) => one.title))"
    )
    assert sorted(shown) == ["It works", "Work for you, if you like"]
