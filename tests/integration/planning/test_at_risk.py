"""A promise in danger is told to coordinators once, and the board says what was tried for it."""
from uuid import UUID

from redis import Redis

from dispatch.console.queries import get_board
from dispatch.core.db import transaction, use_coop
from dispatch.orders import services
from dispatch.orders.services import Actor, Stamp
from dispatch.planning.services import Effort, plan_zone
from tests.factories.heard import Heard, hearing
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of


def _plan(town: Town, effort: Effort) -> None:
    with transaction():
        services.want_plan(town.coop_id, town.zone_id)
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def _warned(heard: Heard) -> list[list[str]]:
    """The numbers of each warning since the last look."""
    told = []
    while (said := heard(0.2)) is not None:
        if said["kind"] == "OrdersAtRisk":
            told.append(said["payload"]["numbers"])
    return told


def _is_tried(town: Town, redis: Redis) -> dict[UUID, bool]:
    """Of each order in danger on the board, whether other riders were tried."""
    return {entry.order.id: entry.is_tried for entry in get_board(town.coop_id, None, redis).at_risk}


def test_each_order_in_danger_is_told_once_and_those_of_a_round_together(
    town: Town, effort: Effort, redis: Redis
) -> None:
    """A toast for every round would be wiped away unread."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        first, second = make_order(town, due_in_s=30), make_order(town, due_in_s=40)
        make_order(town, due_in_s=7200)
    with hearing(redis, town.coop_id) as heard:
        _plan(town, effort)
        (numbers,) = _warned(heard)
        assert sorted(numbers) == sorted([first.number, second.number])
        _plan(town, effort)
        assert _warned(heard) == []
        with transaction():
            third = make_order(town, due_in_s=50)
        _plan(town, effort)
        assert _warned(heard) == [[third.number]]


def test_board_knows_what_was_tried_elsewhere_and_what_was_not(town: Town, effort: Effort, redis: Redis) -> None:
    """`Nobody would bring it much earlier` is said only where the planner looked."""
    with transaction():
        ada = make_rider(town.coop_id)
        make_run(town, ada)
        begun, free = make_order(town, due_in_s=30), make_order(town, due_in_s=30, drops=[at(0, 1000)])
    _plan(town, effort)
    assert _is_tried(town, redis) == {begun.id: True, free.id: True}
    with transaction():
        actor = Actor(kind="rider", rider_id=ada.id)
        services.act_on_task(town.coop_id, tasks_of(begun)[0].id, "start", actor=actor, stamp=Stamp())
    _plan(town, effort)
    assert _is_tried(town, redis) == {begun.id: False, free.id: True}
    redis.flushdb()
    assert not any(_is_tried(town, redis).values())
