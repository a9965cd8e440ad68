"""What a delivery costs."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from merchants.tariff_rules import DEFAULT, price


def test_a_price_is_base_kilometres_band_and_extra_drops():
    found = price(DEFAULT, route_m=2_660, weight_g=6_000, drops=3)
    assert {line.code: line.amount_cents for line in found.lines} == {
        "base": 450, "distance": 239, "weight": 150, "extra_drops": 400}
    assert found.amount_cents == 1_239


def test_tax_is_contained_in_the_price():
    """The example of the domain page: 6.90 contains 1.15 at 20 %."""
    tariff = {"base_cents": 690, "per_km_cents": 0, "tax_percent": 20}
    assert price(tariff, route_m=0, weight_g=1, drops=1).tax_cents == 115


@given(st.integers(0, 100_000), st.integers(0, 300_000), st.integers(1, 12))
def test_lines_always_sum_to_the_price_and_more_never_costs_less(route_m: int, weight_g: int, drops: int):
    found = price({**DEFAULT}, route_m=route_m, weight_g=weight_g, drops=drops)
    more = price({**DEFAULT}, route_m=route_m + 1_000, weight_g=weight_g + 1_000, drops=min(12, drops + 1))
    assert sum(line.amount_cents for line in found.lines) == found.amount_cents <= more.amount_cents
    assert 0 <= found.tax_cents < found.amount_cents


@pytest.mark.parametrize("wrong", [{"route_m": -1}, {"weight_g": -1}, {"drops": 0}])
def test_impossible_quantities_are_refused(wrong: dict):
    with pytest.raises(Invalid, match="cannot price"):
        price(DEFAULT, **({"route_m": 1, "weight_g": 1, "drops": 1} | wrong))
