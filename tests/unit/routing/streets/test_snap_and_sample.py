"""Snapping, the grid under it, and random places on streets."""

import numpy as np
import pytest

from routing.streets.errors import BadPoint, OffStreet
from routing.streets.grid import CELL_M, reach_m, rings_for
from routing.streets.hazards import BadHazard, Hazard
from routing.streets.network import METRES_PER_DEGREE, Network, degrees
from routing.streets.sample import street_points
from routing.streets.snap import snap
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import ORIGIN, Drawing, place, square, town


def _nearest_m(network: Network, point: tuple[float, float]) -> float:
    """Distance to the nearest street by looking at every segment."""
    scale = np.array([np.cos(np.radians(point[1])), 1.0]) * METRES_PER_DEGREE
    slots = np.flatnonzero(network.slot_length > 0)
    start = (degrees(network.point[slots]) - point) * scale
    step = (degrees(network.point[slots + 1]) - point) * scale - start
    share = np.clip(-(start * step).sum(axis=1) / (step**2).sum(axis=1), 0, 1)
    return float(np.hypot(*(start + step * share[:, None]).T).min())


def test_snapping_finds_the_nearest_of_all_segments(drawing: Drawing) -> None:
    """The grid must not overlook a street, near or far: compared with brute force at 300 places."""
    square(drawing)
    network = drawing.network()
    rng = np.random.default_rng(3)
    points = np.array([place(*spot) for spot in rng.uniform(-180, 580, size=(300, 2))])
    everywhere = network.slot_length > 0
    snapped = snap(network, everywhere, points)
    expected = [_nearest_m(network, tuple(point)) for point in points.tolist()]
    assert snapped.distance_m == pytest.approx(expected, abs=0.01)


def test_snapping_falls_on_the_perpendicular(drawing: Drawing) -> None:
    square(drawing)
    snapped = Streets(drawing.network()).snap([place(123, 40)], "bike")
    assert (snapped.lon[0], snapped.lat[0]) == pytest.approx(place(123, 0), abs=1e-7)
    assert snapped.distance_m[0] == pytest.approx(40, abs=0.01)
    assert len(snapped) == 1
    assert 0 <= snapped.fraction[0] <= 1


def test_the_limit_of_snapping_is_the_callers(drawing: Drawing) -> None:
    square(drawing)
    network = drawing.network()
    river = [place(200, 200)]
    assert Streets(network).snap(river, "bike").distance_m[0] == pytest.approx(200, abs=0.1)
    with pytest.raises(OffStreet, match="150 m"):
        Streets(network, limit_m=150).snap(river, "bike")


def test_several_lost_points_are_all_told(drawing: Drawing) -> None:
    square(drawing)
    with pytest.raises(OffStreet, match="point 1 .* and so are 1 others") as caught:
        Streets(drawing.network()).snap([place(0, 0), place(5000, 0), place(0, -3000)], "bike")
    assert caught.value.indices == (1, 2)


@pytest.mark.parametrize("points", [[1.0, 2.0], [[1.0, 2.0, 3.0]], [["here", "there"]]])
def test_points_of_another_shape_are_refused(drawing: Drawing, points: object) -> None:
    square(drawing)
    with pytest.raises((BadPoint, ValueError)):
        Streets(drawing.network()).snap(points, "bike")


def test_rings_reach_what_they_promise() -> None:
    for distance in (1.0, 50.0, 250.0, 2000.0):
        rings = rings_for(distance)
        assert reach_m(rings) >= distance
        assert rings == 1 or reach_m(rings - 1) < distance + CELL_M


def test_random_places_lie_on_streets_and_near_the_centre(drawing: Drawing) -> None:
    town(drawing)
    network = drawing.network()
    points = street_points(network, 200, seed=1, near=place(360, 360), radius_m=150)
    assert Streets(network).snap(points, "bike").distance_m.max() < 0.02
    assert np.abs(points - place(360, 360)).max() < 400 / METRES_PER_DEGREE * 2
    assert np.array_equal(points, street_points(network, 200, seed=1, near=place(360, 360), radius_m=150))
    assert not np.array_equal(points, street_points(network, 200, seed=2, near=place(360, 360), radius_m=150))


def test_random_places_where_there_is_no_street_are_an_error(drawing: Drawing) -> None:
    square(drawing)
    with pytest.raises(ValueError, match="no street"):
        street_points(drawing.network(), 5, seed=1, near=(ORIGIN[0] + 3, ORIGIN[1]))


@pytest.mark.parametrize(
    "wrong",
    [{"radius_m": 0}, {"radius_m": 1e6}, {"factor": 0.5}, {"factor": float("nan")}, {"lon": 999}, {"lat": 90.5}],
)
def test_a_hazard_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadHazard):
        Hazard(**({"lon": 8.0, "lat": 49.0, "radius_m": 50.0, "factor": 2.0} | wrong))


def test_overlapping_hazards_do_not_multiply(drawing: Drawing) -> None:
    """Two reports of one puddle: the worse of the two counts."""
    square(drawing)
    streets = Streets(drawing.network())
    points = [place(0, 50), place(400, 50)]
    lon, lat = place(200, 0)
    one = Hazard(lon=lon, lat=lat, radius_m=80, factor=3)
    streets.set_hazards([one])
    alone = streets.matrix(points, "bike")
    streets.set_hazards([one, one, Hazard(lon=lon, lat=lat, radius_m=80, factor=2)])
    assert np.array_equal(streets.matrix(points, "bike"), alone)
    assert len(streets.hazards) == 3
