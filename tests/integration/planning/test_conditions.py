"""What rules ask of a plan as a whole is kept by what the planner announces, at once and after its longer search."""
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict
from dispatch.geo.services import want_plan
from dispatch.governance.services import adopt
from dispatch.orders import services as order_services
from dispatch.orders.models import Task
from dispatch.orders.services import Actor, Stamp
from dispatch.planning.models import PlanRound
from dispatch.planning.services import Effort, plan_zone
from tests.factories.offers import Crew
from tests.factories.town import PAST, Town, at, make_order, make_rider, make_run, tasks_of


def plan(town: Town, effort: Effort) -> None:
    """One call of the planner."""
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def vote(town: Town, *, is_wanted: bool = True, **document: Any) -> None:
    """The members adopt dispatch rules; somebody wants a plan by them, or not."""
    with transaction():
        adopt(town.coop_id, "dispatch", document, active_from=PAST)
        if is_wanted:
            want_plan(town.coop_id, town.zone_id)


def held(town: Town) -> Counter[UUID]:
    """How many orders each run has."""
    doors = select(Task.run_id).where(Task.coop_id == town.coop_id, Task.kind == "dropoff", Task.run_id.is_not(None))
    return Counter(db.session.scalars(doors))


@pytest.mark.parametrize("engine", ["ruin_recreate", "ortools", "insertion"])
def test_no_rider_has_more_orders_than_a_share(town: Town, effort: Effort, engine: str) -> None:
    """Two are at the counter, four are far away; everybody is served all the same."""
    vote(town, engine=engine, most_open_each=3)
    with transaction():
        for number in range(6):
            make_run(town, make_rider(town.coop_id, f"Rider{number}"), place=at(0 if number < 2 else 4000, number))
        for number in range(18):
            make_order(town, drops=[at(300 + 10 * number, 0)], due_in_s=None)
    plan(town, effort)
    assert set(held(town).values()) == {3} and len(held(town)) == 6


@pytest.mark.parametrize("engine", ["ruin_recreate", "insertion"])
@pytest.mark.parametrize("is_wanted", [True, False])
def test_announced_plan_beyond_a_new_share_is_changed_although_it_is_cheaper(
    town: Town, effort: Effort, engine: str, is_wanted: bool
) -> None:
    """The rider at the counter has both; since the vote everybody gets one, at the latest by the next longer search."""
    with transaction():
        for place in (0, 3000):
            make_run(town, make_rider(town.coop_id, f"At{place}"), place=at(place, 0))
        for _ in range(2):
            make_order(town, due_in_s=None)
    plan(town, effort)
    assert list(held(town).values()) == [2]
    vote(town, is_wanted=is_wanted, engine=engine, most_open_each=1)
    with transaction():
        db.session.execute(update(PlanRound).values(started_at=clock.now() - timedelta(minutes=1)))
    plan(town, effort)
    assert list(held(town).values()) == [1, 1]


def test_announced_order_stays_with_its_rider_where_nobody_else_may_take_it(town: Town, effort: Effort) -> None:
    """A vote takes no order off the phones without giving it to somebody; what is new waits."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        told = [make_order(town, due_in_s=None) for _ in range(2)]
    plan(town, effort)
    vote(town, most_open_each=1)
    with transaction():
        new = make_order(town, due_in_s=None)
    plan(town, effort)
    assert all(task.run_id for order in told for task in tasks_of(order))
    assert not any(task.run_id for task in tasks_of(new))


def test_no_more_scarce_bikes_are_out_than_the_rules_allow(town: Town, effort: Effort) -> None:
    """Two trailers stand where two orders are; the second goes to the bike across the town."""
    vote(town, scarce_bikes={"trailer": 1}, most_open_each=1)
    with transaction():
        for number in range(2):
            hauler = make_rider(town.coop_id, f"Hauler{number}")
            hauler.profile = "trailer"
            make_run(town, hauler)
        light = make_run(town, make_rider(town.coop_id, "Light"), place=at(4000, 0))
        for _ in range(2):
            make_order(town, due_in_s=None)
    plan(town, effort)
    assert held(town)[light.id] == 1 and sorted(held(town).values()) == [1, 1]


def test_no_more_orders_change_hands_than_the_rules_allow(town: Town, effort: Effort) -> None:
    """Two riders come who stand at the counters of what a far one was given; nothing else is against the change."""
    vote(town, most_moved=1, moved_stop=0, resequenced_stop=0)
    with transaction():
        far = make_run(town, make_rider(town.coop_id, "Far"), place=at(0, 5000))
        told = [make_order(town, pickup=at(4000 * side, 0), drops=[at(4300 * side, 0)], due_in_s=None)
                for side in (-1, 1)]
    plan(town, effort)
    assert held(town)[far.id] == 2
    with transaction():
        for side in (-1, 1):
            make_run(town, make_rider(town.coop_id, f"Side{side + 1}"), place=at(4000 * side, 0))
        make_order(town, pickup=at(0, 5000), drops=[at(0, 5300)], due_in_s=None)
        db.session.execute(update(PlanRound).values(took_s=0.1))  # on a busy machine it might be a rush by now
    plan(town, replace(effort, plan_seconds=1.0))
    assert sum(task.run_id == far.id for order in told for task in tasks_of(order)) == 2  # the stops of one


def test_nobody_picks_more_from_the_open_board_than_a_share_before_setting_off_for_one(
    town: Town, effort: Effort
) -> None:
    """Two orders are there to be picked, and a share is one: who has it leaves the other to colleagues."""
    crew = Crew(town, effort, "open")
    vote(town, most_open_each=1)
    with transaction():
        other = make_order(town).id
    crew.decide(crew.near, "pick", crew.order_id)
    with pytest.raises(Conflict) as refused:
        crew.decide(crew.near, "pick", other)
    assert refused.value.code == "full_share"
    with transaction():
        pickup = order_services.list_tasks(town.coop_id, crew.order_id)[0]
        order_services.act_on_task(town.coop_id, pickup.id, "start", actor=Actor(kind="rider"), stamp=Stamp())
    assert crew.decide(crew.near, "pick", other)["state"] == "picked"
