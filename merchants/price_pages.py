"""Pages of prices: the tariff in force on a map. Coordinators draw price zones, merchants see what is charged where."""

from __future__ import annotations

import re
from typing import Any

import shapely
from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from dispatch.coop.auth import identity, require
from dispatch.coop.queries import get_coop
from dispatch.core.db import transaction
from dispatch.core.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.geo import drawn

from . import price_words, price_zones, tariff_rules
from .tariff_rules import PriceZone

bp = Blueprint("prices", __name__, template_folder="templates")

SUM = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?")
FIELDS = ("zone", "name", "side", "base", "surcharge", "area")


@bp.get("/merchants/prices")
@require("coordinator")
def edit() -> ResponseReturnValue:
    """The tariff, its zones on a map, and a pencil."""
    return _edit({"side": "either"}, {})


@bp.post("/merchants/prices")
@require("coordinator")
def save() -> ResponseReturnValue:
    """Add a price zone or change one; what is wrong with it is said beside the field."""
    given = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        zone = _read(given)
        coop = get_coop(g.coop_id)
        if coop.city_id is None:
            raise Conflict("this co-op has no street map yet", code="no_city")
        with transaction():
            outline = drawn.area_of_form()
            saved = price_zones.put_zone(g.coop_id, coop.city_id, zone, outline, by=identity().member_id)
    except (Invalid, Conflict, NotFound) as error:
        return _edit(given, drawn.errors_of(error)), error.http_status
    flash(_("Saved: %(name)s. New orders are priced by %(version)s.", name=zone.name, version=saved.version), "success")
    return redirect(url_for("prices.edit"))


@bp.post("/merchants/prices/<area>/remove")
@require("coordinator")
def remove(area: str) -> ResponseReturnValue:
    """Take a price zone out of the tariff."""
    with transaction():
        saved = price_zones.remove_zone(g.coop_id, area, by=identity().member_id)
    flash(_("Removed. New orders are priced by %(version)s.", version=saved.version), "success")
    return redirect(url_for("prices.edit"))


@bp.get("/merchants/price-zones")
@require("coordinator", "merchant")
def zones_json() -> ResponseReturnValue:
    """The price zones in force as GeoJSON, the smallest first."""
    tariff = price_zones.tariff_in_force(g.coop_id)
    currency = get_coop(g.coop_id).currency
    features = [_feature(one, currency) for one in price_zones.list_drawn(g.coop_id, tariff.document)]
    return jsonify({"type": "FeatureCollection", "features": features, "tariff_version": tariff.version})


@bp.get("/portal/prices")
@require("merchant")
def show() -> ResponseReturnValue:
    """What a delivery costs, for merchants."""
    return render_template("merchants/prices.html", **_tariff(), is_editor=False)


def _edit(given: dict[str, str], errors: dict[str, str]) -> str:
    shown = _tariff()
    choices = [(one.zone.area, one.zone.name) for one in shown["zones"]]
    return render_template(
        "merchants/prices.html", **shown, is_editor=True, given=given, errors=errors, choices=choices,
        sides=price_words.sides(), tab="prices",
    )  # fmt: skip


def _tariff() -> dict[str, Any]:
    tariff = price_zones.tariff_in_force(g.coop_id)
    coop = get_coop(g.coop_id)
    g.timezone = coop.timezone
    zones = price_zones.list_drawn(g.coop_id, tariff.document)
    return {
        "coop": coop,
        "tariff": tariff,
        "zones": zones,
        "charged": {one.zone.area: price_words.charged(one.zone, coop.currency) for one in zones},
        "side_words": dict(price_words.sides()),
    }


def _feature(one: price_zones.DrawnZone, currency: str) -> dict[str, Any]:
    zone = one.zone
    return {
        "type": "Feature",
        "id": zone.area,
        "geometry": shapely.geometry.mapping(one.outline),
        "properties": {
            "name": zone.name,
            "side": zone.side,
            "base_cents": zone.base_cents,
            "surcharge_cents": zone.surcharge_cents,
            "charged": price_words.charged(zone, currency),
        },
    }


def _read(given: dict[str, str]) -> PriceZone:
    if not given["name"]:
        raise _wrong("/name", "no_name", "give the zone a name")
    return tariff_rules.check_zone(
        PriceZone(
            area=given["zone"],
            name=given["name"][:80],
            side=given["side"] or "either",  # type: ignore[arg-type]  # check_zone knows the words
            base_cents=_cents("/base", given["base"]),
            surcharge_cents=_cents("/surcharge", given["surcharge"]) or 0,
        )
    )


def _cents(pointer: str, text: str) -> int | None:
    """A sum as people write it (`1,50`, `1.50`), in minor units; None if there is none."""
    if not text:
        return None
    written = SUM.fullmatch(text)
    if written is None:
        raise _wrong(pointer, "not_a_sum", f"{text[:20]!r} is no sum of money")
    whole, part = written.groups()
    return int(whole) * 100 + int((part or "").ljust(2, "0"))


def _wrong(pointer: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(pointer, code, message),))
