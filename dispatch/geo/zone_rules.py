"""Decide whether a drawn or imported area can be a zone, and how two of them lie. Pure."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import numpy as np
import shapely
from shapely.validation import explain_validity

from dispatch.core.errors import FieldError, Invalid

MOST_BYTES = 1_000_000
MAX_VERTICES = 5_000
MAX_PARTS = 200
MIN_AREA_DEG2 = 1e-7  # about 800 m2 at 50 degrees north: a house, not a zone
MAX_AREA_DEG2 = 4.0
SAME_SHARE = 0.95
"""Two outlines that share so much of what they cover together are one area drawn twice."""


def parse_area(text: str) -> shapely.MultiPolygon:
    """The area that a GeoJSON text describes; Invalid says what is wrong with it, however hostile it is."""
    if len(text) > MOST_BYTES:
        raise wrong_area("file_too_large", "the file is larger than 1 MB: simplify the outline")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong_area("not_json", "this cannot be read as JSON") from error
    return read_area(found)


def read_area(geojson: Any) -> shapely.MultiPolygon:
    """The area of a GeoJSON Polygon, MultiPolygon, Feature or FeatureCollection; Invalid says what is wrong with it."""
    try:
        parts = [shapely.from_geojson(json.dumps(part)) for part in _geometries(geojson)]
    except (shapely.errors.GEOSException, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise wrong_area("not_geojson", "this is no GeoJSON Polygon, Feature or FeatureCollection") from error
    if len(parts) > MAX_PARTS:
        raise wrong_area("too_detailed", f"more than {MAX_PARTS} areas in one file: choose one")
    for part in parts:
        _check_part(part)
    return check_area(shapely.union_all(parts))


def check_area(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """`shape` as a flat MultiPolygon that is valid, of a sane size and inside the world."""
    shape = shapely.force_2d(shape)
    _check_part(shape)
    if not MIN_AREA_DEG2 <= shape.area <= MAX_AREA_DEG2:
        raise wrong_area("bad_size", "the area is smaller than a house or larger than a region")
    return shape if isinstance(shape, shapely.MultiPolygon) else shapely.MultiPolygon([shape])


def is_same(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Whether two areas are the same place drawn twice, so that nobody could tell which of them counts."""
    if not one.intersects(other):
        return False
    return bool(one.intersection(other).area >= SAME_SHARE * one.union(other).area)


def wrong_area(code: str, message: str) -> Invalid:
    """The refusal of an area."""
    return Invalid(message, errors=(FieldError("/area", code, message),))


def _check_part(shape: shapely.Geometry) -> None:
    """Cheap questions first: a hostile outline is refused before anything costly is computed from it."""
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
        raise wrong_area("not_an_area", f"a zone is a Polygon or MultiPolygon, not a {shape.geom_type}")
    if shapely.get_num_coordinates(shape) > MAX_VERTICES:
        raise wrong_area("too_detailed", f"the outline has more than {MAX_VERTICES} points: simplify it")
    places = shapely.get_coordinates(shape)
    if not np.isfinite(places).all() or (np.abs(places) > (180, 90)).any():
        raise wrong_area("not_on_earth", "coordinates are longitude first, then latitude, in degrees")
    if not shape.is_valid:
        raise _not_valid(explain_validity(shape))


def _not_valid(reason: str) -> Invalid:
    """GEOS's finding, which ends with the place in brackets, in words that somebody who draws understands."""
    what, _, place = reason.rstrip("]").partition("[")
    if "Hole" in what or "shell" in what:
        return wrong_area("bad_hole", f"a hole of the outline lies outside it or touches another one near {place}")
    return wrong_area("not_valid", f"the outline crosses itself near {place}: draw it without crossing lines")


def _geometries(geojson: Any) -> list[Any]:
    kind = geojson.get("type")
    if kind == "FeatureCollection":
        return [feature["geometry"] for feature in islice(geojson["features"], MAX_PARTS + 1)]
    return [geojson["geometry"]] if kind == "Feature" else [geojson]
