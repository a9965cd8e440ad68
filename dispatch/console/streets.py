"""Pages about the streets: hazards in force, and how fast the co-op rides them."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from dispatch.coop import queries as coops
from dispatch.coop.auth import identity, require
from dispatch.core.db import transaction
from dispatch.core.http import parse_id
from dispatch.geo import geocode, hazard_services, hazards, paces
from dispatch.geo.hazard_words import hazard_kinds
from dispatch.orders import arrivals
from riders import labels as labels_of_bikes

bp = Blueprint("streets", __name__, template_folder="templates")

MOST_SHOWN = 100


@bp.get("/board/hazards")
@require("coordinator")
def list_hazards() -> ResponseReturnValue:
    """The hazards in force with the nearest address, the newest first."""
    city_id = coops.get_coop(g.coop_id).city_id
    found = hazards.list_hazards(g.coop_id, city_id)[:MOST_SHOWN] if city_id else []
    places = {one.id: geocode.reverse(g.coop_id, one.city_id, one.at).label for one in found}
    labels = {kind: (label, icon) for kind, label, icon in hazard_kinds()}
    names = {member.id: member.name for member in coops.list_members(g.coop_id)}
    return render_template(
        "console/hazards.html", hazards=found, places=places, labels=labels, names=names, tab="hazards",
        open_data=url_for("open311.requests", form="json", jurisdiction_id=coops.get_coop(g.coop_id).slug),
    )  # fmt: skip


@bp.post("/board/hazards/<hazard_id>/<any(seen, gone):word>")
@require("coordinator")
def judge(hazard_id: str, word: str) -> ResponseReturnValue:
    """Confirm a hazard, or end it."""
    found = parse_id(hazard_id, "hazard")
    with transaction():
        if word == "gone":
            hazard_services.clear_hazard(g.coop_id, found)
        else:
            hazard_services.vote_on_hazard(g.coop_id, found, identity().member_id, is_gone=False)
    flash(_("Hazard cleared.") if word == "gone" else _("Noted: still there."), "success")
    return redirect(url_for("streets.list_hazards"))


@bp.get("/board/speeds")
@require("member", "coordinator", "treasurer")
def speeds() -> ResponseReturnValue:
    """How fast each kind of bike is ridden, how late stops come, each from how many: for every member."""
    labels = dict(labels_of_bikes.profiles())
    return render_template(
        "console/speeds.html", paces=paces.list_paces(g.coop_id), lateness=arrivals.list_lateness(g.coop_id),
        labels=labels, occasions=occasions(), identity=identity(), tab="speeds",
    )  # fmt: skip


def occasions() -> dict[tuple[str, str], str]:
    """In words, what arrival times are learned of."""
    return {
        ("pickup", "next"): _("Next stop, to fetch"),
        ("pickup", "later"): _("Behind other stops, to fetch"),
        ("dropoff", "next"): _("Next stop, to bring"),
        ("dropoff", "later"): _("Behind other stops, to bring"),
    }
