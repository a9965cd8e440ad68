"""One conformance suite for every engine: what holds for a travel time or a leg, whoever computed it.

cch and scipy ride through a drawn town. Valhalla is asked where PACELINE_VALHALLA_URL names a service and
PACELINE_VALHALLA_OSM the extract that it serves; elsewhere its part is skipped, saying so.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from routing.streets.build import build_network
from routing.streets.cch import ROWS_PER_THREAD
from routing.streets.engines import ENGINES
from routing.streets.errors import BadPoint, EngineFailed, NotSupported, OffStreet, StreetsError, UnknownProfile
from routing.streets.hazards import Hazard
from routing.streets.network import Lonlat, Network, segment_lengths_m
from routing.streets.profiles import PROFILES
from routing.streets.sample import street_points
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, town


@dataclass(frozen=True)
class Case:
    """An engine, places to ride between, and how exact its seconds are.

    `exact_share` is for Valhalla, which looks for the cheapest ride by its own cost and reports that ride's time.
    """

    streets: Streets
    points: Lonlat
    exact_s: float
    exact_share: float
    knows_hazards: bool


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Network:
    drawing = Drawing(tmp_path_factory.mktemp("town"))
    town(drawing)
    return drawing.network()


@pytest.fixture(scope="module", params=ENGINES)
def case(request: pytest.FixtureRequest, drawn: Network) -> Case:
    if request.param != "valhalla":
        return Case(Streets(drawn, request.param), street_points(drawn, 12, seed=5), 0.06, 0.0, True)
    url, osm = os.environ.get("PACELINE_VALHALLA_URL"), os.environ.get("PACELINE_VALHALLA_OSM")
    if not url or not osm:
        pytest.skip("no Valhalla service: PACELINE_VALHALLA_URL and PACELINE_VALHALLA_OSM are not set")
    places = street_points(build_network(Path(osm)), 12, seed=5)
    return Case(Streets(None, "valhalla", valhalla_url=url), places, 2.0, 0.06, False)


def test_durations_are_zero_at_home_and_positive_elsewhere(case: Case) -> None:
    seconds = case.streets.matrix(case.points, "bike")
    assert seconds.dtype == np.float32
    assert seconds.shape == (12, 12)
    assert (np.diag(seconds) == 0).all()
    assert (seconds[~np.eye(12, dtype=bool)] > 0).all()


def test_no_detour_is_shorter_than_the_way_itself(case: Case) -> None:
    """The triangle inequality: going by a third point never saves time, up to rounding and the loss at the stop."""
    seconds = case.streets.matrix(case.points, "bike").astype(np.float64)
    by_way_of = (seconds[:, :, None] + seconds[None, :, :]).min(axis=1)
    assert (seconds <= by_way_of * (1 + case.exact_share) + 20 * case.exact_s).all()


def test_a_table_is_a_part_of_the_matrix(case: Case) -> None:
    whole = case.streets.matrix(case.points, "bike")
    part = case.streets.table(case.points[:3], case.points[3:], "bike")
    assert part == pytest.approx(whole[:3, 3:], abs=case.exact_s, rel=case.exact_share)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_answers(case: Case, profile: str) -> None:
    seconds = case.streets.matrix(case.points[:4], profile)
    assert np.isfinite(seconds).all()


def test_a_leg_begins_and_ends_where_its_points_snap(case: Case) -> None:
    start, end = case.points[0], case.points[1]
    leg = case.streets.leg(start.tolist(), end.tolist(), "bike")
    snapped = case.streets.snap([start, end], "bike").lonlat
    assert leg.coordinates[0] == pytest.approx(snapped[0], abs=2e-5)
    assert leg.coordinates[-1] == pytest.approx(snapped[1], abs=2e-5)


def test_a_leg_is_as_long_as_its_line(case: Case) -> None:
    for start, end in zip(case.points, case.points[1:], strict=False):
        leg = case.streets.leg(start.tolist(), end.tolist(), "bike")
        line = np.array(leg.coordinates)
        assert segment_lengths_m(line[:-1], line[1:]).sum() == pytest.approx(leg.length_m, rel=0.02, abs=2)


def test_steps_add_up_to_the_leg_and_point_into_its_line(case: Case) -> None:
    for start, end in zip(case.points, case.points[1:], strict=False):
        leg = case.streets.leg(start.tolist(), end.tolist(), "bike")
        assert sum(step.length_m for step in leg.steps) == pytest.approx(leg.length_m, rel=0.02, abs=2)
        assert sum(step.duration_s for step in leg.steps) == pytest.approx(leg.duration_s, rel=0.02, abs=2)
        assert leg.steps[0].turn == "depart"
        assert leg.steps[-1].turn == "arrive"
        indices = [step.index for step in leg.steps]
        assert indices == sorted(indices)
        assert 0 <= indices[0] and indices[-1] < len(leg.coordinates)


def test_snapping_a_snapped_point_does_not_move_it(case: Case) -> None:
    once = case.streets.snap(case.points + 2e-4, "bike").lonlat
    twice = case.streets.snap(once, "bike")
    assert twice.distance_m == pytest.approx(np.zeros(12), abs=1.5)


def test_no_points_make_an_empty_matrix(case: Case) -> None:
    assert case.streets.matrix([], "bike").shape == (0, 0)
    assert case.streets.table(case.points[:2], [], "bike").shape == (2, 0)


def test_a_point_off_every_street_is_named(case: Case) -> None:
    far = [*case.points[:2].tolist(), [case.points[0, 0] + 5.0, case.points[0, 1]]]
    with pytest.raises(OffStreet) as caught:
        case.streets.matrix(far, "bike")
    assert "point 2" in str(caught.value)
    assert caught.value.indices == (2,)
    with pytest.raises(OffStreet, match="point 1"):
        case.streets.leg(far[0], far[2], "bike")
    assert case.streets.on_street(far, "bike").tolist() == [True, True, False]


@pytest.mark.parametrize("point", [[200.0, 49.0], [8.0, 91.0], [float("nan"), 49.0], [float("inf"), 0.0]])
def test_a_point_that_is_no_place_on_earth_is_refused(case: Case, point: list[float]) -> None:
    with pytest.raises(BadPoint, match="point 0"):
        case.streets.matrix([point], "bike")


def test_an_unknown_profile_is_refused_with_the_known_ones(case: Case) -> None:
    calls: list[Callable[[], object]] = [
        lambda: case.streets.matrix(case.points, "warp"),
        lambda: case.streets.snap(case.points, "warp"),
        lambda: case.streets.leg(case.points[0].tolist(), case.points[1].tolist(), "warp"),
    ]
    for call in calls:
        with pytest.raises(UnknownProfile, match="bike, ebike, cargo, trailer"):
            call()


def test_hazards_are_obeyed_or_refused_but_never_ignored(case: Case) -> None:
    before = case.streets.matrix(case.points, "bike")
    middle = case.points.mean(axis=0)
    hazard = Hazard(lon=middle[0], lat=middle[1], radius_m=2000, factor=4)
    if not case.knows_hazards:
        with pytest.raises(NotSupported):
            case.streets.set_hazards([hazard])
        return
    case.streets.set_hazards([hazard])
    after = case.streets.matrix(case.points, "bike")
    case.streets.set_hazards([])
    apart = ~np.eye(12, dtype=bool)
    assert (after[apart] > 1.5 * before[apart]).all()
    assert np.array_equal(case.streets.matrix(case.points, "bike"), before)


def test_threads_get_the_same_answers(case: Case) -> None:
    expected = case.streets.matrix(case.points, "bike")

    def ask(number: int) -> bool:
        picked = np.random.default_rng(number).integers(0, 12, size=3)
        answer = case.streets.matrix(case.points[picked], "bike")
        truth = expected[np.ix_(picked, picked)]
        return bool(np.allclose(answer, truth, atol=case.exact_s, rtol=case.exact_share))

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(40)))


def test_an_unknown_engine_is_refused(drawn: Network) -> None:
    with pytest.raises(StreetsError, match="cch, scipy, valhalla"):
        Streets(drawn, "magic")


def test_an_engine_of_ours_needs_a_network() -> None:
    with pytest.raises(StreetsError, match="needs a street network"):
        Streets(None, "cch")


def test_a_silent_valhalla_is_an_error_that_says_so() -> None:
    streets = Streets(None, "valhalla", valhalla_url="http://127.0.0.1:9")
    with pytest.raises(EngineFailed, match="does not answer"):
        streets.matrix([[8.0, 49.0]], "bike")
    assert httpx.URL("http://127.0.0.1:9").port == 9


def test_a_table_made_by_several_threads_is_that_of_one(drawn: Network) -> None:
    """Each thread fills its own rows, whatever their number; small tables are made by one."""
    streets, points = Streets(drawn, "cch"), street_points(drawn, 4 * ROWS_PER_THREAD + 3, seed=7)
    table = streets.matrix(points, "bike")
    for first in range(0, len(points), ROWS_PER_THREAD):
        few = slice(first, first + ROWS_PER_THREAD)
        np.testing.assert_array_equal(table[few, few], Streets(drawn, "cch").matrix(points[few], "bike"))
    assert np.isfinite(table).all() and table.max() > 0
