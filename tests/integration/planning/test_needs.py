"""Everything a courier fleet has: what is said of orders, riders and bikes is kept by the plan, or said in words."""
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import update

from dispatch.console.words import why_unserved
from dispatch.coop.services import set_plan_mode
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict
from dispatch.geo.services import set_depot
from dispatch.orders import queries
from dispatch.orders.models import Order, Run, Task
from dispatch.orders.need_rules import Needs
from dispatch.planning import manual
from dispatch.planning.offers import services, work
from dispatch.planning.services import Effort, plan_zone
from riders import able
from riders.models import Rider
from riders.queries import get_rider
from tests.factories.town import Town, at, make_order, make_rider, make_run, tasks_of


@pytest.fixture(autouse=True)
def in_words(app: Flask) -> None:
    """Reasons are read as a person reads them."""
    Babel(app)


def plan(town: Town, effort: Effort) -> None:
    """One call of the planner."""
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def rider_of(order: Order) -> UUID | None:
    """Whose run an order is in."""
    return queries.get_order(order.coop_id, order.id).rider_id


def why(order: Order) -> str:
    """Why it is in nobody's, by code; with words of its own."""
    unserved = queries.get_order(order.coop_id, order.id).unserved
    assert unserved is not None and why_unserved(unserved) != why_unserved({"code": "?"})
    return str(unserved["code"])


def stops(run: Run) -> list[tuple[UUID, str]]:
    """A run's stops in order: order and kind."""
    return [(task.order_id, task.kind) for task in queries.get_run(run.coop_id, run.id).tasks]


def certify(rider: Rider, skill: str, days: int | None = None) -> None:
    """Note a certificate that is valid for so many days."""
    until = None if days is None else (clock.now() + timedelta(days=days)).date()
    able.note_certificate(rider.coop_id, rider.id, skill, valid_until=until, by=rider.member_id)


def test_all_doors_of_one_order_are_in_one_run_after_its_counter(town: Town, effort: Effort) -> None:
    """Goods are on one bike."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        make_run(town, make_rider(town.coop_id, "Bo"), place=at(1000, 100))
        order = make_order(town, drops=[at(1500, 0), at(-1200, 0), at(0, 900)])
    plan(town, effort)
    assert [kind for _, kind in stops(run)] in ([], ["pickup", *["dropoff"] * 3])
    assert rider_of(order) is not None and len({task.run_id for task in tasks_of(order)}) == 1


def test_door_that_closes_for_good_is_reached_before_or_not_at_all(town: Town, effort: Effort) -> None:
    """A soft window costs; a strict one binds."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        far = {"drops": [at(6000, 0)], "due_in_s": 600}
        late, never = make_order(town, **far), make_order(town, is_strict=True, **far)
        fine = make_order(town, drops=[at(300, 0)], due_in_s=1200, is_strict=True)
    plan(town, effort)
    assert rider_of(late) is not None and rider_of(never) is None and why(never) == "window_closed"
    door = tasks_of(fine)[1]
    assert door.planned_at is not None and door.window_by is not None and door.planned_at <= door.window_by


def test_heavy_goods_go_to_the_trailer(town: Town, effort: Effort) -> None:
    """However near the bike is."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Bike"))
        hauler = make_rider(town.coop_id, "Hauler", capacity_g=60_000)
        hauler.profile = "trailer"
        make_run(town, hauler, place=at(3000, 0))
        order = make_order(town, weight_g=40_000)
    plan(town, effort)
    assert rider_of(order) == hauler.id


def test_certificate_decides_while_it_is_valid(town: Town, effort: Effort) -> None:
    """Of three riders only the farthest may."""
    with transaction():
        plain, lapsed, holder = (make_rider(town.coop_id, name) for name in ("Plain", "Lapsed", "Holder"))
        for number, rider in enumerate((plain, lapsed, holder)):
            make_run(town, rider, place=at(1500 * number, 0))
        certify(lapsed, "medicines", days=-2)
        certify(holder, "Medicines ", days=1)
        order, other = make_order(town, skills=("medicines",)), make_order(town, skills=("crane",))
    plan(town, effort)
    assert rider_of(order) == holder.id
    assert why(other) == "skills"
    assert "crane" in why_unserved(queries.get_order(town.coop_id, other.id).unserved).reason


def test_what_a_bike_has_on_it_counts_like_a_certificate(town: Town, effort: Effort) -> None:
    """A cooled box rides with the bike, whoever rides it."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        cooled = make_run(town, make_rider(town.coop_id, "Cooled"), place=at(3000, 0), equipment=["cooled box"])
        order = make_order(town, skills=("cooled box",))
    plan(town, effort)
    assert rider_of(order) == cooled.rider_id


def test_bike_that_comes_back_leaves_time_for_the_way(town: Town, effort: Effort) -> None:
    """At the end of a shift the ride home belongs to it; hours before, it is no matter of the plan."""
    with transaction():
        set_depot(town.coop_id, town.zone_id, "Old Station 1", at(-9000, 0))
        make_run(town, make_rider(town.coop_id, "Home"), hours=0.5, returns_to_depot=True)
        order = make_order(town, drops=[at(2500, 0)])
    plan(town, effort)
    assert why(order) == "shift_ends"
    with transaction():
        early = make_run(town, make_rider(town.coop_id, "Early"), hours=5, returns_to_depot=True)
        manual.replan_all(town.coop_id, "somebody signed on")
    plan(town, effort)
    assert rider_of(order) == early.rider_id


def test_hot_food_is_not_carried_round_the_houses(town: Town, effort: Effort) -> None:
    """Its ride stays short although a longer round would save riding; what cannot be short is not begun."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        make_order(town, drops=[at(2500, 100)], due_in_s=None)
        soup = make_order(town, drops=[at(2600, 0)], due_in_s=None, longest_ride_s=600)
        cold = make_order(town, drops=[at(8000, 0)], longest_ride_s=600)
    plan(town, effort)
    counter, door = tasks_of(soup)
    assert counter.planned_at is not None and door.planned_at is not None
    assert (door.planned_at - counter.planned_at).total_seconds() - counter.service_s <= 600
    assert why(cold) == "ride_too_long"


def test_deep_box_is_emptied_from_the_top(town: Town, effort: Effort) -> None:
    """What went in first comes out last."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id), is_deep_box=True)
        for number in range(5):
            make_order(town, pickup=at(150 * number, 0), drops=[at(1500 + 300 * number, 0)], due_in_s=None)
    plan(town, effort)
    box: list[UUID] = []
    for order_id, kind in stops(run):
        if kind == "pickup":
            box.append(order_id)
        else:
            assert box.pop() == order_id
    assert box == [] and len(stops(run)) == 10


def test_tour_made_by_hand_is_ridden_as_it_was_made(town: Town, effort: Effort) -> None:
    """However much shorter another one would be, until it is lifted."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        orders = [make_order(town, drops=[at(800 * number, 0)], due_in_s=None) for number in (1, 2, 3)]
    plan(town, effort)
    tasks = {(task.order_id, task.kind): task.id for order in orders for task in tasks_of(order)}
    tour = [tasks[order.id, "pickup"] for order in orders]
    tour += [tasks[orders[number].id, "dropoff"] for number in (1, 0, 2)]
    by = manual.Coordinator(member_id=run.rider_id, name="Cleo")
    with transaction():
        manual.reorder(town.coop_id, run.id, queries.get_run(town.coop_id, run.id).version, tour, by)
        make_order(town, drops=[at(900, 0)])
    plan(town, effort)
    planned = [task.id for task in queries.get_run(town.coop_id, run.id).tasks]
    assert planned[:5] == tour[:5] and [task_id for task_id in planned if task_id in tour] == tour


@pytest.mark.parametrize(("first", "second"), [
    ({"priority": 10}, {}),
    ({"is_solidarity": True}, {"priority": 10}),
])  # fmt: skip
def test_where_one_of_two_fits_the_more_urgent_goes_and_solidarity_before_all(
    town: Town, effort: Effort, first: dict, second: dict
) -> None:
    """A rider has half an hour left; the doors lie in opposite directions."""
    with transaction():
        make_run(town, make_rider(town.coop_id), hours=1 / 6)
        left_out = make_order(town, drops=[at(3000, 0)], **second)
        served = make_order(town, drops=[at(-3000, 0)], **first)
    plan(town, effort)
    assert rider_of(served) is not None and rider_of(left_out) is None


def test_coordinator_changes_what_an_order_needs(town: Town, effort: Effort) -> None:
    """The plan follows."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        holder = make_rider(town.coop_id, "Holder")
        make_run(town, holder, place=at(4000, 0))
        certify(holder, "medicines")
        order = make_order(town)
    plan(town, effort)
    assert rider_of(order) != holder.id
    with transaction():
        manual.set_needs(town.coop_id, order.id, Needs(skills=("medicines",)))
    plan(town, effort)
    assert rider_of(order) == holder.id


def test_open_board_says_what_an_order_needs_and_lets_nobody_else_pick_it(town: Town, effort: Effort) -> None:
    """A rider without the certificate hears so before the counter does."""
    with transaction():
        set_plan_mode(town.coop_id, "open")
        plain, holder = make_rider(town.coop_id, "Plain"), make_rider(town.coop_id, "Holder")
        for rider in (plain, holder):
            make_run(town, rider)
        certify(holder, "medicines")
        order = make_order(town, skills=("medicines",), longest_ride_s=1500)
    plan(town, effort)
    (shown,) = work.work_json(town.coop_id, get_rider(town.coop_id, plain.id), [])["board"]
    assert shown["needs"] == "medicines, at most 25 min under way"
    db.session.rollback()

    def pick(rider: Rider) -> None:
        choice = services.Choice(verb="pick", subject_id=order.id, client_uuid=uuid4())
        with transaction():
            services.decide(town.coop_id, get_rider(town.coop_id, rider.id), choice)

    with pytest.raises(Conflict, match="medicines"):
        pick(plain)
    pick(holder)
    assert rider_of(order) == holder.id


def test_riders_own_limit_for_a_day_is_kept_with_what_was_ridden_already(town: Town, effort: Effort) -> None:
    """3 km to go: the near rider wants 4 km a day, and has 2 km behind them since noon."""
    with transaction():
        tired, fresh = make_rider(town.coop_id, "Tired"), make_rider(town.coop_id, "Fresh")
        able.set_own_ride(town.coop_id, tired.id, is_deep_box=False, longest_day_m=4000)
        run = make_run(town, tired)
        first = make_order(town, drops=[at(1000, 0)])
    plan(town, effort)
    assert rider_of(first) == tired.id
    with transaction():
        for task, place in zip(tasks_of(first), (at(0, 0), at(2000, 0)), strict=True):
            past = {"state": "done", "run_id": run.id, "position": task.seq, "lonlat": place}
            times = {"arrived_at": clock.now(), "ended_at": clock.now() + timedelta(seconds=task.seq)}
            db.session.execute(update(Task).where(Task.id == task.id).values(**past, **times))
        second = make_order(town, pickup=at(2000, 0), drops=[at(2000, 3000)])
    plan(town, effort)
    assert rider_of(second) is None and why(second) == "too_far"
    with transaction():
        make_run(town, fresh, place=at(-4000, 0))
        manual.replan_all(town.coop_id, "somebody signed on")
    plan(town, effort)
    assert rider_of(second) == fresh.id
