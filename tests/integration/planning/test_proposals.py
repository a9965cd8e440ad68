"""Mode propose: a no counts until something that the plan was made of changes."""
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import select, update

from dispatch.console.words import why_unserved
from dispatch.coop.services import set_plan_mode
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.geo.services import want_plan
from dispatch.orders import queries, services
from dispatch.orders.models import Order, Task
from dispatch.orders.services import Actor, Stamp
from dispatch.planning import manual, proposals
from dispatch.planning.apply import ROUNDS_KEPT, forget_old
from dispatch.planning.models import PlanProposal
from dispatch.planning.services import Effort, plan_zone
from tests.factories.coops import make_member
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of


class Desk:
    """A coordinator before two riders' town whose plans need a yes; one order waits for it."""

    def __init__(self, town: Town, effort: Effort) -> None:
        self.town, self.effort = town, effort
        with transaction():
            set_plan_mode(town.coop_id, "propose")
            self.cleo = make_member(town.coop_id, "Cleo", roles=("coordinator",)).id
            self.near = make_run(town, make_rider(town.coop_id, "Near"))
            self.far = make_run(town, make_rider(town.coop_id, "Far"), place=at(4000, 0))
            self.order = make_order(town)
        self.plan()

    def plan(self) -> None:
        """One call of the planner, as after any event in town."""
        with transaction():
            want_plan(self.town.coop_id, self.town.zone_id)
        plan_zone(self.town.coop_id, self.town.zone_id, self.effort)
        use_coop(self.town.coop_id)

    def open(self) -> PlanProposal | None:
        """What waits."""
        db.session.rollback()
        return proposals.find_open(self.town.coop_id, self.town.zone_id)

    def waiting(self) -> UUID:
        """The id of what waits."""
        found = self.open()
        assert found is not None
        proposal_id: UUID = found.id
        db.session.rollback()
        return proposal_id

    def say_no(self) -> None:
        """Turn down what waits."""
        proposal_id = self.waiting()
        with transaction():
            proposals.reject(self.town.coop_id, proposal_id, member_id=self.cleo)

    def given(self) -> dict[str, str]:
        """Which orders the open proposal gives to whose run."""
        found = self.open()
        return {} if found is None else dict(found.changes["given"])


@pytest.fixture
def desk(town: Town, effort: Effort, app: Flask) -> Desk:
    """A coordinator at work, who reads words."""
    Babel(app)
    return Desk(town, effort)


def test_what_was_turned_down_is_not_proposed_again(desk: Desk) -> None:
    """Whatever happens elsewhere, however often the planner looks; and the board says why the order waits."""
    assert desk.given() == {str(desk.order.id): str(desk.near.id)}
    desk.say_no()
    for _ in range(3):
        desk.plan()
        assert desk.open() is None
    waiting = queries.get_order(desk.town.coop_id, desk.order.id)
    assert waiting.rider_id is None and waiting.unserved is not None and waiting.unserved["code"] == "turned_down"
    assert "by hand" in why_unserved(waiting.unserved).remedy


def test_progress_of_riders_is_no_reason_to_ask_again(desk: Desk) -> None:
    """A rider who sets off, arrives and delivers changes times, not what was asked."""
    proposal_id = desk.waiting()
    with transaction():
        proposals.accept(desk.town.coop_id, proposal_id, member_id=desk.cleo)
        second = make_order(desk.town, pickup=at(4000, 0), drops=[at(5000, 0)])
    desk.plan()
    assert desk.given() == {str(second.id): str(desk.far.id)}
    desk.say_no()
    pickup = tasks_of(desk.order)[0]
    for action in ("start", "arrive", "complete"):
        with transaction():
            actor = Actor(kind="rider", rider_id=desk.near.rider_id)
            services.act_on_task(desk.town.coop_id, pickup.id, action, actor=actor, stamp=Stamp())
        desk.plan()
        assert desk.open() is None


def _sign_on(desk: Desk) -> None:
    make_run(desk.town, make_rider(desk.town.coop_id, "New"), place=at(3000, 3000))


def _need(desk: Desk) -> None:
    db.session.execute(update(Order).where(Order.id == desk.order.id).values(priority=10))


def _give_by_hand(desk: Desk) -> None:
    rider = desk.far.rider_id
    db.session.execute(update(Task).where(Task.order_id == desk.order.id).values(pinned_rider_id=rider))


def _other_run(desk: Desk) -> None:
    manual.assign(
        desk.town.coop_id, make_order(desk.town, drops=[at(0, 700)]).id, desk.near.rider_id,
        manual.Coordinator(member_id=desk.cleo, name="Cleo"), run_version=None, position=None,
    )  # fmt: skip


@pytest.mark.parametrize("change", [_sign_on, _need, _give_by_hand, _other_run])
def test_the_planner_asks_again_when_what_counts_has_changed(desk: Desk, change) -> None:
    """Somebody signs on, the order is urgent or chosen for another, the rider's run is not what it was."""
    desk.say_no()
    with transaction():
        change(desk)
    desk.plan()
    assert str(desk.order.id) in desk.given()
    waiting = queries.get_order(desk.town.coop_id, desk.order.id)
    assert waiting.unserved is None


def test_a_new_order_is_proposed_though_the_old_one_was_turned_down(desk: Desk) -> None:
    """Another question: it comes alone."""
    desk.say_no()
    with transaction():
        new = make_order(desk.town, pickup=at(4000, 0), drops=[at(5000, 0)])
    desk.plan()
    assert desk.given() == {str(new.id): str(desk.far.id)}


def test_decided_proposals_are_forgotten_after_a_month(desk: Desk) -> None:
    """They hold names of riders and what was weighed about them."""
    desk.say_no()
    with transaction():
        db.session.execute(update(PlanProposal).values(made_at=clock.now() - ROUNDS_KEPT * 2))
        forget_old(desk.town.coop_id)
        assert db.session.scalars(select(PlanProposal)).all() == []


def test_no_to_a_part_counts_for_that_part(desk: Desk) -> None:
    """What was accepted before changed its own run; the rest, turned down, stays down."""
    with transaction():
        second = make_order(desk.town, pickup=at(4000, 0), drops=[at(5000, 0)])
    desk.plan()
    assert set(desk.given()) == {str(desk.order.id), str(second.id)}
    proposal_id = desk.waiting()
    with transaction():
        proposals.accept(desk.town.coop_id, proposal_id, member_id=desk.cleo, run_id=desk.near.id)
    desk.say_no()
    desk.plan()
    assert desk.open() is None and queries.get_order(desk.town.coop_id, desk.order.id).rider_id is not None
