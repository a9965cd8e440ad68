"""`/api/v1`: merchants' systems place, follow and cancel orders. JSON in and out, problem+json errors, API keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import public
from dispatch.coop.queries import get_coop
from dispatch.core import clock, http, limits
from dispatch.core.db import transaction
from dispatch.core.errors import BadRequest, NotFound
from dispatch.core.settings import current
from dispatch.core.units import LonLat
from dispatch.geo import geocode, zones
from dispatch.orders import queries as orders
from dispatch.orders import services as order_services
from dispatch.orders.rules import ORDER_STATES
from dispatch.planning import slots

from . import openapi, ordering, proof_sheet
from .auth import limited, merchant_id, require_key
from .bodies import CancelIn, OrderIn, QuoteIn
from .views import order_json, proof_json, slot_json

bp = Blueprint("api", __name__, url_prefix="/api/v1", template_folder="templates")
bp.after_request(limits.tell)
MOST_HOURS = 168


@bp.post("/quotes")
@require_key
@limited
def create_quote() -> ResponseReturnValue:
    """Price and promise for a delivery, valid 15 minutes."""
    wish = http.parse_body(QuoteIn)
    return http.idempotent(
        g.coop_id,
        f"key:{g.caller.key_id}",
        lambda: (ordering.make_quote(g.coop_id, g.caller.merchant, wish, is_test=g.caller.is_test), 201),
        required=False,
    )


@bp.post("/orders")
@require_key
@limited
def create_order() -> ResponseReturnValue:
    """Place an order. The same `external_id` with the same content gives the existing order and 200."""
    wish = http.parse_body(OrderIn)

    def place() -> tuple[dict[str, Any], int]:
        order, is_new = ordering.place_order(g.coop_id, g.caller.merchant, wish, is_test=g.caller.is_test)
        return order_json(orders.get_order(g.coop_id, order.id)), 201 if is_new else 200

    try:
        return http.idempotent(g.coop_id, f"key:{g.caller.key_id}", place, required=True)
    except ordering.QuoteExpired as expired:
        with transaction():
            fresh = ordering.requote(g.coop_id, g.caller.merchant, wish, is_test=g.caller.is_test)
        raise ordering.QuoteExpired(expired.message, quote=fresh) from expired


@bp.get("/orders")
@require_key
@limited
def list_orders() -> ResponseReturnValue:
    """The merchant's orders, newest first, a page at a time."""
    limit = http.page_limit()
    found = orders.list_orders(
        g.coop_id,
        merchant_id=merchant_id(),
        states=_states(request.args.get("state")),
        external_id=request.args.get("external_id"),
        before=http.Cursor.decode(request.args.get("cursor")),
        limit=limit + 1,
    )
    page, has_more = found[:limit], len(found) > limit
    cursor = http.Cursor(page[-1].placed_at, page[-1].id).encode() if has_more else None
    return jsonify(data=[order_json(order) for order in page], next_cursor=cursor, has_more=has_more)


def _states(text: str | None) -> tuple[str, ...]:
    states = tuple(text.split(",")) if text else ()
    for state in states:
        if state not in ORDER_STATES:
            raise BadRequest(f"state={state[:40]!r}: use {', '.join(ORDER_STATES)}")
    return states


@bp.get("/orders/<order_id>")
@require_key
@limited
def get_order(order_id: str) -> ResponseReturnValue:
    """One order as it stands; ETag and 304 for those who poll."""
    order = orders.get_order(g.coop_id, http.parse_id(order_id, "order"), merchant_id=merchant_id())
    body = order_json(order)
    return http.etag(make_response(jsonify(body)), body)


@bp.post("/orders/<order_id>/cancel")
@require_key
@limited
def cancel_order(order_id: str) -> ResponseReturnValue:
    """Cancel an order that is not picked up yet; a repeat is harmless. With If-Match only if nothing changed."""
    wanted = http.parse_body(CancelIn) if request.get_data() else CancelIn()
    order_uuid = http.parse_id(order_id, "order")

    def cancel() -> tuple[dict[str, Any], int]:
        http.require_match(order_json(orders.get_order(g.coop_id, order_uuid, merchant_id=merchant_id())))
        actor = order_services.Actor(kind="merchant")
        order_services.cancel_order(g.coop_id, order_uuid, reason=wanted.reason or "merchant", actor=actor)
        return order_json(orders.get_order(g.coop_id, order_uuid)), 200

    return http.idempotent(g.coop_id, f"key:{g.caller.key_id}", cancel, required=False)


@bp.get("/orders/<order_id>/proof")
@require_key
@limited
def list_proof(order_id: str) -> ResponseReturnValue:
    """What proves the delivery."""
    order = orders.get_order(g.coop_id, http.parse_id(order_id, "order"), merchant_id=merchant_id())
    found = orders.list_proofs(g.coop_id, order.id)
    return jsonify(
        data=[
            proof_json(
                proof,
                url=(
                    current().public_url + url_for("api.get_proof", order_id=order.id, proof_id=proof.id)
                    if proof.sha256
                    else None
                ),
            )
            for proof in found
        ]
    )


@bp.get("/orders/<order_id>/proof.pdf")
@require_key
@limited
def get_proof_sheet(order_id: str) -> ResponseReturnValue:
    """What proves the delivery, on paper."""
    order = orders.get_order(g.coop_id, http.parse_id(order_id, "order"), merchant_id=merchant_id())
    coop = get_coop(g.coop_id)
    g.timezone = coop.timezone
    return proof_sheet.answer(coop, order)


@bp.get("/orders/<order_id>/proof/<proof_id>")
@require_key
@limited
def get_proof(order_id: str, proof_id: str) -> ResponseReturnValue:
    """A photo or signature."""
    order = orders.get_order(g.coop_id, http.parse_id(order_id, "order"), merchant_id=merchant_id())
    wanted = http.parse_id(proof_id, "proof")
    if wanted not in {proof.id for proof in orders.list_proofs(g.coop_id, order.id)}:
        raise NotFound(f"proof {proof_id} does not exist")
    content, content_type = orders.get_proof_content(g.coop_id, wanted)
    return Response(content, content_type=content_type, headers={"Cache-Control": "private, max-age=86400"})


@bp.get("/slots")
@require_key
@limited
def list_slots() -> ResponseReturnValue:
    """The coming hours around the merchant's store, and how many orders each still takes."""
    zone = zones.find_zone_at(g.coop_id, g.caller.merchant.store_lonlat)
    if zone is None:
        raise NotFound("this merchant's store lies outside the area that the co-op serves")
    now = clock.now()
    found = slots.list_slots(g.coop_id, zone.id, now, now + timedelta(hours=_hours()))
    return jsonify(data=[slot_json(slot) for slot in found])


def _hours() -> int:
    text = request.args.get("hours", "24")
    if not text.isdigit() or not 1 <= int(text) <= MOST_HOURS:
        raise BadRequest(f"hours={text[:20]!r}: use 1 to {MOST_HOURS}")
    return int(text)


@bp.get("/geocode")
@require_key
@limited
def find_address() -> ResponseReturnValue:
    """Places that a text may mean, as GeoJSON."""
    text = request.args.get("q", "").strip()
    if not text:
        raise BadRequest("give the text to look for as q, such as ?q=Hauptstr.+12")
    city_id = get_coop(g.coop_id).city_id
    if city_id is None:
        raise NotFound("this co-op has no street map yet")
    found = geocode.search(g.coop_id, city_id, text, limit=http.page_limit(5, 20), near=g.caller.merchant.store_lonlat)
    return jsonify(type="FeatureCollection", features=[place.feature() for place in found])


@bp.get("/reverse")
@require_key
@limited
def find_at() -> ResponseReturnValue:
    """What is at a point, as GeoJSON."""
    city_id = get_coop(g.coop_id).city_id
    if city_id is None:
        raise NotFound("this co-op has no street map yet")
    return jsonify(geocode.reverse(g.coop_id, city_id, _point()).feature())


def _point() -> LonLat:
    try:
        return LonLat(float(request.args["lon"]), float(request.args["lat"]))
    except (KeyError, ValueError) as error:
        raise BadRequest("give lon and lat in degrees, such as ?lon=8.68&lat=49.41") from error


@bp.get("/openapi.json")
@public
def openapi_document() -> ResponseReturnValue:
    """The OpenAPI 3.1 document of this API, generated from the models that check the bodies."""
    return jsonify(openapi.document(current().public_url))


@bp.get("/docs")
@public
def docs() -> ResponseReturnValue:
    """The same document for people."""
    return render_template("merchants/docs.html", api=openapi.readable(current().public_url))
