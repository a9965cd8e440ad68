"""The portal's order form: what was typed, as the same body the API takes, and its errors by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.core import refusals
from dispatch.core.errors import Invalid

from .bodies import QuoteIn

FIELD_OF = {
    "address": "dropoff",
    "lonlat": "dropoff",
    "contact_name": "contact_name",
    "contact_phone": "contact_phone",
    "window_from": "window_from",
    "window_by": "window_by",
    "note": "door",
    "floor": "floor",
    "strict": "window_by",
    "longest_ride_s": "size",
    "skills": "size",
    "weight_g": "weight",
    "ready_at": "ready_at",
    "size": "size",
    "volume_ml": "size",
}


def order_body(form: Mapping[str, str], timezone: str) -> dict[str, Any]:
    """The API's body for a filled-in form; empty fields are left out. Times are the co-op's own."""
    drop: dict[str, Any] = {
        "address": form.get("dropoff", ""),
        "contact_name": form.get("contact_name", ""),
        "contact_phone": form.get("contact_phone", "").replace(" ", ""),
        "note": form.get("door", ""),
        "window_from": moment(form.get("window_from", ""), timezone),
        "window_by": moment(form.get("window_by", ""), timezone),
        "strict": bool(form.get("strict")),
        "floor": form.get("floor", ""),
        "has_lift": bool(form.get("has_lift")),
    }
    if form.get("dropoff_lon") and form.get("dropoff_lat"):
        drop["lonlat"] = [_number(form["dropoff_lon"]), _number(form["dropoff_lat"])]
    proof = form.get("proof", "")
    body: dict[str, Any] = {
        "dropoffs": [{key: value for key, value in drop.items() if value}],
        "ready_at": moment(form.get("ready_at", ""), timezone),
        "size": form.get("size") or "s",
        "weight_g": grams(form.get("weight", "")),
        "note": form.get("note", ""),
        "external_id": f"portal-{form['nonce']}" if form.get("nonce") else None,
        "proof": [proof] if proof else None,
        "quote_id": form.get("quote_id") or None,
    }
    return {key: value for key, value in body.items() if value not in (None, "")}


def quote_body(form: Mapping[str, str], timezone: str) -> dict[str, Any]:
    """What of `order_body` makes its price and promise."""
    body = order_body(form, timezone)
    return {name: body[name] for name in QuoteIn.model_fields if name in body}


def moment(text: str, timezone: str) -> str | None:
    """A `datetime-local` value in a zone, as RFC 3339; None if empty or no time at all."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).isoformat()
    except ValueError:
        return text


def grams(text: str) -> int | str | None:
    """Kilograms as typed (`2,5`), in grams; the text itself if it is no number, so that the error can name it."""
    if not text:
        return None
    try:
        return round(float(text.replace(",", ".")) * 1000)
    except ValueError:
        return text


def errors_by_field(error: Invalid) -> dict[str, str]:
    """A refusal's messages by the form's field names."""
    found: dict[str, str] = {}
    for each in error.errors:
        name = FIELD_OF.get(each.pointer.rsplit("/", 1)[-1], "dropoff")
        found.setdefault(name, refusals.field_said(each))
    return found or {"dropoff": refusals.said(error)}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
