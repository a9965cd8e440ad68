"""What coordinators note beside the plan: riders' certificates, and what one order needs."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from dispatch.coop.auth import identity, require
from dispatch.core import refusals
from dispatch.core.db import transaction
from dispatch.core.errors import Invalid
from dispatch.core.http import Body, parse_id, validate
from dispatch.orders.need_rules import LONGEST_RIDE_S, Needs
from dispatch.planning import manual
from riders import able

bp = Blueprint("able", __name__)


class NewCertificate(Body):
    """The form of one certificate; without a day it is valid until it is taken away."""

    rider_id: UUID
    skill: str = Field(min_length=1, max_length=40)
    valid_until: date | None = None


class GoneCertificate(Body):
    """Which certificate is none any more."""

    rider_id: UUID
    skill: str = Field(max_length=40)


class OrderNeeds(Body):
    """The form of what an order needs."""

    priority: int = 1
    skills: str = Field("", max_length=400)
    longest_ride_min: int | None = Field(None, ge=1, le=LONGEST_RIDE_S // 60)
    is_solidarity: bool = False


@bp.post("/people/certificates")
@require("coordinator")
def note_certificate() -> ResponseReturnValue:
    """Keep that a rider showed a certificate; plans follow at once."""
    try:
        wanted = validate(NewCertificate, _form())
        with transaction():
            able.note_certificate(
                g.coop_id, wanted.rider_id, wanted.skill, valid_until=wanted.valid_until, by=identity().member_id
            )
            manual.replan_all(g.coop_id, "certificates changed")
        flash(_("Saved."), "success")
    except Invalid as error:
        flash(refusals.said(error), "danger")
    return redirect(url_for("console.members"))


@bp.post("/people/certificates/drop")
@require("coordinator")
def drop_certificate() -> ResponseReturnValue:
    """Take a certificate away; plans follow at once."""
    wanted = validate(GoneCertificate, _form())
    with transaction():
        able.drop_certificate(g.coop_id, wanted.rider_id, wanted.skill)
        manual.replan_all(g.coop_id, "certificates changed")
    flash(_("Saved."), "success")
    return redirect(url_for("console.members"))


@bp.post("/board/orders/<order_id>/needs")
@require("coordinator")
def set_needs(order_id: str) -> ResponseReturnValue:
    """Change what one order needs; its plan is made anew."""
    found = parse_id(order_id, "order")
    try:
        needs = Needs.of_form(**validate(OrderNeeds, _form()).model_dump())
        with transaction():
            manual.set_needs(g.coop_id, found, needs)
        flash(_("Saved."), "success")
    except Invalid as error:
        flash(refusals.said(error), "danger")
    return redirect(url_for("console.order", order_id=found))


def _form() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name != "csrf_token" and value.strip()}
