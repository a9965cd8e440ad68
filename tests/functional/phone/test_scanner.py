"""Reading a code through the camera, from the lens to the server; and a camera that may not be used."""
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.factories.day import Day
from tests.factories.phone_page import becomes, wait_until_all_is_sent
from tests.functional.conftest import PATIENCE_MS, launch
from tests.functional.phone.test_phone import tap
from tests.functional.phone.test_proof import at_the_door, given

pytestmark = pytest.mark.browser

SIZE = (640, 480)
CODE = "dialog[open] .field:has(video) input"
SCAN = "dialog[open] .field:has(video) button"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the lens sees: a label with a QR code, as raw video (YUV4MPEG2, grey)."""
    path = tmp_path_factory.mktemp("camera") / "label.y4m"
    small = path.with_suffix(".png")
    segno.make("PARCEL-4711", error="m").save(small, kind="png", scale=8, border=4)
    label = Image.open(small).convert("L")
    frame = Image.new("L", SIZE, 200)
    frame.paste(label, ((SIZE[0] - label.width) // 2, (SIZE[1] - label.height) // 2))
    grey = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    head = f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + (b"FRAME\n" + frame.tobytes() + grey) * 5)
    return path


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Browser]:
    """A Chromium whose camera plays the film; nobody is asked whether it may be used."""
    expect.set_options(timeout=PATIENCE_MS)
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        yield launch(playwright, *camera, is_whole=True)


def test_a_code_before_the_camera_is_read_and_proves_the_delivery(day: Day, open_page: Callable[[], Page]) -> None:
    """One tap to look, none to type."""
    page, dropoff = at_the_door(day, open_page, "barcode")
    page.context.grant_permissions(["camera"])
    tap(page, "Delivered")
    page.click(SCAN)
    expect(page.locator(CODE)).to_have_value("PARCEL-4711")
    expect(page.locator("dialog[open] video")).to_be_hidden()
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    assert given(dropoff) == {"barcode": "PARCEL-4711"}


def test_a_camera_that_may_not_be_used_is_said_and_the_code_is_typed(day: Day, open_page: Callable[[], Page]) -> None:
    """Refusing is a right: there is always a way without."""
    page, dropoff = at_the_door(day, open_page, "barcode")
    page.context.clear_permissions()
    page.evaluate("""() => {
      window.asked = navigator.permissions.query({ name: "camera" }).then((it) => it.state);
    }""")
    assert page.evaluate("window.asked") != "granted"
    tap(page, "Delivered")
    page.click(SCAN)
    expect(page.locator("dialog[open] [data-f=scan_words]")).to_contain_text("camera")
    expect(page.locator("dialog[open] video")).to_be_hidden()
    page.fill(CODE, "4711")
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
