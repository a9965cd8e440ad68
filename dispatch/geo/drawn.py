"""Areas that people draw or import in a form: read and checked, and refused in their own language."""

from __future__ import annotations

import shapely
from flask import request

from dispatch.core import refusals
from dispatch.core.errors import PacelineError

from . import zone_rules


def area_of_form() -> shapely.MultiPolygon | None:
    """The outline drawn into the field `area`, else the GeoJSON in `file`, checked; None if there is neither."""
    file = request.files.get("file")
    text = request.form.get("area", "").strip()
    if not text and file:
        text = file.read(zone_rules.MOST_BYTES + 1).decode("utf-8-sig", "replace")
    return zone_rules.parse_area(text) if text else None


def errors_of(refusal: PacelineError) -> dict[str, str]:
    """What was refused, by the field of the form it belongs to; `name` where it belongs to none."""
    errors = getattr(refusal, "errors", ())
    told = {error.pointer.lstrip("/"): refusals.field_said(error) for error in errors}
    return told or {"name": refusals.said(refusal)}
