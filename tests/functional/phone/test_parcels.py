"""Several parcels for one door: each has proofs, an outcome and a reason of its own."""
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from dispatch.core.db import db, transaction
from dispatch.orders import decisions
from dispatch.orders.models import Order, Task
from tests.factories.day import Day
from tests.factories.phone_page import becomes, state_of, wait_until_all_is_sent
from tests.functional.phone.test_phone import MAIN, need_proof, tap
from tests.functional.phone.test_proof import given

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def two_at_one_door(day: Day, open_page: Callable[[], Page], *kinds: str) -> tuple[Page, list[Task]]:
    """A page that stands at a door with two parcels that ask for these proofs."""
    orders = [day.order() for _ in range(2)]
    for pickup, dropoff in orders:
        if kinds:
            need_proof(dropoff, *kinds)
        day.act(pickup, "complete")
        day.act(dropoff, "arrive")
    page = open_page()
    expect(page.locator(".next-stop-kind")).to_contain_text("2 parcels")
    return page, [dropoff for _, dropoff in orders]


def number_of(task: Task) -> str:
    """The number of the task's order."""
    return db.session.scalar(select(Order.number).where(Order.id == task.order_id))


def decide(day: Day, order_id: UUID) -> None:
    """The record that says why Ada has the order."""
    made = {"mode": "picked", "rule_version": "dispatch@1", "record": {"winner": {"name": "Ada"}}}
    with transaction():
        decisions.store(day.coop_id, order_id, rider_id=day.rider.id, run_id=day.run.id, **made)


def test_each_of_two_parcels_has_its_own_barcode_and_weight(day: Day, open_page: Callable[[], Page]) -> None:
    """What stands on one parcel proves nothing of the other."""
    page, dropoffs = two_at_one_door(day, open_page, "barcode", "weight")
    tap(page, "Delivered")
    for index, task in enumerate(dropoffs):
        of_parcel = page.locator("dialog[open] .field", has_text=number_of(task))
        expect(of_parcel).to_have_count(2)
        of_parcel.filter(has_text="Barcode").locator("input").fill(f"AB{index}")
        of_parcel.filter(has_text="Weight").locator("input").fill(f"{index + 1},5")
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert all(becomes(day, task, "delivered") for task in dropoffs)
    assert given(dropoffs[0]) == {"barcode": "AB0", "weight": "1500"}
    assert given(dropoffs[1]) == {"barcode": "AB1", "weight": "2500"}


def test_one_of_two_parcels_is_refused_and_the_other_is_delivered(day: Day, open_page: Callable[[], Page]) -> None:
    """The recipient says no to one: that one goes back, the other stays to be handed over."""
    page, (kept, refused) = two_at_one_door(day, open_page)
    page.click("button:has-text('Trouble')")
    page.get_by_role("checkbox", name=number_of(kept)).uncheck()
    page.click("dialog[open] button:has-text('efused')")
    expect(page.locator(".next-stop-kind")).to_contain_text(number_of(kept))
    expect(page.locator(".next-stop-kind")).not_to_contain_text(number_of(refused))
    tap(page, "Delivered")
    wait_until_all_is_sent(page)
    assert becomes(day, refused, "returning")
    assert becomes(day, kept, "delivered")


def test_no_reason_can_be_given_for_no_parcel(day: Day, open_page: Callable[[], Page]) -> None:
    """And nothing changes when the rider goes back."""
    page, (first, second) = two_at_one_door(day, open_page)
    page.click("button:has-text('Trouble')")
    for task in (first, second):
        page.get_by_role("checkbox", name=number_of(task)).uncheck()
    expect(page.locator("dialog[open] button:has-text('efused')")).to_be_disabled()
    page.click("dialog[open] button:has-text('Back')")
    expect(page.locator(MAIN)).to_have_text("Delivered")
    assert state_of(day, second) == "at_dropoff"


def test_one_of_two_parcels_is_left_with_a_neighbour(day: Day, open_page: Callable[[], Page]) -> None:
    """The other is still in the bag."""
    page, (left, kept) = two_at_one_door(day, open_page)
    page.click("button:has-text('Trouble')")
    page.get_by_role("checkbox", name=number_of(kept)).uncheck()
    page.click("dialog[open] button:has-text('Nobody there')")
    page.click("dialog[open] button:has-text('With a neighbour')")
    page.fill("dialog[open] .field input", "Kim")
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert becomes(day, left, "delivered")
    assert state_of(day, kept) == "at_dropoff"


def test_a_single_parcel_is_not_asked_about(day: Day, open_page: Callable[[], Page]) -> None:
    """Where there is no choice there is no question."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    day.act(dropoff, "arrive")
    page = open_page()
    page.click("button:has-text('Trouble')")
    expect(page.locator("dialog[open] legend:has-text('Which parcels?')")).to_be_hidden()
    page.click("dialog[open] button:has-text('efused')")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "returning")


def test_why_me_is_answered_for_each_order_of_each_stop(day: Day, open_page: Callable[[], Page]) -> None:
    """From the next stop for both of its orders, and from the list for a stop further on."""
    page, dropoffs = two_at_one_door(day, open_page)
    later, _ = day.order()
    for task in (*dropoffs, later):
        decide(day, task.order_id)
    page.reload()
    page.click("button:has-text('Why me?')")
    expect(page.locator("dialog[open] .phone-reason")).to_have_count(2)
    for task in dropoffs:
        expect(page.locator("dialog[open]")).to_contain_text(number_of(task))
    page.click("dialog[open] button:has-text('Back')")
    page.click(".phone-tabs [data-view=stops]")
    page.locator("[data-phone-target=list] li", has_text="Market 1").get_by_role("button", name="Why me?").click()
    expect(page.locator("dialog[open] .phone-reason")).to_have_count(1)
