"""The coordinators' pages: the board, one order, people, merchants, shifts and settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from pydantic import Field

from dispatch.coop import queries as people
from dispatch.coop import services as coops
from dispatch.coop.auth import identity, require
from dispatch.coop.rules import PLAN_MODES
from dispatch.core import clock
from dispatch.core.db import transaction
from dispatch.core.http import Body, parse_id, validate
from dispatch.geo import travel
from dispatch.geo.hazard_words import hazard_kinds
from dispatch.orders import decisions, need_words
from dispatch.orders import queries as orders
from dispatch.orders import words as order_words
from dispatch.planning import apart, manual, rounds, what_if
from dispatch.planning.crew import skills_anywhere, today
from dispatch.planning.forecast import words as forecast_words
from dispatch.planning.offers.queries import list_of_order
from dispatch.planning.snapshot import active_rules
from riders import able
from riders import queries as riders

from . import fairness, queries, words

bp = Blueprint("console", __name__, template_folder="templates")


class Settings(Body):
    """The settings form."""

    plan_mode: str = Field(pattern=f"^({'|'.join(PLAN_MODES)})$")


class Apart(Body):
    """Two riders, and whether they may meet at a counter."""

    rider_id: UUID
    other_id: UUID
    may_meet: bool = False


@bp.get("/board")
@require("coordinator")
def board() -> ResponseReturnValue:
    """Map, orders and riders of one zone, live."""
    known = {"hazard_kinds": hazard_kinds(), "knows_hazards": travel.knows_hazards()}
    return render_template("console/board.html", **_board(), **known)


@bp.get("/board/lists")
@require("coordinator")
def lists() -> ResponseReturnValue:
    """The board's lists alone, fetched again when something moves."""
    return render_template("console/_lists.html", **_board())


@bp.get("/board/orders/<order_id>")
@require("coordinator")
def order(order_id: str) -> ResponseReturnValue:
    """One order: where it stands, why it is where it is, and what may be done."""
    found = orders.get_order(g.coop_id, parse_id(order_id, "order"))
    made = decisions.list_for_order(g.coop_id, found.id)
    seen = queries.get_board(g.coop_id, found.zone_id)
    names = {rider.crew.run.id: rider for rider in seen.riders}
    offers = what_if.offers(current_app.extensions["redis"], g.coop_id, found.zone_id, found.id)
    return render_template(
        "console/_order.html" if request.args.get("part") else "console/order.html",
        order=found,
        rider=next((rider for rider in seen.riders if rider.crew.rider_id == found.rider_id), None),
        riders=seen.riders,
        offers=[(names[offer.run_id], offer) for offer in offers if offer.run_id in names],
        others_known={entry.order.id: entry.order for entry in (*seen.at_risk, *seen.running)},
        decisions=made,
        explanations=[decisions.why_them(entry) for entry in made],
        others=_others(made),
        sequences=[(each, decisions.why_there(each)) for each in decisions.list_sequences(g.coop_id, found.id)],
        history=orders.list_history(g.coop_id, found.id),
        fail_reasons={
            **order_words.fail_reasons(), "pickup_failed": _("pickup failed"), "merchant": _("by the merchant"),
        },
        proofs=orders.list_proofs(g.coop_id, found.id),
        why=words.why_unserved(found.unserved) if found.is_open and found.is_waiting else None,
        stopped=riders.get_rider(g.coop_id, found.rider_id) if found.is_stranded and found.rider_id else None,
        failed_words=decisions.failed_words,
        needs=need_words.needs_of(found),
        floor_words=need_words.floor,
        priorities=need_words.priorities(),
        known_skills=sorted(skills_anywhere(g.coop_id)),
        asked=list_of_order(g.coop_id, found.id),
        modes=words.plan_modes(),
        coop_mode=seen.mode,
        answer_words=words.offer_state,
        is_touched=bool(found.barred_riders) or any(task.pinned_rider_id for task in found.tasks if task.is_open),
    )


@bp.get("/people")
@require("coordinator", "treasurer")
def members() -> ResponseReturnValue:
    """Everybody who can sign in, and who of them rides."""
    rides = {rider.member_id: rider for rider in riders.list_riders(g.coop_id)}
    may_steer = identity().has("coordinator")
    return render_template(
        "console/people.html",
        members=people.list_members(g.coop_id),
        rides=rides,
        riders=sorted(((rider.id, rider.name) for rider in rides.values()), key=lambda one: one[1]),
        may_steer=may_steer,
        apart=apart.list_pairs(g.coop_id) if may_steer else [],
        certificates=able.list_certificates(g.coop_id) if may_steer else [],
        names={rider.id: rider.name for rider in rides.values()},
        today=today(g.coop_id),
        date_words=format_date,
        tab="people",
    )


@bp.post("/people/apart")
@require("coordinator")
def change_apart() -> ResponseReturnValue:
    """Keep two riders apart, or let them meet again."""
    form = request.form.to_dict()
    form.pop("csrf_token", None)
    wanted = validate(Apart, form)
    with transaction():
        if wanted.may_meet:
            apart.let_meet(g.coop_id, wanted.rider_id, wanted.other_id)
        else:
            apart.keep_apart(g.coop_id, wanted.rider_id, wanted.other_id, member_id=identity().member_id)
    flash(_("Saved."), "success")
    return redirect(url_for("console.members"))


@bp.get("/board/merchants")
@require("coordinator")
def merchants() -> ResponseReturnValue:
    """The merchants and how their orders of today stand."""
    start, _end = _today()
    return render_template(
        "console/merchants.html", merchants=orders.list_merchant_days(g.coop_id, start), tab="merchants"
    )


@bp.get("/board/settings")
@require("coordinator")
def settings() -> ResponseReturnValue:
    """How plans are made and take effect."""
    return render_template(
        "console/settings.html",
        coop=people.get_coop(g.coop_id),
        modes=words.plan_modes(),
        rules=active_rules(g.coop_id, clock.now()),
        rounds=rounds.summary(g.coop_id, clock.now() - timedelta(hours=1)),
        tab="settings",
    )


@bp.post("/board/settings")
@require("coordinator")
def save_settings() -> ResponseReturnValue:
    """Change how plans take effect."""
    form = request.form.to_dict()
    form.pop("csrf_token", None)
    wanted = validate(Settings, form)
    with transaction():
        coops.set_plan_mode(g.coop_id, wanted.plan_mode)
        manual.replan_all(g.coop_id, "plan mode changed")
    flash(_("Saved."), "success")
    return redirect(url_for("console.settings"))


@bp.get("/board/fairness")
@require("member", "coordinator", "treasurer")
def fair_shares() -> ResponseReturnValue:
    """How pay and work are spread, for every member."""
    spans = [(span.days, found) for span, found in fairness.shares_by_span(g.coop_id, clock.now())]
    currency = people.get_coop(g.coop_id).currency
    return render_template(
        "console/fairness.html", spans=spans, currency=currency, identity=identity(), tab="fairness"
    )


def _board() -> dict[str, object]:
    """What the lists need. Stops are written out only for riders that are open in the page: a long list stays light."""
    board = queries.get_board(g.coop_id, _zone_id(), current_app.extensions["redis"])
    opened = set(request.args.get("open", "").split(","))
    return {"board": board, "words": words, "forecast_words": forecast_words, "opened": opened}


def _others(made: list[decisions.DecisionView]) -> list[decisions.Explanation]:
    """Why the others did not get it, for the newest decision."""
    if not made:
        return []
    newest = made[0]
    rest = [offer for offer in newest.record.get("candidates", ()) if offer["rider_id"] != str(newest.rider_id)]
    return [decisions.why_not(newest, UUID(offer["rider_id"]), is_self=False) for offer in rest[:8]]


def _today() -> tuple[datetime, datetime]:
    """From midnight to midnight where the co-op is."""
    zone = ZoneInfo(people.get_coop(g.coop_id).timezone)
    start = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def _zone_id() -> UUID | None:
    text = request.args.get("zone")
    return parse_id(text, "zone") if text else None
