"""How pay is spread may be seen; what one person earns may not."""
import pytest

from dispatch.console.rules import gini, percentile, shares
from riders.earned_rules import Earned


def _riders(*pay_cents: int) -> dict[int | str, Earned]:
    return {number: Earned(credited_s=3600, pay_cents=cents, piece_cents=0, stops=6)
            for number, cents in enumerate(pay_cents)}


def test_figures_of_fewer_than_five_riders_are_hidden() -> None:
    """Among four, the middle and the extremes would name people."""
    assert shares(_riders(1400, 1500, 1600, 1700)) is None
    assert shares(_riders(1400, 1500, 1600, 1700, 1800)) is not None


def test_rider_who_hardly_worked_does_not_count() -> None:
    """Ten minutes of work say nothing about an hour's pay, and must not unhide the others."""
    short = Earned(credited_s=600, pay_cents=900, piece_cents=0, stops=2)
    assert shares({**_riders(1400, 1500, 1600, 1700), "short": short}) is None


def test_middle_and_tenths_are_per_credited_hour() -> None:
    """Two hours at twice the pay are the same as one hour."""
    double = {number: Earned(credited_s=7200, pay_cents=2 * cents, piece_cents=0, stops=12)
              for number, cents in enumerate((1400, 1500, 1600, 1700, 1800))}
    assert shares(double).pay_p50_cents == shares(_riders(1400, 1500, 1600, 1700, 1800)).pay_p50_cents == 1600
    assert shares(double).stops_p50 == 6


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
