"""Say in the reader's language what an order needs."""

from __future__ import annotations

from typing import Protocol

from flask_babel import gettext as _

from dispatch.core.web import duration


class Needy(Protocol):
    """What these words look at in an order."""

    @property
    def priority(self) -> int:
        """By so much dearer is leaving it out."""

    @property
    def skills(self) -> tuple[str, ...]:
        """What its rider or bike must have."""

    @property
    def longest_ride_s(self) -> int | None:
        """How long it may be under way."""

    @property
    def is_solidarity(self) -> bool:
        """Whether no paid work takes its place."""


def priorities() -> list[tuple[str, str]]:
    """The priorities an order may have, as choices of a form."""
    return [("1", _("Usual")), ("3", _("Important")), ("10", _("Urgent"))]


def needs_of(order: Needy) -> str:
    """Everything unusual that an order needs, in one line; empty if there is nothing."""
    said = list(order.skills)
    if order.priority > 1:
        said.append(dict(priorities()).get(str(order.priority), str(order.priority)))
    if order.longest_ride_s is not None:
        said.append(_("at most %(time)s under way", time=duration(order.longest_ride_s)))
    if order.is_solidarity:
        said.append(_("solidarity: no paid work takes its place"))
    return ", ".join(said)


def floor(number: int, *, has_lift: bool) -> str:
    """Where a door is above the street; empty at street level."""
    if number == 0:
        return ""
    where = _("floor %(number)d", number=number) if number > 0 else _("basement %(number)d", number=-number)
    return _("%(floor)s, lift", floor=where) if has_lift else where
