"""Orders are foretold from rows, and idle riders hear of it only where the co-op's rules want that."""
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select, update

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.outbox import OutboxEvent
from dispatch.governance import services as governance
from dispatch.notify.models import Delivery
from dispatch.orders.models import Order, Run, Task
from dispatch.planning import rules as planning_rules
from dispatch.planning.forecast import nudges, queries, rules, services
from dispatch.planning.models import Nudge, ZoneForecast
from dispatch.planning.promise import Streets
from riders.models import Shift
from tests.factories.town import PAST, Town, at, make_order, make_rider, make_run, straight_rides

STREETS = Streets(
    table=lambda _city, sources, targets, profile: straight_rides(_city, [*sources, *targets], profile)[
        : len(sources), len(sources) :
    ],
    matrix=straight_rides,
)
GOOD = rules.Quality(hours=336, orders=500, error=0.8, naive_error=1.0)


def allow_nudges(town: Town) -> None:
    """The members voted for it."""
    document = planning_rules.DEFAULT | {"nudge_idle": True, "nudge_after_s": 60}
    governance.adopt(town.coop_id, "dispatch", document, active_from=PAST)


def know(town: Town, *, quality: rules.Quality | None = GOOD) -> None:
    """A forecast: eight orders an hour, half of them from the station, 1.5 km away."""
    begins = clock.now().replace(minute=0, second=0, microsecond=0)
    known = rules.Forecast(
        made_at=clock.now(),
        begins_at=begins,
        expected=(8.0,) * rules.AHEAD_HOURS,
        places=(rules.Place(lonlat=at(1500, 0), name="Station", shares=(0.5,) * 24),),
        quality=quality,
        weeks=8,
    )
    db.session.add(ZoneForecast(coop_id=town.coop_id, zone_id=town.zone_id, made_at=known.made_at, begins_at=begins,
                                document=rules.to_document(known)))


def idle_run(town: Town, name: str = "Ada", minutes: int = 30) -> Run:
    """A rider who has had nothing to do for so long."""
    run = make_run(town, make_rider(town.coop_id, name))
    db.session.execute(update(Run).where(Run.id == run.id).values(opened_at=clock.now() - timedelta(minutes=minutes)))
    return run


def give(order: Order, run_id: UUID) -> None:
    """Put an order into a run."""
    into = {"run_id": run_id, "state": "assigned", "position": Task.seq}
    db.session.execute(update(Task).where(Task.order_id == order.id).values(into))


def told(town: Town) -> list[queries.NudgeView]:
    """Nudges in force."""
    with transaction():
        return queries.list_nudges(town.coop_id, town.zone_id)


def test_idle_rider_hears_where_orders_are_likely_and_why(app: Flask, town: Town) -> None:
    """Once in half an hour, with what it rests on."""
    with transaction():
        allow_nudges(town)
        know(town)
        run = idle_run(town)
    assert nudges.nudge(town.coop_id, STREETS) == 1
    assert nudges.nudge(town.coop_id, STREETS) == 0
    [found] = told(town)
    assert (found.run_id, found.place, found.weeks) == (run.id, "Station", 8)
    assert found.expected == pytest.approx(4, abs=0.1)
    with transaction():
        kinds = db.session.scalars(select(OutboxEvent.kind).where(OutboxEvent.kind == "RiderNudged")).all()
    assert len(kinds) == 1


def test_nobody_is_nudged_unless_the_rules_say_so(app: Flask, town: Town) -> None:
    """Off by default."""
    with transaction():
        know(town)
        idle_run(town)
    assert planning_rules.read_document("dispatch@0", {}).nudges.is_on is False
    assert nudges.nudge(town.coop_id, STREETS) == 0


@pytest.mark.parametrize("case", ["busy", "just free", "on a break", "going home", "unsure forecast", "signed off"])
def test_rider_is_left_in_peace(app: Flask, town: Town, case: str) -> None:
    """Whoever has work, just ended some, rests or goes home soon; nobody on the word of a forecast that is no good."""
    with transaction():
        allow_nudges(town)
        know(town, quality=None if case == "unsure forecast" else GOOD)
        run = idle_run(town, minutes=0 if case == "just free" else 30)
        shift = update(Shift).where(Shift.id == run.shift_id)
        if case == "busy":
            order = make_order(town)
            give(order, run.id)
        elif case == "on a break":
            db.session.execute(shift.values(break_began_at=clock.now()))
        elif case == "going home":
            db.session.execute(shift.values(ends_at=clock.now() + timedelta(minutes=20)))
        elif case == "signed off":
            db.session.execute(shift.values(signed_off_at=clock.now()))
    assert nudges.nudge(town.coop_id, STREETS) == 0


def test_only_as_many_hear_as_there_are_likely_orders(app: Flask, town: Town) -> None:
    """Four orders are likely at the station; six wait elsewhere."""
    with transaction():
        allow_nudges(town)
        know(town)
        for number in range(6):
            idle_run(town, f"Rider{number}")
    assert nudges.nudge(town.coop_id, STREETS) in (3, 4)


def test_nothing_is_sent_to_a_rider_who_got_work_meanwhile(app: Flask, town: Town) -> None:
    """The message would be stale; without devices there is nobody to send to either."""
    with transaction():
        allow_nudges(town)
        know(town)
        idle_run(town)
    nudges.nudge(town.coop_id, STREETS)
    [found] = told(town)
    with transaction():
        order = make_order(town)
        give(order, found.run_id)
    nudges.push(town.coop_id, uuid4(), found.id)
    with transaction():
        assert db.session.scalars(select(Delivery)).all() == []


def test_yesterdays_nudges_are_forgotten(app: Flask, town: Town) -> None:
    """Where somebody was sent to wait is nobody's business for long."""
    with transaction():
        allow_nudges(town)
        know(town)
        idle_run(town)
    nudges.nudge(town.coop_id, STREETS)
    with transaction():
        db.session.execute(update(Nudge).values(ends_at=clock.now() - timedelta(hours=25)))
        assert nudges.forget_old(town.coop_id) == 1


def past_orders(town: Town, weeks: int) -> None:
    """About three orders between 18 and 19 UTC every evening and one at noon, for so many weeks."""
    draw = np.random.default_rng(1)
    today = clock.now().replace(minute=30, second=0, microsecond=0)
    for day in range(1, weeks * 7 + 1):
        for hour, count in ((12, draw.poisson(1)), (18, draw.poisson(3))):
            for _ in range(count):
                _place_at(town, (today - timedelta(days=day)).replace(hour=hour))


def _place_at(town: Town, moment: datetime) -> None:
    order = make_order(town, due_in_s=None)
    past = {"placed_at": moment, "state": "delivered", "ended_at": moment}
    db.session.execute(update(Order).where(Order.id == order.id).values(past))
    db.session.execute(update(Task).where(Task.order_id == order.id).values(ready_at=moment))


def test_orders_are_foretold_from_rows_with_their_quality(app: Flask, town: Town) -> None:
    """Ten weeks of dinners: the evening is foretold, the night is quiet, the quality says on how many orders."""
    with transaction():
        past_orders(town, 6)
    assert services.foretell(town.coop_id) == 1
    assert services.foretell(town.coop_id) == 0
    with transaction():
        found = queries.find_forecast(town.coop_id, town.zone_id)
    assert found is not None and found.quality is not None and found.weeks >= 5
    assert found.quality.orders > 30 and found.quality.is_better
    tomorrow = (clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    evening, night = tomorrow.replace(hour=18), tomorrow.replace(hour=3)
    hour = timedelta(hours=1)
    assert 1.5 < found.orders_between(evening, evening + hour) < 5
    assert found.orders_between(night, night + hour) < 0.3
    assert found.places[0].name == "Bakery" and max(found.places[0].shares) == 1


def test_a_young_co_op_gets_no_forecast(app: Flask, town: Town) -> None:
    """One week says nothing; nothing is kept, and nobody pays for computing it."""
    with transaction():
        past_orders(town, 1)
    assert services.foretell(town.coop_id) == 0
    with transaction():
        assert queries.find_forecast(town.coop_id, town.zone_id) is None
