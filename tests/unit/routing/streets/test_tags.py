"""Reading tags: the cases that towns are full of, and the ones that nobody should have written."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.streets.tags import (
    KINDS,
    LANE,
    NONE,
    PUSH,
    RIDE,
    TRACK,
    barrier_class,
    incline_permille,
    street_class,
    width_cm,
)

ROAD = {"highway": "residential"}


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({}, RIDE, RIDE),
        ({"oneway": "yes"}, RIDE, NONE),
        ({"oneway": "-1"}, NONE, RIDE),
        ({"junction": "roundabout"}, RIDE, NONE),
        ({"oneway": "yes", "oneway:bicycle": "no"}, RIDE, RIDE),
        ({"oneway": "yes", "cycleway": "opposite"}, RIDE, RIDE),
        ({"oneway": "yes", "cycleway": "opposite_lane"}, RIDE, RIDE),
        ({"oneway": "yes", "cycleway:left": "lane", "cycleway:left:oneway": "-1"}, RIDE, RIDE),
        ({"oneway": "yes", "cycleway:left": "lane"}, RIDE, NONE),
        ({"oneway:bicycle": "yes"}, RIDE, NONE),
        ({"oneway": "no", "oneway:bicycle": "-1"}, NONE, RIDE),
        ({"oneway": "-1", "oneway:bicycle": "yes"}, NONE, RIDE),
        ({"highway": "footway"}, PUSH, PUSH),
        ({"highway": "footway", "bicycle": "yes"}, RIDE, RIDE),
        ({"highway": "steps"}, PUSH, PUSH),
        ({"bicycle": "no"}, PUSH, PUSH),
        ({"bicycle": "dismount"}, PUSH, PUSH),
        ({"vehicle": "forestry", "highway": "track"}, PUSH, PUSH),
        ({"vehicle": "no", "bicycle": "yes"}, RIDE, RIDE),
        ({"access": "no", "foot": "yes"}, PUSH, PUSH),
        ({"access": "no", "bicycle": "yes"}, RIDE, RIDE),
    ],
)
def test_directions_and_modes(tags: dict[str, str], forward: int, backward: int) -> None:
    street = street_class(ROAD | tags)
    assert street is not None
    assert (street.forward, street.backward) == (forward, backward)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "motorway"},
        {"highway": "construction"},
        {"highway": "trunk", "motorroad": "yes"},
        {"highway": "primary", "bicycle": "no"},
        {"highway": "residential", "access": "no"},
        {"highway": "residential", "bicycle": "no", "foot": "no"},
        {"highway": "steps", "foot": "no"},
        {"highway": "busway"},
        {"highway": "path", "sac_scale": "alpine_hiking"},
        {"highway": "path", "mtb:scale": "4"},
        {"railway": "tram"},
    ],
)
def test_no_street_for_a_cyclist(tags: dict[str, str]) -> None:
    assert street_class(tags) is None


def test_a_lane_on_one_side_helps_in_one_direction() -> None:
    street = street_class(ROAD | {"cycleway:right": "lane"})
    assert street is not None
    assert (street.facility_forward, street.facility_backward) == (LANE, 0)
    assert street.reversed().facility_backward == LANE


def test_a_track_on_both_sides_helps_in_both() -> None:
    street = street_class(ROAD | {"cycleway:both": "track"})
    assert street is not None
    assert street.facility_forward == street.facility_backward == TRACK


@pytest.mark.parametrize(
    ("tags", "rank"),
    [
        ({"surface": "asphalt"}, 0),
        ({"surface": "cobblestone"}, 3),
        ({"surface": "asphalt", "smoothness": "very_bad"}, 4),
        ({"highway": "track", "tracktype": "grade1"}, 0),
        ({"highway": "track"}, 3),
        ({"surface": "gravel;ground"}, 3),
        ({"surface": "unobtainium", "smoothness": "like_butter"}, 0),
    ],
)
def test_each_surface_has_its_rank(tags: dict[str, str], rank: int) -> None:
    street = street_class(ROAD | tags)
    assert street is not None
    assert street.surface == rank


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2", 200), ("0.9", 90), ("0.90 m", 90), ("90 cm", 90), ("6'", 0), ("narrow", 0), ("-3", 0), ("1e9", 0), ("", 0)],
)
def test_a_width_is_read_in_centimetres(value: str, expected: int) -> None:
    assert width_cm({"maxwidth": value}) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("10%", 100), ("-4 %", -40), ("4", 40), ("up", 50), ("down", -50), ("99%", 150), ("steep", 0), ("10°", 0)],
)
def test_an_incline_is_read_in_permille(value: str, expected: int) -> None:
    assert incline_permille({"incline": value}) == expected


@pytest.mark.parametrize(
    "tags", [{"barrier": "bollard"}, {"barrier": "kerb"}, {"highway": "crossing"}, {"barrier": "no"}, {}]
)
def test_what_hinders_no_bike_is_no_barrier(tags: dict[str, str]) -> None:
    assert barrier_class(tags) is None


TAG_KEYS = [
    "oneway", "oneway:bicycle", "bicycle", "foot", "access", "vehicle", "surface", "smoothness", "tracktype",
    "maxspeed", "maxwidth", "incline", "cycleway", "cycleway:left", "cycleway:right", "junction", "mtb:scale",
    "sac_scale", "barrier", "sidewalk", "motorroad",
]
HOSTILE = st.one_of(
    st.sampled_from(["yes", "no", "-1", "warp", "", ";", "9999999999", "²", "-0", "1e400", "NaN", "٣", "\x00"]),
    st.text(max_size=12),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    highway=st.sampled_from([*KINDS, "primary_link", "warp"]), tags=st.dictionaries(st.sampled_from(TAG_KEYS), HOSTILE)
)
def test_no_tag_whatsoever_breaks_the_reader(highway: str, tags: dict[str, str]) -> None:
    """Anybody may edit the map, so any text may stand anywhere; all numbers stay within the table's integers."""
    for row in (street_class({"highway": highway} | tags), barrier_class(tags)):
        if row is not None:
            assert all(-32768 <= value <= 32767 for value in row)
    assert -150 <= incline_permille(tags) <= 150
