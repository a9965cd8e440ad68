"""Coordinators draw and import zones, are told what is wrong with an outline, and see how far a rider comes."""
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from flask import Flask
from playwright.sync_api import Page, expect

from dispatch.core.db import db, use_coop
from dispatch.geo import travel
from dispatch.geo.zones import list_zones
from tests.factories.sketched_day import make_sketched_day, spot
from tests.factories.town import Town
from tests.functional.board.conftest import OpenBoard

pytestmark = pytest.mark.browser


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> Iterator[Town]:
    """A town with streets and a map; Cora coordinates."""
    yield make_sketched_day(tmp_path).town
    travel.forget()


def open_zones(open_board: OpenBoard) -> Page:
    """The page of zones with its map."""
    page = open_board()
    page.goto(page.url.replace("/board", "/board/zones"))
    page.wait_for_selector("[data-controller=zones][data-ready=true]", timeout=30_000)
    return page


def click(page: Page, *places: tuple[float, float]) -> None:
    """Click the map at shares of its width and height."""
    box = page.locator("canvas").bounding_box()
    for across, down in places:
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(400)  # two quick clicks are a double click


def names(town: Town) -> list[str]:
    """What is stored."""
    db.session.rollback()
    use_coop(town.coop_id)
    return [zone.name for zone in list_zones(town.coop_id)]


def test_a_zone_is_drawn_point_by_point(town: Town, open_board: OpenBoard) -> None:
    """Four clicks, a name, saved; it is on the list and has an area."""
    page = open_zones(open_board)
    page.get_by_role("button", name="Draw on the map").click()
    click(page, (0.3, 0.4), (0.7, 0.4), (0.7, 0.75), (0.3, 0.75))
    expect(page.locator(".zones-tools")).to_contain_text("4 points")
    page.fill("[name=name]", "Old town")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".list")).to_contain_text("Old town")
    assert names(town) == ["Grid", "Old town"]


def test_an_outline_that_crosses_itself_is_refused_with_the_place(town: Town, open_board: OpenBoard) -> None:
    """A bow tie; the outline stays on the map to be mended."""
    page = open_zones(open_board)
    page.get_by_role("button", name="Draw on the map").click()
    click(page, (0.3, 0.4), (0.7, 0.75), (0.7, 0.4), (0.3, 0.75))
    page.fill("[name=name]", "Bow tie")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("the outline crosses itself near 8.5")
    assert names(town) == ["Grid"]


def test_a_geojson_file_is_imported_without_drawing(town: Town, open_board: OpenBoard, tmp_path: Path) -> None:
    """A feature collection with a hole; then a file that is none."""
    ring = [spot(*corner).as_pair() for corner in ((0, 0), (500, 0), (500, 500), (0, 500), (0, 0))]
    hole = [spot(*corner).as_pair() for corner in ((200, 200), (300, 200), (300, 300), (200, 200))]
    collection = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring, hole]}}]}
    good, bad = tmp_path / "good.geojson", tmp_path / "bad.geojson"
    good.write_text(json.dumps(collection))
    bad.write_text("<gpx/>")
    page = open_zones(open_board)
    page.fill("[name=name]", "Ring")
    page.set_input_files("[name=file]", bad)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be read as JSON")
    page.set_input_files("[name=file]", good)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".list")).to_contain_text("Ring")
    use_coop(town.coop_id)
    [ring_zone] = [zone for zone in list_zones(town.coop_id) if zone.name == "Ring"]
    assert len(ring_zone.area.geoms[0].interiors) == 1


def test_a_click_shows_what_a_rider_reaches(town: Town, open_board: OpenBoard) -> None:
    """Three areas, the longer containing the shorter, over the town's streets."""
    page = open_zones(open_board)
    with page.expect_response("**/board/api/reach*") as asked:
        click(page, (0.5, 0.5))
    features = asked.value.json()["features"]
    assert [feature["properties"]["minutes"] for feature in features] == [30, 20, 10]
    wide, _, near = (shapely.geometry.shape(feature["geometry"]) for feature in features)
    assert wide.buffer(1e-6).covers(near)
    assert wide.covers(shapely.Point(spot(250, 300).as_pair()))
