"""What codes of orders and tasks are called, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _


def fail_reasons() -> dict[str, str]:
    """Why a stop can fail, the most common first."""
    return {
        "nobody_home": _("Nobody there"),
        "closed": _("Closed"),
        "refused": _("Refused"),
        "wrong_address": _("Wrong address"),
        "no_access": _("No way in"),
        "not_ready": _("Not ready"),
        "damaged": _("Damaged"),
        "other": _("Something else"),
    }


def fail_reason(code: str | None) -> str:
    """Why a stop failed; the first letter small, for the middle of a sentence."""
    words = fail_reasons().get(code or "other", _("Something else"))
    return words[:1].lower() + words[1:]


def proof_kinds() -> dict[str, str]:
    """What can prove a delivery."""
    return {
        "photo": _("Photo"),
        "signature": _("Signature"),
        "code": _("Code of the recipient"),
        "barcode": _("Barcode"),
        "name": _("Name of whoever takes it"),
        "age": _("Age of 18 checked"),
        "weight": _("Weight at the pickup"),
    }


def kept_kinds() -> dict[str, str]:
    """What is kept with a stop: its proofs, and what the rider noted."""
    return proof_kinds() | {"note": _("Note of the rider")}


def left_with(code: str) -> str:
    """Where a parcel was left when nobody was home."""
    return {"neighbour": _("Left with a neighbour"), "safe_place": _("Left in a safe place")}.get(code, code)
