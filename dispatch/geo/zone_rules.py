"""Decide whether a drawn or imported area can be a zone. Pure."""

from __future__ import annotations

import json
from typing import Any

import shapely
from shapely.validation import explain_validity

from dispatch.core.errors import FieldError, Invalid

MAX_VERTICES = 5_000
MIN_AREA_DEG2 = 1e-7  # about 800 m2 at 50 degrees north: a house, not a zone
MAX_AREA_DEG2 = 4.0


def read_area(geojson: dict[str, Any]) -> shapely.MultiPolygon:
    """The area of a GeoJSON Polygon, MultiPolygon, Feature or FeatureCollection; Invalid says what is wrong with it."""
    try:
        shape = shapely.union_all([shapely.from_geojson(json.dumps(part)) for part in _geometries(geojson)])
    except (shapely.errors.GEOSException, TypeError, KeyError) as error:
        raise _wrong("not_geojson", f"this is not a GeoJSON area: {error}") from error
    return check_area(shape)


def check_area(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """`shape` as a MultiPolygon that is valid, of a sane size and inside the world."""
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
        raise _wrong("not_an_area", f"a zone is a Polygon or MultiPolygon, not a {shape.geom_type}")
    if not shape.is_valid:
        raise _wrong("not_valid", _why_invalid(explain_validity(shape)))
    west, south, east, north = shape.bounds
    if west < -180 or south < -90 or east > 180 or north > 90:
        raise _wrong("not_on_earth", "coordinates are longitude first, then latitude, in degrees")
    if shapely.get_num_coordinates(shape) > MAX_VERTICES:
        raise _wrong("too_detailed", f"the outline has more than {MAX_VERTICES} points: simplify it")
    if not MIN_AREA_DEG2 <= shape.area <= MAX_AREA_DEG2:
        raise _wrong("bad_size", "the area is smaller than a house or larger than a region")
    return shape if isinstance(shape, shapely.MultiPolygon) else shapely.MultiPolygon([shape])


def _why_invalid(reason: str) -> str:
    """GEOS's finding, which ends with the place in brackets, in words that somebody who draws understands."""
    what, _, place = reason.rstrip("]").partition("[")
    if "Hole" in what or "shell" in what:
        return f"a hole of the outline lies outside it or touches another one, near {place}"
    return f"the outline crosses itself near {place}: draw it without crossing lines"


def _geometries(geojson: dict[str, Any]) -> list[dict[str, Any]]:
    kind = geojson.get("type")
    if kind == "FeatureCollection":
        return [feature["geometry"] for feature in geojson["features"]]
    return [geojson["geometry"]] if kind == "Feature" else [geojson]


def _wrong(code: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError("/area", code, message),))
