"""Pictures and words about a stop survive the end of the page, and belong to what they are about."""
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from dispatch.core.db import db
from dispatch.orders.models import Proof
from riders.trouble.models import Incident
from tests.factories.day import Day
from tests.factories.phone_page import becomes, eventually, wait_until_all_is_sent
from tests.functional.phone.test_camera import killed_and_opened_again
from tests.functional.phone.test_hazards import UNSENT, here, known
from tests.functional.phone.test_parcels import number_of, two_at_one_door
from tests.functional.phone.test_phone import picture, tap
from tests.functional.phone.test_proof import at_the_door, given

pytestmark = [pytest.mark.browser, pytest.mark.mapless]
__all__ = ["here", "picture"]

LABEL = "dialog[open] .proof-photo label"
FINISH = "dialog[open] [type=submit]"
URLS = """
window.pictures = new Set();
const [make, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
URL.createObjectURL = (blob) => { const address = make.call(URL, blob); window.pictures.add(address); return address; };
URL.revokeObjectURL = (address) => { window.pictures.delete(address); revoke.call(URL, address); };
"""


def leave_in_a_safe_place(page: Page) -> None:
    """Nobody home; the recipient agrees."""
    page.click("dialog[open] button:has-text('Nobody there')")
    with page.expect_file_chooser():
        page.click("dialog[open] button:has-text('In a safe place')")


def choose(page: Page, selector: str, path: Path) -> None:
    """The camera takes this picture."""
    with page.expect_file_chooser() as camera:
        page.click(selector)
    camera.value.set_files(str(path))


def test_a_page_killed_over_the_photo_of_a_safe_place_goes_on_with_that_photo(
    day: Day, open_page: Callable[[], Page], picture: Path
) -> None:
    """The sheet for the safe place, not none and not the usual one; and for the parcel that was chosen."""
    page, (left, kept) = two_at_one_door(day, open_page)
    page.click("button:has-text('Trouble')")
    page.get_by_role("checkbox", name=number_of(kept)).uncheck()
    leave_in_a_safe_place(page)
    page = killed_and_opened_again(page)
    choose(page, LABEL, picture)
    page.click(FINISH)
    wait_until_all_is_sent(page)
    assert becomes(day, left, "delivered")
    assert given(left) == {"photo": None}
    assert given(kept) == {}


def test_an_incident_half_told_is_there_again_when_the_page_was_ended(
    day: Day, open_page: Callable[[], Page], picture: Path
) -> None:
    """Kind, words and picture; once it is sent or left, it is gone from the phone."""
    page = open_page()
    page.click(".phone-bar summary")
    page.click("button:has-text('Report an incident')")
    page.locator("dialog[open] [name=kind]").first.check()
    page.fill("dialog[open] [name=words]", "A door opened")
    choose(page, LABEL, picture)
    expect(page.locator("dialog[open] img")).to_be_visible()
    page.wait_for_timeout(500)
    page = killed_and_opened_again(page)
    expect(page.locator("dialog[open] [name=words]")).to_have_value("A door opened")
    expect(page.locator("dialog[open] [name=kind]").first).to_be_checked()
    expect(page.locator("dialog[open] img")).to_be_visible()
    page.click(FINISH)
    wait_until_all_is_sent(page)
    assert eventually(lambda: said() == [("A door opened", True)])
    page.reload()
    page.wait_for_selector(".phone[data-ready=true]")
    expect(page.locator("dialog[open]")).to_have_count(0)


def said() -> list[tuple[str, bool]]:
    """The words of the incidents on the server, and whether each has a picture."""
    db.session.rollback()
    return [(each.words, each.photo is not None) for each in db.session.scalars(select(Incident))]


def test_a_photo_that_nobody_asked_for_is_kept_with_its_stop(
    day: Day, open_page: Callable[[], Page], server: Any, picture: Path
) -> None:
    """A dent that was there before; without a network too."""
    page, dropoff = at_the_door(day, open_page)
    server.stop()
    choose(page, ".next-stop-more button:has-text('Photo')", picture)
    expect(page.locator(".toast")).to_contain_text("The photo is kept")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until_all_is_sent(page)
    db.session.rollback()
    assert db.session.execute(select(Proof.task_id, Proof.kind)).tuples().all() == [(dropoff.id, "photo")]


def test_a_hazard_taken_back_without_a_network_takes_its_photo_with_it(
    day: Day, here: None, open_page: Callable[[], Page], server: Any, picture: Path
) -> None:
    """Else the photo is sent to a hazard that nobody knows, and comes back in red."""
    day.order()
    page = open_page()
    server.stop()
    page.get_by_role("button", name="Report a hazard").first.click()
    page.click('dialog[open] [data-kind="ice"]')
    page.set_input_files(".phone-placing input[type=file]", picture)
    expect(page.locator(".phone-placing-tick")).to_be_visible()
    page.get_by_role("button", name="It is here").click()
    expect(page.locator(UNSENT)).to_contain_text("2")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(UNSENT)).to_be_hidden()
    server.start()
    assert known(day) == []


def test_pictures_that_are_no_longer_shown_are_let_go(
    day: Day, open_page: Callable[[], Page], picture: Path
) -> None:
    """A phone short of memory ends the page otherwise, at the tenth photo of the day."""
    page, _ = at_the_door(day, open_page, "name", "photo")
    page.add_init_script(URLS)
    page.reload()
    tap(page, "Delivered")
    shown, before = page.locator("dialog[open] img"), ""
    for _ in range(2):
        choose(page, LABEL, picture)
        expect(shown).to_be_visible()
        expect(shown).not_to_have_attribute("src", before)
        before = shown.get_attribute("src")
        assert page.evaluate("window.pictures.size") == 1
    page.click("dialog[open] button:has-text('Back')")
    assert eventually(lambda: page.evaluate("window.pictures.size") == 0)
