"""Addresses for people who are signed in: suggestions while typing, and what is at a pin. Answers are GeoJSON."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import require
from dispatch.coop.queries import get_coop
from dispatch.coop.rules import ROLES
from dispatch.core.errors import Conflict, FieldError, Invalid
from dispatch.core.http import whole_number
from dispatch.core.limits import limiter
from dispatch.core.units import LonLat

from . import geocode
from .ranking import Found

bp = Blueprint("geo_api", __name__, url_prefix="/geo")

MAX_ANSWERS = 20


@bp.get("/autocomplete")
@require(*ROLES)
@limiter.limit("600 per minute")
def autocomplete() -> ResponseReturnValue:
    """Places that a half-typed text may mean: `?q=&near=lon,lat&limit=`."""
    coop = get_coop(g.coop_id)
    if coop.city_id is None:
        raise _no_city()
    return collection(geocode.search(coop.id, coop.city_id, read_query(), limit=read_limit(), near=read_near()))


@bp.get("/reverse")
@require(*ROLES)
@limiter.limit("600 per minute")
def reverse() -> ResponseReturnValue:
    """What is at a pin: `?lon=&lat=`."""
    coop = get_coop(g.coop_id)
    if coop.city_id is None:
        raise _no_city()
    return collection([geocode.reverse(coop.id, coop.city_id, read_point())])


def collection(found: list[Found]) -> Response:
    """A GeoJSON FeatureCollection, the likeliest place first."""
    return jsonify({"type": "FeatureCollection", "features": [one.feature() for one in found]})


def read_query() -> str:
    """The text `q` of the request; Invalid when it is missing."""
    text = request.args.get("q", "").strip()
    if not text:
        raise _wrong("/q", "missing", "give the text to look for as q")
    return text


def read_limit() -> int:
    """How many answers the request wants, 1 to 20; 5 when it does not say."""
    text = request.args.get("limit", "5")
    limit = whole_number(text, MAX_ANSWERS)
    if limit is None:
        raise _wrong("/limit", "out_of_range", f"limit={text[:20]}: give a whole number from 1 to {MAX_ANSWERS}")
    return limit


def read_near() -> LonLat | None:
    """The place `near=lon,lat` whose neighbours come first, if the request names one."""
    text = request.args.get("near", "")
    return _point("/near", *text.partition(",")[::2]) if text else None


def read_point() -> LonLat:
    """The point `lon`, `lat` of the request."""
    return _point("/lon", request.args.get("lon", ""), request.args.get("lat", ""))


def _point(pointer: str, lon: str, lat: str) -> LonLat:
    try:
        return LonLat(float(lon), float(lat))
    except ValueError as error:
        raise _wrong(pointer, "not_a_place", f"{lon},{lat}: give longitude and latitude in degrees") from error


def _wrong(pointer: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(pointer, code, message),))


def _no_city() -> Conflict:
    return Conflict("this co-op has no street map yet: import one with `paceline city import`", code="no_city")
