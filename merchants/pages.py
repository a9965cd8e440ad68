"""The merchants' portal: place deliveries by a form, follow them, manage keys and webhooks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from flask import Blueprint, Response, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from dispatch.coop.auth import require
from dispatch.coop.queries import CoopView, get_coop
from dispatch.core import clock, http, live, refusals, web
from dispatch.core.db import transaction
from dispatch.core.errors import Conflict, Invalid, PacelineError
from dispatch.core.live import LiveEvent
from dispatch.core.settings import current
from dispatch.core.units import LonLat
from dispatch.geo import corrections
from dispatch.orders import decisions
from dispatch.orders import queries as orders
from dispatch.orders import services as order_services
from dispatch.orders import words
from dispatch.orders.rules import ENDED_ORDER_STATES, ORDER_STATES
from dispatch.orders.views import OrderView

from . import forms, ordering, price_words, proof_sheet, queries, services, webhooks
from .bodies import OrderIn, QuoteIn, WebhookIn
from .models import Merchant, WebhookEndpoint

bp = Blueprint("portal", __name__, url_prefix="/portal", template_folder="templates")
PAGE = 40
RUNNING = tuple(state for state in ORDER_STATES if state not in ENDED_ORDER_STATES)


def merchant() -> Merchant:
    """The merchant that the signed-in contact speaks for."""
    return queries.get_merchant_of(g.coop_id, g.identity.member_id)


def coop() -> CoopView:
    """The co-op of the signed-in contact; pages show times in its zone."""
    found = get_coop(g.coop_id)
    g.timezone = found.timezone
    return found


@bp.get("")
@require("merchant")
def index() -> ResponseReturnValue:
    """The merchant's deliveries, running ones first."""
    return render_template("merchants/portal.html", coop=coop(), merchant=merchant(), **_listing())


@bp.get("/list")
@require("merchant")
def listing() -> ResponseReturnValue:
    """The list alone, fetched again when something moves."""
    return render_template("merchants/_orders.html", coop=coop(), **_listing())


def _listing() -> dict[str, object]:
    running = request.args.get("show", "running") != "all"
    found = orders.list_orders(
        g.coop_id,
        merchant_id=merchant().id,
        states=RUNNING if running else (),
        before=http.Cursor.decode(request.args.get("cursor")),
        limit=PAGE + 1,
    )
    page = found[:PAGE]
    older = http.Cursor(page[-1].placed_at, page[-1].id).encode() if len(found) > PAGE else None
    return {"orders": page, "running": running, "older": older}


@bp.get("/live")
@require("merchant")
def stream() -> Response:
    """Status changes of this merchant's orders."""
    coop_id, merchant_id = g.coop_id, str(merchant().id)

    def wanted(event: LiveEvent) -> bool:
        return event.coop_id == coop_id and event.payload.get("merchant_id") == merchant_id

    return live.sse_response(current_app.extensions["live"], wanted)


@bp.get("/orders/new")
@require("merchant")
def new_order() -> ResponseReturnValue:
    """The order form."""
    soon = web.to_zone(clock.now() + timedelta(minutes=10), coop().timezone)
    values = {"nonce": uuid4().hex, "size": "s", "weight": "1", "ready_at": soon.strftime("%Y-%m-%dT%H:%M")}
    return _form(values, {})


def _form(values: dict[str, str], errors: dict[str, str]) -> str:
    shop = merchant()
    return render_template(
        "merchants/order_form.html",
        coop=coop(),
        merchant=shop,
        values=values,
        errors=errors,
        centre=shop.store_lonlat.as_pair(),
    )


@bp.post("/orders/new")
@require("merchant")
def create_order() -> ResponseReturnValue:
    """Place the order; a double click places it once (the form carries a nonce)."""
    values = {key: value for key, value in request.form.items() if key != "csrf_token"}
    try:
        wish = http.validate(OrderIn, forms.order_body(values, coop().timezone))
        with transaction():
            order, is_new = ordering.place_order(g.coop_id, merchant(), wish, is_test=False)
            if is_new and values.get("dropoff_moved"):
                _learn(wish)
    except Invalid as error:
        return _form(values, forms.errors_by_field(error)), 422
    if is_new:
        flash(_("Delivery %(number)s is placed.", number=order.number), "success")
    return redirect(url_for("portal.show_order", order_id=order.id))


def _learn(wish: OrderIn) -> None:
    """The pin was moved by hand: its address is really there."""
    drop, city_id = wish.dropoffs[0], coop().city_id
    if drop.address and drop.lonlat is not None and city_id is not None:
        corrections.learn_pin(g.coop_id, city_id, drop.address, LonLat(*drop.lonlat))


@bp.post("/price")
@require("merchant")
def price() -> ResponseReturnValue:
    """Price and promise for a half-filled form, shown beside it: the very wish that placing it would be."""
    wish = http.validate(QuoteIn, forms.quote_body(request.form, coop().timezone))
    with transaction():
        answer = ordering.make_quote(g.coop_id, merchant(), wish, is_test=False)
    found = coop()
    shown = web.money(answer["fee"]["amount"], found.currency)
    why_not = ordering.not_serviceable(answer["reason"], wish)
    return jsonify(
        **answer,
        fee_text=shown,
        distance_text=web.distance(answer["distance_m"]),
        lines=price_words.breakdown(answer["breakdown"], found.currency),
        reason_text="" if answer["serviceable"] else refusals.field_said(why_not.errors[0]),
    )


@bp.get("/orders/<order_id>")
@require("merchant")
def show_order(order_id: str) -> ResponseReturnValue:
    """One delivery: where it stands, its history, proof and price."""
    return render_template("merchants/order.html", coop=coop(), merchant=merchant(), **_order(order_id))


@bp.get("/orders/<order_id>/part")
@require("merchant")
def order_part(order_id: str) -> ResponseReturnValue:
    """What moves on that page, fetched again when something happens."""
    return render_template("merchants/_order.html", coop=coop(), **_order(order_id))


def _order(order_id: str) -> dict[str, object]:
    order = _own(order_id)
    return {
        "order": order,
        "why": next((decisions.why_for_merchant(made) for made in decisions.list_for_order(g.coop_id, order.id)), None),
        "price_lines": price_words.breakdown(order.price_lines, order.currency),
        "history": orders.list_history(g.coop_id, order.id),
        "proofs": orders.list_proofs(g.coop_id, order.id),
        "proof_kinds": words.kept_kinds(),
        "fail_reason": words.fail_reason,
        "left_with": words.left_with,
        "tracking_url": f"{current().public_url}/track/{order.track_token}",
    }


def _own(order_id: str) -> OrderView:
    return orders.get_order(g.coop_id, http.parse_id(order_id, "order"), merchant_id=merchant().id)


@bp.post("/orders/<order_id>/cancel")
@require("merchant")
def cancel_order(order_id: str) -> ResponseReturnValue:
    """Cancel a delivery that is not picked up yet."""
    order = _own(order_id)
    try:
        with transaction():
            actor = order_services.Actor(kind="merchant", member_id=g.identity.member_id)
            order_services.cancel_order(g.coop_id, order.id, reason="merchant", actor=actor)
        flash(_("Delivery %(number)s is cancelled.", number=order.number), "success")
    except Conflict as error:
        flash(refusals.said(error), "error")
    return redirect(url_for("portal.show_order", order_id=order.id))


@bp.get("/orders/<order_id>/proof/<proof_id>")
@require("merchant")
def proof(order_id: str, proof_id: str) -> ResponseReturnValue:
    """A photo or signature of an own delivery."""
    order, wanted = _own(order_id), http.parse_id(proof_id, "proof")
    if wanted not in {each.id for each in orders.list_proofs(g.coop_id, order.id)}:
        wanted = UUID(int=0)
    content, content_type = orders.get_proof_content(g.coop_id, wanted)
    return Response(content, content_type=content_type, headers={"Cache-Control": "private, max-age=86400"})


@bp.get("/orders/<order_id>/proof.pdf")
@require("merchant")
def sheet(order_id: str) -> ResponseReturnValue:
    """What proves an own delivery, on paper."""
    return proof_sheet.answer(coop(), _own(order_id))


@bp.post("/proof")
@require("merchant")
def require_proof() -> ResponseReturnValue:
    """Choose what proves the deliveries placed from now on."""
    with transaction():
        services.require_proof(g.coop_id, merchant().id, request.form.getlist("proof"))
    flash(_("From now on riders ask for this."), "success")
    return redirect(url_for("portal.connect") + "#proof")


@bp.get("/connect")
@require("merchant")
def connect() -> ResponseReturnValue:
    """API keys and webhooks."""
    shop = merchant()
    endpoints = queries.list_webhooks(g.coop_id, shop.id)
    return render_template(
        "merchants/connect.html",
        coop=coop(),
        merchant=shop,
        keys=queries.list_keys(g.coop_id, shop.id),
        endpoints=[(endpoint, queries.list_messages(g.coop_id, endpoint.id, limit=8)) for endpoint in endpoints],
        fresh=request.args.get("fresh"),
        proof_kinds=words.proof_kinds(),
    )


@bp.post("/keys")
@require("merchant")
def create_key() -> ResponseReturnValue:
    """Make a key; it is shown on the answer and never again."""
    with transaction():
        text = services.issue_key(
            g.coop_id,
            merchant().id,
            name=request.form.get("name", "").strip()[:80] or _("Key"),
            is_test=request.form.get("kind") == "test",
        )
    return render_template("merchants/key.html", coop=coop(), merchant=merchant(), key=text), 201


@bp.post("/keys/<key_id>/revoke")
@require("merchant")
def revoke_key(key_id: str) -> ResponseReturnValue:
    """End a key at once."""
    with transaction():
        services.revoke_key(g.coop_id, merchant().id, http.parse_id(key_id, "key"))
    flash(_("The key no longer works."), "success")
    return redirect(url_for("portal.connect"))


@bp.post("/webhooks")
@require("merchant")
def create_webhook() -> ResponseReturnValue:
    """Add an address that is told of status changes; its secret is shown once."""
    try:
        wanted = http.validate(WebhookIn, {"url": request.form.get("url", "")})
        webhooks.check_target(wanted.url, allow_local=current().local_webhooks)
        with transaction():
            endpoint = services.add_webhook(g.coop_id, merchant().id, wanted.url)
    except PacelineError as error:
        flash(_("Write the address as https://...") if getattr(error, "errors", ()) else refusals.said(error), "error")
        return redirect(url_for("portal.connect"))
    return _secret_shown(endpoint), 201


@bp.post("/webhooks/<endpoint_id>/rotate")
@require("merchant")
def rotate_secret(endpoint_id: str) -> ResponseReturnValue:
    """Make a new secret, shown once; for a day the old one signs too."""
    with transaction():
        endpoint = services.rotate_secret(g.coop_id, merchant().id, http.parse_id(endpoint_id, "webhook"))
    return _secret_shown(endpoint)


def _secret_shown(endpoint: WebhookEndpoint) -> str:
    return render_template(
        "merchants/key.html",
        coop=coop(),
        merchant=merchant(),
        key=endpoint.secret,
        url=endpoint.url,
        is_rotated=endpoint.old_secret is not None,
    )


@bp.post("/webhooks/<endpoint_id>/remove")
@require("merchant")
def remove_webhook(endpoint_id: str) -> ResponseReturnValue:
    """Forget an address."""
    with transaction():
        services.remove_webhook(g.coop_id, merchant().id, http.parse_id(endpoint_id, "webhook"))
    flash(_("The address is removed."), "success")
    return redirect(url_for("portal.connect"))


@bp.post("/webhooks/messages/<message_id>/replay")
@require("merchant")
def replay_message(message_id: str) -> ResponseReturnValue:
    """Send a message once more."""
    try:
        with transaction():
            webhooks.replay(g.coop_id, merchant().id, http.parse_id(message_id, "message"))
        flash(_("The message is sent again."), "success")
    except Conflict as error:
        flash(refusals.said(error), "error")
    return redirect(url_for("portal.connect"))
