"""Learning the pace of a fleet from its own legs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.streets.calibration import PRIOR_P90, FinishedLeg, calibrate


def _legs(factor: float, noise: float, count: int, seed: int = 1) -> list[FinishedLeg]:
    """Legs of riders `factor` times as fast as the model, with log-normal noise."""
    rng = np.random.default_rng(seed)
    predicted = rng.uniform(120, 1500, count)
    actual = predicted / factor * np.exp(rng.normal(0, noise, count))
    return [FinishedLeg(predicted_s=p, actual_s=a) for p, a in zip(predicted, actual, strict=True)]


@pytest.mark.parametrize("hidden", [0.8, 0.93, 1.0, 1.15, 1.3])
def test_a_hidden_speed_is_recovered(hidden: float) -> None:
    """As the rehearsal's robots ride: a seeded factor, and noise on every leg."""
    found = calibrate(_legs(hidden, 0.12, 400))
    assert found.speed_factor == pytest.approx(hidden, rel=0.03)
    assert found.sample_size == 400
    assert found.error < 0.02


def test_the_late_end_covers_nine_of_ten_legs() -> None:
    found = calibrate(_legs(1.1, 0.2, 600))
    fresh = _legs(1.1, 0.2, 2000, seed=2)
    kept = sum(leg.actual_s <= leg.predicted_s / found.speed_factor * found.p90 for leg in fresh)
    assert kept / len(fresh) == pytest.approx(0.9, abs=0.03)


def test_pauses_and_wrong_buttons_do_not_slow_the_fleet() -> None:
    """One leg in six is nonsense: half-hour pauses, and arrivals reported at the door of the start."""
    honest = _legs(1.1, 0.1, 300)
    nonsense = [FinishedLeg(predicted_s=300, actual_s=actual) for actual in [3000.0, 2.0] * 30]
    assert calibrate(honest + nonsense).speed_factor == pytest.approx(calibrate(honest).speed_factor, rel=0.01)


def test_few_legs_are_believed_a_little() -> None:
    """Three fast legs do not make a fast fleet, and tell nothing about the range."""
    found = calibrate(_legs(1.5, 0.0, 3))
    assert 1.0 < found.speed_factor < 1.2
    assert found.p90 == PRIOR_P90


def test_nothing_finished_leaves_the_model_as_it_is() -> None:
    for legs in ([], [FinishedLeg(predicted_s=10, actual_s=10)]):
        found = calibrate(legs)
        assert (found.speed_factor, found.sample_size, found.p90) == (1.0, 0, PRIOR_P90)
        assert math.isinf(found.error)


@given(
    st.lists(
        st.builds(FinishedLeg, predicted_s=st.floats(0, 1e6), actual_s=st.floats(0, 1e6)),
        max_size=60,
    )
)
def test_any_history_gives_a_usable_calibration(legs: list[FinishedLeg]) -> None:
    found = calibrate(legs)
    assert 0.2 <= found.speed_factor <= 5.0
    assert found.p90 >= 1.0
