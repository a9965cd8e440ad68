"""A co-op's public hazards for cities and other cyclists: read-only Open311 GeoReport v2 at `/open311/v2`.

`jurisdiction_id` is the co-op's short name. Private reports, photos and people never leave the co-op.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import public
from dispatch.coop.queries import CoopView, find_coop_by_slug
from dispatch.core import clock
from dispatch.core.db import use_coop
from dispatch.core.errors import BadRequest, NotFound, PacelineError
from dispatch.core.http import parse_id
from dispatch.core.limits import limiter

from . import hazards
from .hazard_words import hazard_kinds
from .open311_rules import Entry, is_wanted, read_wanted, service, service_request, to_xml

bp = Blueprint("open311", __name__, url_prefix="/open311/v2")

JURISDICTION_UNKNOWN = "jurisdiction_id was not found: give the co-op's short name"


@bp.get("/discovery.<any(json, xml):form>")
@public
def discovery(form: str) -> ResponseReturnValue:
    """What is offered here, and in which forms."""
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": request.url_root + "open311/v2",
        "changeset": "2026-01-01T00:00:00Z",
        "type": "production",
        "formats": "application/json,text/xml",
    }
    return _answer(form, ("discovery", "endpoint"), [endpoint])


@bp.get("/services.<any(json, xml):form>")
@public
@limiter.limit("120 per minute")
def services(form: str) -> ResponseReturnValue:
    """The kinds of hazards."""
    _coop()
    return _answer(form, ("services", "service"), [service(kind, name) for kind, name, _icon in hazard_kinds()])


@bp.get("/requests.<any(json, xml):form>")
@public
@limiter.limit("120 per minute")
def requests(form: str) -> ResponseReturnValue:
    """Public reports: those of the last 90 days, or as the query says."""
    coop, now = _coop(), clock.now()
    wanted = read_wanted(request.args, now)
    found = hazards.list_public(coop.id, since=wanted.since, until=wanted.until, ids=wanted.ids)
    chosen = [one for one in found if is_wanted(one, wanted, now)]
    return _answer(form, ("service_requests", "request"), _entries(coop, chosen))


@bp.get("/requests/<request_id>.<any(json, xml):form>")
@public
@limiter.limit("120 per minute")
def one_request(request_id: str, form: str) -> ResponseReturnValue:
    """One public report."""
    coop, now = _coop(), clock.now()
    named = parse_id(request_id, "request")
    found = hazards.list_public(coop.id, since=now, until=now, ids=[named])
    if not found:
        raise NotFound(f"request {request_id} does not exist")
    return _answer(form, ("service_requests", "request"), _entries(coop, found))


@bp.errorhandler(PacelineError)
def refuse(error: PacelineError) -> ResponseReturnValue:
    """An error as the specification wants it: a list of codes and words, in the form that was asked for."""
    form = "xml" if request.path.endswith(".xml") else "json"
    response = _answer(form, ("errors", "error"), [{"code": error.http_status, "description": error.message}])
    response.status_code = error.http_status
    return response


def _coop() -> CoopView:
    slug = request.args.get("jurisdiction_id", "")
    if not slug:
        raise BadRequest("jurisdiction_id was not provided: give the co-op's short name")
    coop = find_coop_by_slug(slug)
    if coop is None:
        raise NotFound(JURISDICTION_UNKNOWN)
    use_coop(coop.id)
    return coop


def _entries(coop: CoopView, found: Sequence[hazards.HazardView]) -> list[Entry]:
    names = {kind: name for kind, name, _icon in hazard_kinds()}
    return [service_request(one, names[one.kind], coop.name, clock.now()) for one in found]


def _answer(form: str, names: tuple[str, str], entries: list[dict[str, Any]]) -> Response:
    """Entries as an array of JSON or as XML under these names. Anybody's page may read it: nothing in it is secret."""
    response = (
        jsonify(entries)
        if form == "json"
        else Response(to_xml(*names, entries), content_type="text/xml; charset=utf-8")
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=30"
    return response
