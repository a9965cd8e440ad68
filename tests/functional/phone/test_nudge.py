"""A phone without work says where orders are likely, quietly, and hiding it is the end of it."""
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.live import publish_fleeting
from dispatch.orders import services
from dispatch.orders.services import Actor
from dispatch.planning.models import Nudge
from tests.factories.day import Day
from tests.factories.town import at

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def nudge(day: Day) -> None:
    """Ada has nothing to do; four orders are likely at the station."""
    with transaction():
        db.session.add(Nudge(coop_id=day.coop_id, id=uuid4(), zone_id=day.town.zone_id, rider_id=day.rider.id,
                             run_id=day.run.id, made_at=clock.now(), ends_at=clock.now() + timedelta(minutes=20),
                             lonlat=at(1500, 0), place="Station", expected=3.8, weeks=8))


def test_idle_rider_reads_where_and_why_and_hides_it(open_page: Callable[[], Page], day: Day) -> None:
    """It stays hidden after a reload, too."""
    nudge(day)
    page = open_page()
    card = page.locator("[data-work-target=nudge]")
    expect(card).to_contain_text("Orders are likely near Station")
    expect(card).to_contain_text("About 4 orders there in the hour from now, going by the last 8 weeks.")
    expect(card).to_contain_text("it counts for nothing")
    card.get_by_role("button", name="Hide").click()
    expect(card).to_be_hidden()
    page.reload()
    expect(page.locator(".phone[data-ready=true]")).to_be_visible()
    expect(card).to_be_hidden()


def test_rider_with_work_is_told_nothing(open_page: Callable[[], Page], day: Day) -> None:
    """Work comes first."""
    day.order()
    nudge(day)
    page = open_page()
    expect(page.locator(".next-stop-place").first).to_be_visible()
    expect(page.locator("[data-work-target=nudge]")).to_be_hidden()


def test_rider_who_loses_the_last_stop_is_told(app: Flask, open_page: Callable[[], Page], day: Day) -> None:
    """The planner gives it to a colleague: the phone asks for its run, finds nothing, and asks what else there is."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(".next-stop-place").first).to_be_visible()
    page.wait_for_timeout(1500)  # what is fetched at the beginning
    nudge(day)
    with transaction():
        services.cancel_order(day.coop_id, pickup.order_id, reason="closed", actor=Actor(kind="merchant"))
    publish_fleeting(app.extensions["redis"], day.coop_id, "RunChanged", {"rider_id": str(day.rider.id)})
    expect(page.locator("[data-work-target=nudge]")).to_contain_text("Orders are likely near Station")
