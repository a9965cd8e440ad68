"""Say in the reader's language why an order has no rider, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class Why:
    """A reason and its remedy."""

    reason: str
    remedy: str


def why_unserved(unserved: Mapping[str, Any] | None) -> Why:
    """The reason the planner noted, in words; a new order is simply not planned yet."""
    if unserved is None:
        return Why(_("Not planned yet."), _("The planner looks at it in a moment."))
    facts = unserved.get("facts", {})
    known = {**_of_riders(facts), **_of_orders(facts), **_of_choices()}
    return known.get(unserved.get("code", ""), Why(_("No rider can take it."), _("Look at the riders' runs.")))


def plan_modes() -> list[tuple[str, str, str, str]]:
    """The ways in which an order finds its rider: code, name, icon, what it means."""
    return [
        ("automatic", _("Automatic"), "bolt", _("Riders hear of a new plan at once; you may change it afterwards.")),
        ("propose", _("Proposed"), "eye", _("Every change of plan waits on the board for a coordinator's yes.")),
        ("offer", _("Offered"), "hand", _("The planner asks the best rider, who may say no; then the next best.")),
        ("open", _("Open board"), "board", _("Riders pick; what nobody picks in time, the planner offers.")),
    ]


def offer_state(state: str) -> str:
    """What became of an offer, without judgement."""
    return {
        "open": _("being asked"),
        "accepted": _("said yes"),
        "declined": _("left it to others"),
        "lapsed": _("no answer came in time"),
        "withdrawn": _("taken back"),
        "handed_back": _("handed it back"),
    }.get(state, state)


def _of_riders(facts: Mapping[str, Any]) -> dict[str, Why]:
    return {
        "no_courier": Why(_("Nobody is at work."), _("Ask a rider to sign on.")),
        "shift_ends": Why(
            _("Every shift would be over before it is delivered."),
            _("Ask a rider to stay longer, or agree a later time with the merchant."),
        ),
        "no_room": Why(
            _("Every run is full."), _("Ask another rider to sign on, or give it to a rider by hand.")
        ),
        "beyond_rules": Why(
            _("Your rules give nobody more just now: orders at once, bikes out at once, or orders that change hands."),
            _("It is planned once there is room within them; you may also give it to a rider by hand."),
        ),
        "too_far": Why(
            _("It is farther than riders at work want to ride today."), _("Ask another rider to sign on.")
        ),
        "skills": Why(
            _("Nobody at work has what it needs: %(skills)s.", skills=str(facts.get("skills", "")).replace(",", ", ")),
            _("Ask a rider who has it to sign on, or note their certificate on the page of people."),
        ),
    }


def _of_orders(facts: Mapping[str, Any]) -> dict[str, Why]:
    kilograms, most = facts.get("weight_g", 0) / 1000, facts.get("largest_capacity_g", 0) / 1000
    litres, room = facts.get("volume_ml", 0) / 1000, facts.get("largest_capacity_ml", 0) / 1000
    return {
        "too_heavy": Why(
            _("It weighs %(weight)g kg; the strongest bike at work carries %(most)g kg.", weight=kilograms, most=most),
            _("Ask a rider with a cargo bike or trailer to sign on."),
        ),
        "too_bulky": Why(
            _("It takes %(volume)g l; the largest bike at work holds %(most)g l.", volume=litres, most=room),
            _("Ask a rider with a cargo bike or trailer to sign on."),
        ),
        "unreachable": Why(
            _("No way for bikes leads to the address."), _("Check the pin on the map with the merchant.")
        ),
        "window_closed": Why(
            _("Nobody can be there before its time window closes for good."),
            _("Agree a new time with the merchant, or cancel it."),
        ),
        "ride_too_long": Why(
            _("The goods would be under way longer than they may."),
            _("Agree a longer ride with the merchant, or ask a rider with a faster bike to sign on."),
        ),
    }


def _of_choices() -> dict[str, Why]:
    return {
        "all_barred": Why(
            _("It was taken from the riders who could carry it."),
            _("Lift what was decided by hand, or choose a rider."),
        ),
        "open_board": Why(
            _("It is on the open board for riders to pick."), _("You may also give it to a rider by hand.")
        ),
        "queued": Why(
            _("More orders wait than riders can carry for hours: the most urgent are planned first."),
            _("Ask more riders to sign on, or give it to a rider by hand."),
        ),
        "turned_down": Why(
            _("A coordinator said no to the plan that gave it away."),
            _("Give it to a rider by hand. The planner proposes anew when something changes."),
        ),
        "nobody_accepted": Why(
            _("Every rider who could carry it was asked, and nobody took it."),
            _("Choose a rider, or let the planner ask everybody again."),
        ),
        "no_time": Why(
            _("The planner had no time left to look for a rider."),
            _("The next plan tries again; you may also give it to a rider by hand."),
        ),
        "refused": Why(
            _("The plan that placed it broke a rule: the checker refused it."),
            _("Give it to a rider by hand. The planner tries again in a while."),
        ),
        "not_allowed": Why(
            _("What was decided by hand leaves no rider."), _("Lift what was decided by hand, or choose a rider.")
        ),
        "chosen_rider_off": Why(
            _("The rider chosen by hand is not at work."), _("Choose another rider, or lift the choice.")
        ),
        "chosen_rider_cannot": Why(
            _("The rider chosen by hand cannot take it."), _("Choose another rider, or lift the choice.")
        ),
        "stranded": Why(
            _("The goods are with a rider who has signed off."),
            _("Call the rider. When another has the goods, open the order and say who."),
        ),
        "elsewhere": Why(_("It is in a run of another zone."), _("Look at the board of that zone.")),
        "later": Why(
            _("It is planned, but too far ahead for a rider to hear of it."),
            _("Nothing is to be done; you may also give it to a rider by hand."),
        ),
    }
