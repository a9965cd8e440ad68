"""Coordinators report, see and clear hazards on the board's map and in the list beside it."""
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import expect

from dispatch.core.db import db, transaction, use_coop
from dispatch.geo import hazard_services, hazards, travel
from dispatch.geo.hazards import HazardView
from tests.factories.phone import photo
from tests.factories.sketched_day import make_sketched_day, spot
from tests.factories.town import Town
from tests.functional.board.conftest import OpenBoard

pytestmark = pytest.mark.browser


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> Iterator[Town]:
    """A town with streets and a map, Ada on shift, Cora at the board."""
    yield make_sketched_day(tmp_path).town
    travel.forget()


def known(town: Town) -> list[HazardView]:
    """What the server has."""
    db.session.rollback()
    use_coop(town.coop_id)
    return hazards.list_hazards(town.coop_id, town.city_id)


def test_a_coordinator_reports_by_two_clicks_and_clears_it_again(town: Town, open_board: OpenBoard) -> None:
    """What, where; then a click on its sign and it is gone."""
    page = open_board()
    canvas = page.locator(".board-map canvas")
    expect(canvas).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Report a hazard").click()
    page.locator("dialog[open] [data-kind=works]").click()
    box = canvas.bounding_box()
    place = (box["x"] + box["width"] / 2 + 120, box["y"] + box["height"] / 2 + 90)  # not on Ada
    page.mouse.click(*place)
    page.locator(".board-placing input[type=file]").set_input_files(
        {"name": "works.jpg", "mimeType": "image/jpeg", "buffer": photo(64, 48)}
    )
    expect(page.locator(".board-placing")).to_contain_text("Photo chosen")
    page.get_by_role("button", name="It is here").click()
    expect(page.locator(".toast")).to_contain_text("Reported.")
    expect(page.locator(".toast", has_text="Photo kept.")).to_be_visible()
    [found] = known(town)
    assert (found.kind, found.is_private, found.has_photo) == ("works", False, True)
    page.wait_for_timeout(1500)
    page.mouse.click(*place)
    expect(page.locator("dialog[open] h2")).to_contain_text("Roadworks")
    page.get_by_role("button", name="It is gone").click()
    expect(page.locator(".toast", has_text="Hazard cleared.")).to_be_visible()
    assert known(town) == []


def test_the_list_says_all_that_the_map_shows(town: Town, open_board: OpenBoard) -> None:
    """Kind, street, who reported it; confirmed and cleared without a map."""
    with transaction():
        member = hazard_services.HazardReport(
            id=uuid4(), city_id=town.city_id, kind="glass", at=spot(250, 200), note="Bottles", is_private=True
        )
        hazard_services.report_hazard(town.coop_id, uuid4(), member)
    page = open_board()
    page.goto(page.url.replace("/board", "/board/hazards"))
    row = page.locator("tbody tr")
    for words in ("Glass", "Only us", "Bottles", "Nordweg 2"):
        expect(row).to_contain_text(words)
    row.get_by_role("button", name="Still there").click()
    expect(page.locator("tbody tr")).to_contain_text("1 still there")
    page.locator("tbody tr").get_by_role("button", name="It is gone").click()
    expect(page.get_by_text("No hazards")).to_be_visible()
