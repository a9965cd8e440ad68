"""Money is whole minor units: nothing is lost in splitting, and rounding is the one that a till does."""
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.money import of_rate, round_half_up, split_fairly, tax_included

TOTALS = st.integers(-10**12, 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


@given(TOTALS, WEIGHTS)
def test_parts_sum_to_the_whole_and_nobody_is_a_cent_away_from_the_fair_part(total: int, weights: list[int]) -> None:
    """Surplus, pools and multi-drop pay: members add the parts up."""
    parts = split_fairly(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Decimal(part) - Decimal(total) * weight / sum(weights)) < 1


@given(TOTALS, WEIGHTS)
def test_whoever_weighs_more_never_gets_less(total: int, weights: list[int]) -> None:
    """And whoever weighs nothing gets nothing."""
    parts = [abs(part) for part in split_fairly(total, weights)]
    by_weight = sorted(zip(weights, parts, strict=True))
    for (light, small), (heavy, large) in zip(by_weight, by_weight[1:], strict=False):
        assert light == heavy or small <= large
    assert all(part == 0 for weight, part in by_weight if weight == 0)


@given(TOTALS, WEIGHTS)
def test_a_debt_is_split_like_a_gain(total: int, weights: list[int]) -> None:
    """A reversal must take back from everybody what they got."""
    assert split_fairly(-total, weights) == [-part for part in split_fairly(total, weights)]


def test_the_last_cents_go_to_the_largest_remainders_and_then_to_the_first() -> None:
    """Deterministic, so that a statement made twice is the same."""
    assert split_fairly(100, [1, 1, 1]) == [34, 33, 33]
    assert split_fairly(10, [6, 3, 1]) == [6, 3, 1]
    assert split_fairly(7, [5, 3, 1]) == [4, 2, 1]


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_a_split_that_means_nothing_is_refused(weights: list[int]) -> None:
    """A bug upstream must not become somebody's pay."""
    with pytest.raises(ValueError, match="weight"):
        split_fairly(100, weights)


@pytest.mark.parametrize(("exact", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-2.5", -3), ("2.4999", 2)])
def test_halves_are_rounded_away_from_zero(exact: str, rounded: int) -> None:
    """Python's own round() would make 2.5 into 2."""
    assert round_half_up(Decimal(exact)) == rounded


@given(st.integers(0, 10**9), st.integers(0, 10**5))
def test_a_rate_is_rounded_once(metres: int, rate_cents: int) -> None:
    """Kilometres are priced exactly and rounded at the end, not metre by metre."""
    assert abs(of_rate(Decimal(metres) / 1000, rate_cents) - Decimal(metres) * rate_cents / 1000) <= Decimal("0.5")


@given(st.integers(0, 10**9), st.integers(0, 30))
def test_net_and_tax_make_the_gross_again(gross_cents: int, rate_percent: int) -> None:
    """The net that is left has just this tax on it, to half a cent."""
    tax = tax_included(gross_cents, rate_percent)
    assert abs(Decimal(gross_cents - tax) * rate_percent / 100 - tax) <= Decimal("0.65")
