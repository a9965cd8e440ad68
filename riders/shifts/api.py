"""The phone's JSON about breaks and bikes, beside the rest under `/app/api`."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue
from pydantic import AwareDatetime, Field

from dispatch.coop.auth import identity, require
from dispatch.core.db import transaction
from dispatch.core.http import Body, parse_body
from riders import queries as riders

from . import breaks, queries

bp = Blueprint("shifts_api", __name__, url_prefix="/app/api")


class Tapped(Body):
    """A tap that needs nothing but its UUID."""

    client_uuid: UUID
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=30 * 86_400)


@bp.post("/shift/break/<any(start, end):verb>")
@require("member")
def change_break(verb: str) -> ResponseReturnValue:
    """Begin a break, or end it."""
    body = parse_body(Tapped)
    tap = breaks.Tap(client_uuid=body.client_uuid, device_at=body.device_at, queued_s=body.queued_s)
    act = breaks.begin if verb == "start" else breaks.end
    with transaction():
        rest = act(g.coop_id, riders.get_rider_of(g.coop_id, identity().member_id).id, tap)
        answer = {
            "began_at": rest.began_at.isoformat(),
            "ended_at": rest.ended_at.isoformat() if rest.ended_at else None,
        }
    return jsonify(answer)


@bp.get("/bikes")
@require("member")
def list_bikes() -> ResponseReturnValue:
    """The co-op's bikes that may be ridden now."""
    found = [bike for bike in queries.list_bikes(g.coop_id) if not bike.fault and bike.rider_name is None]
    return jsonify(
        bikes=[
            {"id": str(bike.id), "name": bike.name, "profile": bike.profile, "capacity_g": bike.capacity_g}
            for bike in found
        ]
    )
