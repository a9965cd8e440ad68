"""Coordinators see everything, decide by hand, and never overwrite each other silently."""
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from flask_babel import force_locale
from sqlalchemy import event

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.orders import queries
from dispatch.planning.models import Nudge
from dispatch.planning.services import Effort, plan_zone
from riders.why import why_not_me
from tests.factories.town import Town, at, make_order, make_rider, make_run
from tests.integration.console.conftest import Browser
from tests.integration.planning.test_forecast import know


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


@contextmanager
def _counted() -> Iterator[list[str]]:
    """The statements that are sent to the database inside the block."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_board_shows_riders_runs_and_why_an_order_waits(town: Town, effort: Effort, cora: Browser) -> None:
    """Nothing vanishes: every open order is in one of the three lists, a waiting one with reason and remedy."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Ada"))
        fits, heavy = make_order(town), make_order(town, weight_g=90_000)
    _plan(town, effort)

    state = cora.json("/board/api/state")

    assert [order["id"] for order in state["running"]] == [str(fits.id)]
    assert [order["id"] for order in state["unassigned"]] == [str(heavy.id)]
    assert "90 kg" in state["unassigned"][0]["unserved"]["reason"]
    assert state["unassigned"][0]["unserved"]["remedy"]
    assert [stop["kind"] for stop in state["riders"][0]["run"]["stops"]] == ["pickup", "dropoff"]
    page = cora.page("/board")
    assert heavy.number in page and fits.number in page and "cargo bike" in page


def test_order_assigned_by_hand_stays_and_says_who_decided(town: Town, effort: Effort, cora: Browser) -> None:
    """A choice by hand is kept by the planner and named in the explanation."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        far = make_rider(town.coop_id, "Far")
        run = make_run(town, far, place=at(5000, 0))
        order = make_order(town)
    _plan(town, effort)

    cora.post(f"/board/api/orders/{order.id}/assign", {"rider_id": str(far.id), "run_version": run.version})
    _plan(town, effort)

    assert queries.get_order(town.coop_id, order.id).rider_id == far.id
    assert "Cora decided this by hand" in cora.page(f"/board/orders/{order.id}")


def test_second_tab_cannot_overwrite_the_first_silently(
    town: Town, effort: Effort, cora: Browser, carl: Browser
) -> None:
    """Two coordinators act on the same version: the second is told, and nothing of the first's is lost."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        first, second = make_order(town), make_order(town, drops=[at(-800, 0)])
    _plan(town, effort)
    seen = cora.json("/board/api/state")["riders"][0]["run"]
    # both pickups first, then the dropoffs: a sequence that differs from the planned one
    stops = sorted(seen["stops"], key=lambda stop: (stop["kind"] != "pickup", stop["id"]))
    wanted = {"version": seen["version"], "task_ids": [stop["id"] for stop in stops]}

    cora.post(f"/board/api/runs/{run.id}/reorder", wanted)
    answer = carl.post(f"/board/api/runs/{run.id}/reorder", wanted | {"task_ids": wanted["task_ids"][::-1]}, status=412)

    assert answer["code"] == "stale_version" and answer["current_version"] > seen["version"]
    kept = cora.json("/board/api/state")["riders"][0]["run"]["stops"]
    assert [stop["id"] for stop in kept] == wanted["task_ids"]
    assert {stop["order_id"] for stop in kept} == {str(first.id), str(second.id)}


def test_reordered_run_stays_until_it_is_lifted(town: Town, effort: Effort, cora: Browser) -> None:
    """The planner respects a sequence set by hand, however much it would cost."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        make_order(town, drops=[at(300, 0)])
        make_order(town, drops=[at(4000, 0)])
    _plan(town, effort)
    seen = cora.json("/board/api/state")["riders"][0]["run"]
    pickups = [stop for stop in seen["stops"] if stop["kind"] == "pickup"]
    drops = [stop for stop in seen["stops"] if stop["kind"] == "dropoff"]
    far_first = sorted(drops, key=lambda stop: -stop["lonlat"][0])
    task_ids = [stop["id"] for stop in (*pickups, *far_first)]

    cora.post(f"/board/api/runs/{run.id}/reorder", {"version": seen["version"], "task_ids": task_ids})
    _plan(town, effort)

    assert [str(task.id) for task in queries.get_run(town.coop_id, run.id).tasks] == task_ids
    cora.post(f"/board/api/runs/{run.id}/release", {})
    assert not any(task.is_sequenced for task in queries.get_run(town.coop_id, run.id).tasks)


def test_dropoff_cannot_be_put_before_its_pickup(town: Town, effort: Effort, cora: Browser) -> None:
    """An impossible sequence is refused in words."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        make_order(town)
    _plan(town, effort)
    seen = cora.json("/board/api/state")["riders"][0]["run"]
    backwards = [stop["id"] for stop in seen["stops"]][::-1]

    answer = cora.post(
        f"/board/api/runs/{run.id}/reorder", {"version": seen["version"], "task_ids": backwards}, status=422
    )

    assert answer["code"] == "pickup_first"


def test_unassigned_order_does_not_go_back_to_the_same_rider(town: Town, effort: Effort, cora: Browser) -> None:
    """Taking an order from a rider must mean something, until a coordinator lifts it."""
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        make_run(town, ada)
        order = make_order(town)
    _plan(town, effort)
    version = cora.json("/board/api/state")["riders"][0]["run"]["version"]

    cora.post(f"/board/api/orders/{order.id}/unassign", {"run_version": version, "reason": "ill"})
    _plan(town, effort)

    waiting = cora.json("/board/api/state")["unassigned"]
    assert [entry["unserved"]["code"] for entry in waiting] == ["all_barred"]
    assert "Cora took it from Ada by hand: ill" in cora.page(f"/board/orders/{order.id}")
    with force_locale("en"):
        told = why_not_me(town.coop_id, ada.id)
    assert [why["headline"] for why in told] == ["Cora took it from Ada by hand: ill"]
    cora.post(f"/board/api/orders/{order.id}/release", {})
    _plan(town, effort)
    assert queries.get_order(town.coop_id, order.id).state == "assigned"


def test_proposed_plan_waits_for_a_yes(town: Town, effort: Effort, cora: Browser, carl: Browser) -> None:
    """In propose mode riders hear nothing before a coordinator accepts, and only one can."""
    cora.post("/board/api/mode", {"mode": "propose"})
    with transaction():
        make_run(town, make_rider(town.coop_id, "Ada"))
        order = make_order(town)
    _plan(town, effort)
    state = cora.json("/board/api/state")
    assert state["mode"] == "propose"
    assert state["proposal"]["runs"][0]["added"] == [order.number]
    assert queries.get_order(town.coop_id, order.id).state == "pending"
    assert "waits for your yes" in cora.page("/board")

    cora.post(f"/board/api/proposals/{state['proposal']['id']}/accept", {})
    carl.post(f"/board/api/proposals/{state['proposal']['id']}/accept", {}, status=409)

    assert queries.get_order(town.coop_id, order.id).state == "assigned"
    assert cora.json("/board/api/state")["proposal"] is None


def test_one_riders_part_of_a_plan_is_accepted_and_the_rest_goes_on_waiting(
    town: Town, effort: Effort, cora: Browser
) -> None:
    """A coordinator may agree with half of a plan."""
    cora.post("/board/api/mode", {"mode": "propose"})
    with transaction():
        for name, east in (("Ada", -4000), ("Bo", 4000)):
            make_run(town, make_rider(town.coop_id, name), place=at(east, 0))
        west = make_order(town, pickup=at(-4000, 0), drops=[at(-4500, 0)])
        east = make_order(town, pickup=at(4000, 0), drops=[at(4500, 0)])
    _plan(town, effort)
    proposal = cora.json("/board/api/state")["proposal"]
    run_of = {run["added"][0]: run["run_id"] for run in proposal["runs"]}
    assert cora.page("/board").count("Only this") == 2

    cora.post(f"/board/api/proposals/{proposal['id']}/accept", {"run_id": run_of[west.number]})

    states = [queries.get_order(town.coop_id, order.id).state for order in (west, east)]
    assert states == ["assigned", "pending"]
    waiting = cora.json("/board/api/state")["proposal"]
    assert [run["added"] for run in waiting["runs"]] == [[east.number]]
    cora.post(f"/board/api/proposals/{waiting['id']}/accept", {})
    assert queries.get_order(town.coop_id, east.id).state == "assigned"


def test_old_proposal_is_refused_when_a_run_changed(town: Town, effort: Effort, cora: Browser) -> None:
    """A yes to a plan for other runs than those of now would overwrite somebody's work."""
    cora.post("/board/api/mode", {"mode": "propose"})
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        make_run(town, ada)
        first, second = make_order(town), make_order(town)
    _plan(town, effort)
    proposal = cora.json("/board/api/state")["proposal"]
    cora.post(f"/board/api/orders/{first.id}/assign", {"rider_id": str(ada.id)})

    answer = cora.post(f"/board/api/proposals/{proposal['id']}/accept", {}, status=412)

    assert answer["code"] == "stale_version"
    assert queries.get_order(town.coop_id, second.id).state == "pending"


def test_board_takes_the_same_statements_for_three_orders_and_for_thirty(
    town: Town, effort: Effort, cora: Browser
) -> None:
    """A board that asks per order takes fifteen seconds above a hundred; ours asks a fixed number of times."""
    with transaction():
        for name in ("Ada", "Bo", "Cy"):
            make_run(town, make_rider(town.coop_id, name))
        for number in range(3):
            make_order(town, drops=[at(100 * number, 50)])
    _plan(town, effort)
    cora.json("/board/api/state")
    with _counted() as few:
        cora.json("/board/api/state")
        cora.page("/board/lists")
    with transaction():
        for number in range(27):
            make_order(town, drops=[at(100 * number, 300)])
    _plan(town, effort)

    with _counted() as many:
        cora.json("/board/api/state")
        cora.page("/board/lists")

    assert len(many) == len(few) <= 45


def test_what_if_names_a_price_for_every_rider(town: Town, effort: Effort, cora: Browser) -> None:
    """Before forcing an order onto a rider, a coordinator sees what it would cost."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        make_run(town, make_rider(town.coop_id, "Far"), place=at(5000, 0))
        order = make_order(town)
    _plan(town, effort)

    page = cora.page(f"/board/orders/{order.id}?part=1")

    assert page.index("Near") < page.index("Far")
    assert page.count("+") >= 2


def test_coordinators_pages_answer(town: Town, cora: Browser) -> None:
    """Every page of the coordination renders with hardly any data."""
    for url in ("/board", "/people", "/board/merchants", "/board/shifts", "/board/fairness", "/board/forecast",
                "/board/settings"):
        assert "Paceline" in cora.page(url)


def test_foreign_ids_look_absent(town: Town, cora: Browser) -> None:
    """404 and never a hint that something exists elsewhere."""
    cora.page("/board/orders/0f0f0f0f-0000-4000-8000-000000000000", status=404)
    cora.post("/board/api/runs/0f0f0f0f-0000-4000-8000-000000000000/reorder", {"version": 1, "task_ids": []}, 404)


def test_stops_are_written_out_only_for_open_riders(town: Town, effort: Effort, cora: Browser) -> None:
    """With hundreds of stops the lists stay light; a rider that is open shows every stop."""
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        make_run(town, ada)
        make_order(town)
    _plan(town, effort)

    assert "data-stops" not in cora.page("/board/lists")
    assert cora.page(f"/board/lists?zone={town.zone_id}&open={ada.id}").count("data-task=") == 2


def test_board_and_forecast_page_say_where_orders_are_likely_and_why(town: Town, cora: Browser) -> None:
    """What a rider was told is no secret, and the forecast shows how far off it usually is."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id, "Ada"))
        know(town)
        db.session.add(Nudge(coop_id=town.coop_id, id=uuid4(), zone_id=town.zone_id, rider_id=run.rider_id,
                             run_id=run.id, made_at=clock.now(), ends_at=clock.now() + timedelta(minutes=20),
                             lonlat=at(1500, 0), place="Station", expected=3.8, weeks=8))
    lists, page = cora.page("/board/lists"), cora.page("/board/forecast")
    assert "Orders are likely near Station" in lists and "About 4 orders there" in lists
    assert "0.8 orders an hour" in page and "1.0 orders an hour" in page and "Station" in page
    assert cora.json("/board/api/state")["riders"][0]["nudge"]["place"] == "Station"


def test_coordinator_keeps_two_riders_apart_and_lifts_it(town: Town, cora: Browser) -> None:
    """On the page of people, by name."""
    with transaction():
        ada, bo = make_rider(town.coop_id, "Ada"), make_rider(town.coop_id, "Bo")
    pair = {"rider_id": str(ada.id), "other_id": str(bo.id)}
    cora.form("/people/apart", pair)
    assert "They may meet" in cora.page("/people")
    cora.form("/people/apart", pair | {"may_meet": "1"})
    assert "They may meet" not in cora.page("/people")


def test_what_if_says_whose_order_would_come_later(town: Town, effort: Effort, cora: Browser) -> None:
    """It costs somebody something: the board names the order and the minutes."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Ada"))
        far = make_order(town, drops=[at(5000, 0)])
        order = make_order(town, pickup=at(0, 2500), drops=[at(0, 3000)], due_in_s=1500)
    _plan(town, effort)
    page = cora.page(f"/board/orders/{order.id}?part=1")
    assert far.number in page and " later" in page
