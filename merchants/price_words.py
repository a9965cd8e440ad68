"""Prices in words: what a line of a breakdown is for, and what is charged in a zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from dispatch.core import web

from .tariff_rules import PriceZone


def line(part: Mapping[str, Any]) -> str:
    """What one line of a breakdown is for."""
    quantity, zone = part.get("quantity", ""), part.get("zone")
    if part["code"] == "base":
        return _("Base price in %(zone)s", zone=zone) if zone else _("Base price")
    if part["code"] == "distance":
        return _("Ride of %(distance)s", distance=web.distance(_number(quantity)))
    if part["code"] == "weight":
        return _("Weight of %(weight)s", weight=web.weight(_number(quantity)))
    if part["code"] == "extra_drops":
        return _("More stops: %(count)s", count=quantity)
    return _("Surcharge in %(zone)s", zone=zone)


def breakdown(lines: list[dict[str, Any]], currency: str) -> list[tuple[str, str]]:
    """The lines of a price and their sums, as people read them."""
    return [(line(part), web.money(part["amount"], currency)) for part in lines]


def sides() -> list[tuple[str, str]]:
    """Where a price zone counts."""
    return [
        ("either", _("Picking up or delivering there")),
        ("pickup", _("Picking up there")),
        ("dropoff", _("Delivering there")),
    ]


def charged(zone: PriceZone, currency: str) -> str:
    """What is charged in a zone: `Base price €8.00 · + €1.50`."""
    parts = []
    if zone.base_cents is not None:
        parts.append(_("base price %(sum)s", sum=web.money(zone.base_cents, currency)))
    if zone.surcharge_cents:
        parts.append(_("surcharge %(sum)s", sum=web.money(zone.surcharge_cents, currency)))
    return " · ".join(parts)


def _number(quantity: str) -> int:
    return int(quantity.split()[0])
