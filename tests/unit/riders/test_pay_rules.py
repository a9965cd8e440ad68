"""The pay rules, with the worked example that the co-op's members were shown."""
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from riders import pay_rules
from riders.pay_rules import Work

RULES = pay_rules.parse("pay@1", pay_rules.DEFAULT)
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
ROUTES_M = (2_500, 3_000, 2_000, 4_100, 1_500, 2_500, 3_000)


def test_the_worked_example_pays_62_50() -> None:
    """4 h, 7 deliveries, 18.6 km, waiting of 12, 9 and 16 min, tips of 6.50: agreed by the members, to the cent."""
    lines = [
        line
        for route_m in ROUTES_M
        for line in pay_rules.earning_lines(RULES, Work(kind="dropoff", succeeded=True, route_m=route_m))
    ]
    for waited_min in (12, 9, 16):
        lines += pay_rules.earning_lines(RULES, Work(kind="pickup", succeeded=True, waited_s=waited_min * 60))
    by_code = {
        code: sum(line.amount_cents for line in lines if line.code == code) for code in pay_rules.PIECE_CODES
    }
    assert sum(ROUTES_M) == 18_600
    assert by_code == {"per_delivery": 2240, "per_km": 1116, "waiting": 440}
    piece_cents = pay_rules.total_cents(lines)
    top_up = pay_rules.top_up_line(RULES, credited=4 * 3600, piece_cents=piece_cents)
    assert (piece_cents, top_up.amount_cents) == (3796, 1804)
    assert piece_cents + top_up.amount_cents + 650 == 6250
    assert {line.rule_version for line in [*lines, top_up]} == {"pay@1"}


@given(credited=st.integers(0, 14 * 3600), piece=st.integers(0, 10**6))
def test_a_shift_never_pays_less_than_the_floor(credited: int, piece: int) -> None:
    """The floor is a promise about every shift, and the top-up never overshoots it."""
    top_up = pay_rules.top_up_line(RULES, credited=credited, piece_cents=piece)
    floor = credited * 1400 / 3600
    total = piece + (top_up.amount_cents if top_up else 0)
    assert total >= floor - 0.5
    assert top_up is None or total <= floor + 0.5


@given(waited_s=st.integers(0, 10 * 3600))
def test_waiting_pay_starts_after_the_free_minutes_and_stops_at_the_cap(waited_s: int) -> None:
    """A forgotten 'delivered' must not pay a night."""
    paid_s = pay_rules.paid_waiting_s(RULES.terms.waiting, waited_s)
    assert 0 <= paid_s <= 30 * 60
    assert paid_s == 0 or paid_s <= waited_s - 5 * 60


@given(route_m=st.integers(0, 10**6), drops=st.integers(1, 20))
def test_drops_share_the_route_to_the_metre(route_m: int, drops: int) -> None:
    """Nothing of the planned route is lost or paid twice."""
    assert sum(pay_rules.route_shares_m(route_m, drops)) == route_m


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (Work(kind="pickup", succeeded=True), {}),
        (Work(kind="pickup", succeeded=False), {"per_delivery": 160}),
        (Work(kind="dropoff", succeeded=False, route_m=1000), {"per_delivery": 160, "per_km": 30}),
        (Work(kind="dropoff", succeeded=True, route_m=1000, is_return=True), {"per_delivery": 480, "per_km": 90}),
    ],
)
def test_failed_attempts_and_returns_are_paid_by_their_own_factors(work: Work, expected: dict[str, int]) -> None:
    """Riding to a closed door is work."""
    document = pay_rules.DEFAULT | {"return_factor_percent": 150, "failed_attempt_factor_percent": 50}
    lines = pay_rules.earning_lines(pay_rules.parse("pay@2", document), work)
    assert {line.code: line.amount_cents for line in lines} == expected


def test_credited_time_is_the_shift_less_unpaid_breaks_and_at_least_the_minimum() -> None:
    """A rider called in for an hour is credited what the co-op promised."""
    document = pay_rules.parse("pay@2", pay_rules.DEFAULT | {"min_shift_hours": 2}).terms
    ended = START + timedelta(hours=4)
    assert pay_rules.credited_s(document, START, ended, unpaid_break_s=1800) == 3.5 * 3600
    assert pay_rules.credited_s(document, START, START + timedelta(hours=1)) == 2 * 3600


def test_pay_per_hour_is_told_from_half_an_hour_on() -> None:
    """One delivery in the first two minutes is no hourly pay of a hundred euros."""
    assert pay_rules.per_hour_cents(320, 120) is None
    assert pay_rules.per_hour_cents(700, 1800) == 1400


def test_a_document_with_a_mistake_is_refused_with_the_place_of_it() -> None:
    """A typing error in a vote must be found before it pays people."""
    document = pay_rules.DEFAULT | {"per_km_cents": -1, "per_mile_cents": 3}
    with pytest.raises(Invalid) as caught:
        pay_rules.parse("pay@3", document)
    assert {item.pointer for item in caught.value.errors} == {"/per_km_cents", "/per_mile_cents"}
