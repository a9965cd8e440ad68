"""What hazards are called, in the reader's language, with the icon of each kind."""

from __future__ import annotations

from flask_babel import gettext as _

ICONS = {"blocked": "ban", "danger": "alert"}
"""Kinds whose icon has another name."""


def hazard_label(kind: str) -> str:
    """The name of a kind of hazard."""
    return dict((code, label) for code, label, _icon in hazard_kinds())[kind]


def hazard_kinds() -> list[tuple[str, str, str]]:
    """Code, name and icon of every kind, the most common first."""
    labels = [
        ("glass", _("Glass")),
        ("pothole", _("Pothole")),
        ("blocked", _("Blocked")),
        ("works", _("Roadworks")),
        ("ice", _("Ice")),
        ("flood", _("Flood")),
        ("danger", _("Dangerous spot")),
        ("stairs", _("Stairs")),
    ]
    return [(code, label, ICONS.get(code, code)) for code, label in labels]
