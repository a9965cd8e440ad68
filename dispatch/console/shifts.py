"""The coordinators' page of shifts: publish, see who took them and who rides today, keep the bikes in order."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from pydantic import Field

from dispatch.coop.auth import identity, require
from dispatch.coop.queries import get_coop
from dispatch.core import clock, refusals
from dispatch.core.db import transaction
from dispatch.core.errors import Conflict, Invalid
from dispatch.core.http import Body, parse_id, validate
from dispatch.geo.zones import list_zones
from dispatch.orders.need_rules import read_skills
from dispatch.planning import slots
from riders import labels
from riders import queries as riders
from riders.models import Shift
from riders.shifts import queries, rules, services

bp = Blueprint("console_shifts", __name__, url_prefix="/board/shifts", template_folder="templates")

BREAKS_MIN = (0, 15, 20, 30, 45)
AHEAD = timedelta(hours=12)
"""Hours of which the page says how full they are."""


class Published(Body):
    """The form that publishes a shift; times are those of the co-op."""

    zone: UUID
    day: date
    begins: time
    ends: time
    places: int = Field(ge=1, le=99)
    break_min: int = Field(default=0, ge=0, le=120)
    note: str = Field(default="", max_length=300)


class NewBike(Body):
    """The form that adds a bike."""

    name: str = Field(min_length=1, max_length=60)
    profile: str
    kilograms: int = Field(gt=0, le=300)


class BikeFittings(Body):
    """What a bike has beside its capacity."""

    is_deep_box: bool = False
    returns_to_depot: bool = False
    equipment: str = Field(default="", max_length=400)

    def fittings(self) -> services.Fittings:
        """The same as services take it."""
        return services.Fittings(
            is_deep_box=self.is_deep_box,
            returns_to_depot=self.returns_to_depot,
            equipment=read_skills(self.equipment),
        )


@bp.get("")
@require("coordinator")
def shifts() -> ResponseReturnValue:
    """Who rides today, what is published, which bikes there are."""
    now, zone = clock.now(), _zone()
    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=1)
    names = {rider.id: rider for rider in riders.list_riders(g.coop_id)}
    weeks = queries.weeks(g.coop_id)
    openings = queries.list_openings(g.coop_id, now)
    return render_template(
        "console/shifts.html",
        shifts=riders.list_shifts(
            g.coop_id, Shift.starts_at < end, Shift.ends_at > start, Shift.cancelled_at.is_(None)
        ),
        riders=names,
        now=now,
        today=start.date(),
        zones=list_zones(g.coop_id),
        openings=[(opening, _who_could(opening, weeks, names, zone)) for opening in openings],
        breaks=BREAKS_MIN,
        bikes=queries.list_bikes(g.coop_id),
        bike_names={bike.id: bike.name for bike in queries.list_bikes(g.coop_id)},
        profiles=labels.profiles(),
        profile_names=dict(labels.profiles()),
        day=_day,
        slots=[(one, slots.list_slots(g.coop_id, one.id, now, now + AHEAD)) for one in list_zones(g.coop_id)],
        tab="shifts",
    )


@bp.post("/publish")
@require("coordinator")
def publish() -> ResponseReturnValue:
    """Let riders take a shift."""
    wanted = validate(Published, _form())
    zone = _zone()
    starts_at = datetime.combine(wanted.day, wanted.begins, zone)
    ends_at = datetime.combine(wanted.day, wanted.ends, zone)
    if ends_at <= starts_at:
        ends_at = datetime.combine(wanted.day + timedelta(days=1), wanted.ends, zone)  # past midnight
    new = services.NewOpening(
        zone_id=wanted.zone,
        starts_at=starts_at,
        ends_at=ends_at,
        places=wanted.places,
        break_s=wanted.break_min * 60,
        note=wanted.note,
    )
    try:
        with transaction():
            services.publish(g.coop_id, new, by=identity().member_id)
        flash(_("Published: riders see it on their phones."), "success")
    except Invalid:
        flash(_("A shift ends after it begins, lasts at most 14 hours, and at least twice its break."), "danger")
    return redirect(url_for("console_shifts.shifts"))


@bp.post("/<opening_id>/withdraw")
@require("coordinator")
def withdraw(opening_id: str) -> ResponseReturnValue:
    """Publish a shift no longer; who took it keeps it."""
    with transaction():
        services.withdraw(g.coop_id, parse_id(opening_id, "shift"))
    flash(_("No longer published. Who took it keeps it."), "success")
    return redirect(url_for("console_shifts.shifts"))


@bp.post("/bikes")
@require("coordinator")
def add_bike() -> ResponseReturnValue:
    """Add one of the co-op's bikes."""
    wanted = validate(NewBike, _form())
    try:
        with transaction():
            services.add_bike(g.coop_id, wanted.name, wanted.profile, capacity_g=wanted.kilograms * 1000)
        flash(_("Added."), "success")
    except Conflict:
        flash(_("There is a bike of that name already."), "danger")
    return redirect(url_for("console_shifts.shifts"))


@bp.post("/bikes/<bike_id>/fittings")
@require("coordinator")
def fit_bike(bike_id: str) -> ResponseReturnValue:
    """Say what a bike has on it and whether it comes back to the depot; from the next shift on."""
    found = parse_id(bike_id, "bike")
    try:
        wanted = validate(BikeFittings, _form()).fittings()
        with transaction():
            services.fit_bike(g.coop_id, found, wanted)
        flash(_("Saved: it counts from the next shift on."), "success")
    except Invalid as error:
        flash(refusals.said(error), "danger")
    return redirect(url_for("console_shifts.shifts"))


@bp.post("/bikes/<bike_id>/<any(repaired, retire):verb>")
@require("coordinator")
def change_bike(bike_id: str, verb: str) -> ResponseReturnValue:
    """A bike is whole again, or gone."""
    found = parse_id(bike_id, "bike")
    with transaction():
        if verb == "repaired":
            services.report_fault(g.coop_id, found, "")
        else:
            services.retire_bike(g.coop_id, found)
    flash(_("Saved."), "success")
    return redirect(url_for("console_shifts.shifts"))


def _who_could(
    opening: queries.OpeningView,
    weeks: dict[UUID, dict[int, tuple[int, int]]],
    names: dict[UUID, riders.RiderView],
    zone: ZoneInfo,
) -> list[str]:
    """Riders who said that they can work then and have not taken it."""
    takers = {rider_id for rider_id, _name in opening.takers}
    local = opening.starts_at.astimezone(zone), opening.ends_at.astimezone(zone)
    return [
        names[rider_id].name
        for rider_id, week in weeks.items()
        if rider_id in names and rider_id not in takers and rules.is_available(week, *local)
    ]


def _form() -> dict[str, str]:
    form = request.form.to_dict()
    form.pop("csrf_token", None)
    return form


def _day(moment: datetime) -> str:
    words = str(format_date(moment.astimezone(_zone()).date(), "EEEE d MMMM", rebase=False))
    return words[0].upper() + words[1:]


def _zone() -> ZoneInfo:
    return ZoneInfo(get_coop(g.coop_id).timezone)
