"""What people decided by hand, in words: who, why, and how it compares with what the plan would have chosen.

A part is `(words, seconds of riding)`: above 0 the choice by hand costs so much more, None where there is no figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext as _

Part = tuple[str, int | None]

NO_PLAN: Final = "no_plan"
NOT_IN_PLAN: Final = "not_in_plan"
"""It came, moved on or went on a bike since the plan."""
GOODS_TOLD: Final = "goods_told"
"""Somebody said where goods are: nothing was chosen."""
FAILED: Final = "failed"


def headline(record: Mapping[str, Any]) -> str:
    """Who decided by hand, and what they said about it."""
    name, reason = record["override"]["by"], record["override"].get("reason")
    if "sequence" in record:
        if reason:
            return _("%(name)s put the stops of this run in another order: %(reason)s", name=name, reason=reason)
        return _("%(name)s put the stops of this run in another order.", name=name)
    if record["winner"] is None:
        rider = record["taken_from"]["name"]
        if reason:
            return _("%(name)s took it from %(rider)s by hand: %(reason)s", name=name, rider=rider, reason=reason)
        return _("%(name)s took it from %(rider)s by hand.", name=name, rider=rider)
    if reason:
        return _("%(name)s decided this by hand: %(reason)s", name=name, reason=reason)
    return _("%(name)s decided this by hand.", name=name)


def parts(record: Mapping[str, Any], *, reader: str | None = None) -> list[Part]:
    """Whom the plan would have chosen and what the choice by hand costs more; or why nothing was compared.

    `reader`: the id of the rider who reads it, if it is one. Records of old say nothing.
    """
    if code := record.get("not_weighed"):
        return [(not_weighed_words(code), None)]
    if "plans_choice" not in record:
        return []
    offers = {offer["rider_id"]: offer for offer in record["candidates"]}
    if record["winner"] is None:
        return _without(offers, record)
    mine, planned = offers.get(record["winner"]["rider_id"]), record["plans_choice"]
    if mine is not None and mine["cost"] is None:
        return [(_("the planner had no place for it there"), None)]
    if planned is None:
        return [(_("the planner knew of nobody who could take it"), None)]
    if planned["rider_id"] == record["winner"]["rider_id"]:
        return [(_("the plan would have chosen the same rider"), None)]
    gap_s = None if mine is None or planned["cost"] is None else round((mine["cost"] - planned["cost"]) / 1000)
    return [(_against(planned, gap_s, reader), gap_s)]


def sequence_parts(record: Mapping[str, Any], order_id: object) -> list[Part]:
    """What another order of a run's stops costs against the one before, and this order of it; in seconds."""
    found = record["sequence"]
    if code := found.get("not_weighed"):
        return [(not_weighed_words(code), None)]
    told = [
        (_("riding"), found["riding_s"]),
        (_("lateness in the whole run"), found["late_s"]),
        (_("arrival at the last door of this order"), found["orders"].get(str(order_id), 0)),
    ]
    return [part for part in told if part[1]] or [(_("it costs nothing"), None)]


def for_merchant(record: Mapping[str, Any]) -> str:
    """One sentence for a merchant; nobody's name, no rider's numbers, no reason that was meant for colleagues."""
    if record["winner"] is None:
        return _("The co-op's coordinator took it from its rider, so that another brings it.")
    planned = record.get("plans_choice")
    if planned is None:
        return _("The co-op's coordinator chose the rider.")
    if planned["rider_id"] == record["winner"]["rider_id"]:
        return _("The co-op's coordinator chose the rider, as the planner would have done.")
    return _("The co-op's coordinator chose the rider; the planner would have chosen another one.")


def not_weighed_words(code: str) -> str:
    """Why it is not known what a choice by hand costs."""
    return {
        NO_PLAN: _("what it costs is not known: there was no plan at hand"),
        NOT_IN_PLAN: _("what it costs is not known: it was not in the plan of that moment"),
        GOODS_TOLD: _("nothing was compared: who has the goods was told, not chosen"),
    }.get(code, _("what it costs is not known: the planner could not work it out"))


def _without(offers: Mapping[str, Mapping[str, Any]], record: Mapping[str, Any]) -> list[Part]:
    """Of an order that was taken away: who else could bring it, and what that costs more."""
    mine, other = offers.get(record["taken_from"]["rider_id"]), record["runner_up"]
    if other is None:
        return [(_("the planner knew of nobody else who could take it"), None)]
    gap_s = None if mine is None or mine["cost"] is None else round((other["cost"] - mine["cost"]) / 1000)
    return [(_("next best: %(name)s", name=other["name"]), gap_s)]


def _against(planned: Mapping[str, Any], gap_s: int | None, reader: str | None) -> str:
    if planned["rider_id"] == reader:
        return _("the plan would have chosen you")
    if gap_s is not None and gap_s > 0:
        return _("the plan would have chosen %(name)s; by hand it costs more", name=planned["name"])
    if gap_s is not None and gap_s < 0:
        return _("the plan would have chosen %(name)s; by hand it costs less", name=planned["name"])
    return _("the plan would have chosen %(name)s", name=planned["name"])
