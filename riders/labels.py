"""What codes are called, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _


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
    return [
        ("nobody_home", _("Nobody there")),
        ("closed", _("Closed")),
        ("refused", _("Refused")),
        ("wrong_address", _("Wrong address")),
        ("no_access", _("No way in")),
        ("not_ready", _("Not ready")),
        ("damaged", _("Damaged")),
        ("other", _("Something else")),
    ]


def profiles() -> list[tuple[str, str]]:
    """Kinds of bikes: code and words."""
    return [
        ("bike", _("Bike")),
        ("ebike", _("E-bike")),
        ("cargo", _("Cargo bike")),
        ("trailer", _("Bike with trailer")),
    ]
