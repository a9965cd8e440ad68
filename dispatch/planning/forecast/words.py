"""Say where orders are likely, and why, without a push in any direction."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from .queries import NudgeView


def headline(place: str) -> str:
    """Where."""
    return _("Orders are likely near %(place)s", place=place) if place else _("Orders are likely not far from you")


def as_you_like() -> str:
    """What to make of it."""
    return _("Wait there or where you are, as you like: it counts for nothing.")


def reason(nudge: NudgeView) -> str:
    """Why that is said: what is expected, and what it rests on."""
    count = max(1, round(nudge.expected))
    orders = ngettext("about %(num)d order", "about %(num)d orders", count)
    return ngettext(
        "%(orders)s there in the hour from now, going by the last %(num)d week.",
        "%(orders)s there in the hour from now, going by the last %(num)d weeks.",
        nudge.weeks,
        orders=orders[:1].upper() + orders[1:],
    )
