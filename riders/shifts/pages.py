"""A rider's shifts: taken, open, availability, and the co-op's bikes. Plain forms: they work without scripts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from dispatch.coop.auth import identity, require
from dispatch.coop.queries import get_coop
from dispatch.core import clock, refusals
from dispatch.core.db import transaction
from dispatch.core.errors import Conflict, Invalid
from dispatch.core.http import parse_id
from riders import able, labels
from riders import queries as riders
from riders.queries import RiderView

from . import queries, rules, services

bp = Blueprint("shifts", __name__, url_prefix="/app/shifts", template_folder="../templates")


@bp.get("")
@require("member")
def show() -> ResponseReturnValue:
    """My shifts and those I may take."""
    rider, now = _me(), clock.now()
    mine = riders.list_upcoming_shifts(g.coop_id, rider.id, now)
    running = riders.find_open_shift(g.coop_id, rider.id)
    held = [*mine, running] if running else mine
    spans = [rules.Span(starts_at=shift.starts_at, ends_at=shift.ends_at) for shift in held]
    taken = {shift.opening_id for shift in mine}
    week = queries.week_of(g.coop_id, rider.id)
    zone = ZoneInfo(get_coop(g.coop_id).timezone)
    offered = [
        (opening, _why_not(opening, spans, now), _suits(week, opening, zone))
        for opening in queries.list_openings(g.coop_id, now)
        if opening.id not in taken
    ]
    return render_template(
        "riders/shifts.html",
        mine=[(shift, shift.starts_at - now >= rules.LATEST_GIVE_BACK) for shift in mine],
        offered=offered,
        week=week,
        weekdays=weekday_names(),
        bikes=queries.list_bikes(g.coop_id),
        profiles=dict(labels.profiles()),
        me=rider,
        certificates=able.list_certificates(g.coop_id, rider.id),
        date_words=format_date,
        day=_day,
    )


@bp.post("/<opening_id>/take")
@require("member")
def take(opening_id: str) -> ResponseReturnValue:
    """Take a published shift."""
    try:
        with transaction():
            services.take(g.coop_id, _me().id, parse_id(opening_id, "shift"))
        flash(_("The shift is yours."), "success")
    except Conflict as refusal:
        flash(refusals.said(refusal), "danger")
    return redirect(url_for("shifts.show"))


@bp.post("/<shift_id>/give-back")
@require("member")
def give_back(shift_id: str) -> ResponseReturnValue:
    """Give back a shift that has not begun."""
    try:
        with transaction():
            services.give_back(g.coop_id, _me().id, parse_id(shift_id, "shift"))
        flash(_("The shift is free for others again."), "success")
    except Conflict as refusal:
        flash(refusals.said(refusal), "danger")
    return redirect(url_for("shifts.show"))


@bp.post("/availability")
@require("member")
def set_availability() -> ResponseReturnValue:
    """Say when I could work in any week."""
    try:
        week = rules.read_week(request.form)
    except Invalid as wrong:
        weekday = weekday_names()[int(str(wrong.extra.get("weekday", 0)))]
        flash(_("%(day)s: give both times, the first before the second.", day=weekday), "danger")
        return redirect(url_for("shifts.show"))
    with transaction():
        services.set_week(g.coop_id, _me().id, week)
    flash(_("Saved."), "success")
    return redirect(url_for("shifts.show"))


@bp.post("/own-ride")
@require("member")
def set_own_ride() -> ResponseReturnValue:
    """Say what my own bike is like, and how far I ride in one shift at most."""
    text = request.form.get("kilometres", "").strip()
    try:
        metres = rules.read_kilometres(text)
        with transaction():
            able.set_own_ride(
                g.coop_id, _me().id, is_deep_box=bool(request.form.get("is_deep_box")), longest_day_m=metres
            )
        flash(_("Saved."), "success")
    except Invalid as refusal:
        flash(refusals.said(refusal), "danger")
    return redirect(url_for("shifts.show"))


@bp.post("/bikes/<bike_id>/fault")
@require("member")
def report_fault(bike_id: str) -> ResponseReturnValue:
    """Say that a bike must not be ridden."""
    fault = request.form.get("fault", "").strip()
    if not fault:
        flash(_("Say in a few words what is wrong with the bike."), "danger")
        return redirect(url_for("shifts.show"))
    _me()
    with transaction():
        services.report_fault(g.coop_id, parse_id(bike_id, "bike"), fault)
    flash(_("Thank you. Nobody rides it until it is repaired."), "success")
    return redirect(url_for("shifts.show"))


def weekday_names() -> list[str]:
    """Monday to Sunday in the reader's language."""
    names = get_locale().days["stand-alone"]["wide"]
    return [str(names[number]).capitalize() for number in rules.WEEKDAYS]


def _day(moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(get_coop(g.coop_id).timezone))
    words = str(format_date(local.date(), "EEEE d MMMM", rebase=False))
    return words[0].upper() + words[1:]


def _suits(week: dict[int, tuple[int, int]], opening: queries.OpeningView, zone: ZoneInfo) -> bool:
    return rules.is_available(week, opening.starts_at.astimezone(zone), opening.ends_at.astimezone(zone))


def _why_not(opening: queries.OpeningView, mine: list[rules.Span], now: datetime) -> str | None:
    try:
        rules.check_take(opening.facts, mine, now)
    except Conflict as refusal:
        return refusals.said(refusal)
    return None


def _me() -> RiderView:
    return riders.get_rider_of(g.coop_id, identity().member_id)
