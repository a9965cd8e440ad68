"""Fair shares steer a little, never much, and never by one rider's bad first half hour."""
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from riders.earned_rules import LEAST_S, Earned
from routing.fairness import FULL_AT, biases

CAP = 60_000
PAY = st.dictionaries(st.uuids(), st.floats(0, 10_000), max_size=8)


@given(hourly=PAY)
def test_the_term_never_exceeds_its_cap_and_orders_riders_by_pay(hourly: dict[UUID, float]) -> None:
    """However far apart pay is, fairness cannot buy more than the members allowed."""
    found = biases(hourly, CAP)
    assert all(abs(cost) <= CAP for cost in found.values())
    for one, cost in found.items():
        assert all(cost <= found[other] for other in found if hourly[one] < hourly[other])


def test_the_middle_rider_is_neither_favoured_nor_slowed() -> None:
    """A quarter above or below the median reaches the cap."""
    low, middle, high = uuid4(), uuid4(), uuid4()
    hourly = {low: 1000 * (1 - FULL_AT), middle: 1000, high: 1000 * (1 + FULL_AT / 2)}
    assert biases(hourly, CAP) == {low: -CAP, middle: 0, high: CAP // 2}


def test_one_rider_or_no_pay_at_all_means_no_steering() -> None:
    """There is nobody to compare with."""
    assert biases({uuid4(): 1500.0}, CAP) == {} == biases({uuid4(): 0.0, uuid4(): 0.0}, CAP)


def test_half_an_hour_of_work_is_needed_to_say_anything() -> None:
    """The first delivery of a shift would look like riches."""
    def earned(seconds: int) -> Earned:
        return Earned(credited_s=seconds, pay_cents=900, piece_cents=450, stops=1)
    assert earned(LEAST_S - 1).hourly_piece_cents is None
    assert earned(LEAST_S).hourly_piece_cents == 900 and earned(LEAST_S).hourly_cents == 1800
