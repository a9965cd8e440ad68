"""What is on the bike already binds what may still be taken up."""
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.orders import queries
from dispatch.orders.models import Order, Run, Task
from dispatch.planning.services import Effort, plan_zone
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of


def plan(town: Town, effort: Effort) -> None:
    """One call of the planner."""
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def fetch(order: Order, run: Run, minutes_ago: int) -> None:
    """The rider left the counter with it so long ago; the rows as the rider's actions leave them."""
    with transaction():
        counter, *doors = tasks_of(order)
        for task in (counter, *doors):
            db.session.execute(update(Task).where(Task.id == task.id).values(run_id=run.id, position=task.seq))
        left_at = clock.now() - timedelta(minutes=minutes_ago)
        done = {"state": "done", "arrived_at": left_at, "ended_at": left_at}
        db.session.execute(update(Task).where(Task.id == counter.id).values(**done))


def stops(run: Run) -> list[tuple[UUID, str]]:
    """A run's stops in order: order and kind."""
    return [(task.order_id, task.kind) for task in queries.get_run(run.coop_id, run.id).tasks]


@pytest.mark.parametrize(("longest_ride_s", "is_first"), [(1200, True), (None, False)])
def test_food_on_board_is_brought_before_new_work_makes_it_cold(
    town: Town, effort: Effort, longest_ride_s: int | None, is_first: bool
) -> None:
    """Ten minutes under way, five minutes from its door; a new order the other way is due before."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        soup = make_order(town, drops=[at(1500, 0)], due_in_s=7200, longest_ride_s=longest_ride_s)
    fetch(soup, run, minutes_ago=10)
    with transaction():
        make_order(town, pickup=at(-600, 0), drops=[at(-800, 0)], due_in_s=600)
    plan(town, effort)
    assert [order_id for order_id, _ in stops(run)].index(soup.id) == (0 if is_first else 2)


def test_nothing_new_is_laid_on_top_of_what_a_deep_box_gives_out_first(town: Town, effort: Effort) -> None:
    """The straight way would fetch the second on the way to the first's door."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id), is_deep_box=True)
        below = make_order(town, drops=[at(2000, 0)], due_in_s=7200)
    fetch(below, run, minutes_ago=1)
    with transaction():
        above = make_order(town, pickup=at(1000, 0), drops=[at(3000, 0)], due_in_s=7200)
    plan(town, effort)
    doors = [order_id for order_id, kind in stops(run) if kind == "dropoff"]
    assert len(doors) == 2
    if stops(run)[0] == (above.id, "pickup"):
        assert doors == [above.id, below.id]
