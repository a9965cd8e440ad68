"""Hazards on the rider's phone in Chromium: two taps, with and without a network, and what others reported."""
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from dispatch.core.db import db, transaction, use_coop
from dispatch.geo import hazard_services, hazards, travel
from dispatch.geo.hazards import HazardView
from dispatch.planning.hazards import find_riders_near
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.phone_page import eventually, wait_until_all_is_sent
from tests.factories.sketched_day import make_sketched_day, order_along, spot

pytestmark = pytest.mark.browser

UNSENT = ".phone-unsent"


@pytest.fixture
def day(app: Any, tmp_path: Path) -> Any:
    """Ada on shift in a town with streets, riding east along the second street."""
    day = make_sketched_day(tmp_path)
    order_along(day, spot(500, 200))
    yield day
    travel.forget()


@pytest.fixture
def here(phone: BrowserContext) -> None:
    """The phone knows where it is: in the middle of the second street."""
    place = spot(250, 200)
    phone.grant_permissions(["geolocation"])
    phone.set_geolocation({"longitude": place.lon, "latitude": place.lat})


def known(day: Day) -> list[HazardView]:
    """What the server has."""
    db.session.rollback()
    use_coop(day.coop_id)
    return hazards.list_hazards(day.coop_id, day.town.city_id)


def report(page: Page, kind: str) -> None:
    """Two taps: what, where."""
    page.get_by_role("button", name="Report a hazard").first.click()
    page.click(f'dialog[open] [data-kind="{kind}"]')
    button = page.get_by_role("button", name="It is here")
    expect(button).to_be_enabled(timeout=15_000)
    button.click()


def test_a_hazard_is_reported_by_two_taps(day: Day, here: None, open_page: Callable[[], Page]) -> None:
    """What, and where the rider is; everybody's map shows it."""
    page = open_page()
    report(page, "glass")
    expect(page.locator(".toast")).to_contain_text("Thank you")
    wait_until_all_is_sent(page)
    [found] = known(day)
    assert (found.kind, found.is_private, found.reported_by) == ("glass", False, day.rider.member_id)
    assert found.at.lon == pytest.approx(spot(250, 200).lon, abs=2e-5)


def test_a_hazard_seen_without_a_network_is_sent_later_with_its_photo(
    day: Day, here: None, open_page: Callable[[], Page], server: Any, tmp_path: Path
) -> None:
    """The report waits in the outbox, the picture behind it; both arrive once."""
    photo = tmp_path / "ice.jpg"
    Image.new("RGB", (800, 600), "white").save(photo, "JPEG")
    page = open_page()
    server.stop()
    page.get_by_role("button", name="Report a hazard").first.click()
    page.locator("dialog[open] [name=is_private]").check()
    page.click('dialog[open] [data-kind="ice"]')
    page.set_input_files(".phone-placing input[type=file]", photo)
    expect(page.locator(".phone-placing-tick")).to_be_visible()
    page.get_by_role("button", name="It is here").click()
    expect(page.locator(UNSENT)).to_contain_text("2")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until_all_is_sent(page)
    [found] = known(day)
    assert (found.kind, found.is_private, found.has_photo) == ("ice", True, True)


def test_who_reported_by_mistake_takes_it_back(day: Day, here: None, open_page: Callable[[], Page]) -> None:
    """Even after the server has heard of it."""
    page = open_page()
    report(page, "works")
    wait_until_all_is_sent(page)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    wait_until_all_is_sent(page)
    assert eventually(lambda: known(day) == [])


def test_a_hazard_that_cannot_be_ridden_round_is_told_on_the_next_stop(
    day: Day, open_page: Callable[[], Page]
) -> None:
    """The phone says what lies on the way."""
    with transaction():
        bo = make_member(day.coop_id, "Bo").id
        seen = hazard_services.HazardReport(id=uuid4(), city_id=day.town.city_id, kind="ice", at=spot(0, 200))
        hazard_services.report_hazard(day.coop_id, bo, seen)
        assert find_riders_near(day.coop_id, seen.id) == [day.rider.id]
    page = open_page()
    for words in ("Set off", "I am here", "Picked up"):
        button = page.locator(".phone-action .button-primary")
        expect(button).to_have_text(words)
        button.click()
    expect(page.locator(".next-stop-place")).to_have_text("Elm Street 1")
    expect(page.locator(".next-stop-hazard")).to_contain_text("On the way: Ice", timeout=30_000)


KEPT = """async () => {
  const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return kept.flat().map(({ url }) => new URL(url).pathname);
}"""
SHELL = "fetch('/app/sw.js').then((answer) => answer.text())"


def test_the_map_along_the_way_is_there_without_a_network(
    day: Day, open_page: Callable[[], Page], server: Any
) -> None:
    """Kept before anybody looked at it: what draws it, and its tiles by their single addresses."""
    page = open_page()
    later = set(json.loads(page.evaluate(SHELL).split("self.SHELL = ")[1].split(";\n")[0])["later"])
    assert eventually(lambda: later <= set(page.evaluate(KEPT)))
    assert eventually(lambda: len(tiles_of(page)) > 8)
    server.stop()
    assert page.evaluate("(path) => fetch(path).then((answer) => answer.ok)", tiles_of(page)[0])
    page.click(".phone-tabs [data-view=map]")
    expect(page.locator(".maplibregl-canvas")).to_be_visible(timeout=20_000)


def tiles_of(page: Page) -> list[str]:
    """The tiles that the phone has kept."""
    return [path for path in page.evaluate(KEPT) if path.endswith(".mvt")]
