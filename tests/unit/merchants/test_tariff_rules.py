"""What a delivery costs."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from merchants.tariff_rules import DEFAULT, PriceZone, Visit, check_zone, price


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


OLD_TOWN = {"area": "old", "name": "Old town", "side": "either", "surcharge_cents": 120}
HILL = {"area": "hill", "name": "Hill", "side": "dropoff", "surcharge_cents": 250}
FIELDS = {"area": "fields", "name": "Fields", "side": "dropoff", "base_cents": 300}
FAR = {"area": "far", "name": "Far side", "side": "either", "base_cents": 800, "surcharge_cents": 50}
HERE = Visit(is_pickup=True)


def zoned(*zones: dict) -> dict:
    return {"base_cents": 450, "per_km_cents": 100, "extra_drop_cents": 200, "tax_percent": 20,
            "price_zones": list(zones)}


def to(*areas: str) -> Visit:
    return Visit(is_pickup=False, inside=frozenset(areas))


def lines(tariff: dict, *visits: Visit) -> list[tuple]:
    drops = sum(not visit.is_pickup for visit in visits)
    found = price(tariff, route_m=1_000, weight_g=1, drops=drops, visits=visits)
    return [(line.code, line.amount_cents, line.zone) for line in found.lines if line.code in ("base", "zone")]


def test_a_surcharge_is_a_line_that_names_its_zone():
    assert lines(zoned(HILL), HERE, to("hill")) == [("base", 450, None), ("zone", 250, "Hill")]
    assert lines(zoned(HILL), HERE, to()) == [("base", 450, None)]


def test_a_zone_of_dropoffs_costs_nothing_to_fetch_from():
    from_hill = Visit(is_pickup=True, inside=frozenset({"hill"}))
    assert lines(zoned(HILL), from_hill, to()) == [("base", 450, None)]
    assert lines(zoned({**HILL, "side": "either"}), from_hill, to())[1:] == [("zone", 250, "Hill")]


def test_of_overlapping_zones_the_first_that_speaks_of_the_place_counts_alone():
    """The tariff lists the smallest first."""
    assert lines(zoned(OLD_TOWN, HILL), HERE, to("old", "hill"))[1:] == [("zone", 120, "Old town")]
    pickups = {**OLD_TOWN, "side": "pickup"}
    assert lines(zoned(pickups, HILL), HERE, to("old", "hill"))[1:] == [("zone", 250, "Hill")]


def test_a_surcharge_is_paid_once_per_order_and_zone():
    assert lines(zoned(HILL, OLD_TOWN), HERE, to("hill"), to("old"), to("hill"))[1:] == [
        ("zone", 250, "Hill"), ("zone", 120, "Old town")]


def test_an_own_base_price_takes_the_place_of_the_usual_one():
    assert lines(zoned(FIELDS), HERE, to("fields")) == [("base", 300, "Fields")]
    assert lines(zoned(FAR), HERE, to("far")) == [("base", 800, "Far side"), ("zone", 50, "Far side")]


def test_the_dearest_base_counts_and_a_cheap_drop_never_cheapens_another():
    assert lines(zoned(FIELDS, FAR), HERE, to("fields"), to("far"))[0] == ("base", 800, "Far side")
    assert lines(zoned(FIELDS), HERE, to("fields"), to())[0] == ("base", 450, None)


@given(st.permutations([to("old"), to("hill"), to("fields", "hill"), to("far"), to()]), st.integers(0, 9_000))
def test_the_order_of_drops_does_not_change_the_price_and_lines_sum_to_it(visits: list[Visit], route_m: int):
    tariff = zoned(OLD_TOWN, HILL, FIELDS, FAR)
    found = price(tariff, route_m=route_m, weight_g=1, drops=5, visits=[HERE, *visits])
    asked = price(tariff, route_m=route_m, weight_g=1, drops=5, visits=[HERE, to("old"), to("hill"), to("far")])
    assert sum(line.amount_cents for line in found.lines) == found.amount_cents == asked.amount_cents


@pytest.mark.parametrize(("wrong", "pointer"), [
    ({}, "/surcharge"), ({"surcharge_cents": -1}, "/surcharge"), ({"surcharge_cents": 50_001}, "/surcharge"),
    ({"base_cents": -1}, "/base"), ({"surcharge_cents": 1, "side": "both"}, "/side")])
def test_a_zone_that_says_nothing_sensible_is_refused(wrong: dict, pointer: str):
    with pytest.raises(Invalid) as refused:
        check_zone(PriceZone(area="a", name="A", **wrong))
    assert refused.value.errors[0].pointer == pointer
