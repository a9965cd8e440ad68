"""Pairs that are kept for planning, and places within reach."""

import numpy as np
import pytest

from routing.streets.errors import OffStreet
from routing.streets.hazards import Hazard
from routing.streets.kept import KeptPairs
from routing.streets.network import Lonlat, Network
from routing.streets.profiles import JUNCTION_S, PROFILES
from routing.streets.sample import street_points
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, place, square, town


@pytest.fixture
def network(drawing: Drawing) -> Network:
    town(drawing)
    return drawing.network()


class _Counting:
    """A table that says how many pairs it was asked for: the distance east, as seconds."""

    def __init__(self) -> None:
        self.pairs = 0

    def __call__(self, sources: Lonlat, targets: Lonlat) -> np.ndarray:
        self.pairs += len(sources) * len(targets)
        return (targets[None, :, 0] - sources[:, None, 0]).astype(np.float32)


def test_a_known_pair_is_never_computed_again() -> None:
    kept, table = KeptPairs(), _Counting()
    points = np.arange(20.0).reshape(10, 2)
    first = kept.matrix(points, "bike", table)
    asked = table.pairs
    assert np.array_equal(kept.matrix(points[::-1], "bike", table), first[::-1, ::-1])
    assert table.pairs == asked


def test_one_new_place_costs_one_row_and_one_column() -> None:
    kept, table = KeptPairs(), _Counting()
    points = np.arange(400.0).reshape(200, 2)
    kept.matrix(points[:199], "bike", table)
    table.pairs = 0
    matrix = kept.matrix(points, "bike", table)
    assert table.pairs == 200 + 199
    assert np.array_equal(matrix, table(points, points))


def test_profiles_are_kept_apart() -> None:
    kept, table = KeptPairs(), _Counting()
    points = np.arange(8.0).reshape(4, 2)
    kept.matrix(points, "bike", table)
    before = table.pairs
    kept.matrix(points, "cargo", table)
    assert table.pairs == 2 * before


def test_of_too_many_places_those_of_the_question_stay() -> None:
    """What is asked for in every plan is not computed again because the riders have moved."""
    kept, table = KeptPairs(), _Counting()
    stops = np.arange(1200.0).reshape(600, 2)
    for start in range(10_000, 10_000 + 120 * 12, 120):
        riders = np.arange(start, start + 120.0).reshape(60, 2)
        points = np.concatenate([stops, riders])
        table.pairs = 0
        matrix = kept.matrix(points, "bike", table)
        asked = table.pairs
        assert np.array_equal(matrix, table(points, points))
        assert start == 10_000 or asked <= 60 * 1000 * 2


def test_other_places_take_the_room_of_old_ones() -> None:
    kept, table = KeptPairs(), _Counting()
    for start in range(0, 6000, 600):
        points = np.arange(start, start + 600.0).reshape(300, 2)
        assert np.array_equal(kept.matrix(points, "bike", table), table(points, points))


def test_kept_durations_follow_hazards_and_calibration(network: Network) -> None:
    streets = Streets(network)
    points = street_points(network, 15, seed=2)
    plain = streets.kept_matrix(points, "bike")
    assert np.array_equal(plain, streets.matrix(points, "bike"))
    lon, lat = place(360, 360)
    streets.set_hazards([Hazard(lon=lon, lat=lat, radius_m=500, factor=3)])
    assert np.array_equal(streets.kept_matrix(points, "bike"), streets.matrix(points, "bike"))
    assert streets.kept_matrix(points, "bike").sum() > plain.sum()
    streets.set_hazards([])
    streets.set_speed_factors({"bike": 2.0})
    assert streets.kept_matrix(points, "bike") == pytest.approx(plain / 2)
    assert streets.kept_matrix([], "bike").shape == (0, 0)


def test_a_lost_point_is_named_by_its_place_in_the_question(network: Network) -> None:
    """Not by its place among the new ones."""
    streets = Streets(network)
    points = street_points(network, 5, seed=2).tolist()
    streets.kept_matrix(points, "bike")
    with pytest.raises(OffStreet) as caught:
        streets.kept_matrix([*points, [20.0, 49.0]], "bike")
    assert caught.value.indices == (5,)
    assert np.isfinite(streets.kept_matrix(points, "bike")).all()


def test_reach_grows_with_time_and_tells_when(drawing: Drawing) -> None:
    square(drawing)
    for corner, x_m in (("a", -60), ("b", 460)):
        drawing.node(f"beyond{corner}", x_m, 0)
        drawing.way(f"{corner} beyond{corner}")
    streets = Streets(drawing.network())
    speed = PROFILES["bike"].cruise_ms
    near = streets.reach(place(100, 0), "bike", 110 / speed)
    assert near.lonlat == pytest.approx(np.array([place(0, 0)]), abs=1e-6)
    assert near.seconds == pytest.approx([100 / speed + JUNCTION_S], abs=0.1)
    assert len(streets.reach(place(100, 0), "bike", 3600).seconds) > 3


def test_a_faster_fleet_reaches_more(network: Network) -> None:
    centre = tuple(street_points(network, 1, seed=4)[0])
    slow, fast = Streets(network), Streets(network, speed_factors={"bike": 1.5})
    assert len(fast.reach(centre, "bike", 60).seconds) > len(slow.reach(centre, "bike", 60).seconds)
    assert fast.reach(centre, "bike", 60).seconds.max() <= 60
