"""A code that was misheard: it alone is asked for again."""
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from dispatch.core.db import db, transaction
from dispatch.orders import runs
from dispatch.orders.models import Proof, Task
from dispatch.orders.runs import PlannedStop
from tests.factories.day import Day
from tests.factories.phone import photo
from tests.factories.phone_page import PUT_AWAY, becomes, wait_until_all_is_sent
from tests.functional.phone.test_dead_zone import SHEET, sign
from tests.functional.phone.test_no_store import DAMAGED
from tests.functional.phone.test_phone import need_proof, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]
NAME, CODE, FINISH = (f"{SHEET} {field}" for field in ("input[autocapitalize=words]", ".proof-code", "[type=submit]"))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """What the camera took."""
    path = tmp_path / "door.jpg"
    path.write_bytes(photo(2400, 1800))
    return path


def proofs_of(task: Task) -> list[tuple[str, str | None]]:
    """What the server keeps: kind and text."""
    db.session.rollback()
    found = select(Proof.kind, Proof.text).where(Proof.task_id == task.id).order_by(Proof.kind)
    return list(db.session.execute(found).tuples().all())


def hear_the_refusal(page: Page) -> None:
    """The phone is put away, so that the server looks at the code at once; the rider has read what it says."""
    page.evaluate(PUT_AWAY)
    expect(page.locator(".toast-danger")).to_contain_text("The code does not fit")
    page.click(".phone-unsent")
    page.get_by_role("button", name="Understood").click()
    page.click(".phone-tabs [data-view=next]")


@pytest.mark.parametrize(
    ("script", "is_loaded_anew"),
    [("", False), ("", True), (DAMAGED, False)],
    ids=["at-once", "loaded-anew", "without-a-store"],
)
def test_after_a_wrong_code_the_code_alone_is_asked_again(
    day: Day,
    phone: BrowserContext,
    open_page: Callable[[], Page],
    picture: Path,
    script: str,
    is_loaded_anew: bool,
) -> None:
    """Photo, signature and name stay as they were given, and are kept once."""
    phone.add_init_script(script)
    page, dropoff = at_the_door(day, open_page, "photo", "signature", "name", code="4711")
    tap(page, "Delivered")
    page.set_input_files(f"{SHEET} input[type=file]", str(picture))
    page.fill(NAME, "Kim")
    sign(page)
    page.fill(CODE, "1111")
    page.click(FINISH)
    hear_the_refusal(page)
    if is_loaded_anew:
        page.reload()
    tap(page, "Delivered")
    expect(page.locator(NAME)).to_have_value("Kim")
    expect(page.locator(f"{SHEET} img")).to_be_visible()
    expect(page.locator(CODE)).to_have_value("")
    expect(page.locator(FINISH)).to_be_disabled()
    page.fill(CODE, "4711")
    page.click(FINISH)
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    assert proofs_of(dropoff) == [("code", "4711"), ("name", "Kim"), ("photo", None), ("signature", None)]


def test_what_is_changed_after_a_wrong_code_counts_as_another_proof(day: Day, open_page: Callable[[], Page]) -> None:
    """The first name was not right either: both are kept, the merchant sees both."""
    page, dropoff = at_the_door(day, open_page, "name", code="4711")
    tap(page, "Delivered")
    page.fill(NAME, "Kim")
    page.fill(CODE, "1111")
    page.click(FINISH)
    hear_the_refusal(page)
    tap(page, "Delivered")
    page.fill(NAME, "Kim Ngo")
    page.fill(CODE, "4711")
    page.click(FINISH)
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    assert sorted(proofs_of(dropoff)) == [("code", "4711"), ("name", "Kim"), ("name", "Kim Ngo")]


@pytest.mark.parametrize("wrong", [(1,), (0, 1)], ids=["one", "both"])
def test_of_two_parcels_for_one_door_each_keeps_what_was_given(
    day: Day, open_page: Callable[[], Page], picture: Path, wrong: tuple[int, ...]
) -> None:
    """One photo was taken for both, and each has it once in the end."""
    codes = ("4711", "4722")
    orders = [day.order(code=code) for code in codes]
    drops = [dropoff for _, dropoff in orders]
    with transaction():
        tasks = [task for pair in zip(*orders, strict=True) for task in pair]
        runs.set_stops(day.coop_id, day.run.id, [PlannedStop(task_id=task.id) for task in tasks], actor="planner")
        runs.bump_run(day.coop_id, day.run.id)
    for pickup, dropoff in orders:
        need_proof(dropoff, "photo")
        day.act(pickup, "complete")
    for dropoff in drops:
        day.act(dropoff, "arrive")
    page = open_page()
    tap(page, "Delivered")
    page.set_input_files(f"{SHEET} input[type=file]", str(picture))
    for number, code in enumerate(codes):
        page.locator(CODE).nth(number).fill("1111" if number in wrong else code)
    page.click(FINISH)
    page.evaluate(PUT_AWAY)
    expect(page.locator(".toast-danger")).to_have_count(len(wrong))
    expect(page.locator(".phone-unsent")).to_contain_text(str(len(wrong)))
    tap(page, "Delivered")
    expect(page.locator(f"{SHEET} img")).to_be_visible()
    expect(page.locator(CODE)).to_have_count(len(wrong))
    for place, number in enumerate(wrong):
        page.locator(CODE).nth(place).fill(codes[number])
    page.click(FINISH)
    page.evaluate(PUT_AWAY)
    assert all(becomes(day, dropoff, "delivered") for dropoff in drops)
    page.click(".phone-unsent")
    for _ in wrong:
        page.get_by_role("button", name="Understood").first.click()
    wait_until_all_is_sent(page)
    for dropoff, code in zip(drops, codes, strict=True):
        assert proofs_of(dropoff) == [("code", code), ("photo", None)]
