"""Hazards as JSON, for the phone and the board: list, report, confirm, clear. A repeated report or word is harmless."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue
from pydantic import AwareDatetime, Field

from dispatch.coop.auth import identity, require
from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import transaction
from dispatch.core.errors import Conflict
from dispatch.core.http import Body, parse_body, parse_id
from dispatch.core.limits import limiter
from dispatch.core.units import LonLat

from . import hazard_services, hazards
from .hazard_services import HazardReport

bp = Blueprint("hazards", __name__, url_prefix="/geo/hazards")

LONGEST_WAIT_S = 30 * 86_400


class Sent(Body):
    """What a phone's outbox puts on everything it sends."""

    client_uuid: UUID
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=LONGEST_WAIT_S)


class Report(Sent):
    """A hazard and where it is; the device's UUID becomes its id."""

    kind: str = Field(max_length=20)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    note: str = Field(default="", max_length=500)
    is_private: bool = False


class Word(Sent):
    """A member's word on a hazard."""

    is_gone: bool


@bp.get("")
@require("member", "coordinator")
def list_open() -> ResponseReturnValue:
    """The hazards in force, as GeoJSON."""
    found = hazards.list_hazards(g.coop_id, _city_id(), asking=identity().member_id)
    response = jsonify({"type": "FeatureCollection", "features": [one.feature() for one in found]})
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("")
@require("member", "coordinator")
@limiter.limit("120 per hour")
def report() -> ResponseReturnValue:
    """Report a hazard."""
    body = parse_body(Report)
    seen = HazardReport(
        id=body.client_uuid,
        city_id=_city_id(),
        kind=body.kind,
        at=LonLat(body.lon, body.lat),
        note=body.note,
        is_private=body.is_private,
        seen_s=body.queued_s,
    )
    with transaction():
        is_new = hazard_services.report_hazard(g.coop_id, identity().member_id, seen)
        answer = _hazard(body.client_uuid)
    return answer, 201 if is_new else 200


@bp.post("/<hazard_id>/word")
@require("member", "coordinator")
def say(hazard_id: str) -> ResponseReturnValue:
    """Say that a hazard is still there, or gone."""
    found, body = parse_id(hazard_id, "hazard"), parse_body(Word)
    with transaction():
        who = identity().member_id
        hazard_services.vote_on_hazard(g.coop_id, found, who, is_gone=body.is_gone, said_s=body.queued_s)
        answer = _hazard(found)
    return answer


@bp.post("/<hazard_id>/clear")
@require("coordinator")
def clear(hazard_id: str) -> ResponseReturnValue:
    """End a hazard at once."""
    found = parse_id(hazard_id, "hazard")
    with transaction():
        hazard_services.clear_hazard(g.coop_id, found)
        answer = _hazard(found)
    return answer


@bp.get("/<hazard_id>/photo")
@require("member", "coordinator")
def photo(hazard_id: str) -> ResponseReturnValue:
    """What it looks like."""
    content, content_type = hazards.get_photo(g.coop_id, parse_id(hazard_id, "hazard"))
    response = Response(content, content_type=content_type)
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


def _hazard(hazard_id: UUID) -> Response:
    found = hazards.get_hazard(g.coop_id, hazard_id, asking=identity().member_id)
    return jsonify({"hazard": found.feature(), "is_open": found.is_open(clock.now())})


def _city_id() -> UUID:
    city_id = get_coop(g.coop_id).city_id
    if city_id is None:
        raise Conflict("this co-op has no street map yet: import one with `paceline city import`", code="no_city")
    return city_id
