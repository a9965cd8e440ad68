"""Travel times and legs on drawn towns, by every search."""

import numpy as np
import pytest

from routing.streets.hazards import Hazard
from routing.streets.profiles import JUNCTION_S, PROFILES
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, place, square

CRUISE = PROFILES["bike"].cruise_ms


@pytest.fixture(params=["cch", "scipy"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _seconds(streets: Streets, start: tuple[float, float], end: tuple[float, float], profile: str = "bike") -> float:
    return float(streets.table([place(*start)], [place(*end)], profile)[0, 0])


def test_a_point_in_the_middle_of_a_street_is_reached_exactly(drawing: Drawing, engine: str) -> None:
    """Snapping to nodes would round to a whole block; here 300 m of street take 300 m of time."""
    square(drawing)
    streets = Streets(drawing.network(), engine)
    assert _seconds(streets, (50, 0), (350, 0)) == pytest.approx(300 / CRUISE, abs=0.11)


def test_a_ride_round_a_corner_adds_both_streets(drawing: Drawing, engine: str) -> None:
    square(drawing)
    streets = Streets(drawing.network(), engine)
    assert _seconds(streets, (300, 0), (400, 100)) == pytest.approx(200 / CRUISE, abs=0.15)


def test_a_oneway_street_is_ridden_round_the_block_in_the_other_direction(drawing: Drawing, engine: str) -> None:
    """200 m ahead, but 1,400 m the other way: never against the arrow."""
    square(drawing, oneway="yes")
    streets = Streets(drawing.network(), engine)
    assert _seconds(streets, (100, 0), (300, 0)) == pytest.approx(200 / CRUISE, abs=0.2)
    assert _seconds(streets, (300, 0), (100, 0)) == pytest.approx(1400 / CRUISE, abs=0.3)


def test_contraflow_opens_a_oneway_street_to_bikes(drawing: Drawing, engine: str) -> None:
    square(drawing, oneway="yes", oneway__bicycle="no")
    streets = Streets(drawing.network(), engine)
    assert _seconds(streets, (300, 0), (100, 0)) == pytest.approx(200 / CRUISE, abs=0.2)


def test_a_junction_of_three_streets_costs_its_seconds(drawing: Drawing, engine: str) -> None:
    drawing.node("m", 200, 0)
    drawing.node("end", 200, 150)
    square(drawing, "a m b")
    drawing.way("m end")
    streets = Streets(drawing.network(), engine)
    assert _seconds(streets, (100, 0), (300, 0)) == pytest.approx(200 / CRUISE + JUNCTION_S, abs=0.2)


def test_a_hazard_slows_exactly_the_stretch_it_covers(drawing: Drawing, engine: str) -> None:
    """A circle of 50 m on a long street: 100 m of it take three times as long, the rest does not."""
    square(drawing)
    streets = Streets(drawing.network(), engine)
    before = _seconds(streets, (0, 50), (400, 50))
    lon, lat = place(200, 0)
    streets.set_hazards([Hazard(lon=lon, lat=lat, radius_m=50, factor=3.0)])
    assert _seconds(streets, (0, 50), (400, 50)) == pytest.approx(before + 2 * 100 / CRUISE, rel=0.01)
    streets.set_hazards([])
    assert _seconds(streets, (0, 50), (400, 50)) == before


def test_a_leg_takes_the_time_of_the_matrix_when_there_is_one_way_only(drawing: Drawing, engine: str) -> None:
    square(drawing)
    streets = Streets(drawing.network(), engine)
    leg = streets.leg(place(100, 0), place(400, 100), "bike")
    assert leg.duration_s == pytest.approx(_seconds(streets, (100, 0), (400, 100)), abs=0.01)
    assert leg.length_m == pytest.approx(400, abs=0.5)
    assert [(step.turn, step.name) for step in leg.steps] == [
        ("depart", "South"),
        ("left", "East"),
        ("arrive", "East"),
    ]
    assert leg.coordinates[leg.steps[1].index] == pytest.approx(place(400, 0), abs=1e-6)


def test_identical_points_are_no_distance_apart(drawing: Drawing, engine: str) -> None:
    square(drawing)
    streets = Streets(drawing.network(), engine)
    leg = streets.leg(place(100, 0), place(100, 0), "bike")
    assert (leg.duration_s, leg.length_m) == (0.0, 0.0)
    assert len(leg.coordinates) == 2
    assert np.array_equal(streets.matrix([place(100, 0)] * 3, "bike"), np.zeros((3, 3)))


def test_a_faster_fleet_needs_less_time_on_the_same_streets(drawing: Drawing, engine: str) -> None:
    square(drawing)
    network = drawing.network()
    slow, fast = Streets(network, engine), Streets(network, engine, speed_factors={"bike": 1.25})
    points = [place(100, 0), place(400, 100), place(30, 400)]
    assert fast.matrix(points, "bike") == pytest.approx(slow.matrix(points, "bike") / 1.25)
    assert fast.leg(points[0], points[1], "bike").duration_s == pytest.approx(
        slow.leg(points[0], points[1], "bike").duration_s / 1.25
    )
