"""The page of zones: where the co-op delivers, drawn or imported, and how far a rider comes in some minutes."""

from __future__ import annotations

from uuid import UUID

import shapely
from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from dispatch.coop import queries as coops
from dispatch.coop.auth import require
from dispatch.core import refusals
from dispatch.core.db import transaction
from dispatch.core.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.core.http import parse_id
from dispatch.core.limits import limiter
from dispatch.core.units import LonLat
from dispatch.geo import drawn, geocode, services, travel
from dispatch.geo import zones as areas
from dispatch.geo.reach import area_of
from riders import labels

bp = Blueprint("zones", __name__, template_folder="templates")

MINUTES = (10, 20, 30)


@bp.get("/board/zones")
@require("coordinator")
def list_zones() -> ResponseReturnValue:
    """The zones on a map, a pencil, and what is within reach."""
    return _page({}, {})


@bp.post("/board/zones")
@require("coordinator")
def save_zone() -> ResponseReturnValue:
    """Add a zone, or draw one anew; what is wrong with an outline is said beside it."""
    given = {name: request.form.get(name, "").strip() for name in ("name", "area", "zone_id")}
    try:
        area = drawn.area_of_form()
        if area is None:
            raise _wrong("/area", "no_area", "draw an outline, or choose a file")
        with transaction():
            zone = _save(given, area)
    except (Invalid, Conflict) as error:
        return _page(given, drawn.errors_of(error)), error.http_status
    flash(_("Saved: %(name)s. Its plan is made anew.", name=zone.name), "success")
    return redirect(url_for("zones.list_zones"))


@bp.post("/board/zones/<zone_id>/depot")
@require("coordinator")
def set_depot(zone_id: str) -> ResponseReturnValue:
    """Say where the zone's bikes come back to; an empty address: nowhere."""
    zone = areas.get_zone(g.coop_id, parse_id(zone_id, "zone"))
    text = request.form.get("depot", "").strip()
    try:
        place = _depot(zone, text) if text else None
        with transaction():
            services.set_depot(g.coop_id, zone.id, text, place)
        flash(_("Saved: %(name)s. Its plan is made anew.", name=zone.name), "success")
    except (Invalid, NotFound) as error:
        flash(refusals.said(error), "danger")
    return redirect(url_for("zones.list_zones"))


@bp.get("/board/api/zones")
@require("coordinator")
def zones_json() -> ResponseReturnValue:
    """All zones as GeoJSON."""
    return jsonify({"type": "FeatureCollection", "features": [zone.feature() for zone in areas.list_zones(g.coop_id)]})


@bp.get("/board/api/reach")
@require("coordinator")
@limiter.limit("60 per minute")
def reach() -> ResponseReturnValue:
    """How far a rider comes from `lon`, `lat` on a bike (`profile`) in 10, 20 and 30 minutes, the widest first."""
    place, profile = _place(), request.args.get("profile", "bike")
    if profile not in dict(labels.profiles()):
        known = ", ".join(dict(labels.profiles()))
        raise _wrong("/profile", "unknown", f"profile {profile[:20]!r}: use one of {known}")
    found = travel.reach(_city_id(), place, profile, max(MINUTES) * 60)
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(area_of(found.lonlat[found.seconds <= minutes * 60], place.lat)),
            "properties": {"minutes": minutes},
        }
        for minutes in sorted(MINUTES, reverse=True)
    ]
    return jsonify({"type": "FeatureCollection", "features": features})


def _page(given: dict[str, str], errors: dict[str, str]) -> str:
    found = areas.list_zones(g.coop_id)
    return render_template(
        "console/zones.html", zones=found, choices=[(str(zone.id), zone.name) for zone in found], given=given,
        errors=errors, minutes=MINUTES, profiles=labels.profiles(), tab="zones",
    )  # fmt: skip


def _save(given: dict[str, str], area: shapely.MultiPolygon) -> areas.ZoneView:
    if given["zone_id"]:
        return services.redraw_zone(g.coop_id, parse_id(given["zone_id"], "zone"), area)
    if not given["name"]:
        raise _wrong("/name", "no_name", "give the zone a name")
    return services.create_zone(g.coop_id, _city_id(), given["name"][:80], area)


def _depot(zone: areas.ZoneView, text: str) -> LonLat:
    """The door at an address, from where bikes can ride."""
    middle = zone.area.representative_point()
    found = geocode.search(g.coop_id, zone.city_id, text, limit=1, near=LonLat(middle.x, middle.y))
    if not found or not found[0].is_sure:
        raise Invalid(f"no door found for {text[:80]!r}: check the spelling", code="address_unknown")
    travel.matrix(zone.city_id, [found[0].at], "bike")  # OffStreet where no street is near
    return found[0].at


def _place() -> LonLat:
    try:
        return LonLat(float(request.args.get("lon", "")), float(request.args.get("lat", "")))
    except ValueError as error:
        raise _wrong("/lon", "not_a_place", "give lon and lat in degrees") from error


def _city_id() -> UUID:
    city_id = coops.get_coop(g.coop_id).city_id
    if city_id is None:
        raise Conflict("this co-op has no street map yet: import one with `paceline city import`", code="no_city")
    return city_id


def _wrong(pointer: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(pointer, code, message),))
