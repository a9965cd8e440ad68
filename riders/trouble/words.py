"""What trouble is called, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _


def kinds() -> dict[str, str]:
    """Kinds of incidents that a rider can choose."""
    return {
        "crash": _("Crash or injury"),
        "threat": _("Threatened or attacked"),
        "bike": _("Bike broken"),
        "parcel": _("Parcel damaged or lost"),
        "other": _("Something else"),
    }


def kind(code: str) -> str:
    """One of them, or the call for help."""
    return _("Calls for help") if code == "sos" else kinds().get(code, code)


def for_scripts() -> dict[str, str]:
    """What the phone says."""
    return {
        "act_sos": _("Call for help"),
        "act_incident": _("Incident"),
        "act_incident_photo": _("Photo of the incident"),
        "act_whereabouts": _("Where you are"),
        "sos_going": _("Your call for help is on its way."),
        "sos_sent": _("The co-op is told."),
        "sos_placed": _("The co-op is told, and where you are."),
        "sos_answered": _("Your co-op has seen it and is on it."),
        "incident_sent": _("Noted. It is on its way to the co-op."),
        "act_left": _("Left with somebody"),
        "did_neighbour": _("Left with a neighbour."),
        "did_safe_place": _("Left in a safe place."),
        "scan": _("Scan"),
        "scan_stop": _("Stop the camera"),
        "scan_looking": _("Hold the code in the frame."),
        "scan_denied": _("The camera is not allowed: type the number, or allow the camera in the browser's settings."),
        "scan_none": _("No camera here: type the number instead."),
        "proof_age": _("age check"),
        "proof_weight": _("weight"),
    }
