"""What codes are called, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _

from dispatch.core.web import distance, duration
from dispatch.orders import words

from .earnings import EarningLine


def earning_label(code: str, *, is_return: bool = False) -> str:
    """The name of a line of earnings."""
    labels = {
        "per_delivery": _("Return") if is_return else _("Delivery"),
        "per_km": _("Route"),
        "waiting": _("Waiting"),
        "floor_top_up": _("Top-up to the hourly floor"),
        "tip": _("Tip"),
    }
    return labels.get(code, code)


def fail_reasons() -> list[tuple[str, str]]:
    """Why a stop can fail: code and words, the most common first."""
    return list(words.fail_reasons().items())


def profiles() -> list[tuple[str, str]]:
    """Kinds of bikes: code and words."""
    return [
        ("bike", _("Bike")),
        ("ebike", _("E-bike")),
        ("cargo", _("Cargo bike")),
        ("trailer", _("Bike with trailer")),
    ]


def quantity_words(line: EarningLine) -> str:
    """What a line was computed from: 2.4 km; 12 min, 7 of them paid; 3 h 30 on shift."""
    given = line.quantity
    if line.code == "per_km" and "route_m" in given:
        text = distance(given["route_m"])
    elif line.code == "waiting" and "waited_s" in given:
        text = _("%(all)s, %(paid)s paid", all=duration(given["waited_s"]), paid=duration(given["paid_s"]))
    elif line.code == "floor_top_up" and "credited_s" in given:
        text = _("%(time)s on shift", time=duration(given["credited_s"]))
    else:
        text = ""
    if "factor_percent" in given:
        text = f"{text} × {given['factor_percent']} %".strip()
    return text
