"""What coordinators do by hand on the board has a reason and a price; who is silent is there until heard of again."""
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import expect

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.orders import decisions, queries
from dispatch.planning.services import Effort, plan_zone
from riders import heard
from riders.trouble import services as trouble
from tests.factories.town import Town, at, make_order, make_rider, make_run
from tests.functional.board.conftest import OpenBoard
from tests.integration.console.test_silent_riders import grow_old

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_stop_moved_with_the_arrows_takes_the_reason_along(
    town: Town, effort: Effort, open_board: OpenBoard, size: tuple[int, int]
) -> None:
    """What stands in the field is why, on a phone too; it is used once, and the order says who, why and the cost."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id, "Ada"))
        make_order(town, drops=[at(1000, 0)])
        make_order(town, drops=[at(-4000, 0)])
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    before = queries.get_run(town.coop_id, run.id).tasks
    last = before[-1]
    db.session.rollback()
    page = open_board(*size)
    if size[0] < 1000:
        page.locator('.board-switch [data-show="riders"]').click()
    reason = page.get_by_label("Why, for the next order or stop you move by hand")
    reason.fill("market until noon")
    page.locator('details.board-rider[data-name="Ada"] summary').click()
    page.locator(f"#up-{last.id}").press("Enter")
    expect(page.locator(".toast", has_text="New order of stops.")).to_be_visible()
    expect(reason).to_have_value("")
    assert queries.get_run(town.coop_id, run.id).tasks[-2].id == last.id
    (made,) = decisions.list_sequences(town.coop_id, last.order_id)
    assert made.record["override"]["reason"] == "market until noon" and made.record["sequence"]["riding_s"] > 0
    page.locator(f"#stop-{last.id}").click()
    told = page.locator("dialog[open]", has_text="Cora put the stops of this run in another order: market until noon")
    expect(told).to_contain_text("riding")
    db.session.rollback()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_silent_rider_stands_over_the_board_until_heard_of_or_somebody_is_on_it(
    app: Flask, town: Town, effort: Effort, open_board: OpenBoard, size: tuple[int, int]
) -> None:
    """Whom to call and what handing over costs; a sign of life takes it away, and so does a coordinator."""
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        ada.phone = "+33 6 12 34 56 78"
        member_id, rider_id = ada.member_id, ada.id
        make_run(town, ada)
        make_run(town, make_rider(town.coop_id, "Bo"), place=at(4000, 0))
        make_order(town)
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    grow_old(town, 60)
    page = open_board(*size)
    alert = page.locator(f'[data-silent="{rider_id}"]')
    expect(alert).to_contain_text("Ada: nothing heard since")
    expect(alert).to_contain_text("that costs them")
    expect(alert.get_by_role("link", name="+33 6 12 34 56 78")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heard.note(app.extensions["redis"], town.coop_id, member_id, clock.now())
    moved = f'new CustomEvent("live:TaskMoved", {{ detail: {{ data: {{ rider_id: "{rider_id}" }} }} }})'
    page.evaluate(f"document.dispatchEvent({moved})")
    expect(alert).to_have_count(0)
    app.extensions["redis"].delete(f"heard:{town.coop_id}:{member_id}")
    page.reload()
    alert.get_by_role("button", name="I am on it").click()
    expect(alert).to_have_count(0)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_call_for_help_stands_over_a_silence_and_leaves_room_for_the_board(
    town: Town, effort: Effort, open_board: OpenBoard, size: tuple[int, int]
) -> None:
    """Who calls comes first; both are on the screen, and a part of the board below them."""
    with transaction():
        ada, bo = make_rider(town.coop_id, "Ada"), make_rider(town.coop_id, "Bo")
        rider_id = ada.id
        make_run(town, ada)
        make_run(town, bo, place=at(4000, 0))
        make_order(town)
        trouble.report(town.coop_id, bo.id, trouble.NewIncident(client_uuid=uuid4(), kind="sos"))
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    grow_old(town, 60)
    page = open_board(*size)
    calls, silent = page.locator("[data-sos]"), page.locator(f'[data-silent="{rider_id}"]')
    expect(calls).to_contain_text("Bo: Calls for help")
    expect(silent).to_contain_text("Ada: nothing heard since")
    above, below = calls.bounding_box(), silent.bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"] + 1
    panel = page.locator(".board-panel").first.bounding_box()
    assert panel and panel["y"] < size[1] - 150
    calls.get_by_role("button", name="I am on it").click()
    expect(calls).to_have_count(0)
    expect(silent).to_have_count(1)
