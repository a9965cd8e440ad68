"""Proof and trouble on the phone in Chromium: codes by camera, sheets that survive the end of the page, help."""
import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, expect
from sqlalchemy import select

from dispatch.core.db import db, transaction
from dispatch.orders import runs
from dispatch.orders.models import Proof, Task, TaskEvent
from dispatch.orders.runs import PlannedStop
from riders.trouble.models import Incident
from tests.factories.day import Day
from tests.factories.phone import photo
from tests.factories.phone_page import becomes, eventually, wait_until_all_is_sent
from tests.functional.phone.test_phone import MAIN, need_proof, tap

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

SLOW = """() => {
  const quick = createImageBitmap;
  window.createImageBitmap = async (...of) => {
    await new Promise((done) => { setTimeout(done, 1000); });
    return quick(...of);
  };
}"""
READ = """async (address) => {
  const { zxing } = await import("/app/static/scanner.js");
  const read = await zxing();
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return read(canvas);
}"""


def at_the_door(day: Day, open_page: Callable[[], Page], *kinds: str, code: str | None = None) -> tuple[Page, Task]:
    """A page that stands at a dropoff which asks for these proofs."""
    pickup, dropoff = day.order(code=code)
    if kinds:
        need_proof(dropoff, *kinds)
    day.act(pickup, "complete")
    day.act(dropoff, "arrive")
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Delivered")
    return page, dropoff


def incidents() -> list[Incident]:
    """What the server has heard of."""
    db.session.rollback()
    return list(db.session.scalars(select(Incident)))


def given(task: Task) -> dict[str, str | None]:
    """The proofs of a task on the server: kind and text."""
    db.session.rollback()
    return dict(db.session.execute(select(Proof.kind, Proof.text).where(Proof.task_id == task.id)).tuples().all())


def test_a_browser_without_a_detector_reads_codes_by_our_own_reader(day: Day, open_page: Callable[[], Page]) -> None:
    """WebAssembly from our own address, under the page's own policy."""
    page = open_page()
    out = io.BytesIO()
    segno.make("PARCEL-4711").save(out, kind="png", scale=6)
    address = f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
    assert page.evaluate(READ, address) == "PARCEL-4711"


def test_age_weight_and_a_barcode_typed_by_hand_reach_the_server(day: Day, open_page: Callable[[], Page]) -> None:
    """No camera, no problem: every proof has a way without it."""
    page, dropoff = at_the_door(day, open_page, "age", "weight", "barcode")
    tap(page, "Delivered")
    page.check("dialog[open] input[type=checkbox]")
    page.fill("dialog[open] input[inputmode=decimal]", "2,45")
    page.fill("dialog[open] .field:has(video) input", "0123")
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    assert given(dropoff) == {"age": "18", "weight": "2450", "barcode": "0123"}


def test_a_half_made_proof_is_there_again_when_the_page_was_ended(day: Day, open_page: Callable[[], Page]) -> None:
    """Android ends pages while the camera is open."""
    page, _ = at_the_door(day, open_page, "name", "photo")
    tap(page, "Delivered")
    page.fill("dialog[open] .field input[maxlength='120']", "Zoë Ngo")
    page.wait_for_timeout(1_500)  # the camera's app comes to the front, and then the page is ended
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("dialog[open] .field input[maxlength='120']")).to_have_value("Zoë Ngo", timeout=20_000)


def test_a_parcel_is_left_with_a_neighbour_by_name(day: Day, open_page: Callable[[], Page]) -> None:
    """The guided way ends in a delivery that says with whom."""
    page, dropoff = at_the_door(day, open_page)
    page.click("button:has-text('Trouble')")
    page.click("dialog[open] button:has-text('Nobody there')")
    page.click("dialog[open] button:has-text('With a neighbour')")
    page.fill("dialog[open] .field input", "Kim, 2nd floor")
    page.click("dialog[open] [type=submit]")
    wait_until_all_is_sent(page)
    assert becomes(day, dropoff, "delivered")
    assert given(dropoff) == {"name": "Kim, 2nd floor"}
    done = select(TaskEvent.data).where(TaskEvent.task_id == dropoff.id, TaskEvent.action == "complete")
    assert db.session.scalar(done) == {"left": "neighbour"}


def test_a_parcel_for_the_recipient_alone_is_not_left_anywhere(day: Day, open_page: Callable[[], Page]) -> None:
    """The phone does not even offer it."""
    page, _ = at_the_door(day, open_page, "age")
    page.click("button:has-text('Trouble')")
    page.click("dialog[open] button:has-text('Nobody there')")
    expect(page.locator("dialog[open]")).to_contain_text("for the recipient alone")
    expect(page.locator("dialog[open] button:has-text('neighbour')")).to_be_hidden()


def test_a_call_for_help_shares_the_place_once_even_if_positions_are_not_shared(
    day: Day, open_page: Callable[[], Page]
) -> None:
    """Two taps; the coordinators know who and where."""
    page = open_page()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 49.01, "longitude": 8.4})
    page.click(".phone-bar summary")
    page.click("button:has-text('Emergency')")
    page.click("dialog[open] button:has-text('Only alarm')")
    assert eventually(lambda: len(incidents()) == 1)
    (incident,) = incidents()
    assert (incident.kind, incident.rider_id) == ("sos", day.rider.id)
    assert [round(degrees, 2) for degrees in incident.lonlat.as_pair()] == [8.4, 49.01]


def test_the_page_lets_go_of_cards_that_it_no_longer_shows(day: Day, open_page: Callable[[], Page]) -> None:
    """Stimulus alone would keep every element with an action until the shift is over."""
    page = open_page()
    page.evaluate("""async () => {
      const card = document.createElement("article");
      card.innerHTML = '<button data-action="phone#whyMe">?</button>';
      document.querySelector(".phone").append(card);
      await new Promise((done) => setTimeout(done, 50));
      card.remove();
      await new Promise((done) => setTimeout(done, 50));
      window.dropped = new WeakRef(card);
    }""")
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    assert page.evaluate("window.dropped.deref() === undefined")


def test_two_parcels_for_one_door_are_two_taps(day: Day, open_page: Callable[[], Page]) -> None:
    """Arrived, delivered: whatever belongs to one address is finished at once."""
    orders = [day.order(), day.order()]
    with transaction():
        tasks = [task for pair in zip(*orders, strict=True) for task in pair]
        runs.set_stops(day.coop_id, day.run.id, [PlannedStop(task_id=task.id) for task in tasks], actor="planner")
        runs.bump_run(day.coop_id, day.run.id)
    for pickup, _ in orders:
        day.act(pickup, "complete")
    for _, dropoff in orders:
        day.act(dropoff, "start")
    page = open_page()
    expect(page.locator(".next-stop-kind")).to_contain_text("2 parcels")
    tap(page, "I am here")
    tap(page, "Delivered")
    wait_until_all_is_sent(page)
    assert all(becomes(day, dropoff, "delivered") for _, dropoff in orders)


def test_a_photo_that_takes_a_while_moves_nothing_under_the_pen(
    day: Day, open_page: Callable[[], Page], tmp_path: Path
) -> None:
    """The recipient signs while the phone makes the picture small: its room is there from the first moment."""
    page, _ = at_the_door(day, open_page, "photo", "signature")
    (tmp_path / "door.jpg").write_bytes(photo(400, 300))
    page.evaluate(SLOW)
    tap(page, "Delivered")
    expect(page.locator("dialog[open] canvas")).to_be_visible()
    before = canvas_top(page)
    page.set_input_files("dialog[open] input[type=file]", str(tmp_path / "door.jpg"))
    at_once = canvas_top(page)
    assert page.locator("dialog[open] img").is_hidden()
    expect(page.locator("dialog[open] img")).to_be_visible()
    assert before < at_once == canvas_top(page)


def canvas_top(page: Page) -> float:
    """How far below the beginning of the photo's field one signs."""
    top: float = page.evaluate(
        """() => {
          const of = (name) => document.querySelector(`dialog[open] .proof-${name}`);
          const [photo, field] = ["photo", "signature"].map(of);
          return field.getBoundingClientRect().top - photo.getBoundingClientRect().top;
        }"""
    )
    return round(top, 1)
