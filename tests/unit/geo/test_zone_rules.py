"""A zone drawn by hand or pasted from a file is checked before anybody plans in it."""

import pytest
import shapely

from dispatch.core.errors import Invalid
from dispatch.geo.zone_rules import MAX_VERTICES, is_same, parse_area, read_area

SQUARE = {"type": "Polygon", "coordinates": [[[8, 49], [8.1, 49], [8.1, 49.1], [8, 49.1], [8, 49]]]}
OUTSIDE = [[9, 49], [9.1, 49], [9.1, 49.1], [9, 49]]
BOW_TIE = {"type": "Polygon", "coordinates": [[[8, 49], [8.1, 49.1], [8.1, 49], [8, 49.1], [8, 49]]]}


@pytest.mark.parametrize(
    "geojson",
    [
        SQUARE,
        {"type": "Feature", "properties": {}, "geometry": SQUARE},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": SQUARE}]},
    ],
)
def test_an_area_is_read_however_it_is_wrapped(geojson):
    assert isinstance(read_area(geojson), shapely.MultiPolygon)


@pytest.mark.parametrize(
    ("geojson", "code"),
    [
        (BOW_TIE, "not_valid"),
        ({"type": "Point", "coordinates": [8, 49]}, "not_an_area"),
        ({"type": "Polygon", "coordinates": []}, "not_an_area"),
        ({"type": "Polygon"}, "not_geojson"),
        ({"type": "FeatureCollection", "features": [{}]}, "not_geojson"),
        ({"type": "Polygon", "coordinates": [[[8, 49], [8.00001, 49], [8, 49.00001], [8, 49]]]}, "bad_size"),
        ({"type": "Polygon", "coordinates": [[[8, 89], [9, 89], [9, 91], [8, 91], [8, 89]]]}, "not_on_earth"),
        ({"type": "Polygon", "coordinates": [[[8, 4], [1e308, 4], [1e308, 5], [8, 5], [8, 4]]]}, "not_on_earth"),
        ({"type": "Polygon", "coordinates": [SQUARE["coordinates"][0], OUTSIDE]}, "bad_hole"),
        ({"type": "FeatureCollection", "features": []}, "not_an_area"),
        ({"type": "FeatureCollection", "features": 7}, "not_geojson"),
        ({"type": "FeatureCollection", "features": [{"geometry": SQUARE}] * 201}, "too_detailed"),
        ({"type": "Feature", "geometry": None}, "not_geojson"),
        ({"type": "GeometryCollection", "geometries": [SQUARE]}, "not_an_area"),
        ([SQUARE], "not_geojson"),
        ("Polygon", "not_geojson"),
    ],
)
def test_a_useless_area_is_refused_with_the_reason(geojson, code):
    with pytest.raises(Invalid) as error:
        read_area(geojson)
    assert [field.code for field in error.value.errors] == [code]


def test_an_outline_of_a_million_points_is_refused():
    ring = shapely.Point(8, 49).buffer(0.1, quad_segs=MAX_VERTICES)
    with pytest.raises(Invalid, match="simplify"):
        read_area(shapely.geometry.mapping(ring))


@pytest.mark.parametrize(("text", "code"), [
    ("", "not_json"), ("<gpx/>", "not_json"), ("[" * 50_000, "not_json"), ("null", "not_geojson"), ("7", "not_geojson"),
    (" " * 1_000_001, "file_too_large"), ('{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', "not_geojson"),
])
def test_a_hostile_file_is_refused_by_name_and_never_a_crash(text, code):
    with pytest.raises(Invalid) as error:
        parse_area(text)
    assert [field.code for field in error.value.errors] == [code]


def test_an_area_drawn_twice_is_recognised():
    square = shapely.box(8, 49, 8.1, 49.1)
    assert is_same(square, shapely.box(8, 49, 8.101, 49.1))
    assert not is_same(square, shapely.box(8, 49, 8.1, 49.05))
    assert not is_same(square, shapely.box(9, 49, 9.1, 49.1))
