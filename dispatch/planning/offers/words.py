"""Why a decision about work came too late or cannot be, in the rider's language."""

from __future__ import annotations

from flask_babel import gettext as _

from dispatch.core.errors import Conflict


def told(refusal: Conflict) -> Conflict:
    """The same refusal in the rider's language; one without words of its own stays as it is."""
    words = {
        "order_ended": _("This order was cancelled or finished meanwhile."),
        "on_board": _("The goods are on a bike already: whoever has them brings them."),
        "taken": _("Somebody else has it, or is thinking about it, meanwhile. Your answer counts for nothing."),
        "offer_over": _("This offer was over before your answer arrived. It counts for nothing."),
        "not_on_board": _("This order is not on the open board any more."),
        "too_heavy": _("It is too heavy for the bike of this shift."),
        "too_bulky": _("It is too bulky for the bike of this shift."),
        "not_yours": _("This order is not in your run any more."),
        "not_on_shift": _("You are not at work: sign on first."),
        "rider_off": _("Your colleague is not at work here just now."),
        "already_asked": _("Somebody is being asked for this order already."),
        "asked_enough": _("You are asking several colleagues already: wait for an answer first."),
    }
    said = words.get(refusal.code)
    return refusal if said is None else Conflict(said, code=refusal.code, **refusal.extra)
