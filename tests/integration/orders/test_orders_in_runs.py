"""Orders, tasks and runs change together, and nobody waits in a circle for anybody."""
import threading
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import select

from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict
from dispatch.core.outbox import OutboxEvent
from dispatch.geo.models import Zone
from dispatch.orders import decisions, queries, runs, services
from dispatch.orders.models import Order, Run
from dispatch.orders.services import Actor, Stamp
from dispatch.planning.services import Effort, plan_zone
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def _act(coop_id: UUID, order: Order, kind: str, action: str, rider_id: UUID) -> None:
    task = next(task for task in tasks_of(order) if task.kind == kind)
    services.act_on_task(
        coop_id, task.id, action, actor=Actor(kind="rider", rider_id=rider_id), stamp=Stamp()
    )


def test_cancelled_order_leaves_the_run_and_the_rider_hears(town: Town, effort: Effort) -> None:
    """A rider must not ride to a shop that has nothing for them any more."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        order = make_order(town)
    _plan(town, effort)
    before = queries.get_run(town.coop_id, run.id).version

    with transaction():
        services.cancel_order(town.coop_id, order.id, reason="changed mind", actor=Actor(kind="merchant"))
        services.cancel_order(town.coop_id, order.id, reason="again", actor=Actor(kind="merchant"))

    after = queries.get_run(town.coop_id, run.id)
    assert after.tasks == () and after.version == before + 1
    seen = queries.get_order(town.coop_id, order.id)
    assert seen.state == "cancelled" and seen.cancel_reason == "changed mind" and seen.ended_at is not None
    kinds = db.session.scalars(select(OutboxEvent.kind)).all()
    assert kinds.count("OrderCancelled") == 1


def test_picked_up_order_cannot_be_cancelled(town: Town, effort: Effort) -> None:
    """The goods are on a bike: somebody has to bring them somewhere."""
    with transaction():
        rider = make_rider(town.coop_id)
        make_run(town, rider)
        order = make_order(town)
    _plan(town, effort)
    with transaction():
        _act(town.coop_id, order, "pickup", "complete", rider.id)

    with pytest.raises(Conflict, match="picked up"), transaction():
        services.cancel_order(town.coop_id, order.id, reason="late", actor=Actor(kind="merchant"))


def test_every_change_asks_for_a_plan(town: Town) -> None:
    """What changes what should be planned counts up the zone, in its own transaction."""
    with transaction():
        order = make_order(town)
        services.cancel_order(town.coop_id, order.id, reason="", actor=Actor(kind="merchant"))

    assert db.session.get_one(Zone, (town.coop_id, town.zone_id)).plan_wanted == 2


def test_early_sign_off_keeps_goods_on_board_with_their_rider(town: Town, effort: Effort) -> None:
    """Only what is not on the bike can be handed back."""
    with transaction():
        rider = make_rider(town.coop_id)
        run = make_run(town, rider)
        carried, waiting = make_order(town), make_order(town, drops=[at(-900, 0)])
    _plan(town, effort)
    with transaction():
        _act(town.coop_id, carried, "pickup", "complete", rider.id)
        handed_back = runs.close_run(town.coop_id, run.id)

    assert {task.id for task in tasks_of(waiting)} == set(handed_back)
    kept = queries.get_run(town.coop_id, run.id)
    assert kept.closed_at is None and {task.order_id for task in kept.tasks} == {carried.id}


def test_decision_is_put_into_words_for_each_reader(town: Town, effort: Effort, app: Flask) -> None:
    """Why me, why not me: from the record alone, with the rule's version, and no other rider's name for merchants."""
    Babel(app)
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        far = make_rider(town.coop_id, "Far")
        make_run(town, far, place=at(6000, 0))
        order = make_order(town)
    _plan(town, effort)
    made = decisions.list_for_order(town.coop_id, order.id)[0]

    assert "least" in decisions.why_me(made).headline
    assert any(line.text == "riding" for line in decisions.why_me(made).lines)
    why_not = decisions.why_not(made, far.id)
    assert why_not.headline == "It went to Near." and why_not.lines
    assert made.rule_version in why_not.basis
    assert "Near" not in decisions.why_for_merchant(made)


def test_riders_act_while_the_zone_is_planned(town: Town, effort: Effort, app: Flask) -> None:
    """Locks are taken in one order: no deadlock, no lost action, however often both meet."""
    with transaction():
        riders = [make_rider(town.coop_id, name) for name in ("Ada", "Bo")]
        for rider in riders:
            make_run(town, rider)
        placed = [make_order(town, drops=[at(150 * number, 200)]) for number in range(8)]
    _plan(town, effort)
    owner = {order.id: queries.get_order(town.coop_id, order.id).rider_id for order in placed}
    errors: list[BaseException] = []

    def ride() -> None:
        with app.app_context():
            use_coop(town.coop_id)
            for order in placed:
                try:
                    with transaction():
                        _act(town.coop_id, order, "pickup", "complete", owner[order.id] or riders[0].id)
                except Conflict:
                    pass  # the planner has just moved it
                except BaseException as error:  # what the test is about
                    errors.append(error)
            db.session.remove()

    thread = threading.Thread(target=ride)
    thread.start()
    while thread.is_alive():
        with transaction():
            make_order(town, drops=[at(-300, 100)])
        _plan(town, effort)
    thread.join()

    assert errors == []
    _plan(town, effort)
    for run in db.session.scalars(select(Run)):
        tasks = queries.get_run(town.coop_id, run.id).tasks
        assert len({task.position for task in tasks}) == len(tasks)
