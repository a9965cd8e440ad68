"""Whatever goes wrong around it, a plan is made, and of each order left out a person can read why and what to do."""
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from flask import Flask
from flask_babel import Babel
from numpy.typing import NDArray
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from dispatch.console.queries import MOST_WAITING, get_board
from dispatch.console.words import Why, why_unserved
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.units import LonLat
from dispatch.orders import queries, services
from dispatch.orders.models import Order, Task
from dispatch.orders.services import Actor
from dispatch.planning import rounds
from dispatch.planning.models import PlanRound
from dispatch.planning.services import Effort, lease, plan_zone
from riders import services as riders
from riders.models import Rider, Shift
from tests.factories.town import Town, at, make_order, make_rider, make_run, straight_rides, tasks_of

ISLAND = at(0, 4000)
HOLDERS_OF_LOCKS = text("""
    SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND datname = current_database()
""")
"""In this database only: the worker beside us has one of its own on the same server."""


@pytest.fixture(autouse=True)
def in_words(app: Flask) -> None:
    """Reasons are read as a person reads them."""
    Babel(app)


def plan(town: Town, effort: Effort) -> None:
    """One call of the planner."""
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def told(town: Town, order: Order) -> Why:
    """What the board says of an order without a rider; never the sentence for what nobody foresaw."""
    seen = queries.get_order(town.coop_id, order.id)
    assert seen.rider_id is None and seen.unserved is not None
    said, unforeseen = (why_unserved(one) for one in (seen.unserved, {"code": "?"}))
    assert said != unforeseen and said.reason and said.remedy
    return said


def rider_of(town: Town, order: Order) -> UUID | None:
    """Whose run an order is in."""
    return queries.get_order(town.coop_id, order.id).rider_id


def island_rides(city_id: UUID, points: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
    """Open ground with an island that no bridge leads to."""
    seconds = straight_rides(city_id, points, profile)
    for number, point in enumerate(points):
        if point == ISLAND:
            seconds[number, :] = seconds[:, number] = np.nan
    return seconds


def test_without_riders_the_reason_asks_one_to_sign_on(town: Town, effort: Effort) -> None:
    """Ask one to sign on."""
    with transaction():
        order = make_order(town)
    plan(town, effort)
    assert "sign on" in told(town, order).remedy


def test_shift_ending_in_a_minute(town: Town, effort: Effort) -> None:
    """Nobody is sent on a ride that ends long after the shift."""
    with transaction():
        make_run(town, make_rider(town.coop_id), hours=1 / 60)
        order = make_order(town, drops=[at(9_000, 0)])
    plan(town, effort)
    assert "stay longer" in told(town, order).remedy


def test_place_that_no_way_leads_to(town: Town) -> None:
    """And the orders beside it are served."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        lost, fine = make_order(town, drops=[ISLAND]), make_order(town)
    plan(town, Effort(plan_seconds=0.1, ride_times=island_rides))
    assert "pin" in told(town, lost).remedy
    assert rider_of(town, fine) == run.rider_id


def test_window_that_is_past(town: Town, effort: Effort) -> None:
    """A promise that is broken already is kept as soon as can be; nothing is dropped for it."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        order = make_order(town, due_in_s=-7200)
    plan(town, effort)
    assert rider_of(town, order) == run.rider_id


def test_contradictory_choices_by_hand(town: Town, effort: Effort) -> None:
    """Chosen for a rider whose bike it does not fit, and chosen for one who has gone home."""
    with transaction():
        weak = make_run(town, make_rider(town.coop_id, "Weak", capacity_g=2_000))
        heavy, homeless = make_order(town, weight_g=9_000), make_order(town)
        for order, rider_id in ((heavy, weak.rider_id), (homeless, make_rider(town.coop_id, "Gone").id)):
            db.session.execute(update(Task).where(Task.order_id == order.id).values(pinned_rider_id=rider_id))
    plan(town, effort)
    for order in (heavy, homeless):
        assert "lift the choice" in told(town, order).remedy


def test_stops_fixed_in_an_impossible_order(town: Town, effort: Effort) -> None:
    """Rows that say: the door before the counter. The planner puts them right and does not stumble."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        order, other = make_order(town), make_order(town)
        for task in tasks_of(order):
            place = {"run_id": run.id, "state": "assigned", "is_sequenced": True, "position": 2 - task.seq}
            db.session.execute(update(Task).where(Task.id == task.id).values(place))
    plan(town, effort)
    planned = [task for task in queries.get_run(town.coop_id, run.id).tasks if task.order_id == order.id]
    assert [task.kind for task in planned] == ["pickup", "dropoff"]
    assert rider_of(town, other) == run.rider_id


def test_rider_who_vanishes_with_goods_on_board(town: Town, effort: Effort) -> None:
    """What is not fetched yet goes to others; of what is on the bike the board says whom to call."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id, "Gone"))
        aboard, waiting = make_order(town), make_order(town)
    plan(town, effort)
    with transaction():
        pickup = next(task for task in tasks_of(aboard) if task.kind == "pickup")
        db.session.execute(update(Task).where(Task.id == pickup.id).values(state="done", ended_at=clock.now()))
        assert riders.stop_riding(town.coop_id, run.rider_id) is not None
        other = make_run(town, make_rider(town.coop_id, "Here"))
        make_order(town)
    plan(town, effort)
    assert rider_of(town, waiting) == other.rider_id
    seen = queries.get_order(town.coop_id, aboard.id)
    assert seen.unserved is not None and seen.unserved["code"] == "stranded"
    assert "Call the rider" in why_unserved(seen.unserved).remedy


def test_order_cancelled_while_it_is_being_planned(town: Town) -> None:
    """The plan that was made with it is made again without."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order, other = make_order(town), make_order(town)
    asked = []

    def cancelling(city_id: UUID, points: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
        if not asked:
            asked.append(profile)
            with transaction():
                services.cancel_order(town.coop_id, order.id, reason="closed", actor=Actor(kind="merchant"))
        return straight_rides(city_id, points, profile)

    plan(town, Effort(plan_seconds=0.1, ride_times=cancelling))
    seen = queries.get_order(town.coop_id, order.id)
    assert seen.state == "cancelled" and all(task.run_id is None for task in seen.tasks)
    assert rider_of(town, other) is not None


def test_planner_killed_in_the_middle_of_a_search(town: Town, effort: Effort) -> None:
    """Its lease dies with its connection: the next one plans at once, and nothing half-done is left."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order = make_order(town)
    with pytest.raises(OperationalError), lease(town.zone_id) as is_mine:
        assert is_mine
        with db.engine.connect() as other:
            for (pid,) in other.execute(HOLDERS_OF_LOCKS).all():
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        plan(town, effort)
        assert rider_of(town, order) is not None


def test_order_that_waited_all_night_for_a_rider(town: Town, effort: Effort) -> None:
    """Nobody signed on until ten hours after its promise: it is brought, not left out for being too late."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        order = make_order(town, due_in_s=-36_000)
    plan(town, effort)
    assert rider_of(town, order) == run.rider_id


@pytest.mark.parametrize("hours", [-30, 30])
def test_clock_that_jumps(town: Town, effort: Effort, hours: int) -> None:
    """A day back or ahead: rounds go on, times stay in bounds, orders keep their rider or get a reason."""
    with transaction():
        make_run(town, make_rider(town.coop_id), hours=60)
        first, _ = make_order(town), make_order(town)
    plan(town, effort)
    now = clock.real_now()
    clock.use_scale(clock.Scale(real_anchor=now, domain_anchor=now + timedelta(hours=hours), speed=1))
    try:
        with transaction():
            second = make_order(town)
        plan(town, effort)
        plan(town, effort)
        with transaction():
            assert "refused" not in set(db.session.scalars(select(PlanRound.outcome)))
            searched = select(PlanRound.started_at).where(PlanRound.outcome.in_(rounds.SEARCHES))
            here = [at_ for at_ in db.session.scalars(searched) if abs(at_ - clock.now()) < timedelta(hours=1)]
        assert len(here) == 1  # the search for better plans goes on, and keeps its pace
        assert rider_of(town, first) is not None
        assert rider_of(town, second) is not None or told(town, second)
    finally:
        clock.use_scale(None)


def test_nothing_fits_on_any_bike(town: Town, effort: Effort) -> None:
    """No capacity anywhere: a rider whose bike carries a gram."""
    with transaction():
        rider = make_rider(town.coop_id)
        db.session.execute(update(Rider).where(Rider.id == rider.id).values(capacity_g=1, capacity_ml=1))
        run = make_run(town, rider)
        db.session.execute(update(Shift).where(Shift.id == run.shift_id).values(capacity_g=1, capacity_ml=1))
        order = make_order(town)
    plan(town, effort)
    assert "cargo bike" in told(town, order).remedy


def test_strict_window_that_is_past(town: Town, effort: Effort) -> None:
    """Where nobody is there any more, nobody is sent: a new time is to be agreed."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order = make_order(town, due_in_s=-60, is_strict=True)
    plan(town, effort)
    assert "Agree a new time" in told(town, order).remedy


@pytest.mark.parametrize("seconds", [np.nan, np.inf, 4e9])
def test_ride_times_that_are_no_times(town: Town, seconds: float) -> None:
    """Streets that answer nonsense: nobody is sent anywhere by it, and the round ends."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        order = make_order(town)

    def nonsense(_city_id: UUID, points: Sequence[LonLat], _profile: str) -> NDArray[np.float32]:
        return np.full((len(points), len(points)), seconds, dtype=np.float32)

    plan(town, Effort(plan_seconds=0.1, ride_times=nonsense))
    assert "pin" in told(town, order).remedy


def test_times_far_beyond_any_day(town: Town, effort: Effort) -> None:
    """Ready in the year 2999, promised for the year 1000: bounds hold, and others are served."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        far, fine = make_order(town), make_order(town)
        times = {"ready_at": datetime(2999, 1, 1, tzinfo=UTC), "window_by": datetime(1000, 1, 1, tzinfo=UTC)}
        db.session.execute(update(Task).where(Task.order_id == far.id).values(**times))
    plan(town, effort)
    assert rider_of(town, fine) == run.rider_id
    assert told(town, far)


def test_flood_of_orders(town: Town) -> None:
    """Far more than riders can carry for hours: the most urgent are planned, the others wait in line and say so.

    The board lists the most urgent of those that wait and counts the others.

    That the search itself bears ten thousand is proved beside it, in `test_unserved`.
    """
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        pattern, urgent = make_order(town, due_in_s=7200), make_order(town, due_in_s=600, priority=10)
        copy_orders(pattern, 1_300)
    asked: list[int] = []

    def counted(city_id: UUID, points: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
        asked.append(len(points))
        return np.full((len(points), len(points)), 300, dtype=np.float32)

    plan(town, Effort(plan_seconds=0.1, ride_times=counted))
    assert max(asked) < 2_100
    assert rider_of(town, urgent) == run.rider_id
    reasons = dict(db.session.execute(text("SELECT unserved ->> 'code', count(*) FROM orders GROUP BY 1")).all())
    assert reasons["queued"] >= 200 and reasons.keys() <= {"queued", "no_room", "shift_ends", "no_time", None}
    assert "more riders" in why_unserved({"code": "queued"}).remedy
    assert why_unserved({"code": "?"}) not in [why_unserved({"code": code}) for code in reasons if code]
    assert set(db.session.scalars(select(PlanRound.outcome))) <= {"planned", "improved", "kept"}
    board = get_board(town.coop_id)
    carried = len(board.running) + len(board.at_risk)
    assert len(board.unassigned) == MOST_WAITING
    assert len(board.unassigned) + board.left_out + carried == 1_302


def copy_orders(pattern: Order, count: int) -> None:
    """So many orders like this one, each with a door of its own."""
    for table, key, own in (
        ("orders", "id", {"id": "gen_random_uuid()", "number": "'N' || n", "track_token": "'t' || n"}),
        ("task", "order_id", {"id": "gen_random_uuid()", "order_id": "o.id",
                              "lonlat": "ST_SetSRID(ST_MakePoint(8.69 + n * 1e-6, 49.41), 4326)"}),
    ):  # fmt: skip
        model = {"orders": Order, "task": Task}[table]
        names = [column.name for column in model.__table__.columns]
        values = ", ".join(own.get(name, f"p.{name}") for name in names)
        numbers = f"generate_series(1, {count}) AS n"
        if table == "task":
            numbers = "(SELECT id, substr(number, 2)::int AS n FROM orders WHERE number ~ '^N[0-9]+$') AS o"
        names_sql = ", ".join(names)
        query = f"INSERT INTO {table} ({names_sql}) SELECT {values} FROM {table} AS p, {numbers} WHERE p.{key} = :id"
        db.session.execute(text(query), {"id": pattern.id})
