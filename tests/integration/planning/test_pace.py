"""Speeds are learned from finished rides: robustly, once per ride, without names, and used for every ride asked for."""
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.geo import paces, travel
from dispatch.orders import queries as orders
from dispatch.orders.models import Run, Task
from dispatch.planning import crew, pace
from dispatch.planning.models import RiddenLeg
from riders import own_pace, run_view
from routing.streets.calibration import PRIOR_DETOUR
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.day import Day
from tests.factories.sketched_day import make_sketched_day, order_along, spot
from tests.factories.town import make_rider, make_run

FAR = [spot(500, 200), spot(0, 500), spot(500, 0), spot(0, 0), spot(500, 500)]


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The whole application."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> Day:
    """Ada on shift in the grid town."""
    return make_sketched_day(tmp_path)


def ride(day: Day, slowness: float, times: int, run: Run | None = None) -> None:
    """Let Ada finish rides that took so many times the model's seconds; the rows as her actions leave them.

    With `run`, that of another rider.
    """
    for _ in range(times):
        order_along(day, *FAR, run=run)
    with transaction():
        tasks = db.session.scalars(select(Task).where(Task.coop_id == day.coop_id, Task.state == "assigned")
                                   .order_by(Task.position)).all()
        now = clock.now() - timedelta(hours=4)
        before = None
        for task in tasks:
            [leg] = travel.model_legs(day.town.city_id, [(before.lonlat, task.lonlat, "bike")]) if before else [None]
            task.state = "done"
            task.started_at = now
            now += timedelta(seconds=leg.duration_s * slowness if leg else 60)
            task.arrived_at = task.ended_at = now
            before = task


def learn(day: Day) -> int:
    """What the worker does every half minute."""
    learned = pace.learn(day.coop_id)
    use_coop(day.coop_id)
    return learned


def test_the_speed_of_a_fleet_is_recovered_and_shown_with_its_sample(day: Day) -> None:
    """Rides a fifth slower than the model, of which a few legs are nonsense."""
    ride(day, 1.25, 12)
    with transaction():
        chat = db.session.scalars(select(Task).where(Task.state == "done").order_by(Task.arrived_at).limit(5)).all()
        for task in chat[1:]:
            task.started_at -= timedelta(minutes=50)
    assert learn(day) > 50
    [found] = paces.list_paces(day.coop_id)
    assert found.profile == "bike"
    assert found.sample_size > 40
    assert found.speed_factor == pytest.approx(0.8, abs=0.05)
    assert found.error is not None and found.error < 0.05


def test_what_was_learned_is_applied_to_matrices_and_legs(day: Day) -> None:
    """Within 50 ms, in every process, like a hazard."""
    west, east = FAR[3], FAR[0]
    before = travel.matrix(day.town.city_id, [west, east], "bike")[0, 1]
    before_leg, key = travel.leg(day.town.city_id, west, east, "bike"), travel.conditions(day.town.city_id)
    ride(day, 1.25, 12)
    learn(day)
    clock.sleep_s(0.05)
    [found] = paces.list_paces(day.coop_id)
    for seconds in (travel.matrix, travel.kept_matrix):
        now_s = float(seconds(day.town.city_id, [west, east], "bike")[0, 1])
        assert now_s == pytest.approx(float(before) / PRIOR_DETOUR * found.detour / found.speed_factor, rel=2e-3)
    leg = travel.leg(day.town.city_id, west, east, "bike")
    assert leg.duration_s == pytest.approx(before_leg.duration_s / found.speed_factor, rel=1e-3)
    assert travel.conditions(day.town.city_id) != key
    [model] = travel.model_legs(day.town.city_id, [(west, east, "bike")])
    assert model is not None and model.duration_s == pytest.approx(before_leg.duration_s)


def test_a_ride_counts_once_and_bears_no_name(day: Day) -> None:
    """A repeated call finds nothing new."""
    ride(day, 1.1, 3)
    first = learn(day)
    assert first > 0
    assert learn(day) == 0
    assert db.session.query(RiddenLeg).count() == first
    assert not {"rider_id", "member_id"} & set(RiddenLeg.__table__.columns.keys())


def test_rides_are_forgotten_after_two_months(day: Day) -> None:
    """Their speeds stay, they do not."""
    ride(day, 1.1, 3)
    learn(day)
    with transaction():
        for leg in db.session.scalars(select(RiddenLeg)):
            leg.ridden_at -= timedelta(days=61)
        for task in db.session.scalars(select(Task).where(Task.state == "done")):
            task.arrived_at -= timedelta(days=61)
    learn(day)
    assert db.session.query(RiddenLeg).count() == 0
    assert len(paces.list_paces(day.coop_id)) == 1


def test_another_co_op_in_the_town_keeps_its_own_pace(day: Day, tmp_path: Path) -> None:
    """What one learned slows nobody else."""
    ride(day, 1.5, 12)
    learn(day)
    mine = travel.matrix(day.town.city_id, FAR[:2], "bike")[0, 1]
    other = make_sketched_day(tmp_path, "spokes")
    assert paces.list_paces(other.coop_id) == []
    assert travel.matrix(other.town.city_id, FAR[:2], "bike")[0, 1] < 0.8 * mine


def test_matrices_tell_what_drawn_legs_take(day: Day) -> None:
    """Plans add up a matrix, riders ride calmer ways: the factor between is learned from what was ridden."""
    ride(day, 1.0, 8)
    learn(day)
    clock.sleep_s(0.05)
    [found] = paces.list_paces(day.coop_id)
    rides = [(start, end, "bike") for start in FAR for end in FAR if start != end]
    drawn = [leg.duration_s for leg in travel.model_legs(day.town.city_id, rides) if leg]
    fastest = travel.model_seconds(day.town.city_id, rides)
    assert 1.0 <= found.detour < PRIOR_DETOUR
    assert all(slow >= quick - 0.05 for slow, quick in zip(drawn, fastest, strict=True) if quick)
    told = travel.matrix(day.town.city_id, FAR, "bike")
    assert told.sum() == pytest.approx(sum(drawn) / found.speed_factor, rel=0.03)


def both_ride(day: Day) -> Run:
    """Ada rides as the model, Bo a quarter slower, on many rides each; Bo's run."""
    with transaction():
        bo = make_run(day.town, make_rider(day.coop_id, "Bo"), place=spot(0, 200))
    for _ in range(3):
        ride(day, 1.0, 5)
        ride(day, 1.25, 5, run=bo)
    return bo


def test_a_riders_own_speed_is_learned_only_if_they_want_it(day: Day) -> None:
    """And deleted when they stop it, although their rides go on to count for everybody."""
    bo = both_ride(day)
    learn(day)
    assert own_pace.list_own(day.coop_id, bo.rider_id) == []
    with transaction():
        own_pace.allow(day.coop_id, bo.rider_id, True)
    ride(day, 1.0, 1)
    learn(day)
    [mine] = own_pace.list_own(day.coop_id, bo.rider_id)
    assert mine.profile == "bike" and mine.sample_size > 40
    [ours] = paces.list_paces(day.coop_id)
    assert mine.speed_factor * ours.speed_factor == pytest.approx(0.8, abs=0.04)
    assert own_pace.list_own(day.coop_id, day.rider.id) == []
    with transaction():
        own_pace.allow(day.coop_id, bo.rider_id, False)
    ride(day, 1.0, 1)
    learn(day)
    assert own_pace.list_own(day.coop_id, bo.rider_id) == []


def test_plans_and_legs_of_a_rider_use_their_own_speed(day: Day) -> None:
    """Nobody else's change with it."""
    bo = both_ride(day)
    with transaction():
        own_pace.allow(day.coop_id, bo.rider_id, True)
        own_pace.allow(day.coop_id, day.rider.id, True)
    learn(day)
    order_along(day, *FAR, run=bo)
    speeds = {member.rider_id: member.speed for member in crew.list_crew(day.coop_id, day.town.zone_id)}
    assert speeds[bo.rider_id] < 0.95 < 1.0 < speeds[day.rider.id]
    shown = run_view.run_json(day.coop_id, orders.get_run(day.coop_id, bo.id))["stops"][1]["leg"]
    [ours] = paces.list_paces(day.coop_id)
    by_all = shown["model_s"] / ours.speed_factor
    assert shown["duration_s"] == pytest.approx(by_all / speeds[bo.rider_id], rel=0.03)
