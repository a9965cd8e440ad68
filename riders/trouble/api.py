"""The phone's JSON for trouble under `/app/api/help`: may be sent twice and late."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import AwareDatetime, Field

from dispatch.coop.auth import identity, require
from dispatch.core.db import transaction
from dispatch.core.errors import Invalid
from dispatch.core.http import parse_body, parse_id
from riders import photos, queries
from riders.bodies import Placed

from . import services
from .services import NewIncident

bp = Blueprint("riders_trouble", __name__, url_prefix="/app/api/help")


class HelpBody(Placed):
    """A call for help, or an incident."""

    client_uuid: UUID
    kind: Literal["sos", "crash", "threat", "bike", "parcel", "other"]
    words: str = Field(default="", max_length=1000)
    cannot_ride: bool = False
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=30 * 86_400)


@bp.url_value_preprocessor
def _allow_pictures(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if endpoint == "riders_trouble.add_photo":
        request.max_content_length = photos.MOST_BYTES * 3 // 2


@bp.post("")
@require("member")
def report() -> ResponseReturnValue:
    """Tell the coordinators."""
    body = parse_body(HelpBody)
    new = NewIncident(
        client_uuid=body.client_uuid,
        kind=body.kind,
        words=body.words,
        lonlat=body.lonlat(),
        device_at=body.device_at,
        queued_s=body.queued_s,
        cannot_ride=body.cannot_ride,
    )
    with transaction():
        rider = queries.get_rider_of(g.coop_id, identity().member_id)
        incident, is_new = services.report(g.coop_id, rider.id, new)
        answer = {"incident": {"id": str(incident.id), "kind": incident.kind}}
    return jsonify(answer), 201 if is_new else 200


@bp.post("/<client_uuid>/photo")
@require("member")
def add_photo(client_uuid: str) -> ResponseReturnValue:
    """Put a picture to an incident."""
    file = request.files.get("file")
    if file is None:
        raise Invalid("the photo is missing: send it as a file", code="photo_empty")
    data = file.read()
    with transaction():
        rider = queries.get_rider_of(g.coop_id, identity().member_id)
        services.add_photo(g.coop_id, rider.id, parse_id(client_uuid, "incident"), data)
    return jsonify(ok=True), 201
