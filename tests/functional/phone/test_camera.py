"""The camera: Android may end the page while it is open, and not everything that is chosen is a picture."""
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Error, Page, TimeoutError, expect
from sqlalchemy import select

from dispatch.core.db import db
from dispatch.orders.models import Proof
from tests.factories.day import Day
from tests.factories.phone_page import becomes, wait_until_all_is_sent
from tests.functional.phone.test_phone import picture, tap
from tests.functional.phone.test_proof import at_the_door

pytestmark = [pytest.mark.browser, pytest.mark.mapless]
__all__ = ["picture"]

LABEL = "dialog[open] .proof-photo label"
FINISH = "dialog[open] [type=submit]"
NAME = "dialog[open] .field input[maxlength='120']"


def open_camera(page: Page) -> object:
    """Press the button for a photo; the browser hands over to the camera's own window."""
    with page.expect_file_chooser() as opened:
        page.click(LABEL)
    return opened.value


def killed_and_opened_again(page: Page) -> Page:
    """The system ends the page's process without asking it, as Android does when memory is short."""
    address, context = page.url, page.context
    with suppress(Error):
        page.goto("chrome://crash", timeout=5_000)
    fresh = context.new_page()
    for patience_ms in (10_000, 20_000, 60_000):  # Chromium may first ask the service worker that died with the page
        with suppress(TimeoutError):
            fresh.goto(address, timeout=patience_ms)
            break
    fresh.wait_for_selector(".phone[data-ready=true]")
    return fresh


def test_a_page_killed_while_the_camera_was_open_goes_on_where_it_was(
    day: Day, open_page: Callable[[], Page], picture: Path
) -> None:
    """What was typed before is there, the sheet stands open, and the photo is taken once more."""
    page, dropoff = at_the_door(day, open_page, "name", "photo")
    tap(page, "Delivered")
    page.fill(NAME, "Zoë Ngo")
    page.wait_for_timeout(500)
    open_camera(page)
    page = killed_and_opened_again(page)
    expect(page.locator(NAME)).to_have_value("Zoë Ngo")
    expect(page.locator(FINISH)).to_be_disabled()
    open_camera(page).set_files(picture)  # type: ignore[attr-defined]
    page.click(FINISH)
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    proofs = db.session.execute(select(Proof.kind, Proof.text).where(Proof.task_id == dropoff.id)).tuples().all()
    assert dict(proofs) == {"name": "Zoë Ngo", "photo": None}


def test_a_photo_survives_the_end_of_the_page_and_arrives_small_and_clean(
    day: Day, open_page: Callable[[], Page], tmp_path: Path
) -> None:
    """Kept on the phone as soon as it is taken; without the coordinates that the camera wrote into it."""
    page, dropoff = at_the_door(day, open_page, "photo")
    tap(page, "Delivered")
    open_camera(page).set_files(photo_with_place(tmp_path))  # type: ignore[attr-defined]
    expect(page.locator("dialog[open] .proof-photo img")).to_be_visible()
    expect(page.locator(FINISH)).to_be_enabled()
    page.wait_for_timeout(500)
    page = killed_and_opened_again(page)
    expect(page.locator("dialog[open] .proof-photo img")).to_be_visible()
    page.click(FINISH)
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    kept = Image.open(BytesIO(db.session.scalars(select(Proof.content).where(Proof.task_id == dropoff.id)).one()))
    assert (kept.format, max(kept.size), dict(kept.getexif())) == ("JPEG", 1600, {})


def photo_with_place(folder: Path) -> Path:
    """A large photo that says where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (49.0, 24.0, 36.0)
    path = folder / "home.jpg"
    Image.new("RGB", (3200, 2400), "teal").save(path, "JPEG", exif=exif)
    return path


BAD = {
    "zero bytes": ("door.jpg", b""),
    "HEIC": ("door.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00" + bytes(2000)),
    "SVG": ("door.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9'><script>alert(1)</script></svg>"),
    "PDF as JPEG": ("door.jpg", b"%PDF-1.7 " + bytes(4000)),
    "50 MB": ("door.jpg", b"\xff\xd8\xff\xe0" + bytes(50 * 1024 * 1024)),
}


def test_what_is_no_picture_is_said_at_the_door_and_not_sent(
    day: Day, open_page: Callable[[], Page], tmp_path: Path, picture: Path
) -> None:
    """An hour later on the outbox's list it would help nobody; the next one may be fine."""
    page, dropoff = at_the_door(day, open_page, "photo")
    tap(page, "Delivered")
    for what, (name, data) in BAD.items():
        path = tmp_path / what / name
        path.parent.mkdir()
        path.write_bytes(data)
        open_camera(page).set_files(path)  # type: ignore[attr-defined]
        words = page.locator("dialog[open] [data-f=photo_words]")
        expect(page.locator("dialog[open] input[type=file]")).to_have_value("")  # it was looked at
        expect(words, what).to_contain_text("cannot be read")
        expect(page.locator(FINISH)).to_be_disabled()
    open_camera(page).set_files(picture)  # type: ignore[attr-defined]
    expect(words).to_be_hidden()
    page.click(FINISH)
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")


def test_what_an_earlier_picture_came_to_does_not_speak_over_a_later_one(
    day: Day, open_page: Callable[[], Page], tmp_path: Path, picture: Path
) -> None:
    """A bad picture that takes long to look at, and at once a good one: the good one counts."""
    page, _ = at_the_door(day, open_page, "photo")
    tap(page, "Delivered")
    page.evaluate("""() => {
      const real = window.createImageBitmap;
      window.createImageBitmap = async (file, ...more) => {
        if (file.name !== "slow.jpg") return real(file, ...more);
        await new Promise((done) => setTimeout(done, 1500));
        throw new Error("unreadable");
      };
    }""")
    bad = tmp_path / "slow.jpg"
    bad.write_bytes(b"no picture")
    open_camera(page).set_files(bad)  # type: ignore[attr-defined]
    open_camera(page).set_files(picture)  # type: ignore[attr-defined]
    expect(page.locator("dialog[open] img")).to_be_visible()
    page.wait_for_timeout(2000)
    expect(page.locator("dialog[open] [data-f=photo_words]")).to_be_hidden()
    expect(page.locator(FINISH)).to_be_enabled()
