"""The recipient's page: where a delivery stands, by an unguessable link, with nothing that is not theirs to see."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, render_template
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import public
from dispatch.coop.queries import CoopView, find_coop_by_key
from dispatch.coop.rules import KEY_LENGTH
from dispatch.core import live
from dispatch.core.db import use_coop
from dispatch.core.errors import NotFound
from dispatch.core.limits import limiter
from dispatch.core.live import LiveEvent
from dispatch.geo.pages import tiles_url
from dispatch.orders import queries as orders
from dispatch.orders.views import OrderView
from dispatch.planning import approach

from .views import iso

bp = Blueprint("tracking", __name__, url_prefix="/track", template_folder="templates")
STAGES = ("pending", "assigned", "picked_up", "delivered")
STAGE_OF = {
    "pending": 0,
    "assigned": 1,
    "en_route_pickup": 1,
    "at_pickup": 1,
    "picked_up": 2,
    "at_dropoff": 2,
    "delivered": 3,
}


def _find(token: str) -> tuple[CoopView, OrderView]:
    coop = find_coop_by_key(token[:KEY_LENGTH])
    if coop is None:
        raise NotFound("this tracking link leads nowhere: check that it is complete", code="no_tracking")
    use_coop(coop.id)
    g.timezone = coop.timezone
    order = orders.find_by_track_token(coop.id, token)
    if order is None:
        raise NotFound("this tracking link leads nowhere: check that it is complete", code="no_tracking")
    return coop, order


@bp.get("/<token>")
@public
@limiter.limit("120 per minute")
def page(token: str) -> ResponseReturnValue:
    """Where the delivery stands."""
    coop, order = _find(token)
    shown = {"coop": coop, "order": order, "token": token, "stage": STAGE_OF.get(order.state), "stages": STAGES}
    return render_template("merchants/tracking.html", **shown, tiles_url=tiles_url(coop.city_id))


@bp.get("/<token>/part")
@public
@limiter.limit("120 per minute")
def part(token: str) -> ResponseReturnValue:
    """What moves on that page."""
    coop, order = _find(token)
    shown = {"coop": coop, "order": order, "token": token, "stage": STAGE_OF.get(order.state), "stages": STAGES}
    return render_template("merchants/_tracking.html", **shown)


@bp.get("/<token>.json")
@public
@limiter.limit("120 per minute")
def facts(token: str) -> ResponseReturnValue:
    """The same for programs: state, expected arrival and places; no names, no numbers; the rider only at the end."""
    coop, order = _find(token)
    near = approach.rider_near(coop.id, order)
    return jsonify(**_facts(order), rider=near.as_pair() if near else None)


@bp.get("/<token>/live")
@public
@limiter.limit("30 per minute")
def stream(token: str) -> Response:
    """Status changes of this delivery alone."""
    coop, order = _find(token)
    coop_id, order_id = coop.id, str(order.id)

    def wanted(event: LiveEvent) -> bool:
        return event.coop_id == coop_id and event.payload.get("order_id") == order_id

    return live.sse_response(current_app.extensions["live"], wanted, most=live.MOST_PUBLIC)


def _facts(order: OrderView) -> dict[str, Any]:
    return {
        "number": order.number,
        "state": order.state,
        "status_seq": order.status_seq,
        "eta": iso(order.eta_at),
        "promised_dropoff_at": iso(order.promised_dropoff_at),
        "ended_at": iso(order.ended_at),
        "dropoffs": [{"lonlat": task.lonlat.as_pair(), "state": task.state} for task in order.dropoffs],
    }
