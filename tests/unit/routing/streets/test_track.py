"""The length of a ride from noisy positions."""

import numpy as np
import pytest

from routing.bench.streets_measures import noisy_ride
from routing.streets.track import Fix, track_length_m

EAST_M = 1 / (111_195 * np.cos(np.radians(49.0)))


def _east(metres: float, at_s: float, accuracy_m: float | None = 8) -> Fix:
    return Fix(at_s=at_s, lon=8.0 + metres * EAST_M, lat=49.0, accuracy_m=accuracy_m)


def test_a_straight_ride_is_as_long_as_it_is() -> None:
    assert track_length_m([_east(70 * i, 15 * i) for i in range(11)]) == pytest.approx(700, rel=1e-3)


def test_positions_that_are_unsure_or_out_of_reach_do_not_count() -> None:
    ride = [_east(70 * i, 15 * i) for i in range(11)]
    astray = [_east(5000, 22), _east(300, 37, accuracy_m=400)]
    assert track_length_m(ride + astray) == pytest.approx(700, rel=1e-3)


def test_of_one_position_no_length_is_known() -> None:
    assert track_length_m([]) == track_length_m([_east(10, 0)]) == 0


def test_positions_noted_each_second_do_not_add_up_their_shaking() -> None:
    random = np.random.default_rng(5)
    shaking = random.normal(0, 3, 300)
    ride = [_east(4 * i + shaking[i], 1 * i) for i in range(300)]
    assert track_length_m(ride) == pytest.approx(4 * 299, rel=0.1)


@pytest.mark.parametrize("every_s", [2.0, 5.0, 15.0])
def test_rides_round_corners_are_known_within_the_goal(every_s: float) -> None:
    """Half of them within 3 %, nineteen of twenty within 10 %, however often the phone notes where it is."""
    random = np.random.default_rng(11)
    corners = np.cumsum([(0, 0)] + [(420, 0), (0, 280)] * 4, axis=0)
    line = np.array([8.0, 49.0]) + corners * (EAST_M, 1 / 111_195)
    errors = [abs(track_length_m(noisy_ride(line, every_s, random)) / 2800 - 1) for _ in range(60)]
    assert np.median(errors) <= 0.03
    assert np.percentile(errors, 95) <= 0.10
