"""Pay on a real ledger: the floor per shift, periods that close once, statements that sum up."""
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from dispatch.core import clock
from dispatch.core.clock import Scale
from dispatch.core.db import db, transaction
from dispatch.core.errors import Conflict, Invalid
from dispatch.core.outbox import OutboxEvent
from dispatch.governance import services as governance
from dispatch.ledger import queries as ledger
from dispatch.orders.models import Task
from riders import earnings, meter, pay, pay_rules, periods, services, statements
from riders.models import Shift
from tests.factories.day import Day

ROUTES_M = (2_500, 3_000, 2_000, 4_100, 1_500, 2_500, 3_000)
WAITS_MIN = (12, 9, 16)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(app: Flask) -> Iterator[None]:
    """Let time stand still at noon of one day, so that amounts by the second are exact."""
    clock.use_scale(Scale(real_anchor=clock.real_now(), domain_anchor=NOON, speed=1e-6))
    yield
    clock.use_scale(None)


def shift_of(day: Day) -> Shift:
    """The rider's shift as it is now."""
    return db.session.get(Shift, (day.coop_id, day.run.shift_id), populate_existing=True)


def at_night(hours: int, minutes: int = 0) -> None:
    """Let time stand still so many hours after the midnight before, where the co-op rides."""
    domain = datetime(2026, 11, 20, tzinfo=ZoneInfo("Europe/Berlin")) + timedelta(hours=hours, minutes=minutes)
    clock.use_scale(Scale(real_anchor=clock.real_now(), domain_anchor=domain.astimezone(UTC), speed=1e-6))


def today(day: Day):
    """The co-op's day."""
    return meter.today(day.coop_id)


def ride_the_worked_example(day: Day) -> None:
    """4 h, 7 deliveries over 18.6 km, three long waits at the pickup, tips of 6.50."""
    with transaction():
        shift = shift_of(day)
        shift.signed_on_at = shift.starts_at = clock.now() - timedelta(hours=4)
    for number, route_m in enumerate(ROUTES_M):
        pickup, dropoff = day.order(route_m=route_m, tip_cents=650 if number == 0 else 0)
        if number < len(WAITS_MIN):
            with transaction():
                row = db.session.get(Task, (day.coop_id, pickup.id), populate_existing=True)
                row.announced_at = clock.now() - timedelta(hours=1)
            day.act(pickup, "arrive", after_s=WAITS_MIN[number] * 60)
        day.act(pickup, "complete")
        day.act(dropoff, "complete")
    with transaction():
        services.sign_off(day.coop_id, day.rider.id, uuid4())


def test_the_worked_example_comes_out_of_the_ledger_to_the_cent(day: Day) -> None:
    """What members were promised on paper is what a day of taps pays: 62.50, of which 18.04 top-up."""
    ride_the_worked_example(day)
    with transaction():
        made = periods.close_period(day.coop_id, today(day), today(day))
    assert [item.total_cents for item in made] == [6250]
    sheet = statements.sheet(day.coop_id, statements.list_of_member(day.coop_id, day.rider.member_id)[0])
    assert (sheet.totals.piece_cents, sheet.totals.top_up_cents, sheet.totals.tips_cents) == (3796, 1804, 650)
    assert sheet.totals.by_code["waiting"] == 440
    assert {line.rule_version for line in sheet.lines} == {"pay@1"}
    assert ledger.audit(day.coop_id).unbalanced == ()


def test_closing_a_period_twice_makes_the_same_statements(day: Day) -> None:
    """Two treasurers, or a job that is repeated."""
    ride_the_worked_example(day)
    with transaction():
        first = [item.id for item in periods.close_period(day.coop_id, today(day), today(day))]
    with transaction():
        second = [item.id for item in periods.close_period(day.coop_id, today(day), today(day))]
    assert first == second
    closed = select(func.count()).where(OutboxEvent.kind == "PeriodClosed")
    assert db.session.scalar(closed) == 1


def test_settling_a_shift_twice_posts_one_top_up(day: Day) -> None:
    """The worker settles on sign-off, the close of the period settles again."""
    ride_the_worked_example(day)
    for _ in range(2):
        with transaction():
            pay.settle_shift(day.coop_id, day.run.shift_id)
    lines = [line for line in earnings.list_shift_lines(day.coop_id, day.run.shift_id) if line.code == "floor_top_up"]
    assert [line.amount_cents for line in lines] == [1804]


def test_a_late_delivery_corrects_the_top_up_of_its_shift(day: Day) -> None:
    """Piece pay that arrives after the settling lowers the top-up by as much: reversed and posted anew."""
    with transaction():
        shift = shift_of(day)
        shift.signed_on_at = shift.starts_at = clock.now() - timedelta(hours=1)
    pickup, dropoff = day.order(route_m=1000)
    with transaction():
        shift_of(day).signed_off_at = clock.now()
        pay.settle_shift(day.coop_id, day.run.shift_id)
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    with transaction():
        due = pay.settle_shift(day.coop_id, day.run.shift_id)
    assert due.amount_cents == 1400 - 380
    totals = earnings.fold(earnings.list_shift_lines(day.coop_id, day.run.shift_id))
    assert (totals.top_up_cents, totals.total_cents) == (1020, 1400)


def test_quoted_work_keeps_its_rules_when_the_members_vote_new_ones(day: Day) -> None:
    """Never retroactive."""
    pickup, dropoff = day.order()
    with transaction():
        dearer = pay_rules.DEFAULT | {"per_delivery_cents": 900}
        governance.adopt(day.coop_id, "pay", dearer, active_from=clock.now())
    day.act(pickup, "complete")
    outcome = day.act(dropoff, "complete")
    assert {(line.code, line.amount_cents, line.rule_version) for line in outcome.earned} == {
        ("per_delivery", 320, "pay@1"), ("per_km", 60, "pay@1")
    }


def test_a_period_is_not_closed_over_a_parcel_on_board(day: Day) -> None:
    """First the parcel, then the money."""
    pickup, _ = day.order()
    day.act(pickup, "complete")
    with pytest.raises(Conflict, match="on board"), transaction():
        periods.close_period(day.coop_id, today(day), today(day))
    assert not ledger.list_periods(day.coop_id)


def test_days_to_come_cannot_be_closed(day: Day) -> None:
    """Nobody can know what tomorrow earns."""
    tomorrow = today(day) + timedelta(days=1)
    with pytest.raises(Invalid, match=tomorrow.isoformat()), transaction():
        periods.close_period(day.coop_id, today(day), tomorrow)


def test_the_phone_shows_the_floor_of_a_shift_that_is_still_open(day: Day) -> None:
    """Money now, not at the end of the month."""
    with transaction():
        shift = shift_of(day)
        shift.signed_on_at = shift.starts_at = clock.now() - timedelta(minutes=30)
    pickup, dropoff = day.order(route_m=1000, tip_cents=100)
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    found = meter.day_json(day.coop_id, day.rider, today(day))
    assert found["floor"]["top_up_cents"] == 700 - 380
    assert (found["tips_cents"], found["total_cents"]) == (100, 800)


def test_a_shift_over_midnight_stays_one_piece_of_work_on_the_phone(day: Day) -> None:
    """At one past midnight the evening's pay, hours and floor are still there; a day asked for by name is that day."""
    at_night(18)
    with transaction():
        shift = shift_of(day)
        shift.signed_on_at = shift.starts_at = clock.now()
        shift.ends_at = clock.now() + timedelta(hours=8)
    at_night(20)
    pickup, dropoff = day.order(route_m=1000, tip_cents=100)
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    evening = today(day)
    at_night(23, 59)
    before = meter.day_json(day.coop_id, day.rider, today(day))
    at_night(24, 1)
    assert today(day) > evening
    after = meter.day_json(day.coop_id, day.rider, today(day))
    assert after["lines"] == before["lines"] and len(after["lines"]) == 3
    assert after["credited_s"] == before["credited_s"] + 120
    assert after["floor"]["top_up_cents"] > before["floor"]["top_up_cents"] > 0
    assert (before["since"], after["since"]) == (None, shift_of(day).signed_on_at.isoformat())
    assert len(meter.day_json(day.coop_id, day.rider, evening)["lines"]) == 3


def test_overdue_shifts_are_ended_at_their_agreed_end(day: Day) -> None:
    """A rider who forgot to sign off is paid for the shift, not for the night."""
    with transaction():
        shift = shift_of(day)
        shift.starts_at = shift.signed_on_at = clock.now() - timedelta(hours=9)
        shift.ends_at = clock.now() - timedelta(hours=5)
    with transaction():
        assert services.end_overdue_shifts(day.coop_id) == 1
    ended = shift_of(day)
    assert ended.signed_off_at == ended.ends_at
