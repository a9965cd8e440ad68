"""Few taps, and none that cannot be taken back: finishing, correcting, noting, the turn that comes next."""
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from dispatch.core.db import db
from dispatch.orders.models import Proof
from tests.factories.day import Day
from tests.factories.phone import photo
from tests.factories.phone_page import becomes, state_of, wait_until_all_is_sent
from tests.functional.phone.test_phone import MAIN, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def test_a_photo_takes_two_taps_from_arrival_to_finished(
    day: Day, open_page: Callable[[], Page], tmp_path: Path
) -> None:
    """The first opens the camera, the second finishes; between them only the camera's own button."""
    page, dropoff = at_the_door(day, open_page, "photo")
    picture = tmp_path / "door.jpg"
    picture.write_bytes(photo())
    with page.expect_file_chooser() as camera:
        tap(page, "Delivered")
    camera.value.set_files(str(picture))
    finish = page.locator("dialog[open] [type=submit]")
    expect(finish).to_be_focused()
    finish.click()
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")


def test_a_code_takes_two_taps_from_arrival_to_finished(day: Day, open_page: Callable[[], Page]) -> None:
    """The keys of the code go where they belong without a tap in between."""
    page, dropoff = at_the_door(day, open_page, code="4711")
    tap(page, "Delivered")
    expect(page.locator("dialog[open] input")).to_be_focused()
    page.keyboard.type("4711")
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")


def test_all_parcels_for_one_door_are_finished_at_once(day: Day, open_page: Callable[[], Page]) -> None:
    """Three parcels, one tap, one line to undo."""
    orders = [day.order() for _ in range(3)]
    for pickup, _ in orders:
        day.act(pickup, "complete")
    for _, dropoff in orders:
        day.act(dropoff, "arrive")
    page = open_page()
    expect(page.locator(".next-stop-kind")).to_contain_text("3 parcels")
    tap(page, "Delivered")
    expect(page.locator(".phone-action")).to_be_hidden()
    wait_until_all_is_sent(page)
    assert all(becomes(day, dropoff, "delivered") for _, dropoff in orders)


def test_a_finished_stop_is_corrected_from_the_list_long_after(
    day: Day, open_page: Callable[[], Page], server: Any
) -> None:
    """Without a network too; the stop is open again and is done anew."""
    page, dropoff = at_the_door(day, open_page)
    tap(page, "Delivered")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    server.stop()
    page.click(".phone-tabs [data-view=stops]")
    row = page.locator("[data-phone-target=done] .item", has_text="Elm Street 1")
    expect(row).to_contain_text("Delivered")
    row.get_by_role("button", name="Not so").click()
    expect(row).to_be_hidden()
    page.click(".phone-tabs [data-view=next]")
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "at_dropoff")


def test_undo_waits_ten_seconds(day: Day, open_page: Callable[[], Page]) -> None:
    """Nine seconds after the slip nobody has heard of it."""
    page, dropoff = at_the_door(day, open_page)
    tap(page, "Delivered")
    page.wait_for_timeout(9000)
    page.click(".toast button:has-text('Undo')")
    expect(page.locator(MAIN)).to_have_text("Delivered")
    wait_until_all_is_sent(page)
    assert state_of(day, dropoff) == "at_dropoff"


def test_a_note_is_written_without_a_network_and_kept_with_the_proofs(
    day: Day, open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """For whoever asks later how it was."""
    page, dropoff = at_the_door(day, open_page)
    phone.set_offline(True)
    page.get_by_role("button", name="Note", exact=True).click()
    page.fill("dialog[open] textarea", "Left with the concierge, second door")
    page.click("dialog[open] [type=submit]")
    expect(page.locator(".phone-unsent")).to_be_visible()
    phone.set_offline(False)
    wait_until_all_is_sent(page)
    db.session.rollback()
    kept = select(Proof.kind, Proof.text).where(Proof.task_id == dropoff.id)
    assert db.session.execute(kept).tuples().all() == [("note", "Left with the concierge, second door")]


TURN = """async () => {
  const { nextTurn } = await import("/app/static/way.js");
  const steps = [{ index: 0, turn: "depart", name: "Market" }, { index: 1, turn: "left", name: "Elm Street" },
                 { index: 2, turn: "arrive", name: "" }];
  const leg = { coordinates: [[8.69, 49.41], [8.70, 49.41], [8.70, 49.42]], steps };
  const said = (here) => {
    const next = nextTurn(leg, here);
    return next && [next.step.turn, Math.round(next.in_m / 10) * 10];
  };
  return [said([8.695, 49.4101]), said([8.70, 49.415]), said([8.70, 49.43]), said([8.60, 49.41])];
}"""


def test_the_next_turn_follows_the_rider(day: Day, open_page: Callable[[], Page]) -> None:
    """Half way to the corner: left in 360 m. Behind it: there in 560 m. Off the way: nothing."""
    page = open_page()
    assert page.evaluate(TURN) == [["left", 360], ["arrive", 560], None, None]
