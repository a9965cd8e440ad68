"""The page of what was agreed with each merchant, for coordinators: it holds for all of its orders."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from dispatch.coop.auth import require
from dispatch.core import refusals
from dispatch.core.db import transaction
from dispatch.core.errors import Invalid
from dispatch.core.http import Body, parse_id, validate
from dispatch.orders import need_words
from dispatch.orders.need_rules import LONGEST_RIDE_S, Needs

from . import queries, services

bp = Blueprint("terms", __name__, url_prefix="/merchants", template_folder="templates")


class Terms(Body):
    """The form of one merchant. Empty numbers mean: as everywhere, and no limit."""

    handling_min: int | None = Field(None, ge=0, le=60)
    longest_ride_min: int | None = Field(None, ge=1, le=LONGEST_RIDE_S // 60)
    skills: str = Field("", max_length=400)
    priority: int = 1
    is_solidarity: bool = False


@bp.get("/<merchant_id>/terms")
@require("coordinator")
def show(merchant_id: str) -> ResponseReturnValue:
    """What was agreed with one merchant."""
    merchant = queries.get_merchant(g.coop_id, parse_id(merchant_id, "merchant"))
    return render_template(
        "merchants/terms.html", merchant=merchant, priorities=need_words.priorities(), tab="merchants"
    )


@bp.post("/<merchant_id>/terms")
@require("coordinator")
def save(merchant_id: str) -> ResponseReturnValue:
    """Agree on something else; orders placed before stay as they are."""
    merchant = queries.get_merchant(g.coop_id, parse_id(merchant_id, "merchant"))
    form = {name: value for name, value in request.form.items() if name != "csrf_token" and value.strip()}
    try:
        wanted = validate(Terms, form)
        needs = Needs.of_form(**wanted.model_dump(exclude={"handling_min"}))
        handling_s = None if wanted.handling_min is None else wanted.handling_min * 60
        with transaction():
            services.agree_terms(g.coop_id, merchant.id, handling_s=handling_s, needs=needs)
        flash(_("Saved: it holds for orders from now on."), "success")
    except Invalid as error:
        flash(refusals.said(error), "danger")
    return redirect(url_for("terms.show", merchant_id=merchant.id))
