"""What a coordinator decides by hand is recorded with what it costs, against what the plan would have chosen."""
import json
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from dispatch.core.db import transaction, use_coop
from dispatch.core.web import LANGUAGES
from dispatch.orders import decisions, queries
from dispatch.orders.decisions import DecisionView
from dispatch.orders.models import Order
from dispatch.planning.services import Effort, plan_zone
from riders.why import why_me, why_not_me
from tests.factories.town import Town, at, make_order, make_rider, make_run
from tests.integration.console.conftest import Browser


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def _newest(town: Town, order: Order) -> DecisionView:
    return decisions.list_for_order(town.coop_id, order.id)[0]


def _assign(cora: Browser, order: Order, rider: Any, **more: Any) -> None:
    body = {"rider_id": str(rider.id), "reason": "knows the door"} | more
    cora.post(f"/board/api/orders/{order.id}/assign", body)


def test_record_of_a_choice_by_hand_holds_every_candidate_and_whom_the_plan_would_have_chosen(
    town: Town, effort: Effort, cora: Browser
) -> None:
    """Near had it by the plan; Far costs more, Weak cannot carry it at all, and the record says by how much and why."""
    with transaction():
        near = make_rider(town.coop_id, "Near")
        far, weak = make_rider(town.coop_id, "Far"), make_rider(town.coop_id, "Weak", capacity_g=500)
        make_run(town, near)
        make_run(town, far, place=at(5000, 0))
        make_run(town, weak)
        order = make_order(town)
    _plan(town, effort)
    _assign(cora, order, far)

    made = _newest(town, order)
    offers = {offer["name"]: offer for offer in made.record["candidates"]}
    assert made.mode == "manual" and made.record["winner"]["name"] == "Far"
    assert made.record["override"]["reason"] == "knows the door"
    assert offers["Weak"]["failed"] == "too_heavy" and offers["Weak"]["cost"] is None
    assert made.record["plans_choice"] == offers["Near"] == made.record["runner_up"]
    assert offers["Far"]["cost"] - offers["Near"]["cost"] == pytest.approx(1_000_000, rel=0.05)  # 5 km at 5 m/s
    assert offers["Far"]["terms"]["riding"] > 0 and made.record["weights"]["riding_per_s"] == 1000
    assert made.record["engine"] and made.record["seed"] >= 0 and made.rule_version == made.record["rule_version"] != ""


def test_rider_coordinator_and_merchant_are_told_what_the_choice_by_hand_cost(
    town: Town, effort: Effort, cora: Browser
) -> None:
    """In every language: whose choice it was, whom the plan would have chosen, and the difference."""
    with transaction():
        near, far = make_rider(town.coop_id, "Near"), make_rider(town.coop_id, "Far")
        make_run(town, near)
        make_run(town, far, place=at(5000, 0))
        order = make_order(town)
    _plan(town, effort)
    _assign(cora, order, far)
    task_id = queries.get_order(town.coop_id, order.id).pickup.id

    with force_locale("en"):
        mine = why_me(town.coop_id, far.id, task_id)
        assert "Cora decided this by hand: knows the door" in mine["headline"]
        against = next(line for line in mine["lines"] if "Near" in line["text"])
        assert "costs more" in against["text"] and against["seconds"] == pytest.approx(1000, rel=0.05)
        (theirs,) = why_not_me(town.coop_id, near.id)
        assert "the plan would have chosen you" in [line["text"] for line in theirs["lines"]]
        assert "another one" in decisions.why_for_merchant(_newest(town, order))
    said = {}
    for language in LANGUAGES:
        with force_locale(language):
            made = _newest(town, order)
            lines = [line.text for line in decisions.why_them(made).lines]
            said[language] = [*lines, decisions.why_for_merchant(made)]
            assert not any("%(" in text for text in said[language])
            assert not any(name in said[language][-1] for name in ("Near", "Far", "Cora", "door"))
    assert not set(said["en"]) & set(said["fr"])
    page = cora.page(f"/board/orders/{order.id}")
    assert "the plan would have chosen Near; by hand it costs more" in page and "Near would have cost less" in page


def test_place_in_the_run_that_is_asked_for_is_what_the_record_prices(
    town: Town, effort: Effort, cora: Browser
) -> None:
    """At the front of the run the other order waits: dearer than the best place, and the record knows."""
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        make_run(town, ada)
        make_order(town, pickup=at(500, 0), drops=[at(1000, 0)], due_in_s=600)
    _plan(town, effort)
    costs = []
    for place in (None, 0):
        with transaction():
            order = make_order(town, pickup=at(-3000, 0), drops=[at(-4000, 0)])
        _plan(town, effort)
        _assign(cora, order, ada, position=place)
        (offer,) = _newest(town, order).record["candidates"]
        costs.append(offer["cost"])
        cora.post(f"/board/api/orders/{order.id}/cancel", {})
        _plan(town, effort)
    assert costs[1] > costs[0] * 1.5


def test_choice_by_hand_without_a_plan_at_hand_is_made_and_says_so(
    app: Flask, town: Town, effort: Effort, cora: Browser
) -> None:
    """Redis may be emptied at any moment, and an order may be newer than the plan: nothing is refused for it."""
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        make_run(town, ada)
        make_order(town)
    _plan(town, effort)
    with transaction():
        new = make_order(town)
    _assign(cora, new, ada)
    assert _newest(town, new).record["not_weighed"] == "not_in_plan"
    app.extensions["redis"].delete(f"plan:{town.coop_id}:{town.zone_id}")
    with transaction():
        newer = make_order(town)
    _assign(cora, newer, ada)
    assert _newest(town, newer).record["not_weighed"] == "no_plan"
    assert queries.get_order(town.coop_id, newer.id).rider_id == ada.id
    assert "there was no plan at hand" in cora.page(f"/board/orders/{newer.id}")


def test_choice_by_hand_is_made_although_the_plan_at_hand_cannot_be_read(
    app: Flask, town: Town, effort: Effort, cora: Browser
) -> None:
    """It costs the record its figures, never the coordinator the choice, or the order's page."""
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        make_run(town, ada)
        order = make_order(town)
    _plan(town, effort)
    key, client = f"plan:{town.coop_id}:{town.zone_id}", app.extensions["redis"]
    head = json.loads(client.hget(key, "head"))
    client.hset(key, mapping={"head": json.dumps(head | {"couriers": "nonsense"}), "stamp": b"another"})
    cora.page(f"/board/orders/{order.id}")
    _assign(cora, order, ada)
    assert _newest(town, order).record["not_weighed"] == "no_plan"
    assert "there was no plan at hand" in cora.page(f"/board/orders/{order.id}")


def test_taking_an_order_away_records_who_else_could_bring_it(town: Town, effort: Effort, cora: Browser) -> None:
    """The coordinator reads what it costs at least."""
    with transaction():
        near = make_rider(town.coop_id, "Near")
        run = make_run(town, near)
        make_run(town, make_rider(town.coop_id, "Far"), place=at(5000, 0))
        order = make_order(town)
    _plan(town, effort)
    version = queries.get_run(town.coop_id, run.id).version
    cora.post(f"/board/api/orders/{order.id}/unassign", {"run_version": version, "reason": "ill"})
    made = _newest(town, order)
    assert made.record["winner"] is None and made.record["runner_up"]["name"] == "Far"
    with force_locale("en"):
        (line,) = decisions.why_them(made).lines
    assert line.text == "next best: Far" and line.seconds == pytest.approx(1000, rel=0.05)


def test_stops_moved_by_hand_record_who_why_and_what_it_costs(town: Town, effort: Effort, cora: Browser) -> None:
    """The far door first: more riding and a later arrival, told on the order's page and to the rider."""
    with transaction():
        ada = make_rider(town.coop_id, "Ada")
        run = make_run(town, ada)
        near = make_order(town, drops=[at(1000, 0)])
        make_order(town, drops=[at(-4000, 0)])
    _plan(town, effort)
    tasks = {task.id: task for task in queries.get_run(town.coop_id, run.id).tasks}
    pickups = [task.id for task in tasks.values() if task.kind == "pickup"]
    drops = sorted((task for task in tasks.values() if task.kind == "dropoff"), key=lambda task: task.lonlat.lon)
    version = queries.get_run(town.coop_id, run.id).version
    body = {"version": version, "task_ids": [str(name) for name in (*pickups, *(task.id for task in drops))]}
    cora.post(f"/board/api/runs/{run.id}/reorder", body | {"reason": "market until noon"})

    (made,) = decisions.list_sequences(town.coop_id, near.id)
    found = made.record["sequence"]
    assert made.record["override"] == {"by": "Cora", "member_id": made.record["override"]["member_id"],
                                       "reason": "market until noon"}
    assert found["riding_s"] == pytest.approx(600, abs=20)  # 3 km more at 5 m/s
    assert found["orders"][str(near.id)] > 1000 and found["late_s"] >= 0 and made.rule_version
    page = cora.page(f"/board/orders/{near.id}")
    assert "Cora put the stops of this run in another order: market until noon" in page
    assert "arrival at the last door of this order" in page
    with force_locale("en"):
        told = why_me(town.coop_id, ada.id, drops[-1].id)
    assert "least" in told["headline"] or "only one" in told["headline"]
    assert any("market until noon" in line["text"] for line in told["lines"])
    assert any(line["text"] == "riding" and line["seconds"] == found["riding_s"] for line in told["lines"])
    assert _newest(town, near).mode == "automatic"
