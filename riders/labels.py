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


def install_guides() -> list[tuple[str, str, list[str]]]:
    """How to install the page: icon, name of the browser, steps."""
    return [
        (
            "phone",
            _("iPhone and iPad: Safari"),
            [
                _("Tap the share sign at the foot of the page."),
                _("Choose “Add to Home Screen”, then “Add”."),
                _("Open Paceline from the home screen; only there can messages reach you (iOS 16.4 and later)."),
            ],
        ),
        (
            "phone",
            _("Android: Chrome, Edge, Samsung"),
            [
                _("Open the menu with the three dots."),
                _("Choose “Install app” or “Add to Home screen”."),
                _("Open Paceline from the home screen and tap “Tell me of new work” in its menu."),
            ],
        ),
        (
            "phone",
            _("Android: Firefox"),
            [
                _("Open the menu with the three dots."),
                _("Choose “Add app to Home screen”, then “Add automatically”."),
                _("New work waits until you open the page: Firefox does not send what you did in the background."),
            ],
        ),
        (
            "eye",
            _("No installing"),
            [
                _("Everything works in a plain tab as well, without a network too."),
                _("Open it once a week, or the phone may clear what it kept. Unsent work is counted at the top."),
            ],
        ),
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
