"""Every word that the phone's scripts show, translated; `{name}` is filled in by the script."""

from __future__ import annotations

from flask_babel import gettext as _

from dispatch.geo.hazard_words import hazard_kinds

from . import work_words
from .trouble import words as trouble_words


def for_scripts() -> dict[str, str]:
    """Words by key."""
    ours = _places() | _actions() | _messages() | _hazards() | _turns()
    return ours | work_words.for_scripts() | trouble_words.for_scripts()


def _places() -> dict[str, str]:
    return {
        "kind_pickup": _("Pick up"),
        "kind_dropoff": _("Deliver"),
        "kind_return": _("Bring back"),
        "parcels": _("{count} parcels"),
        "pin_only": _("At the pin on the map"),
        "until": _("by {time}"),
        "was_due": _("was due {time}"),
        "ready_at": _("ready at {time}"),
        "needs": _("Needs: {what}"),
        "proof_photo": _("photo"),
        "proof_signature": _("signature"),
        "proof_code": _("code"),
        "proof_barcode": _("barcode"),
        "proof_name": _("name"),
        "photo_again": _("Take another photo"),
        "planned": _("Your next shift: {from} to {to}"),
        "on_until": _("On shift until {time}"),
        "on_shift": _("On shift"),
        "off_shift": _("Off shift"),
        "done_count": _("{count} done"),
        "live_open": _("Live"),
        "live_connecting": _("Connecting…"),
        "live_closed": _("Offline"),
        "waiting_free": _("Waiting is paid in {count} min"),
        "waiting_paid": _("Your waiting is being paid"),
        "waiting_over": _("Waiting is paid up to here: call the coordinator"),
        "floor_adds": _("The hourly floor adds {amount} so far ({rule})"),
        "earned_today": _("Earned today"),
        "earned_since": _("Earned since {time}"),
        "floor_reached": _("Above the hourly floor"),
        "undone": _("Taken back: {what}"),
        "waited": _("{all}, {paid} paid"),
    }


def _actions() -> dict[str, str]:
    return {
        "set_off": _("Set off"),
        "arrived": _("I am here"),
        "done_pickup": _("Picked up"),
        "done_dropoff": _("Delivered"),
        "done_return": _("Given back"),
        "act_start": _("Set off"),
        "act_arrive": _("Arrived"),
        "act_complete": _("Done"),
        "act_fail": _("Failed"),
        "act_restore": _("Taken back"),
        "act_on": _("Sign on"),
        "act_off": _("Sign off"),
        "act_photo": _("Photo"),
        "act_signature": _("Signature"),
        "act_ask": _("Question"),
        "act_note": _("Note"),
        "undo": _("Undo"),
        "why_me": _("Why me?"),
        "why_not": _("Why not me?"),
        "act_hide_place": _("Position not shared"),
    }


def _messages() -> dict[str, str]:
    return {
        "did_start": _("You are on your way."),
        "did_pickup": _("Picked up."),
        "did_dropoff": _("Delivered."),
        "did_return": _("Given back."),
        "did_fail_dropoff": _("Noted. The way back is being planned, and it is paid."),
        "did_fail_pickup": _("Noted. The coordinator is told."),
        "new_work": _("New work: {count}"),
        "still_on_board": _("You still have a parcel on board: deliver it, or mark it as failed to bring it back."),
        "no_reasons": _("In this shift no order that you could have had went to somebody else."),
        "needs_network": _("This needs the network: try again in a moment."),
        "corrected": _("Taken back. The stop is open again, and its pay comes when it is done."),
        "noted": _("Noted."),
        "photo_added": _("The photo is kept with this stop."),
        "was_failed": _("Failed"),
        "asked": _("Asked. A person who was not involved answers within seven days."),
        "photo_unreadable": _("This picture cannot be read. Take another one, as JPEG."),
        "storage_full": _(
            "The phone has no room left: what you do is sent, but lost if this page is closed before. Make some room."
        ),
        "storage_broken": _(
            "The phone does not keep anything just now: what you do is sent, but lost if this page is closed before."
        ),
        "storage_stuck": _(
            "The phone's memory gives no answer: what you do is sent, but lost if this page is closed before. "
            "Once all is sent, close every page of Paceline and open it again."
        ),
        "place_shared": _("Position: shared in shifts"),
        "place_denied": _("Position: not allowed by the browser"),
        "place_not_allowed": _("The browser does not allow Paceline your position: change it in its settings."),
        "place_hidden": _("Position: not shared"),
        "place_now_shared": _("Your position is shared in shifts."),
        "place_now_hidden": _("Your position is not shared, and deleted."),
        "waits": _("Waits for the network"),
        "waits_picture": _("Is sent after everything else"),
        "push_start": _("Tell me of new work"),
        "push_stop": _("Stop messages"),
        "push_off": _("No more messages reach this phone."),
        "leaving_unsent": _(
            "{count} of the things that you did are not sent yet. They stay on this phone until you sign in here again."
        ),
        "push_on": _("New work will now reach you when the phone is locked. A trial message is on its way."),
        "push_denied": _("The browser does not allow messages from Paceline: change it in its settings."),
        "push_unavailable": _("This browser takes no messages. On an iPhone, add Paceline to the home screen first."),
    }


def _hazards() -> dict[str, str]:
    return {f"hazard_{kind}": label for kind, label, _icon in hazard_kinds()} | {
        "act_hazard": _("Hazard"),
        "act_hazard_photo": _("Photo of a hazard"),
        "act_seen": _("Hazard still there"),
        "act_gone": _("Hazard gone"),
        "on_the_way": _("On the way: {what}"),
        "on_the_map": _("On the map"),
        "hazard_ahead": _("{hazard} on your way. It is drawn anew."),
        "hazard_where": _("Tap the map where it is, or move the pin."),
        "hazard_nowhere": _("Tap the map where it is."),
        "hazard_thanks": _("Thank you. Everybody rides round it."),
        "hazard_said_seen": _("Noted: still there."),
        "hazard_said_gone": _("Noted: gone."),
        "hazard_reported": _("Seen at {time}"),
        "hazard_seen_by": _("still there: {count}"),
        "hazard_gone_by": _("gone: {count}"),
    }


def _turns() -> dict[str, str]:
    return {
        "turn_depart": _("Start"),
        "turn_continue": _("Straight on"),
        "turn_slight_left": _("Bear left"),
        "turn_left": _("Left"),
        "turn_sharp_left": _("Sharp left"),
        "turn_slight_right": _("Bear right"),
        "turn_right": _("Right"),
        "turn_sharp_right": _("Sharp right"),
        "turn_u_turn": _("Turn round"),
        "turn_arrive": _("You are there"),
        "walk": _("walk the bike"),
        "path": _("path"),
    }
