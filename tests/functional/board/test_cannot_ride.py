"""A rider cannot ride on: the coordinator ends the shift, and notes who has the goods."""
import pytest
from playwright.sync_api import expect

from dispatch.core.db import db, transaction, use_coop
from dispatch.orders import queries, services
from dispatch.orders.services import Actor, Stamp
from dispatch.planning.services import Effort, plan_zone
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of
from tests.functional.board.conftest import OpenBoard

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def test_shift_is_ended_from_the_list_and_the_goods_change_hands(
    town: Town, effort: Effort, open_board: OpenBoard
) -> None:
    """Two presses end it, so that none is by mistake; the order says where its goods are and is given by one more."""
    with transaction():
        ada, bo = make_rider(town.coop_id, "Ada"), make_rider(town.coop_id, "Bo")
        make_run(town, ada)
        order = make_order(town)
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    with transaction():
        for verb in ("start", "arrive", "complete"):
            actor = Actor(kind="rider", rider_id=ada.id)
            services.act_on_task(town.coop_id, tasks_of(order)[0].id, verb, actor=actor, stamp=Stamp())
        make_run(town, bo, place=at(2000, 0))
    page = open_board()
    page.locator('details.board-rider[data-name="Ada"] summary').click()
    stop = page.locator(f"#stop-{ada.id}")
    stop.click()
    expect(stop).to_have_text("End the shift now?")
    stop.click()
    expect(page.locator('details.board-rider[data-name="Ada"]')).to_have_count(0)
    expect(page.locator('[data-group="unassigned"]')).to_contain_text("The goods are with a rider who has signed off.")
    page.locator(f"#order-{order.id}").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Why you decide by hand").fill("met at the bridge")
    dialog.locator("li", has_text="Bo").get_by_role("button", name="Has them").click()
    expect(page.locator('details.board-rider[data-name="Bo"]')).to_contain_text("1 stop")
    db.session.rollback()
    assert queries.get_order(town.coop_id, order.id).rider_id == bo.id
