"""A coordinator who looks at the map hears of a promise in danger, and reads what was tried for it."""
import pytest
from flask import Flask
from playwright.sync_api import expect

from dispatch.core.db import transaction, use_coop
from dispatch.planning.services import Effort, plan_zone
from tests.factories.town import Town, make_order, make_rider, make_run
from tests.functional.board.conftest import OpenBoard

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def test_promise_in_danger_is_said_when_it_arises(
    app: Flask, town: Town, effort: Effort, open_board: OpenBoard
) -> None:
    """The message names the order; the list tells what was tried in vain from what was not tried."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Ada"))
    page = open_board()
    expect(page.locator(".live-state")).to_have_attribute("data-state", "open")
    with transaction():
        order = make_order(town, due_in_s=60)
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    expect(page.locator(".toast")).to_contain_text(f"At risk of being late: {order.number}")
    page.reload()
    expect(page.locator('[data-group="at_risk"]')).to_contain_text("Nobody would bring it much earlier")
    app.extensions["redis"].flushdb()
    page.reload()
    expect(page.locator('[data-group="at_risk"]')).to_contain_text("No other rider was tried for it")
