"""Coordinators draw price zones on the map; the board shows them; merchants see what is charged where."""
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from dispatch.core.db import db, transaction, use_coop
from dispatch.geo import travel
from dispatch.governance import services as governance
from merchants import price_zones, tariff_rules
from merchants.tariff_rules import PriceZone
from tests.factories.sketched_day import make_sketched_day
from tests.factories.town import PAST, Town
from tests.functional.board.conftest import OpenBoard

pytestmark = pytest.mark.browser


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> Iterator[Town]:
    """A town with streets, a map and a tariff; Cora coordinates."""
    town = make_sketched_day(tmp_path).town
    with transaction():
        governance.adopt(town.coop_id, "tariff", tariff_rules.DEFAULT, active_from=PAST)
    yield town
    travel.forget()


def click(page: Page, *places: tuple[float, float]) -> None:
    """Click the map at shares of its width and height."""
    box = page.locator("canvas").bounding_box()
    for across, down in places:
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(400)  # two quick clicks are a double click


def zones(town: Town) -> tuple[PriceZone, ...]:
    """What is stored."""
    db.session.rollback()
    use_coop(town.coop_id)
    return tariff_rules.price_zones(price_zones.tariff_in_force(town.coop_id).document)


def test_a_price_zone_is_drawn_changed_and_removed_and_shown_on_the_board(town: Town, open_board: OpenBoard) -> None:
    """The whole life of one zone, by clicks."""
    page = open_board()
    page.goto(page.url.replace("/board", "/merchants/prices"))
    page.wait_for_selector("[data-controller=zones][data-ready=true]", timeout=30_000)
    page.get_by_role("button", name="Draw on the map").click()
    click(page, (0.3, 0.4), (0.7, 0.4), (0.7, 0.75), (0.3, 0.75))
    page.fill("[name=name]", "Hill")
    page.fill("[name=surcharge]", "1,50")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".list")).to_contain_text("surcharge €1.50")
    [hill] = zones(town)
    assert (hill.name, hill.surcharge_cents, hill.base_cents) == ("Hill", 150, None)

    page.wait_for_selector("[data-controller=zones][data-ready=true]", timeout=30_000)
    page.select_option("[name=zone]", label="Hill")
    expect(page.locator("[name=surcharge]")).to_have_value("1.50")
    page.fill("[name=base]", "6")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".list")).to_contain_text("base price €6.00 · surcharge €1.50")
    assert [(zone.area, zone.base_cents) for zone in zones(town)] == [(hill.area, 600)]

    page.goto(page.url.replace("/merchants/prices", "/board"))
    shown = page.get_by_role("button", name="Price zones")
    expect(shown).to_have_attribute("aria-pressed", "true")
    shown.click()
    expect(shown).to_have_attribute("aria-pressed", "false")

    page.goto(page.url.replace("/board", "/merchants/prices"))
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("prices are the same everywhere")).to_be_visible()
    assert zones(town) == ()
