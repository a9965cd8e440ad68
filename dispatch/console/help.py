"""Riders who need help, on the board: at once, loud, until somebody says that they are on it."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, render_template
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import identity, require
from dispatch.core.db import transaction
from dispatch.core.http import parse_id
from riders.trouble import queries, services, words

bp = Blueprint("help", __name__, template_folder="templates")


@bp.get("/board/help")
@require("coordinator")
def part() -> ResponseReturnValue:
    """What nobody has taken on yet; fetched again when something happens."""
    return render_template("console/_help.html", incidents=queries.list_open(g.coop_id), kind=words.kind)


@bp.post("/board/api/help/<incident_id>/take")
@require("coordinator")
def take(incident_id: str) -> ResponseReturnValue:
    """I am on it."""
    with transaction():
        services.take(g.coop_id, parse_id(incident_id, "incident"), identity().member_id)
    return jsonify(ok=True)


@bp.get("/board/help/<incident_id>/photo")
@require("coordinator")
def photo(incident_id: str) -> ResponseReturnValue:
    """The picture of an incident."""
    content = queries.get_photo(g.coop_id, parse_id(incident_id, "incident"))
    return Response(content, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})
