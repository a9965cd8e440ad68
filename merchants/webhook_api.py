"""`/api/v1/webhooks`: addresses that are told of status changes, their secrets, and what was sent to them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from dispatch.core import http, limits
from dispatch.core.db import transaction
from dispatch.core.settings import current

from . import queries, services, webhooks
from .auth import limited, merchant_id, require_key
from .bodies import WebhookIn
from .models import WebhookEndpoint, WebhookMessage
from .views import iso

bp = Blueprint("api_webhooks", __name__, url_prefix="/api/v1/webhooks")
bp.after_request(limits.tell)


@bp.get("")
@require_key
@limited
def list_webhooks() -> ResponseReturnValue:
    """The merchant's webhook endpoints."""
    found = queries.list_webhooks(g.coop_id, merchant_id())
    return jsonify(data=[_webhook_json(endpoint) for endpoint in found])


@bp.post("")
@require_key
@limited
def create_webhook() -> ResponseReturnValue:
    """Add an endpoint; the answer shows its secret once."""
    wanted = http.parse_body(WebhookIn)
    webhooks.check_target(wanted.url, allow_local=current().local_webhooks)
    with transaction():
        endpoint = services.add_webhook(g.coop_id, merchant_id(), wanted.url)
    return jsonify(_webhook_json(endpoint) | {"secret": endpoint.secret}), 201


@bp.delete("/<endpoint_id>")
@require_key
@limited
def delete_webhook(endpoint_id: str) -> ResponseReturnValue:
    """Remove an endpoint."""
    with transaction():
        services.remove_webhook(g.coop_id, merchant_id(), http.parse_id(endpoint_id, "webhook"))
    return "", 204


@bp.post("/<endpoint_id>/rotate")
@require_key
@limited
def rotate_secret(endpoint_id: str) -> ResponseReturnValue:
    """Make a new secret, shown once; for a day messages are signed with the old one too."""
    with transaction():
        endpoint = services.rotate_secret(g.coop_id, merchant_id(), http.parse_id(endpoint_id, "webhook"))
        answer = _webhook_json(endpoint) | {"secret": endpoint.secret}
    return jsonify(answer)


@bp.get("/<endpoint_id>/messages")
@require_key
@limited
def list_messages(endpoint_id: str) -> ResponseReturnValue:
    """What was sent to an address, newest first, each with all its attempts."""
    limit = http.page_limit()
    endpoint = queries.get_webhook(g.coop_id, merchant_id(), http.parse_id(endpoint_id, "webhook"))
    found = queries.list_messages(
        g.coop_id, endpoint.id, before=http.Cursor.decode(request.args.get("cursor")), limit=limit + 1
    )
    page, has_more = found[:limit], len(found) > limit
    cursor = http.Cursor(page[-1].created_at, page[-1].id).encode() if has_more else None
    return jsonify(data=[_message_json(message) for message in page], next_cursor=cursor, has_more=has_more)


@bp.post("/messages/<message_id>/replay")
@require_key
@limited
def replay_message(message_id: str) -> ResponseReturnValue:
    """Send a message once more, under the same webhook-id."""
    with transaction():
        webhooks.replay(g.coop_id, merchant_id(), http.parse_id(message_id, "message"))
    return "", 202


def _webhook_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "created_at": iso(endpoint.created_at),
        "disabled_at": iso(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason,
        "old_secret_until": iso(endpoint.old_secret_until),
    }


def _message_json(message: WebhookMessage) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "type": message.kind,
        "state": message.state,
        "created_at": iso(message.created_at),
        "next_attempt_at": iso(message.due_at) if message.state == "waiting" else None,
        "attempts": message.log,
    }
