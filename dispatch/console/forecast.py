"""The page of forecasts: what is likely where and when, how good forecasts were, and whether riders hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import identity, require
from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.geo import zones
from dispatch.planning.forecast import queries, rules
from dispatch.planning.snapshot import active_rules

bp = Blueprint("forecast", __name__, template_folder="templates")

SHOWN_HOURS = 12
SHOWN_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneOutlook:
    """A zone's next hours `(begins, orders)`, and where most orders of the next hour are likely `(name, orders)`."""

    name: str
    forecast: rules.Forecast
    hours: list[tuple[datetime, float]]
    most: float
    places: list[tuple[str, float]]
    is_of_use: bool


@bp.get("/board/forecast")
@require("member", "coordinator", "treasurer")
def forecast() -> ResponseReturnValue:
    """What is foretold of each zone: for every member."""
    found = [(zone.name, queries.find_forecast(g.coop_id, zone.id)) for zone in zones.list_zones(g.coop_id)]
    timezone, now = get_coop(g.coop_id).timezone, clock.now()
    outlooks = [_outlook(name, known, now, timezone) for name, known in found if known is not None and known.expected]
    nudges = active_rules(g.coop_id, now).nudges
    return render_template(
        "console/forecast.html", outlooks=outlooks, nudges=nudges, identity=identity(), tab="forecast"
    )


def _outlook(name: str, known: rules.Forecast, now: datetime, timezone: str) -> ZoneOutlook:
    first = now.replace(minute=0, second=0, microsecond=0)
    begins = [first + timedelta(hours=number) for number in range(SHOWN_HOURS)]
    hours = [(at, known.orders_between(at, at + timedelta(hours=1))) for at in begins]
    likely = sorted(zip(known.places, rules.likely_at(known, now, timezone), strict=True), key=lambda one: -one[1])
    return ZoneOutlook(
        name=name,
        forecast=known,
        hours=hours,
        most=max(1.0, *(orders for _, orders in hours)),
        places=[(place.name, orders) for place, orders in likely[:SHOWN_PLACES] if orders >= 0.05],
        is_of_use=known.is_of_use(now),
    )
