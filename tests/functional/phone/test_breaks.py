"""The bike of the day and breaks on the rider's phone in Chromium."""
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from dispatch.core.db import db, transaction
from dispatch.orders.models import Task
from riders import services as riders
from riders.models import RiderBreak, Shift
from riders.shifts import services
from tests.factories.day import Day

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def test_a_break_is_two_taps_and_counts_from_the_tap_even_without_a_network(
    day: Day, open_page: Callable[[], Page], server: Any
) -> None:
    """It begins in a cellar and ends outside; both times are those of the taps."""
    page = open_page()
    server.stop()
    page.evaluate("document.querySelector('.phone-bar details').open = true")
    page.get_by_role("button", name="Take a break").click()
    expect(page.locator(".work-break")).to_contain_text("On a break since")
    page.reload()
    expect(page.locator(".work-break")).to_contain_text("On a break since")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".phone-unsent")).to_be_hidden(timeout=30_000)
    page.get_by_role("button", name="End the break").click()
    expect(page.locator(".work-break")).to_be_hidden()
    expect(page.locator(".phone-unsent")).to_be_hidden(timeout=30_000)
    db.session.rollback()
    rest = db.session.scalars(select(RiderBreak)).one()
    assert rest.ended_at is not None and rest.began_at < rest.ended_at


def test_the_bike_is_chosen_and_looked_at_before_the_shift_begins(day: Day, open_page: Callable[[], Page]) -> None:
    """What the rider says of the bike is what planning loads."""
    with transaction():
        riders.sign_off(day.coop_id, day.rider.id, uuid4())
        services.add_bike(day.coop_id, "Bullitt", "cargo", capacity_g=90_000)
    page = open_page()
    page.get_by_text("Bike check").click()
    page.select_option("#bike-id", label="Bullitt · 90 kg")
    page.fill("#bike-kg", "70")
    page.check("#bike-fine")
    page.get_by_role("button", name="Sign on").click()
    expect(page.locator(".phone-shift")).to_contain_text("On shift until", timeout=20_000)
    db.session.rollback()
    shift = db.session.scalars(select(Shift).where(Shift.signed_off_at.is_(None))).one()
    assert (shift.profile, shift.capacity_g, shift.bike_check) == ("cargo", 70_000, {"is_fine": True, "note": ""})


def test_going_early_hands_over_what_is_not_begun(day: Day, open_page: Callable[[], Page]) -> None:
    """One tap, and the rider is told what becomes of the work."""
    pickup, _ = day.order()
    page = open_page()
    expect(page.locator(".next-stop-place")).to_have_text("Market 1")
    page.evaluate("document.querySelector('.phone-bar details').open = true")
    page.get_by_role("button", name="Sign off").click()
    expect(page.locator(".toast", has_text="Your open stops go on to your colleagues.")).to_be_visible(timeout=20_000)
    db.session.rollback()
    task = db.session.get_one(Task, (day.coop_id, pickup.id), populate_existing=True)
    assert (task.state, task.run_id) == ("todo", None)
