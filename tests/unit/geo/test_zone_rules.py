"""A zone drawn by hand or pasted from a file is checked before anybody plans in it."""

import pytest
import shapely

from dispatch.core.errors import Invalid
from dispatch.geo.zone_rules import MAX_VERTICES, read_area

SQUARE = {"type": "Polygon", "coordinates": [[[8, 49], [8.1, 49], [8.1, 49.1], [8, 49.1], [8, 49]]]}
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
