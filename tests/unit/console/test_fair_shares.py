"""How pay is spread may be seen; what one person earns may not."""
import pytest

from dispatch.console.rules import Carried, gini, is_night, percentile, shares
from riders.earned_rules import Earned


def _riders(*pay_cents: int) -> dict[int | str, Earned]:
    return {number: Earned(credited_s=3600, pay_cents=cents, piece_cents=0, stops=6)
            for number, cents in enumerate(pay_cents)}


def test_figures_of_fewer_than_five_riders_are_hidden() -> None:
    """Among four, the middle and the extremes would name people."""
    assert shares(_riders(1400, 1500, 1600, 1700), {}, {}) is None
    assert shares(_riders(1400, 1500, 1600, 1700, 1800), {}, {}) is not None


def test_rider_who_hardly_worked_does_not_count() -> None:
    """Ten minutes of work say nothing about an hour's pay, and must not unhide the others."""
    short = Earned(credited_s=600, pay_cents=900, piece_cents=0, stops=2)
    assert shares({**_riders(1400, 1500, 1600, 1700), "short": short}, {}, {}) is None


def test_middle_and_tenths_are_per_credited_hour() -> None:
    """Two hours at twice the pay are the same as one hour."""
    double = {number: Earned(credited_s=7200, pay_cents=2 * cents, piece_cents=0, stops=12)
              for number, cents in enumerate((1400, 1500, 1600, 1700, 1800))}
    single = shares(_riders(1400, 1500, 1600, 1700, 1800), {}, {})
    assert shares(double, {}, {}).pay_p50_cents == single.pay_p50_cents == 1600
    assert shares(double, {}, {}).stops_p50 == 6


def test_gini_is_nothing_among_equals_and_grows_with_the_gap() -> None:
    """0 when all have the same; (n - 1) / n when one has everything."""
    assert gini([5, 5, 5, 5]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([0, 0]) == 0
    assert gini([1, 2, 3]) < gini([1, 2, 9])


def test_percentile_lies_between_its_neighbours() -> None:
    """As spreadsheets do it, so that members can check."""
    assert percentile([10, 20, 30], 0.5) == 20
    assert percentile([10, 20], 0.25) == 12.5
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_heavy_far_and_night_work_is_spread_over_riders_in_percent() -> None:
    """Whoever always gets the crates should be able to show it."""
    light, heavy = (Carried(weight_g=grams, route_m=2_000, is_at_night=False) for grams in (900, 12_000))
    late = Carried(weight_g=900, route_m=6_000, is_at_night=True)
    work = _riders(1400, 1500, 1600, 1700, 1800)
    carried = {0: [heavy, heavy], 1: [light, heavy], 2: [light], 3: [light, late], 4: [light]}
    found = shares(work, carried, {})
    assert (found.heavy.p50, found.heavy.p90) == (0, 80)
    assert found.far.p90 == found.night.p90 == 30


def test_kinds_of_work_are_hidden_where_too_few_riders_delivered() -> None:
    """Five were at work, but only four of them delivered: the cell would tell of one of them."""
    one = [Carried(weight_g=900, route_m=2_000, is_at_night=False)]
    found = shares(_riders(1400, 1500, 1600, 1700, 1800), {0: one, 1: one, 2: one, 3: one}, {})
    assert found is not None and found.heavy is None and found.night is None


def test_offers_count_per_credited_hour_whatever_became_of_them() -> None:
    """Nobody is to be passed over unseen."""
    found = shares(_riders(1400, 1500, 1600, 1700, 1800), {}, {0: 4, 1: 4, 2: 4, 3: 4})
    assert (found.offers.p10, found.offers.p50) == (1.6, 4)


def test_the_night_lasts_over_midnight() -> None:
    """From ten to six."""
    assert [hour for hour in range(24) if is_night(hour)] == [0, 1, 2, 3, 4, 5, 22, 23]
