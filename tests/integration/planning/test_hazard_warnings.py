"""A new hazard is told to the riders whose way it crosses, and to nobody else; their zones are planned anew."""
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.outbox import OutboxEvent
from dispatch.core.units import LonLat
from dispatch.geo import hazard_services
from dispatch.geo.zones import get_zone
from dispatch.orders import queries as orders
from dispatch.planning.hazards import find_riders_near
from riders import run_view
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.day import Day
from tests.factories.sketched_day import make_sketched_day, order_along, spot


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The whole application."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> Day:
    """Ada rides along the second street from west to east."""
    day = make_sketched_day(tmp_path)
    order_along(day, spot(500, 200))
    return day


def report(day: Day, place: LonLat, kind: str = "flood") -> UUID:
    """Somebody sees something."""
    with transaction():
        seen = hazard_services.HazardReport(id=uuid4(), city_id=day.town.city_id, kind=kind, at=place)
        hazard_services.report_hazard(day.coop_id, day.rider.member_id, seen)
    return seen.id


def warned(day: Day, hazard_id: UUID) -> list[UUID]:
    """Whom the worker's task finds."""
    with transaction():
        return find_riders_near(day.coop_id, hazard_id)


def test_a_rider_whose_way_it_crosses_is_told(day: Day) -> None:
    """Even though the way drawn from now on leads round it: she may still ride the old one."""
    hazard_id = report(day, spot(250, 200))
    assert warned(day, hazard_id) == [day.rider.id]
    told = db.session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "HazardOnTheWay")).all()
    assert [event.payload["rider_id"] for event in told] == [str(day.rider.id)]
    assert told[0].payload["kind"] == "flood"


def test_the_way_on_the_phone_is_drawn_round_it_at_once(day: Day) -> None:
    """The run has another ETag, so the phone fetches it; the new way no longer passes the flood."""
    run = orders.find_open_run_of_rider(day.coop_id, day.rider.id)
    key, before = run_view.run_key(day.coop_id, run), run_view.run_json(day.coop_id, run)
    report(day, spot(250, 200))
    clock.sleep_s(0.05)
    after = run_view.run_json(day.coop_id, run)
    assert run_view.run_key(day.coop_id, run) != key
    assert after["stops"][-1]["leg"]["coordinates"] != before["stops"][-1]["leg"]["coordinates"]
    assert after["stops"][-1]["leg"]["hazards"] == []


def test_a_way_that_still_leads_through_it_says_so(day: Day) -> None:
    """A pothole before the door cannot be ridden round."""
    hazard_id = report(day, spot(500, 200), "ice")
    clock.sleep_s(0.05)
    run = orders.find_open_run_of_rider(day.coop_id, day.rider.id)
    seen = run_view.run_json(day.coop_id, run)["stops"][-1]["leg"]["hazards"]
    assert seen == [{"id": str(hazard_id), "kind": "ice"}]


def test_a_rider_elsewhere_is_not_disturbed(day: Day) -> None:
    """Two streets further north."""
    assert warned(day, report(day, spot(250, 500))) == []


def test_a_hazard_that_is_gone_again_warns_nobody(day: Day) -> None:
    """The task may come late."""
    hazard_id = report(day, spot(250, 200))
    with transaction():
        hazard_services.clear_hazard(day.coop_id, hazard_id)
    assert warned(day, hazard_id) == []


def test_the_zone_is_planned_anew(day: Day) -> None:
    """Once when it comes, once when it goes."""
    before = get_zone(day.coop_id, day.town.zone_id).plan_wanted
    hazard_id = report(day, spot(250, 200))
    warned(day, hazard_id)
    assert get_zone(day.coop_id, day.town.zone_id).plan_wanted == before + 1
