"""Coordinators work on the board by mouse and keyboard, in two windows at once."""
import pytest
from flask_babel import force_locale
from playwright.sync_api import Page, Route, expect

from dispatch.core.db import db, transaction, use_coop
from dispatch.orders import decisions, queries
from dispatch.orders.models import Order
from dispatch.orders.services import Actor, Stamp, act_on_task
from dispatch.planning.services import Effort, plan_zone
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of
from tests.functional.board.conftest import OpenBoard

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def _given_to_ada(town: Town, effort: Effort) -> Order:
    """An order that the planner has given to the only rider."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Ada"))
        order = make_order(town)
    _plan(town, effort)
    return order


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def _rider(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(f'details.board-rider[data-name="{name}"]')


def _why(town: Town, order: Order) -> str:
    """What coordinators read of the newest decision about an order."""
    db.session.rollback()
    with force_locale("en"):
        return decisions.why_them(decisions.list_for_order(town.coop_id, order.id)[0]).headline


def test_order_is_given_to_a_rider_from_its_panel(town: Town, effort: Effort, open_board: OpenBoard) -> None:
    """See what it costs, press assign, and the board shows it."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        far = make_rider(town.coop_id, "Far")
        make_run(town, far, place=at(5000, 0))
        order = make_order(town)
    _plan(town, effort)
    page = open_board()

    page.locator(f"#order-{order.id}").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Why")
    dialog.get_by_label("Why you decide by hand").fill("knows the yard")
    dialog.locator("li", has_text="Far").get_by_role("button", name="Assign").click()

    expect(page.locator(".toast")).to_contain_text("Given to Far.")
    expect(_rider(page, "Far")).to_contain_text("2 stops")
    db.session.rollback()
    assert queries.get_order(town.coop_id, order.id).rider_id == far.id
    assert _why(town, order) == "Cora decided this by hand: knows the yard"

    page.locator(f"#order-{order.id}").click()
    dialog.get_by_label("Why you decide by hand").fill("puncture")
    dialog.get_by_role("button", name="Take it from Far").click()
    expect(page.locator(".toast", has_text="Taken out of the run.")).to_be_visible()
    assert _why(town, order) == "Cora took it from Far by hand: puncture"


def test_stops_are_reordered_by_keyboard(town: Town, effort: Effort, open_board: OpenBoard) -> None:
    """Whoever cannot drag has buttons, and the new order is kept."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id, "Ada"))
        make_order(town, drops=[at(500, 0)])
        make_order(town, drops=[at(900, 0)])
    _plan(town, effort)
    before = [task.id for task in queries.get_run(town.coop_id, run.id).tasks]
    page = open_board()
    _rider(page, "Ada").locator("summary").click()

    page.locator(f"#up-{before[1]}").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("New order of stops.")
    db.session.rollback()
    after = [task.id for task in queries.get_run(town.coop_id, run.id).tasks]
    assert after == [before[1], before[0], *before[2:]]
    expect(_rider(page, "Ada")).to_contain_text("Ordered by hand.")


def test_order_is_dragged_onto_a_rider(town: Town, effort: Effort, open_board: OpenBoard) -> None:
    """The quickest way for a mouse: from the list onto the rider."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        far = make_rider(town.coop_id, "Far")
        make_run(town, far, place=at(5000, 0))
        order = make_order(town)
    _plan(town, effort)
    page = open_board()

    page.get_by_label("Why, for the next order or stop you move by hand").fill("on the way home")
    page.locator(f'li[data-order="{order.id}"]').first.drag_to(_rider(page, "Far").locator("summary"))

    expect(page.locator(".toast")).to_contain_text("Given to Far.")
    db.session.rollback()
    assert queries.get_order(town.coop_id, order.id).rider_id == far.id
    assert _why(town, order) == "Cora decided this by hand: on the way home"
    expect(page.get_by_label("Why, for the next order or stop you move by hand")).to_have_value("")


def test_second_window_is_told_instead_of_overwriting(
    town: Town, effort: Effort, open_board: OpenBoard
) -> None:
    """Two windows on the same version: the later one gets words and what is there now."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id, "Ada"))
        make_order(town, drops=[at(500, 0)])
        make_order(town, drops=[at(900, 0)])
    _plan(town, effort)
    before = [task.id for task in queries.get_run(town.coop_id, run.id).tasks]
    first, second = open_board(), open_board()
    for page in (first, second):
        _rider(page, "Ada").locator("summary").click()

    held: list[Route] = []
    second.route("**/reorder", lambda route: held.append(route))  # on its way until the first is through
    with second.expect_request("**/reorder"):
        second.locator(f"#up-{before[2]}").press("Enter")
    first.locator(f"#up-{before[1]}").press("Enter")
    expect(first.locator(".toast")).to_contain_text("New order of stops.")
    held[0].continue_()

    expect(second.locator(".toast")).to_contain_text("Somebody changed this")
    expect(_rider(second, "Ada").locator("li[data-task]").first).to_have_attribute("data-task", str(before[1]))
    db.session.rollback()
    assert [task.id for task in queries.get_run(town.coop_id, run.id).tasks][0] == before[1]


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (1440, 900)])
def test_board_fits_its_window(
    town: Town, effort: Effort, open_board: OpenBoard, width: int, height: int
) -> None:
    """Nothing sticks out sideways, from the smallest phone to a desk."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Ada"))
        make_order(town)
        make_order(town, weight_g=90_000)
    _plan(town, effort)

    page = open_board(width, height)

    expect(page.locator(".board")).to_contain_text("Without a rider")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("verb", "order_state"), [("start", "assigned"), ("complete", "at_pickup")])
def test_a_stop_that_was_not_so_is_opened_again_from_the_panel(
    town: Town, effort: Effort, open_board: OpenBoard, verb: str, order_state: str
) -> None:
    """A rider calls: it was the wrong door. Two presses, because pay is taken back with it."""
    order = _given_to_ada(town, effort)
    with transaction():
        pickup = tasks_of(order)[0]
        act_on_task(town.coop_id, pickup.id, verb, actor=Actor(kind="rider"), stamp=Stamp())
    page = open_board()
    page.locator(f"#order-{order.id}").click()
    button = page.locator("dialog[open] .board-tasks").get_by_role("button")
    expect(button).to_have_text("Not so")
    button.click()
    expect(button).to_have_text("Open this stop again?")
    button.click()
    expect(page.locator(".toast")).to_contain_text("The stop is open again")
    db.session.rollback()
    assert queries.get_order(town.coop_id, order.id).state == order_state


def test_what_is_done_on_the_page_of_an_order_is_said_there_too(
    town: Town, effort: Effort, open_board: OpenBoard
) -> None:
    """The same panel on a page of its own, as a link in a message opens it."""
    order = _given_to_ada(town, effort)
    page = open_board()
    page.goto(page.url.replace("/board", f"/board/orders/{order.id}"))
    page.get_by_role("button", name="Take it from Ada").click()
    expect(page.locator(".toast")).to_contain_text("Taken out of the run.")
