"""Riders who need help, on the board: at once, loud, until somebody says that they are on it.

And riders of whom nothing is heard: quietly, until they are heard of again or somebody is on it.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, g, jsonify, render_template
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import identity, require
from dispatch.core.db import transaction
from dispatch.core.http import parse_id
from dispatch.orders import queries as orders
from dispatch.planning import silence
from riders import services as riders
from riders.trouble import queries, services, words

bp = Blueprint("help", __name__, template_folder="templates")
log = structlog.get_logger()


@bp.get("/board/help")
@require("coordinator")
def part() -> ResponseReturnValue:
    """What nobody has taken on yet; fetched again when something happens."""
    return render_template("console/_help.html", incidents=queries.list_open(g.coop_id), kind=words.kind)


@bp.get("/board/silence")
@require("coordinator")
def silent_riders() -> ResponseReturnValue:
    """Of whom nothing is heard, on its own: what is worked out here never holds up a call for help."""
    silent = silence.list_silent(current_app.extensions["redis"], g.coop_id)
    known = orders.list_orders_by_id(g.coop_id, [each.stop.order_id for each in silent])
    numbers = {order.id: order.number for order in known}
    return render_template("console/_silent.html", silent=silent, numbers=numbers)


@bp.post("/board/api/help/<incident_id>/take")
@require("coordinator")
def take(incident_id: str) -> ResponseReturnValue:
    """I am on it."""
    with transaction():
        services.take(g.coop_id, parse_id(incident_id, "incident"), identity().member_id)
    return jsonify(ok=True)


@bp.post("/board/api/riders/<rider_id>/silence/take")
@require("coordinator")
def take_silence(rider_id: str) -> ResponseReturnValue:
    """I am calling this rider: the silence of now need not be told to anybody for a while."""
    silence.hush(current_app.extensions["redis"], g.coop_id, parse_id(rider_id, "rider"))
    return jsonify(ok=True)


@bp.post("/board/api/riders/<rider_id>/stop")
@require("coordinator")
def stop(rider_id: str) -> ResponseReturnValue:
    """This rider cannot ride on: the shift ends, others take over, goods on the bike wait to be handed over."""
    with transaction():
        shift = riders.stop_riding(g.coop_id, parse_id(rider_id, "rider"))
        if shift is not None:
            log.info("shift.stopped", shift=str(shift.id), by=str(identity().member_id))
    return jsonify(ok=True)


@bp.get("/board/help/<incident_id>/photo")
@require("coordinator")
def photo(incident_id: str) -> ResponseReturnValue:
    """The picture of an incident."""
    content = queries.get_photo(g.coop_id, parse_id(incident_id, "incident"))
    return Response(content, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})
