"""What a refusal says to a person, in their language, by its code. Programs read the English sentence of the error.

A code without words here keeps its sentence: those are for people who run an installation, or write against the API.
"""

from __future__ import annotations

from flask_babel import gettext as _

from .errors import FieldError, PacelineError


def said(error: PacelineError) -> str:
    """The refusal for a page or a phone."""
    words = (_on_the_way() | _proofs() | _shifts() | _everywhere()).get(error.code)
    return words if words is not None else error.message


def field_said(error: FieldError) -> str:
    """What is wrong with one field of a form."""
    words = (_fields() | _values(error.pointer.rsplit("/", 1)[-1])).get(error.code)
    return words if words is not None else error.message.removeprefix("Value error, ")


def _on_the_way() -> dict[str, str]:
    return {
        "wrong_state": _("That does not fit how things stand at this stop: somebody changed it meanwhile."),
        "pickup_first": _("Pick the parcel up first."),
        "cancelled_meanwhile": _("The merchant or a coordinator cancelled this order meanwhile."),
        "reassigned_meanwhile": _("This stop was given to somebody else meanwhile: call the coordinator."),
        "return_placed": _("The way back is planned already: call the coordinator."),
        "drop_done": _("A drop of this order is done already: take that back first."),
        "return_fails": _("This parcel is on its way back: call the coordinator if nobody takes it."),
        "already_picked_up": _("The parcel is picked up already: ask the co-op to bring it back."),
        "order_ended": _("The order has ended already."),
        "parcel_on_board": _("You still have a parcel on board: deliver it, or mark it as failed to bring it back."),
    }


def _proofs() -> dict[str, str]:
    return {
        "proof_missing": _("A proof is missing."),
        "wrong_code": _("The code does not fit this delivery: ask the recipient again."),
        "recipient_only": _("This parcel is for the recipient alone: bring it back instead."),
        "weight_unreadable": _("The weight cannot be read: weigh it again."),
        "photo_empty": _("The photo is empty: take it again."),
        "photo_too_large": _("The photo is too large: make it smaller."),
        "photo_broken": _("The photo is damaged: take it again."),
        "photo_kind": _("This is no photo that can be read: choose JPEG in the camera's settings."),
    }


def _shifts() -> dict[str, str]:
    return {
        "already_on_shift": _("You are signed on already."),
        "not_on_shift": _("You are not at work: sign on first."),
        "shift_over": _("Your shift is over: call the coordinator."),
        "own_question": _("Somebody else must answer your question."),
        "answered": _("This question is answered already."),
        "no_decision": _("There is no record of this decision."),
    }


def _everywhere() -> dict[str, str]:
    return {
        "csrf": _("The form has expired: load the page again."),
        "unauthenticated": _("Sign in first."),
        "stale_version": _("Somebody changed this since you saw it: look again and decide again."),
        "rate_limited": _("Too many tries: wait a moment."),
        "unavailable": _("The server is busy just now: try again in a moment."),
        "internal": _("Something went wrong on our side; it was logged."),
        "outside_area": _("The address is outside the area that the co-op serves."),
    }


def _fields() -> dict[str, str]:
    return {
        "missing": _("Please fill this in."),
        "string_too_short": _("Please fill this in."),
        "string_too_long": _("This is too long."),
        "int_parsing": _("Write a number."),
        "int_type": _("Write a number."),
        "float_parsing": _("Write a number."),
        "greater_than": _("This is too little."),
        "greater_than_equal": _("This is too little."),
        "less_than": _("This is too much."),
        "less_than_equal": _("This is too much."),
        "datetime_from_date_parsing": _("Write a date and a time."),
        "datetime_parsing": _("Write a date and a time."),
        "in_the_past": _("This time is past: choose a later one."),
        "too_far": _("This is more than 30 days ahead: place it later."),
        "before_ready": _("The window closes before the goods are ready."),
        "outside_area": _("The address is outside the area that the co-op serves."),
        "not_found": _("This address was not found: choose one from the list."),
    }


def _values(field: str) -> dict[str, str]:
    """What is wrong with a value that is of the right kind."""
    words = {
        "contact_phone": _("This is no phone number: write it with its country code, such as +49."),
        "window_by": _("The window must end after it begins."),
    }
    return {"value_error": words[field]} if field in words else {}
