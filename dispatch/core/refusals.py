"""What a refusal says to a person, in their language, by its code. Programs read the English sentence of the error.

`said` in full: words that say as much as the sentence, or more; they are shown in every language. `rough`: the sentence
names the value that is wrong and these words cannot, so they stand in only where English is not spoken. A test
finds codes that have neither and are not listed in `FOR_PROGRAMS`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask_babel import get_locale
from flask_babel import gettext as _

from .errors import FieldError, PacelineError

FOR_PROGRAMS = frozenset({
    # Only whoever writes against /api/v1 meets these:
    "external_id_taken", "idempotency_in_progress", "idempotency_key_missing", "idempotency_key_reused",
    "key_expired", "key_missing", "key_revoked", "key_unknown", "live_key", "merchant_closed",
    # Only whoever runs an installation, in commands and logs:
    "config", "disk_full", "elsewhere", "hills_lost", "import_running", "much_smaller", "rounds_used", "tiles_failed",
    "unusable_extract", "period_overlap",
})  # fmt: skip


Words = Callable[[], dict[str, str]]


def _once_per_language(words: Words) -> Words:
    """A table is translated when its language is first spoken: each refusal looks for one word of a hundred."""
    spoken = lru_cache(maxsize=16)(lambda language: words())
    return lambda: spoken(str(get_locale()))


def said(error: PacelineError) -> str:
    """The refusal for a page or a phone."""
    full = _on_the_way() | _proofs() | _shifts() | _work() | _questions() | _everywhere()
    if error.code not in full:
        return _unless_english(error.message, _rough().get(error.code))
    words = full[error.code]
    return words % error.extra if "%(" in words else words


def field_said(error: FieldError) -> str:
    """What is wrong with one field of a form."""
    full = _fields() | _values(error.pointer.rsplit("/", 1)[-1])
    sentence = error.message.removeprefix("Value error, ")
    return full[error.code] if error.code in full else _unless_english(sentence, _rough_fields().get(error.code))


def known_codes() -> frozenset[str]:
    """Every code of an error that has words."""
    tables = (_on_the_way(), _proofs(), _shifts(), _work(), _questions(), _everywhere(), _rough())
    return frozenset(code for table in tables for code in table)


def known_fields() -> frozenset[str]:
    """Every code of a field that has words."""
    return frozenset(_fields() | _rough_fields())


def _unless_english(sentence: str, words: str | None) -> str:
    return sentence if words is None or str(get_locale() or "en").startswith("en") else words


@_once_per_language
def _on_the_way() -> dict[str, str]:
    return {
        "wrong_state": _("That does not fit how things stand at this stop: somebody changed it meanwhile."),
        "pickup_first": _("Pick the parcel up first."),
        "cancelled_meanwhile": _("The merchant or a coordinator cancelled this order meanwhile."),
        "reassigned_meanwhile": _("This stop was given to somebody else meanwhile: call the coordinator."),
        "return_placed": _("The way back is begun already: call the coordinator."),
        "stop_closed": _("The shift of this stop is over: it cannot be opened again."),
        "drop_done": _("A drop of this order is done already: take that back first."),
        "return_fails": _("This parcel is on its way back: call the coordinator if nobody takes it."),
        "already_picked_up": _("The parcel is picked up already: ask the co-op to bring it back."),
        "order_ended": _("This order was cancelled or finished meanwhile."),
        "parcel_on_board": _("You still have a parcel on board: deliver it, or mark it as failed to bring it back."),
        "uuid_reused": _("This was sent before as something else: load the page again, then repeat it."),
    }


@_once_per_language
def _proofs() -> dict[str, str]:
    return {
        "proof_missing": _("A proof is missing."),
        "text_missing": _("Please fill this in."),
        "wrong_code": _("The code does not fit this delivery: ask the recipient again."),
        "recipient_only": _("This parcel is for the recipient alone: bring it back instead."),
        "weight_unreadable": _("The weight cannot be read: weigh it again."),
        "photo_empty": _("The photo is empty: take it again."),
        "photo_too_large": _("The photo is too large: make it smaller."),
        "photo_broken": _("The photo is damaged: take it again."),
        "photo_kind": _("This is no photo that can be read: choose JPEG in the camera's settings."),
    }


@_once_per_language
def _shifts() -> dict[str, str]:
    return {
        "already_on_shift": _("You are signed on already."),
        "not_on_shift": _("You are not at work: sign on first."),
        "shift_over": _("This shift is over."),
        "shift_times": _("A shift ends after it begins, later than now, and lasts at most 14 hours."),
        "shift_withdrawn": _("This shift was withdrawn."),
        "shift_full": _("All places are taken."),
        "shift_overlaps": _("You have another shift at that time."),
        "shift_begun": _("This shift has begun: sign off instead."),
        "too_close": _("It begins in less than %(hours)s hours: call the coordinator."),
        "on_break": _("You are on a break already."),
        "no_break": _("You are not on a break."),
        "bike_retired": _("This bike is not in use any more."),
        "bike_fault": _("This bike is out of order: take another one."),
        "bike_taken": _("Somebody else rides this bike just now."),
        "bike_exists": _("There is a bike of that name already."),
        "no_zone": _("This co-op has no zone yet: a coordinator draws one."),
    }


@_once_per_language
def _work() -> dict[str, str]:
    return {
        "not_stranded": _("These goods are not with a rider who has stopped: look at the order again."),
        "on_board": _("The goods are on a bike already: whoever has them brings them."),
        "taken": _("Somebody else has it, or is thinking about it, meanwhile. Your answer counts for nothing."),
        "offer_over": _("This offer was over before your answer arrived. It counts for nothing."),
        "not_on_board": _("This order is not on the open board any more."),
        "full_share": _("You have as many orders to fetch as your rules give anybody at once: fetch one first."),
        "lacks_skill": _("It needs a certificate or equipment that is missing here."),
        "too_heavy": _("It is too heavy for the bike of this shift."),
        "too_bulky": _("It is too bulky for the bike of this shift."),
        "not_yours": _("This order is not in your run any more."),
        "already_asked": _("Somebody is being asked for this order already."),
        "asked_enough": _("You are asking several colleagues already: wait for an answer first."),
        "colleague_missing": _("Say which colleague to ask."),
        "order_missing": _("Say which of your orders you give in return."),
        "no_swap": _("Only a colleague's question can be answered with an order in return."),
        "begun_first": _("A stop that the rider is on the way to stays first."),
        "other_stops": _("These are no longer the stops of the run: look at it again."),
        "same_rider": _("Choose two different riders."),
        "proposal_decided": _("This proposal is decided already: look at the newest one."),
    }


@_once_per_language
def _questions() -> dict[str, str]:
    return {
        "own_question": _("Somebody else must answer your question."),
        "involved": _("Somebody who had no part in this decision must answer."),
        "answered": _("This question is answered already."),
        "no_decision": _("There is no record of this decision."),
    }


@_once_per_language
def _everywhere() -> dict[str, str]:
    return {
        "csrf": _("The form has expired: load the page again."),
        "unauthenticated": _("Sign in first."),
        "other_member": _("This page belongs to somebody else: load it again."),
        "stale_version": _("Somebody changed this since you saw it: look again and decide again."),
        "rate_limited": _("Too many tries: wait a moment."),
        "unavailable": _("The server is busy just now: try again in a moment."),
        "database_full": _(
            "The server's disk is full, and nothing was changed. Tell whoever runs it, then try again."
        ),
        "internal": _("Something went wrong on our side; it was logged."),
        "outside_area": _("The address is outside the area that the co-op serves."),
        "no_tracking": _("This link leads nowhere: check that it is complete."),
        "no_merchant": _("Your account is not linked to a merchant yet: ask the co-op."),
        "not_reporter": _("Only who reported this hazard, or a coordinator, may put a photo to it."),
        "no_city": _("This co-op has no street map yet: whoever runs the server imports one."),
    }


@_once_per_language
def _rough() -> dict[str, str]:
    return {
        "error": _("That does not work."),
        "bad_request": _("The request cannot be read: load the page again."),
        "invalid": _("Something in it is not acceptable."),
        "forbidden": _("Your account may not do this."),
        "not_found": _("There is no such thing, or no longer."),
        "method_not_allowed": _("That does not work here."),
        "conflict": _("Things are not as they would have to be for this: look again."),
        "too_large": _("That is too large to be sent."),
        "unsupported_media_type": _("This kind of file or content is not read here."),
        "not_assigned": _("This order is in nobody's run."),
        "rider_off": _("Your colleague is not at work here just now."),
        "not_supported": _("The street engine of this installation cannot do that."),
        "name_taken": _("There is a price zone of this name already."),
        "too_many_zones": _("There are too many price zones: remove one first."),
        "rules_scheduled": _("A new tariff is scheduled: change the zones once it is in force."),
        "zone_exists": _("There is a zone of that name already."),
        "off_street": _("There is no street near this place: move the pin."),
        "no_way": _("No bike route leads there: move the pin to the street."),
        "unreachable": _("No bike route leads there: move the pin to the street."),
        "skills": _("None of our riders can carry such goods."),
        "ride_too_long": _("The ride there takes longer than the goods may be under way."),
        "window_closed": _("Nobody can be there before that time: choose a later one."),
        "slot_full": _("The riders of that hour have all they can carry: choose another hour."),
        "skill_names": _("Name at most 8 certificates, of at most 40 letters each."),
        "no_skill": _("Name the certificate."),
        "longest_day": _("Write kilometres from 1 to 300, or nothing."),
        "not_serviceable": _("This cannot be delivered as asked."),
        "time": _("One of the times does not work."),
        "address_unknown": _("This address was not found: choose one from the list."),
        "quote_unknown": _("This price is not known any more: look at it again."),
        "quote_expired": _("This price has expired: look at it again."),
        "quote_differs": _("This price was made for something else: look at it again."),
        "webhook_not_https": _("Write the address as https://..."),
        "webhook_private": _("This address leads into a private network: it is refused."),
        "webhook_unknown_host": _("This server's name cannot be found: check the spelling."),
        "webhook_disabled": _("This address is switched off because it wanted no more messages: add it again."),
    }


@_once_per_language
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
        "too_far_ahead": _("This is more than 30 days ahead: place it later."),
        "before_ready": _("The window closes before the goods are ready."),
        "outside_area": _("The address is outside the area that the co-op serves."),
        "not_found": _("This address was not found: choose one from the list."),
        "too_heavy": _("This is more than any of our bikes carries: split it."),
        "too_bulky": _("This is larger than any of our bikes carries: split it."),
        "not_a_sum": _("Write a sum such as 1.50."),
        "sum_range": _("Write a sum from 0 to 500."),
        "no_price": _("Give a surcharge, a base price, or both."),
        "no_name": _("Give the zone a name."),
        "no_area": _("Draw an outline on the map, or choose a GeoJSON file."),
        "file_too_large": _("The file is larger than 1 MB: simplify the outline."),
        "not_json": _("This is no GeoJSON: it cannot be read as JSON."),
        "not_geojson": _("This is no GeoJSON: a Polygon, a Feature or a FeatureCollection is wanted."),
    }


@_once_per_language
def _rough_fields() -> dict[str, str]:
    return {
        "not_a_place": _("This is no place on the map."),
        "unknown": _("This is none of the choices."),
        "too_long": _("This is too long."),
        "unreachable": _("No bike route leads there: move the pin to the street."),
        "skills": _("None of our riders can carry such goods."),
        "ride_too_long": _("The ride there takes longer than the goods may be under way."),
        "window_closed": _("Nobody can be there before that time: choose a later one."),
        "slot_full": _("The riders of that hour have all they can carry: choose another hour."),
        "not_serviceable": _("This cannot be delivered as asked."),
        "out_of_range": _("This number is too small or too large."),
        "not_an_area": _("A zone is an area: draw it with at least three corners."),
        "not_valid": _("The outline crosses itself, or a hole lies outside it: draw it without crossing lines."),
        "bad_hole": _("A hole of the outline lies outside it or touches another one."),
        "same_area": _("This is the area of another price zone: change that one instead."),
        "not_on_earth": _("Coordinates are longitude first, then latitude, in degrees."),
        "too_detailed": _("The outline has too many points: simplify it."),
        "bad_size": _("The area is smaller than a house or larger than a region."),
        "outside_city": _("The zone lies outside the town of this co-op."),
    }


def _values(field: str) -> dict[str, str]:
    """What is wrong with a value that is of the right kind."""
    words = {
        "contact_phone": _("This is no phone number: write it with its country code, such as +49."),
        "window_by": _("The window must end after it begins."),
    }
    return {"value_error": words[field]} if field in words else {}
